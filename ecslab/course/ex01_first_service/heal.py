"""01-heal: a service whose sick copies are noticed and replaced,
without ever running fewer than asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecslab.course.ex01_first_service import setting as scenery
from ecslab.course.lookups import asked_service, containers_of, fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.moments import Moment
from ecslab.grade.promises import Past, always, around, eventually
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text
from ecslab.timeline.timeline import Timeline
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


@dataclass(frozen=True)
class _Observation:
    """What the judges look at, asked once."""

    cluster: str
    service: str
    copies: int
    past: Past
    sick: tuple[str, int] | None  # the task that falls ill first, and when
    described: dict[str, Any] | None  # the service
    services: bool  # whether the cluster has any
    containers: Sequence[Mapping[str, Any]]  # of its task definition

    @property
    def checks(self) -> list[Mapping[str, Any]]:
        """The containers' health checks."""
        return [c["healthCheck"] for c in self.containers if c.get("healthCheck")]


def _observe(run: Run) -> _Observation:
    cluster, service = run.given["cluster"], run.given["service"]
    described = asked_service(run)
    return _Observation(
        cluster,
        service,
        run.given["copies"],
        run.past,
        _first_sick(run.past, service, run.facts["sick_after_ms"]),
        described,
        bool(run.scene.services(cluster)),
        containers_of(run, described),
    )


def _first_sick(past: Past, service: str, after_ms: int) -> tuple[str, int] | None:
    """The task that falls ill first, and when: so long after the last
    of its containers has started.
    """
    started = past.timeline.where(kind="started", service=service)
    labels = [event.subject.rpartition("/")[0] for event in started]
    if not labels:
        return None
    first: dict[str, int] = {}
    for event in started.of(labels[0]):
        first.setdefault(event.subject, event.at_ms)  # a container may be started again
    return labels[0], max(first.values()) + after_ms


def _judged_healthy(seen: _Observation) -> Gap | None:
    def healthy(now: Moment) -> int:
        return sum(
            task.status == "RUNNING" and task.health == "HEALTHY"
            for task in now.of(seen.service, seen.cluster)
        )

    promise = eventually(
        Text("{copies} tasks of {service} are HEALTHY", copies=seen.copies, service=seen.service),
        lambda now: healthy(now) == seen.copies,
        within="5m",
        got=lambda now: Text(
            "{running} run, {healthy} of them HEALTHY",
            running=now.running(seen.service, seen.cluster),
            healthy=healthy(now),
        ),
    )
    return seen.past.broke(promise)


def _noticed_and_replaced(seen: _Observation) -> Gap | None:
    if seen.sick is None:
        return Gap(
            Text("a task that runs, falls ill and is replaced"),
            Text("no task of {service} ever ran", service=seen.service),
        )
    timeline = seen.past.timeline
    label, ill_ms = seen.sick
    came = {kind: _first(timeline, label, kind) for kind in ("UNHEALTHY", "STOPPED")}
    early = came["UNHEALTHY"]
    if early is not None and early < ill_ms:
        expected = Text(
            "{label} is UNHEALTHY once it has fallen ill, at {ill_ms:.1f} s",
            label=label,
            ill_ms=ill_ms / 1000,
        )
        got = Text("UNHEALTHY at {early:.1f} s, when it was well", early=early / 1000)
        return Gap(expected, got, around(timeline, early))
    for kind, limit_s in (("UNHEALTHY", _NOTICE_S), ("STOPPED", _REPLACE_S)):
        when, deadline_ms = came[kind], ill_ms + limit_s * 1000
        if when is None or when > deadline_ms:
            expected = Text(
                "{label} is {kind} within {limit_s} s of falling ill at {ill_ms:.1f} s",
                label=label,
                kind=kind,
                limit_s=limit_s,
                ill_ms=ill_ms / 1000,
            )
            return Gap(expected, _came(kind, when), around(timeline, deadline_ms))
    return None


def _first(timeline: Timeline, label: str, kind: str) -> int | None:
    story = timeline.of(label)
    return next((e.at_ms for e in story if e.subject == label and e.kind == kind), None)


def _came(kind: str, when: int | None) -> Text:
    if when is None:
        return Text("{kind} never", kind=kind)
    return Text("{kind} at {when:.1f} s", kind=kind, when=when / 1000)


def _never_fewer(seen: _Observation) -> Gap | None:
    def all_run(now: Moment) -> bool:
        return now.running(seen.service, seen.cluster) >= seen.copies

    promise = always(
        Text(
            "at least {copies} tasks of {service} run, once that many have run",
            copies=seen.copies,
            service=seen.service,
        ),
        all_run,
        once=all_run,
        got=lambda now: Text("{running} run", running=now.running(seen.service, seen.cluster)),
    )
    return seen.past.broke(promise) or _noticed_and_replaced(seen)


def _stops_first(seen: _Observation) -> bool:
    if seen.described is None:
        return False
    most: int = seen.described["deploymentConfiguration"]["maximumPercent"]
    return most <= _ALL


_SEEN: Mapping[str, Callable[[_Observation], bool]] = {
    "no-health-check": lambda seen: bool(seen.containers) and not seen.checks,
    "asks-nobody": lambda seen: any(
        asks(check["command"], _PORT) is Asks.PASSES for check in seen.checks
    ),
    "asks-another-port": lambda seen: any(
        asks(check["command"], _PORT) is not asks(check["command"], None) for check in seen.checks
    ),
    "cannot-run": lambda seen: any(
        check["command"][0] == "CMD" and asks(check["command"], None) is Asks.FAILS
        for check in seen.checks
    ),
    # The checks that there are need longer for a verdict than the promise allows.
    "slow-to-notice": lambda seen: any(
        check.get("interval", 30) * check.get("retries", 3) > _NOTICE_S for check in seen.checks
    ),
    "stops-before-it-starts": _stops_first,
    "asks-the-wrong-container": lambda seen: any(
        c.get("healthCheck") and not c.get("essential", True) for c in seen.containers
    ),
    "no-launch-type": lambda seen: scenery.lacks_launch_type(seen.described),
    "tasks-instead-of-a-service": lambda seen: not seen.services,
}

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
    texts=texts(Path(__file__).with_suffix(".toml"), _SEEN),
    observe=_observe,
)
