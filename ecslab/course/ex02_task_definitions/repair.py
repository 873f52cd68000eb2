"""02-repair: a service whose tasks never last, because of one member of its task definition."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex02_task_definitions import setting as scenery
from ecslab.course.lookups import (
    asked_service,
    fresh_names,
    listed,
    newest_revision,
    other_programs,
    programs,
)
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.moments import Moment
from ecslab.grade.promises import always, never
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text
from ecslab.world.health_commands import Asks, asks

Json = dict[str, Any]
_PORT, _SLOW, _SIDE = "the port", "the start", "the side container"
_BEFORE, _AFTER = "6m", "30m"  # the fault has shown itself, and: long enough to see that it is gone
_TIME_MS = 600_000  # the promise: well within ten minutes …
_SLOWEST_S = 120  # and: the program answers after two minutes at the most


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("repair"), fresh_names(chance)
    yield _case(_PORT, "shop", "web", port=8080, asked=80)
    slow = {"healthy_after": draw.randint(100, _SLOWEST_S - 5)}
    yield _case(_SLOW, next(names), next(names), port=draw.randint(3000, 3999), image=slow)
    side = {"exits_after": draw.randint(20, 40)}
    yield _case(_SIDE, next(names), next(names), port=draw.randint(5000, 5999), side=side)


def _case(
    about: str,
    cluster: str,
    service: str,
    *,
    port: int,
    asked: int = 0,
    image: Json | None = None,
    side: Json | None = None,
) -> Case:
    """A service of two copies with one fault; the side container
    stands first where it is the fault.
    """
    facts: Json = {"port": port}

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        ecs = scene.ecs
        ecs.create_cluster(clusterName=cluster)
        app = {
            "name": service,
            "image": scene.images.push(
                f"{service}:1", listens_on=port, **(image or {"healthy_after": 5})
            ),
            "portMappings": [{"containerPort": port}],
            "healthCheck": {
                "command": ["CMD-SHELL", f"curl -f http://localhost:{asked or port}/ || exit 1"],
                "interval": 10,
                "retries": 3,
            },
        }
        other = {
            "name": "setup",
            "image": scene.images.push("setup:1", **(side or {})),
            "essential": bool(side),
        }
        definition = scene.register(f"{service}-app", *([other, app] if side else [app, other]))
        ecs.create_service(
            cluster=cluster,
            serviceName=service,
            taskDefinition=definition,
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration=scene.network(),
        )
        facts["images"] = {c["name"]: c["image"] for c in (app, other)}
        facts["programs"] = programs(scene)
        scene.lab.advance(_BEFORE)
        return {"cluster": cluster, "service": service}

    return Case(arrange, then=_AFTER, about=about, facts=facts)


def _current(run: Run) -> Json:
    """The definition that the service uses now."""
    service = asked_service(run)
    assert service is not None, "the service is there"
    found: Json = run.scene.ecs.describe_task_definition(taskDefinition=service["taskDefinition"])[
        "taskDefinition"
    ]
    return found


def _name(definition: Json) -> str:
    return f"{definition['family']}:{definition['revision']}"


def _app(run: Run) -> Json:
    """The container of the program in the definition that the
    service uses, or an empty dictionary.
    """
    return scenery.container(_current(run), run.given["service"]) or {}


def _healthy(run: Run) -> Gap | None:
    """The service uses a new revision, and from ten minutes after the call to the
    end both copies run and are HEALTHY.
    """
    cluster, service = run.given["cluster"], run.given["service"]
    if gap := _as_before(run) or other_programs(run, run.facts["programs"]):
        return gap

    def well(now: Moment) -> int:
        tasks = now.of(service, cluster)
        return sum(task.status == "RUNNING" and task.health == "HEALTHY" for task in tasks)

    promise = always(
        Text(
            "2 tasks of {service} run and are HEALTHY, from ten minutes after the call",
            service=service,
        ),
        lambda now: well(now) >= 2,  # noqa: PLR2004 - the two copies of the promise
        got=lambda now: Text(
            "{running} run, {well} of them HEALTHY",
            running=now.running(service, cluster),
            well=well(now),
        ),
    )
    return promise.broken_in(
        run.lab.timeline, run.answered_ms + _TIME_MS, run.ended_ms
    ) or _never_ill(run)


def _as_before(run: Run) -> Gap | None:
    """The gap of a service that still uses its first revision."""
    service, current = run.given["service"], _name(_current(run))
    if current != f"{service}-app:1":
        return None
    return Gap(
        Text("{service} uses a repaired revision", service=service),
        Text("it uses {current}, as before", current=current),
    )


def _never_ill(run: Run) -> Gap | None:
    """No task of the revision that the service uses is ever called
    UNHEALTHY, not even while it starts.
    """
    name = _name(_current(run))

    def ill(now: Moment) -> list[str]:
        return [
            t.label
            for t in now.of(run.given["service"], run.given["cluster"])
            if t.definition == name and t.health == "UNHEALTHY"
        ]

    promise = never(
        Text("a task of {name} is UNHEALTHY", name=name),
        lambda now: bool(ill(now)),
        got=lambda now: listed(ill(now)),
    )
    return promise.broken_in(run.lab.timeline, run.answered_ms, run.ended_ms)


def _still_asks(run: Run) -> Gap | None:
    """The repair is one of the cause: the health check still asks the
    program, and both containers are there.
    """
    if gap := _as_before(run):
        return gap
    current, port = _current(run), run.facts["port"]
    images = {c["name"]: c["image"] for c in current["containerDefinitions"]}
    wanted = run.facts["images"]
    if images != wanted:
        return Gap(
            Text("the images {wanted}", wanted=listed(wanted.values())),
            Text("the images {images}", images=listed(images.values())),
        )
    check = _app(run).get("healthCheck")
    if check is None:
        return Gap(
            Text("a health check that asks the program on port {port}", port=port),
            Text("no health check"),
        )
    if asks(check["command"], port) is Asks.PROGRAM:
        return None
    return Gap(
        Text("a health check that asks the program on port {port}", port=port),
        " ".join(check["command"][1:]),
    )


def _newer_but_unused(run: Run) -> bool:
    current = _current(run)
    return newest_revision(run, current["family"], beyond=current["revision"]) is not None


def _asks(run: Run) -> Asks:
    check = _app(run).get("healthCheck")
    return asks(check["command"], run.facts["port"]) if check else Asks.PROGRAM


def _impatient(run: Run) -> bool:
    check = _app(run).get("healthCheck") or {}
    patience_s = check.get("startPeriod", 0) + check.get("interval", 30) * check.get("retries", 3)
    return bool(check) and patience_s <= _SLOWEST_S


def _side_essential(run: Run) -> bool:
    found = scenery.container(_current(run), "setup")
    return found is not None and bool(found["essential"])


def _same_revision(run: Run) -> bool:
    return _current(run)["revision"] == 1 and not _newer_but_unused(run)


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "service-not-updated": _newer_but_unused,
        "same-revision-again": _same_revision,
        "health-check-removed": lambda run: "healthCheck" not in _app(run),
        "asks-nobody": lambda run: _asks(run) is Asks.PASSES,
        "asks-another-port": lambda run: _asks(run) is Asks.FAILS,
        "ends-with-the-side-container": _side_essential,
        "impatient": _impatient,
    },
)

QUESTION = Question(
    id="02-repair",
    function="repair",
    title="Repair a service that does not last",
    look=scenery.HEALTH,
    cases=_cases,
    points=(
        Point("A health check that asks the wrong port: repaired.", _healthy, about=_PORT),
        Point("A program that needs time to start: it gets the time.", _healthy, about=_SLOW),
        Point(
            "A side container that ends: the task goes on.",
            _healthy,
            about=_SIDE,
            look=scenery.CONTAINERS,
        ),
        Point(
            "Both containers are still there, and the health check still asks the program.",
            _still_asks,
        ),
    ),
    texts=_TEXTS,
)
