"""09-connect: connect a client to a service so that the client does not feel when tasks fail."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex09_connect_and_observe import setting as scenery
from ecslab.course.lookups import fresh_names, listed
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap, shown
from ecslab.ground.chance import Chance
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

Json = dict[str, Any]
_INSIDE, _BALANCED, _OUTSIDE = "inside", "balanced", "outside"
_COPIES = 3
# Failed calls of a client that has DNS only: three failures, and
# answers that are old for a few seconds.
_FEW = 8
_EACH = 3  # failed calls behind a load balancer: one for each failure, until it has heard of it
_APART, _AFTER = "50s", "1m"  # between two failures; after the last one
_STALE_S = 10  # from here on, DNS answers live too long for the promise


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("connect"), fresh_names(chance)
    yield _case(_INSIDE, "orders", "web", 8080)
    for about, client, member in (
        (_BALANCED, None, False),
        (_OUTSIDE, None, False),
        (_INSIDE, next(names), True),
    ):
        yield _case(about, next(names), client, draw.randint(3000, 9000), member=member)


def _case(about: str, name: str, client: str | None, port: int, *, member: bool = False) -> Case:
    """A request for a service, a client that runs already when it is
    in ECS, and a balancer or none.
    """

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.ecs.create_cluster(clusterName="prod")
        scene.lab.client("servicediscovery").create_private_dns_namespace(
            Name="prod.internal", Vpc=scenery.vpc(scene)
        )
        scenery.define(scene, name, scene.images.push(f"{name}:1"), port)
        if client:
            _client(scene, client, member=member)
        elb = scene.lab.client("elbv2") if about == _BALANCED else None
        balancer = scenery.inner_balancer(scene, elb, name)["LoadBalancerArn"] if elb else None
        return {
            "service": _request(scene, name, _COPIES),
            "port": port,
            "client": client,
            "namespace": "prod.internal",
            "balancer": balancer,
        }

    return Case(arrange, then="4m", about=about)


def _request(scene: CaseAccount, name: str, copies: int) -> Json:
    return {
        "cluster": "prod",
        "serviceName": name,
        "taskDefinition": name,
        "desiredCount": copies,
        "launchType": "FARGATE",
        "networkConfiguration": scene.network(),
    }


def _client(scene: CaseAccount, name: str, *, member: bool) -> None:
    """A service that calls; a member of the namespace was deployed
    before there was anybody to call.
    """
    scenery.define(scene, name, scene.images.push(f"{name}:1"), 80)
    joined = {"enabled": True, "namespace": "prod.internal"}
    more = {"serviceConnectConfiguration": joined} if member else {}
    scene.ecs.create_service(**_request(scene, name, 1), **more)
    scene.lab.advance("1m")


def _service(run: Run) -> Json | None:
    return run.scene.service("prod", run.given["service"]["serviceName"])


def _survives(run: Run, may_fail: int = 0) -> Gap | None:
    """Every task of the service is stopped, one after the other, while
    the client calls once a second.
    """
    name, who = run.given["service"]["serviceName"], _who(run)
    if _service(run) is None:
        found = [s["serviceName"] for s in run.scene.services("prod")]
        return Gap(
            Text("a service {name}", name=name), Text("services: {found}", found=listed(found))
        )
    try:
        first = run.lab.call(run.given["client"], run.returned)
    except LabError:
        return Gap(Text("a URL, such as 'http://orders:8080'"), shown(run.returned))
    behind = _tasks(run)
    if not first.ok or first.by not in behind:
        return Gap(
            Text(
                "{who} reaches a task of {name} at {returned}",
                who=who,
                name=name,
                returned=run.returned,
            ),
            str(first).strip(),
        )
    probe = run.lab.probe(run.given["client"], run.returned, lasting="10m")
    for arn in _running(run):
        run.scene.ecs.stop_task(cluster="prod", task=arn)
        run.lab.advance(_APART)
    run.lab.advance(_AFTER)
    probe.stop()
    if len(probe.failed) <= may_fail:
        return None
    wanted = (
        Text("at most {may_fail} failed calls", may_fail=may_fail)
        if may_fail
        else Text("no failed call")
    )
    lines = tuple(str(call) for call in probe.failed[:4])
    return Gap(
        Text(
            "{wanted} of {who}, while all {copies} tasks fail, one after the other",
            wanted=wanted,
            who=who,
            copies=_COPIES,
        ),
        Text("{failed} of {count} calls failed", failed=len(probe.failed), count=len(probe)),
        lines,
    )


def _one_each(run: Run) -> Gap | None:
    return _survives(run, may_fail=_EACH)


def _few(run: Run) -> Gap | None:
    return _survives(run, may_fail=_FEW)


def _who(run: Run) -> str:
    return run.given["client"] or Text("a machine outside ECS")


def _tasks(run: Run) -> set[str]:
    """The labels by which calls and the timeline name the service's tasks."""
    name = run.given["service"]["serviceName"]
    told = run.lab.timeline.where(lambda event: event.facts.get("service") == name)
    return {event.subject for event in told if event.subject.startswith("task/")}


def _running(run: Run) -> list[str]:
    name = run.given["service"]["serviceName"]
    return sorted(run.scene.ecs.list_tasks(cluster="prod", serviceName=name)["taskArns"])


def _as_asked(run: Run) -> Gap | None:
    """The service runs its copies; no load balancer is there that was
    not given; the client still runs.
    """
    service, name = _service(run), run.given["service"]["serviceName"]
    if service is None or service["runningCount"] != _COPIES or service["desiredCount"] != _COPIES:
        got = (
            Text(
                "{running_count} of {desired_count} run",
                running_count=service["runningCount"],
                desired_count=service["desiredCount"],
            )
            if service
            else Text("no service")
        )
        return Gap(Text("{copies} copies of {name} run", copies=_COPIES, name=name), got)
    balancers = run.scene.lab.client("elbv2").describe_load_balancers()["LoadBalancers"]
    if len(balancers) != bool(run.given["balancer"]):
        return Gap(
            Text("no load balancer besides the one that is given"),
            Text("{count} load balancers", count=len(balancers)),
        )
    client = run.given["client"]
    there = run.scene.service("prod", client) if client else None
    if client and (there is None or there["runningCount"] != 1):
        return Gap(
            Text("{client} runs as before", client=client),
            Text("it does not") if there else Text("no service {client}", client=client),
        )
    return None


def _connection(run: Run) -> str:
    """How the service was connected, as far as ECS knows."""
    service = _service(run) or {}
    found = (service.get("deployments") or [{}])[0].get("serviceConnectConfiguration", {})
    if found.get("services"):
        return "connect"
    return (
        "dns"
        if service.get("serviceRegistries")
        else "balancer"
        if service.get("loadBalancers")
        else ""
    )


def _ttl(run: Run) -> int:
    """How long an answer of DNS lives, in seconds; the longest of all names."""
    cloud_map = run.lab.client("servicediscovery")
    found = cloud_map.list_services()["Services"]
    records = [r for s in found for r in s.get("DnsConfig", {}).get("DnsRecords", [])]
    return max((int(record["TTL"]) for record in records), default=0)


def _unknown(run: Run) -> bool:
    """The client cannot even find out who has the name."""
    return "could not resolve" in str(run.lab.call(run.given["client"], run.returned))


def _mute(run: Run) -> bool:
    balancer = run.given["balancer"]
    if not balancer:
        return False
    found = run.lab.client("elbv2").describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    return not found or _connection(run) == ""


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "no-url": lambda run: (
            not isinstance(run.returned, str) or not run.returned.startswith("http")
        ),
        "own-balancer": lambda run: (
            not run.given["balancer"]
            and _connection(run) == "balancer"
            and _as_asked(run) is not None
        ),
        "outsider-without-a-proxy": lambda run: (
            run.given["client"] is None and _connection(run) == "connect" and _unknown(run)
        ),
        "not-behind-the-balancer": _mute,
        "client-not-deployed-again": lambda run: (
            run.given["client"] is not None and _connection(run) == "connect" and _unknown(run)
        ),
        "names-for-insiders": lambda run: (
            run.given["client"] is not None and _connection(run) == "dns"
        ),
        "long-lived-answers": lambda run: _connection(run) == "dns" and _ttl(run) > _STALE_S,
    },
)

QUESTION = Question(
    id="09-connect",
    function="connect",
    title="A connection that survives",
    look=scenery.WHICH,
    cases=_cases,
    points=(
        Point(
            "A client in ECS sees no failed call, with no load balancer.",
            _survives,
            about=_INSIDE,
            worth=2,
            look=scenery.CONNECTION,
        ),
        Point(
            f"A client outside ECS sees at most {_EACH} failed calls, with a load balancer.",
            _one_each,
            about=_BALANCED,
            look=scenery.BALANCER,
        ),
        Point(
            f"A client outside ECS sees at most {_FEW} failed calls, with no load balancer.",
            _few,
            about=_OUTSIDE,
            look=scenery.DISCOVERY,
        ),
        Point("All copies run, and nothing was made or ended that was not asked for.", _as_asked),
    ),
    texts=_TEXTS,
)
