"""02-order: a program that starts only after a preparing job has succeeded, and a
task that lives as long as the program.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex02_task_definitions import setting as scenery
from ecslab.course.lookups import fresh_names, no_revision, other_programs, programs, registered
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.promises import around
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text

Json = dict[str, Any]
_GOOD, _BAD, _SHORT = "the job succeeds", "the job fails", "the program ends"
_WAIT = "5m"


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("order"), fresh_names(chance)
    yield _case(_GOOD, "app", "migrate", {"exits_after": 20}, {})
    app, job = next(names), next(names)
    bad = {"exits_after": draw.randint(10, 30), "exit_code": draw.choice((1, 2, 64))}
    yield _case(_BAD, app, job, bad, {}, job_first=True, waits_for="COMPLETE")
    app, job = next(names), next(names)
    yield _case(
        _SHORT,
        app,
        job,
        {"exits_after": 10},
        {"exits_after": draw.randint(30, 60)},
        waits_for="START",
    )


def _case(
    about: str,
    app: str,
    job: str,
    of_job: Json,
    of_app: Json,
    *,
    job_first: bool = False,
    waits_for: str = "",
) -> Case:
    """A request in which everything is essential and the program does
    not wait, or waits for too little.
    """
    facts: Json = {}

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        program: Json = {
            "name": app,
            "image": scene.images.push(f"{app}:1", **of_app),
            "essential": True,
        }
        if waits_for:
            program["dependsOn"] = [{"containerName": job, "condition": waits_for}]
        preparing = {
            "name": job,
            "image": scene.images.push(f"{job}:1", **of_job),
            "essential": True,
        }
        request = {
            "family": f"{app}-family",
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": scene.execution_role,
            "containerDefinitions": [preparing, program] if job_first else [program, preparing],
        }
        facts["images"] = {app: program["image"], job: preparing["image"]}
        facts["programs"] = programs(scene)
        return {"request": request, "app": app, "job": job}

    return Case(arrange, about=about, facts=facts)


def _task(run: Run) -> Json | Gap:
    """A task of the newest revision, five minutes after it was asked for."""
    found = registered(run)
    if found is None:
        return no_revision(run)
    there = {c["name"]: c["image"] for c in found["containerDefinitions"]}
    for name, image in run.facts["images"].items():
        if name not in there:
            return Gap(
                Text("a container {name}", name=name),
                Text("containers: {there}", there=", ".join(sorted(there))),
            )
        if there[name] != image:
            return Gap(
                Text("the container {name} with its image {image}", name=name, image=image),
                there[name],
            )
    return other_programs(run, run.facts["programs"]) or scenery.tried(run, found, _WAIT)


def _events(run: Run, name: str) -> dict[str, int]:
    """When the container of the newest task started and exited;
    what has not happened is missing.
    """
    label = [event.subject for event in run.lab.timeline.where(kind="PROVISIONING")][-1]
    found: dict[str, int] = {}
    for event in run.lab.timeline.of(f"{label}/{name}"):
        found.setdefault(event.kind, event.at_ms)
    return found


def _waits(run: Run) -> Gap | None:
    task = _task(run)
    if isinstance(task, Gap):
        return task
    app, job = run.given["app"], run.given["job"]
    started, ended = _events(run, app).get("started"), _events(run, job).get("exited")
    if started is not None and ended is not None and ended <= started:
        return None
    lines = around(run.lab.timeline, run.lab.clock.now_ms)
    expected = Text("{app} starts after {job} has ended with exit code 0", app=app, job=job)
    if started is None:
        return Gap(
            expected,
            Text(
                "{app} never started; the task is {last_status}",
                app=app,
                last_status=task["lastStatus"],
            ),
            lines,
        )
    told = (
        Text("had not ended")
        if ended is None
        else Text("ended {ended:g} s later", ended=(ended - started) / 1000)
    )
    return Gap(
        expected, Text("{app} started, and {job} {told}", app=app, job=job, told=told), lines
    )


def _goes_on(run: Run) -> Gap | None:
    task = _task(run)
    if isinstance(task, Gap):
        return task
    if task["lastStatus"] == "RUNNING":
        return None
    expected = Text("the task is RUNNING {wait} after it was asked for", wait=_WAIT)
    return Gap(expected, f"{task['lastStatus']}: {task.get('stoppedReason', '')}")


def _never_starts(run: Run) -> Gap | None:
    task = _task(run)
    if isinstance(task, Gap):
        return task
    app, job = run.given["app"], run.given["job"]
    if "started" in _events(run, app):
        return Gap(
            Text("{app} never starts, because {job} failed", app=app, job=job),
            Text("{app} started", app=app),
        )
    if task["lastStatus"] == "STOPPED":
        return None
    return Gap(
        Text("the task ends, because {job} failed", job=job),
        Text("the task is {last_status}", last_status=task["lastStatus"]),
    )


def _ends_with_the_program(run: Run) -> Gap | None:
    task = _task(run)
    if isinstance(task, Gap):
        return task
    app = run.given["app"]
    if "exited" not in _events(run, app):
        return Gap(
            Text("{app} runs and ends, and the task with it", app=app),
            Text("{app} did not run to its end", app=app),
        )
    if task["lastStatus"] == "STOPPED":
        return None
    return Gap(
        Text("the task ends when {app} ends", app=app),
        Text("{app} ended, and the task is {last_status}", app=app, last_status=task["lastStatus"]),
    )


def _conditions(run: Run, name: str) -> dict[str, str]:
    """What a container of the newest revision waits for: {container: condition}."""
    found = scenery.container(registered(run), run.given[name]) or {}
    return {wanted["containerName"]: wanted["condition"] for wanted in found.get("dependsOn", [])}


def _waits_for(*conditions: str) -> Any:
    return lambda run: _conditions(run, "app").get(run.given["job"]) in conditions


def _waits_for_nobody(run: Run) -> bool:
    return _has_both(run) and run.given["job"] not in _conditions(run, "app")


def _has_both(run: Run) -> bool:
    found = registered(run)
    return all(scenery.container(found, run.given[name]) for name in ("app", "job"))


def _essential(run: Run, name: str) -> bool:
    found = scenery.container(registered(run), run.given[name])
    return found is not None and bool(found["essential"])


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": lambda run: run.idle,
        "wrong-way-round": lambda run: run.given["app"] in _conditions(run, "job"),
        "waits-for-the-start": _waits_for("START"),
        "waits-for-any-end": _waits_for("COMPLETE"),
        "waits-for-nobody": _waits_for_nobody,
        "program-not-essential": lambda run: not _essential(run, "app"),
    },
)

QUESTION = Question(
    id="02-order",
    function="in_order",
    title="First the job, then the program",
    look=scenery.ORDER,
    cases=_cases,
    points=(
        Point("The program starts after the job has ended with exit code 0.", _waits, about=_GOOD),
        Point(
            "When the job has ended, the task goes on.",
            _goes_on,
            about=_GOOD,
            look=scenery.CONTAINERS,
        ),
        Point(
            "When the job fails, the program never starts, and the task ends.",
            _never_starts,
            about=_BAD,
        ),
        Point(
            "When the program ends, the task ends.",
            _ends_with_the_program,
            about=_SHORT,
            look=scenery.CONTAINERS,
        ),
    ),
    texts=_TEXTS,
)
