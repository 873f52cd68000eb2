"""01-heal: a service whose sick copies are noticed and replaced,
without ever running fewer than asked.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex01_first_service import setting as scenery
from ecslab.course.lookups import asked_service, fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.promises import always, around, eventually
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text
from ecslab.world.health_commands import Asks, asks

_NOTICE_S = 120  # the promise: a sick copy is noticed within two minutes …
_REPLACE_S = 300  # … and gone within five
_PORT = 80  # where the program answers, as the notebook says
_ALL = 100  # per cent: as many tasks as wanted, and no more


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("heal"), fresh_names(chance)
    yield _case("shop", "web", copies=2, sick_after=240)
    yield _case(next(names), next(names), copies=3, sick_after=draw.randint(200, 500))


def _case(cluster: str, service: str, copies: int, sick_after: int) -> Case:
    """The image falls ill some time after its start: it stays there and answers nobody."""

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.ecs.create_cluster(clusterName=cluster)
        return {
            "cluster": cluster,
            "service": service,
            "image": scene.images.push(
                f"{service}:1", listens_on=_PORT, healthy_after=5, unhealthy_after=sick_after
            ),
            "role": scene.execution_role,
            "copies": copies,
            "subnets": scene.subnets[:2],
        }

    return Case(arrange, then="20m", facts={"sick_after_ms": sick_after * 1000})


def _judged_healthy(run: Run) -> Gap | None:
    service, copies = run.given["service"], run.given["copies"]

    def healthy(now: Any) -> int:
        return sum(
            task.status == "RUNNING" and task.health == "HEALTHY"
            for task in now.of(service, run.given["cluster"])
        )

    promise = eventually(
        Text("{copies} tasks of {service} are HEALTHY", copies=copies, service=service),
        lambda now: healthy(now) == copies,
        within="5m",
        got=lambda now: Text(
            "{running} run, {healthy} of them HEALTHY",
            running=now.running(service, run.given["cluster"]),
            healthy=healthy(now),
        ),
    )
    return promise.broken_in(run.lab.timeline, run.began_ms, run.ended_ms)


def _first_sick(run: Run) -> tuple[str, int] | None:
    """The task that falls ill first, and when: so long after the last
    of its containers has started.
    """
    started = run.lab.timeline.where(kind="started", service=run.given["service"])
    labels = [event.subject.rpartition("/")[0] for event in started]
    if not labels:
        return None
    first: dict[str, int] = {}
    for event in started.of(labels[0]):
        first.setdefault(event.subject, event.at_ms)  # a container may be started again
    return labels[0], max(first.values()) + run.facts["sick_after_ms"]


def _noticed_and_replaced(run: Run) -> Gap | None:
    sick = _first_sick(run)
    if sick is None:
        return Gap(
            Text("a task that runs, falls ill and is replaced"),
            Text("no task of {service} ever ran", service=run.given["service"]),
        )
    label, ill_ms = sick
    story = run.lab.timeline.of(label)
    early = next((e.at_ms for e in story if e.subject == label and e.kind == "UNHEALTHY"), ill_ms)
    if early < ill_ms:
        expected = Text(
            "{label} is UNHEALTHY once it has fallen ill, at {ill_ms:.1f} s",
            label=label,
            ill_ms=ill_ms / 1000,
        )
        got = Text("UNHEALTHY at {early:.1f} s, when it was well", early=early / 1000)
        return Gap(expected, got, around(run.lab.timeline, early))
    for kind, limit_s in (("UNHEALTHY", _NOTICE_S), ("STOPPED", _REPLACE_S)):
        when = next(
            (event.at_ms for event in story if event.subject == label and event.kind == kind), None
        )
        deadline_ms = ill_ms + limit_s * 1000
        if when is None or when > deadline_ms:
            came = (
                Text("{kind} never", kind=kind)
                if when is None
                else Text("{kind} at {when:.1f} s", kind=kind, when=when / 1000)
            )
            expected = Text(
                "{label} is {kind} within {limit_s} s of falling ill at {ill_ms:.1f} s",
                label=label,
                kind=kind,
                limit_s=limit_s,
                ill_ms=ill_ms / 1000,
            )
            return Gap(expected, came, around(run.lab.timeline, deadline_ms))
    return None


def _never_fewer(run: Run) -> Gap | None:
    service, copies = run.given["service"], run.given["copies"]
    promise = always(
        Text(
            "at least {copies} tasks of {service} run, once that many have run",
            copies=copies,
            service=service,
        ),
        lambda now: now.running(service, run.given["cluster"]) >= copies,
        once=lambda now: now.running(service, run.given["cluster"]) >= copies,
        got=lambda now: Text("{running} run", running=now.running(service, run.given["cluster"])),
    )
    return promise.broken_in(run.lab.timeline, run.began_ms, run.ended_ms) or _noticed_and_replaced(
        run
    )


def _containers(run: Run) -> list[dict[str, Any]]:
    service = asked_service(run)
    if service is None:
        return []
    found = run.scene.ecs.describe_task_definition(taskDefinition=service["taskDefinition"])[
        "taskDefinition"
    ]
    return list(found["containerDefinitions"])


def _without_health_check(run: Run) -> bool:
    containers = _containers(run)
    return bool(containers) and not any(c.get("healthCheck") for c in containers)


def _patient(run: Run) -> bool:
    """The checks that there are need longer for a verdict than the promise allows."""
    checks = [c["healthCheck"] for c in _containers(run) if c.get("healthCheck")]
    return any(check.get("interval", 30) * check.get("retries", 3) > _NOTICE_S for check in checks)


def _commands(run: Run) -> list[list[str]]:
    return [c["healthCheck"]["command"] for c in _containers(run) if c.get("healthCheck")]


def _asks_nobody(run: Run) -> bool:
    return any(asks(command, _PORT) is Asks.PASSES for command in _commands(run))


def _asks_another_port(run: Run) -> bool:
    return any(asks(command, _PORT) is not asks(command, None) for command in _commands(run))


def _cannot_run(run: Run) -> bool:
    return any(
        command[0] == "CMD" and asks(command, None) is Asks.FAILS for command in _commands(run)
    )


def _stops_first(run: Run) -> bool:
    service = asked_service(run)
    return service is not None and service["deploymentConfiguration"]["maximumPercent"] <= _ALL


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "no-health-check": _without_health_check,
        "asks-nobody": _asks_nobody,
        "asks-another-port": _asks_another_port,
        "cannot-run": _cannot_run,
        "slow-to-notice": _patient,
        "stops-before-it-starts": _stops_first,
        "asks-the-wrong-container": lambda run: any(
            c.get("healthCheck") and not c.get("essential", True) for c in _containers(run)
        ),
        "no-launch-type": lambda run: scenery.lacks_launch_type(asked_service(run)),
        "tasks-instead-of-a-service": lambda run: not run.scene.services(run.given["cluster"]),
    },
)

QUESTION = Question(
    id="01-heal",
    function="heal",
    title="Survive a sick copy",
    look=scenery.ILL,
    cases=_cases,
    points=(
        Point("Within five minutes every copy runs and ECS calls it HEALTHY.", _judged_healthy),
        Point(
            "A copy that falls ill is UNHEALTHY within two minutes and gone within five.",
            _noticed_and_replaced,
        ),
        Point(
            "Sick copies are replaced, and at no time do fewer copies run than asked.", _never_fewer
        ),
    ),
    texts=_TEXTS,
)
