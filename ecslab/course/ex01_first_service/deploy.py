"""01-deploy: a service that keeps the asked number of copies running, in the asked subnets."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex01_first_service import setting as scenery
from ecslab.course.lookups import asked_service, fresh_names, listed
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.moments import Moment
from ecslab.grade.promises import eventually
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

_TIME = "5m"  # the time that the promise gives: several times what a start takes in the lab


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("deploy"), fresh_names(chance)
    yield _case("shop", "web", copies=2, subnets=2)
    yield _case(next(names), next(names), copies=draw.randint(4, 6), subnets=3)


def _case(cluster: str, service: str, copies: int, subnets: int) -> Case:
    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        image = {"name": "app", "image": "public.ecr.aws/nginx/nginx:1.27"}
        return {
            "cluster": cluster,
            "service": service,
            "definition": scene.register(f"{service}-app", image),
            "copies": copies,
            "subnets": scene.subnets[:subnets],
        }

    return Case(arrange, then=_TIME)


def _exists(run: Run) -> Gap | None:
    if asked_service(run):
        return None
    cluster, others = (
        run.given["cluster"],
        [s["serviceName"] for s in run.scene.services(run.given["cluster"])],
    )
    return Gap(
        Text(
            "a service {service} in the cluster {cluster}",
            service=run.given["service"],
            cluster=cluster,
        ),
        Text("services in the cluster {cluster}: {others}", cluster=cluster, others=listed(others)),
    )


def _here(run: Run, now: Moment) -> int:
    """How many tasks of the asked definition the asked service runs in the asked cluster."""
    given = run.given
    return sum(
        task.status == "RUNNING"
        and task.cluster == given["cluster"]
        and task.definition == given["definition"]
        for task in now.of(given["service"])
    )


def _copies(run: Run) -> list[dict[str, Any]]:
    """The tasks of the asked service that run now."""
    return [
        task
        for task in run.scene.tasks(run.given["cluster"])
        if task["lastStatus"] == "RUNNING"
        and task.get("group") == f"service:{run.given['service']}"
    ]


def _copies_run(run: Run) -> Gap | None:
    copies, service = run.given["copies"], run.given["service"]
    promise = eventually(
        Text(
            "the service {service} runs {copies} tasks of {definition}",
            service=service,
            copies=copies,
            definition=run.given["definition"],
        ),
        lambda now: _here(run, now) == copies,
        got=lambda now: Text("it runs {here} of them", here=_here(run, now)),
    )
    return promise.broken_in(run.lab.timeline, run.began_ms, run.ended_ms)


def _in_every_subnet(run: Run) -> Gap | None:
    asked = set(run.given["subnets"])
    used = {
        detail["value"]
        for task in _copies(run)
        for attachment in task["attachments"]
        for detail in attachment["details"]
        if detail["name"] == "subnetId"
    }
    if used == asked:
        return None
    return Gap(
        Text("the service's tasks in {asked}", asked=listed(asked)),
        Text("in {used}", used=listed(used)),
    )


def _replaced(run: Run) -> Gap | None:
    """The check plays the world here: it stops a task, and waits as long as the promise says."""
    cluster, copies = run.given["cluster"], run.given["copies"]
    running = _copies(run)
    if not running:
        told = Text("the service {service} runs no task", service=run.given["service"])
        return Gap(Text("a running task of the service, to stop it and see it replaced"), told)
    stopped_ms = run.lab.clock.now_ms
    run.scene.ecs.stop_task(
        cluster=cluster, task=running[0]["taskArn"], reason="the check stops one task"
    )
    run.lab.advance(_TIME)
    promise = eventually(
        Text("{copies} tasks run again after one was stopped", copies=copies),
        lambda now: now.at_ms > stopped_ms and _here(run, now) == copies,
        got=lambda now: Text("{here} run", here=_here(run, now)),
    )
    return promise.broken_in(run.lab.timeline, stopped_ms + 1000, run.lab.clock.now_ms)


def _tasks_without_service(run: Run) -> bool:
    cluster = run.given["cluster"]
    return bool(run.scene.tasks(cluster)) and not run.scene.services(cluster)


def _wanted(run: Run) -> int | None:
    """The desired count of the asked service, or None when it does not exist."""
    found = asked_service(run)
    return int(found["desiredCount"]) if found else None


def _one_subnet(run: Run) -> bool:
    subnets = [
        service["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
        for service in run.scene.services(run.given["cluster"])
        if service.get("networkConfiguration")
    ]
    return bool(subnets) and len(subnets[0]) < len(run.given["subnets"])


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "tasks-instead-of-a-service": _tasks_without_service,
        "always-two": lambda run: _wanted(run) not in (None, run.given["copies"]),
        "one-subnet": _one_subnet,
        "no-launch-type": lambda run: scenery.lacks_launch_type(asked_service(run)),
        "another-lab": lambda run: run.idle,
    },
)

QUESTION = Question(
    id="01-deploy",
    function="deploy",
    title="Keep copies running",
    look=scenery.SERVICE,
    cases=_cases,
    points=(
        Point("The cluster has the service.", _exists),
        Point(
            "Five minutes after the call at the latest, the asked number of copies runs.",
            _copies_run,
        ),
        Point("The copies are spread over all the subnets.", _in_every_subnet),
        Point(
            "When a task stops, another one takes its place within five minutes.",
            _replaced,
            look=scenery.REPLACED,
        ),
    ),
    texts=_TEXTS,
)
