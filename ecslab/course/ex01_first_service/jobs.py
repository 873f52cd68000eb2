"""01-jobs: one-off tasks that run once, end by themselves, and are asked how it went."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex01_first_service import setting as scenery
from ecslab.course.lookups import fresh_names, listed
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap, shown
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("jobs"), fresh_names(chance)
    yield _case({"report": (30, 0), "mail": (90, 1)})
    codes = [0, draw.choice([1, 2, 3]), draw.choice([64, 78]), 0]
    draw.shuffle(codes)
    yield _case({next(names): (draw.randint(20, 400), code) for code in codes})


def _case(jobs: Mapping[str, tuple[int, int]]) -> Case:
    """Jobs by family: (seconds that it works, exit code)."""

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scene.ecs.create_cluster(clusterName="nightly")
        definitions = []
        for family, (seconds, code) in jobs.items():
            image = scene.images.push(f"{family}:1", exits_after=seconds, exit_code=code)
            definitions.append(scene.register(family, {"name": "job", "image": image}))
        return {"cluster": "nightly", "definitions": definitions, "subnets": scene.subnets[:2]}

    return Case(
        arrange,
        then="30m",
        facts={"codes": {f"{family}:1": code for family, (_, code) in jobs.items()}},
    )


def _starts(run: Run) -> Counter[str]:
    """How often a task of each asked definition was started."""
    born = run.lab.timeline.where(kind="PROVISIONING")
    return Counter(
        event.facts["definition"]
        for event in born
        if event.facts["definition"] in run.facts["codes"]
    )


def _each_ran_once(run: Run) -> Gap | None:
    starts = _starts(run)
    wrong = [f"{name} {starts[name]} times" for name in run.facts["codes"] if starts[name] != 1]
    return (
        Gap(Text("every job started once"), Text("started: {wrong}", wrong=", ".join(wrong)))
        if wrong
        else None
    )


def _unfinished(run: Run) -> list[str]:
    """Tasks that had been started and not yet STOPPED when the function returned."""
    told = [
        event
        for event in run.lab.timeline
        if event.at_ms <= run.answered_ms and event.subject.count("/") == 1
    ]
    born = [event.subject for event in told if event.kind == "PROVISIONING"]
    over = {event.subject for event in told if event.kind == "STOPPED"}
    return [subject for subject in born if subject not in over]


def _all_had_ended(run: Run) -> Gap | None:
    if not _starts(run):
        return Gap(
            Text("the jobs had ended when the function returned"), Text("no job was started")
        )
    late = _unfinished(run)
    if not late:
        return None
    return Gap(
        Text("every job had ended when the function returned"),
        Text(
            "{count} had not, at {answered_ms:.1f} s",
            count=len(late),
            answered_ms=run.answered_ms / 1000,
        ),
    )


def _codes_are_right(run: Run) -> Gap | None:
    codes = run.facts["codes"]
    if not isinstance(run.returned, dict):
        return Gap(Text("a dictionary from definition to exit code"), shown(run.returned))
    missing = [name for name in codes if name not in run.returned]
    if missing:
        return Gap(
            Text("one entry for each of {codes}", codes=listed(codes)),
            Text("no entry for {missing}", missing=listed(missing)),
        )
    wrong = [
        name
        for name, code in codes.items()
        if type(run.returned[name]) is not int or run.returned[name] != code
    ]
    if not wrong:
        return None
    return Gap(
        Text("the exit code that the job of {wrong} ended with", wrong=wrong[0]),
        shown(run.returned[wrong[0]]),
    )


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "service-for-a-job": lambda run: bool(run.scene.services(run.given["cluster"])),
        "waits-a-fixed-time": lambda run: bool(_unfinished(run)),
        "tries-again": lambda run: any(count > 1 for count in _starts(run).values()),
        "nothing-returned": lambda run: run.returned is None and not run.idle,
        "name-of-the-task-as-key": lambda run: (
            isinstance(run.returned, dict)
            and any(str(key).startswith("arn:") for key in run.returned)
        ),
        "another-lab": lambda run: run.idle,
    },
)

QUESTION = Question(
    id="01-jobs",
    function="run_jobs",
    title="Work that ends",
    look=scenery.ONE_OFF,
    cases=_cases,
    points=(
        Point("Every job is started exactly once.", _each_ran_once),
        Point("When the function returns, every job has ended.", _all_had_ended),
        Point("The function returns the exit code of every job.", _codes_are_right),
    ),
    texts=_TEXTS,
)
