"""04-start: requests for services of which not all copies find a place, or not one
starts; repaired before they are sent.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex04_network_modes import setting as scenery
from ecslab.course.lookups import fresh_names, instance_arns, listed
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.promises import always
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Json = dict[str, Any]
_PORTS, _HOST, _INTERFACES, _GROUP = "fixed ports", "host", "interfaces", "group"
_MACHINES = 2
_TIME_MS = 300_000  # the promise: five minutes after the call


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("start"), fresh_names(chance)
    port = draw.randint(3000, 3999)
    fixed = {"containerPort": 80, "hostPort": 8080}
    yield _case(_PORTS, "shop", "web", "bridge", fixed, copies=4)
    yield _case(
        _HOST,
        next(names),
        next(names),
        "host",
        {"containerPort": port},
        copies=draw.choice((3, 4, 5)),
    )
    yield _case(
        _INTERFACES,
        next(names),
        next(names),
        "awsvpc",
        {"containerPort": port},
        copies=draw.choice((5, 6)),
    )
    yield _case(_GROUP, next(names), next(names), "awsvpc", {"containerPort": port + 1}, copies=3)


def _case(about: str, cluster: str, service: str, mode: str, mapping: Json, *, copies: int) -> Case:
    """Two m5.large in the cluster, and two requests that do not fit them."""
    facts: Json = {}

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.ecs.create_cluster(clusterName=cluster)
        scene.instances(cluster, _MACHINES)
        facts["machines"] = set(instance_arns(scene, cluster))
        ours, gone = _groups(scene)
        request: Json = {
            "cluster": cluster,
            "serviceName": service,
            "taskDefinition": service,
            "desiredCount": copies,
            "launchType": "EC2",
        }
        network = scenery.network(scene, mode)
        if about == _GROUP:
            network["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] = [gone]
        return {
            "definition": scenery.definition(service, mode, scenery.container(ports=[mapping])),
            "service": request | network,
            "security_group": ours,
        }

    return Case(arrange, then="15m", about=about, facts=facts)


def _groups(scene: CaseAccount) -> tuple[str, str]:
    """A security group, and one that somebody has deleted."""
    ec2 = scene.lab.client("ec2")
    ours, gone = (
        str(ec2.create_security_group(GroupName=name, Description=name)["GroupId"])
        for name in ("web", "old")
    )
    ec2.delete_security_group(GroupId=gone)
    return ours, gone


def _service(run: Run) -> Json | None:
    wanted = run.given["service"]
    return run.scene.service(wanted["cluster"], wanted["serviceName"])


def _definition(run: Run) -> Json:
    """The definition that the service uses, or nothing."""
    service = _service(run)
    if service is None:
        return {}
    told = run.scene.ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
    return dict(told["taskDefinition"])


def _mappings(run: Run) -> list[Json]:
    return [
        m
        for container in _definition(run).get("containerDefinitions", [])
        for m in container["portMappings"]
    ]


def _missing(run: Run) -> Gap:
    wanted = run.given["service"]
    found = [s["serviceName"] for s in run.scene.services(wanted["cluster"])]
    return Gap(
        Text(
            "a service {service_name} in {cluster}",
            service_name=wanted["serviceName"],
            cluster=wanted["cluster"],
        ),
        Text("services: {found}", found=listed(found)),
    )


def _all_run(run: Run) -> Gap | None:
    """From five minutes after the call to the end, all copies run,
    on the machines that were there.
    """
    wanted = run.given["service"]
    cluster, name, copies = wanted["cluster"], wanted["serviceName"], wanted["desiredCount"]
    if _service(run) is None:
        return _missing(run)
    machines = instance_arns(run.scene, cluster)
    if set(machines) != run.facts["machines"]:
        return Gap(
            Text("the {machines} machines that were there", machines=_MACHINES),
            Text("{count} machines, not the same ones", count=len(machines)),
        )
    promise = always(
        Text(
            "{copies} copies of {name} run, from five minutes after the call",
            copies=copies,
            name=name,
        ),
        lambda now: now.running(name, cluster) >= copies,
        got=lambda now: Text("{running} run", running=now.running(name, cluster)),
    )
    gap = promise.broken_in(run.lab.timeline, run.answered_ms + _TIME_MS, run.ended_ms)
    return Gap(gap.expected, _explained(gap.got, run), gap.lines) if gap else _elsewhere(run)


def _elsewhere(run: Run) -> Gap | None:
    """The gap of copies that run, and not on the machines."""
    wanted = run.given["service"]
    tasks = [
        t
        for t in run.scene.tasks(wanted["cluster"])
        if t.get("group") == f"service:{wanted['serviceName']}"
    ]
    away = [t for t in tasks if t["lastStatus"] == "RUNNING" and "containerInstanceArn" not in t]
    if not away:
        return None
    return Gap(
        Text("all copies run on the {machines} machines", machines=_MACHINES),
        Text("{count} run on {launch_type}", count=len(away), launch_type=away[0]["launchType"]),
    )


def _explained(got: str, run: Run) -> Text:
    """What came, and what ECS says about the copies that are missing."""
    events = (_service(run) or {}).get("events", [])
    found = [e["message"] for e in events if "unable" in e["message"] or "failed" in e["message"]]
    if not found:
        return Text("{got}.", got=got)
    return Text("{got}. ECS says: {message}", got=got, message=found[0])


def _own_addresses(run: Run) -> Gap | None:
    """Each copy has an interface of its own, in the security group that was given."""
    if gap := _all_run(run):
        return gap
    wanted = [run.given["security_group"]]
    mode = scenery.mode_of(_definition(run))
    if mode != "awsvpc":
        return Gap(
            Text("an address for each copy, as before"),
            Text("{mode}: the machines' addresses", mode=mode),
        )
    network = (_service(run) or {})["networkConfiguration"]["awsvpcConfiguration"]
    groups = network.get("securityGroups", [])
    return (
        None
        if groups == wanted
        else Gap(Text("security groups: {wanted}", wanted=listed(wanted)), listed(groups))
    )


def _the_same(run: Run) -> Gap | None:
    """Name, number of copies, image and container port are what the requests say."""
    service, wanted = _service(run), run.given["service"]["desiredCount"]
    if service is None:
        return _missing(run)
    if service["desiredCount"] != wanted:
        return Gap(Text("{wanted} copies are wanted", wanted=wanted), str(service["desiredCount"]))
    before, after = run.given["definition"], _definition(run)
    for told, of in ((Text("image"), _image), (Text("container ports"), _ports)):
        if of(after) != of(before):
            return Gap(Text("{told}: {before}", told=told, before=of(before)), str(of(after)))
    return None


def _image(definition: Json) -> list[str]:
    return [container["image"] for container in definition["containerDefinitions"]]


def _ports(definition: Json) -> list[int]:
    containers = definition["containerDefinitions"]
    return [
        m["containerPort"] for container in containers for m in container.get("portMappings", [])
    ]


def _mode(run: Run) -> str:
    return scenery.mode_of(_definition(run))


def _about(run: Run) -> str:
    """Which fault the requests have."""
    mode = run.given["definition"]["networkMode"]
    groups = run.given["service"].get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return (
        _GROUP
        if groups.get("securityGroups")
        else {"bridge": _PORTS, "host": _HOST}.get(mode, _INTERFACES)
    )


def _fewer(run: Run) -> bool:
    service = _service(run)
    return service is not None and service["desiredCount"] < run.given["service"]["desiredCount"]


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "no-service": lambda run: _service(run) is None,
        "fargate": lambda run: (_service(run) or {}).get("launchType") == "FARGATE",
        "fewer-copies": _fewer,
        "port-lost": lambda run: not _mappings(run),
        "own-address-lost": lambda run: _about(run) == _GROUP and _mode(run) != "awsvpc",
        "default-group": lambda run: _about(run) == _GROUP and _mode(run) == "awsvpc",
        "interfaces-run-out": lambda run: _mode(run) == "awsvpc",
        "host-mode": lambda run: _mode(run) == "host",
        "fixed-port": lambda run: any(mapping.get("hostPort") for mapping in _mappings(run)),
    },
)

QUESTION = Question(
    id="04-start",
    function="start",
    title="Repair services whose copies find no place",
    look=scenery.WHICH,
    cases=_cases,
    points=(
        Point("A fixed host port: all copies run.", _all_run, about=_PORTS, look=scenery.BRIDGE),
        Point("Host mode: all copies run.", _all_run, about=_HOST, look=scenery.HOST),
        Point(
            "More copies than interfaces: all copies run.",
            _all_run,
            about=_INTERFACES,
            look=scenery.AWSVPC,
        ),
        Point(
            "A security group that is gone: all copies run, each with its own address.",
            _own_addresses,
            about=_GROUP,
            look=scenery.AWSVPC,
        ),
        Point(
            "The number of copies, the image and the container port stay as they are.", _the_same
        ),
    ),
    texts=_TEXTS,
)
