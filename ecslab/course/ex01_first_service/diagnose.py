"""01-diagnose: read from a stopped task why it stopped, and which container is to blame."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex01_first_service import setting as scenery
from ecslab.course.lookups import fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap, shown
from ecslab.ground.chance import Chance
from ecslab.ground.text import Listed, Text

_IMAGE, _CRASH, _STOP = "image", "crash", "stop"
_KEYS = ("why", "container", "exit_code")


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("diagnose"), fresh_names(chance)
    yield _crash("web", "log", exit_code=3)
    yield _crash(
        next(names), next(names), exit_code=draw.choice([1, 2, 64, 78, 126]), helper_first=True
    )
    app, helper = next(names), next(names)
    yield _missing_image(app, helper, draw.choice([app, helper]))
    yield _stopped(next(names), next(names))


def _crash(app: str, helper: str, exit_code: int, *, helper_first: bool = False) -> Case:
    """The essential container exits; the helper has ended well before, or is stopped with it."""

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        main = _container(app, scene.images.push(f"{app}:1", exits_after=45, exit_code=exit_code))
        side = _container(
            helper,
            scene.images.push(f"{helper}:1", exits_after=10 if helper_first else None),
            essential=False,
        )
        return _task(scene, [side, main] if helper_first else [main, side], "3m")

    return Case(arrange, about=_CRASH, facts=_expected("EssentialContainerExited", app, exit_code))


def _missing_image(app: str, helper: str, missing: str) -> Case:
    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        present = scene.images.push(f"{app}:1")
        absent = present.replace(f"{app}:1", f"{app}:2")
        containers = [
            _container(name, absent if name == missing else present, essential=name == app)
            for name in (app, helper)
        ]
        return _task(scene, containers, "3m")

    return Case(arrange, about=_IMAGE, facts=_expected("TaskFailedToStart", missing, None))


def _stopped(app: str, helper: str) -> Case:
    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        given = _task(
            scene, [_container(app, "nginx"), _container(helper, "busybox", essential=False)], "2m"
        )
        scene.ecs.stop_task(cluster=given["cluster"], task=given["task"], reason="cleaning up")
        scene.lab.advance("2m")
        return given

    return Case(arrange, about=_STOP, facts=_expected("UserInitiated", None, None))


def _container(name: str, image: str, *, essential: bool = True) -> dict[str, Any]:
    return {"name": name, "image": image, "essential": essential}


def _task(scene: CaseAccount, containers: list[dict[str, Any]], wait: str) -> dict[str, Any]:
    scene.ecs.create_cluster(clusterName="ward")
    task = scene.run("ward", scene.register("patient", *containers))
    scene.lab.advance(wait)
    return {"cluster": "ward", "task": task}


def _expected(why: str, container: str | None, exit_code: int | None) -> dict[str, Any]:
    return {"why": why, "container": container, "exit_code": exit_code}


def _right(run: Run) -> Gap | None:
    """All three entries are right; the gap names only those that are not."""
    if not isinstance(run.returned, dict):
        return Gap(Text("a dictionary with {keys}", keys=", ".join(_KEYS)), shown(run.returned))
    wrong = [key for key in _KEYS if key not in run.returned or run.returned[key] != run.facts[key]]
    if not wrong:
        return None
    expected = [Text("{key}: {meaning}", key=key, meaning=_meaning(key, run)) for key in wrong]
    got = [
        Text("{key}: {value}", key=key, value=shown(run.returned[key]))
        if key in run.returned
        else Text("no {key}", key=key)
        for key in wrong
    ]
    return Gap(Listed("; ", expected), Listed("; ", got))


def _meaning(key: str, run: Run) -> str:
    """What an entry should have been, in words that do not give the answer away."""
    if run.facts[key] is None:
        return "None"
    words = {
        "why": Text("the task's stop code"),
        "container": Text("the name of the one that is to blame"),
        "exit_code": Text("the code it exited with"),
    }
    return words[key]


def _says(run: Run, key: str) -> Any:
    return run.returned.get(key) if isinstance(run.returned, dict) else None


def _first_container(run: Run) -> bool:
    task = run.scene.ecs.describe_tasks(cluster=run.given["cluster"], tasks=[run.given["task"]])[
        "tasks"
    ][0]
    blamed = _says(run, "container")
    return (
        run.facts["container"] is not None
        and blamed != run.facts["container"]
        and blamed == task["containers"][0]["name"]
    )


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "nothing-returned": lambda run: run.returned is None,
        "sentence-instead-of-code": lambda run: " " in str(_says(run, "why") or ""),
        "first-container": _first_container,
        "blames-who-was-stopped": lambda run: (
            run.facts["container"] is None and _says(run, "container") is not None
        ),
    },
)

QUESTION = Question(
    id="01-diagnose",
    function="diagnose",
    title="Why did it stop?",
    look=scenery.FAILURES,
    cases=_cases,
    points=(
        Point(
            "A crash: the stop code, the essential container that exited, and its exit code.",
            _right,
            about=_CRASH,
        ),
        Point(
            "An image that cannot be pulled: the stop code, and the container that wanted it.",
            _right,
            about=_IMAGE,
        ),
        Point(
            "A task that somebody stopped: the stop code, and no container to blame.",
            _right,
            about=_STOP,
            look=scenery.ENDS,
        ),
    ),
    texts=_TEXTS,
)
