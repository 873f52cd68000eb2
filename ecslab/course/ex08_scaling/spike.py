"""08-spike: a step policy for a sudden peak, small steps for a small
one, large steps for a large one.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ecslab.course.ex08_scaling import setting as scenery
from ecslab.course.lookups import fresh_names
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.promises import around
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text
from ecslab.world.traffic import spike

_USUAL, _MOST = 4, 16  # tasks
_QUIET = 16  # requests a second: 40 % of the CPU of four tasks
_AT, _LASTS, _BACK = 10, 20, 20  # minutes: the spike begins, lasts, and: until all is as before
_MINUTES = _AT + _LASTS + _BACK + 1
_AFTER_MIN = 4  # so long it may take until the spike is served well
_LIMIT_MS = 400
_SPARE = 2  # tasks more than a small spike needs
_SMALL, _LARGE = "a small spike", "a large spike"


def _cases(chance: Chance) -> Iterator[Case]:
    draw, names = chance.stream("spike"), fresh_names(chance)
    yield _case(_SMALL, "shop", "web", peak=36, late_s=0)
    yield _case(
        _SMALL, next(names), next(names), peak=draw.randint(34, 36), late_s=draw.randrange(5, 55, 5)
    )
    yield _case(
        _LARGE, next(names), next(names), peak=draw.randint(62, 75), late_s=draw.randrange(5, 55, 5)
    )


def _case(about: str, cluster: str, service: str, *, peak: int, late_s: int) -> Case:
    """The spike begins so many seconds into a minute: CloudWatch's first
    value of it is then a mixed one.
    """
    curve = spike(_QUIET, peak, at=60 * _AT + late_s, lasting=f"{_LASTS}m")

    def arrange(scene: CaseAccount) -> Mapping[str, Any]:
        scenery.serving(scene, cluster, service, _USUAL)
        return {"cluster": cluster, "service": service, "usual": _USUAL, "most": _MOST}

    return Case(
        arrange,
        about=about,
        facts={
            "curve": curve,
            "minutes": _MINUTES,
            "peak": peak,
            "begins_ms": 1000 * (60 * _AT + late_s),
        },
    )


def _day(run: Run) -> scenery.Day:
    return scenery.day(run, run.facts["curve"], _MINUTES)


def _served(run: Run) -> Gap | None:
    """From four minutes after the spike's beginning until its end, all is answered in time."""
    day, begins_ms = _day(run), run.facts["begins_ms"]
    from_ms, until_ms = begins_ms + 60_000 * _AFTER_MIN, begins_ms + 60_000 * _LASTS
    rows = list(day.between(from_ms, until_ms))
    worst = max(rows, key=lambda row: (row.errors, row.latency_ms))
    if not worst.errors and worst.latency_ms <= _LIMIT_MS:
        return None
    after_s = (worst.at_ms - day.begins_ms - begins_ms) / 1000
    return Gap(
        Text(
            "from {after_min} minutes after the spike began, no errors and at most {limit_ms} ms",
            after_min=_AFTER_MIN,
            limit_ms=_LIMIT_MS,
        ),
        Text(
            "{after_s:.0f} s after it began: {errors} errors, {latency_ms:.0f} ms",
            after_s=after_s,
            errors=worst.errors,
            latency_ms=worst.latency_ms,
        ),
        around(run.lab.timeline, worst.at_ms),
    )


def _sparing(run: Run) -> Gap | None:
    """A small spike is no reason for as many tasks as a large one; and
    nothing is spared by being too slow.
    """
    if gap := _served(run):
        return gap
    day = _day(run)
    most = scenery.needed(run.facts["peak"], _LIMIT_MS) + _SPARE
    wanted, at_ms = scenery.most_running(run, day.begins_ms, day.ends_ms)
    if wanted <= most:
        return None
    return Gap(
        Text("at most {most} tasks run for this spike", most=most),
        Text("{wanted} run", wanted=wanted),
        around(run.lab.timeline, at_ms),
    )


def _back(run: Run) -> Gap | None:
    day = _day(run)
    most, at_ms = scenery.most_running(run, day.begins_ms, day.ends_ms)
    left = scenery.running_at(run, day.ends_ms)
    if most == _USUAL:
        return Gap(
            Text(
                "more tasks during the spike, and {usual} again {back} minutes after it",
                usual=_USUAL,
                back=_BACK,
            ),
            Text("always {usual}", usual=_USUAL),
        )
    if left == _USUAL:
        return None
    return Gap(
        Text("{usual} tasks run again {back} minutes after the spike", usual=_USUAL, back=_BACK),
        Text("{left} run; {most} at the most", left=left, most=most),
        around(run.lab.timeline, at_ms),
    )


def _alarms(run: Run) -> list[scenery.Json]:
    found: list[scenery.Json] = run.scene.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return found


def _steps(run: Run) -> list[scenery.Json]:
    found = (p.get("StepScalingPolicyConfiguration") for p in scenery.policies(run))
    return [step for steps in found if steps for step in steps["StepAdjustments"]]


def _unheard(run: Run) -> bool:
    """There are steps, and no alarm calls their policy."""
    called = {action for alarm in _alarms(run) for action in alarm["AlarmActions"]}
    return bool(_steps(run)) and not any(p["PolicyARN"] in called for p in scenery.policies(run))


def _slow(run: Run) -> bool:
    two_minutes_s = 120
    out = (alarm for alarm in _alarms(run) if _is_out(alarm))
    return any(alarm["EvaluationPeriods"] * alarm["Period"] > two_minutes_s for alarm in out)


def _grows(step: scenery.Json) -> bool:
    return int(step["ScalingAdjustment"]) > 0 and "MetricIntervalLowerBound" in step


def _is_out(alarm: scenery.Json) -> bool:
    return str(alarm["ComparisonOperator"]).startswith("Greater")


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "another-lab": scenery.untouched,
        "no-policy": lambda run: not scenery.policies(run),
        "nobody-calls": _unheard,
        "tracking-instead": lambda run: not _steps(run),
        "waits-too-long": _slow,
        "never-in": lambda run: scenery.running_at(run, _day(run).ends_ms) > _USUAL,
        "one-step": lambda run: sum(map(_grows, _steps(run))) == 1,
    },
)


QUESTION = Question(
    id="08-spike",
    function="meet_spike",
    title="Steps for a spike",
    look=scenery.STEPS,
    cases=_cases,
    points=(
        Point("A small spike is served well after four minutes.", _served, about=_SMALL),
        Point("A large spike is served well after four minutes.", _served, about=_LARGE),
        Point("A small spike gets no more tasks than it needs, and two.", _sparing, about=_SMALL),
        Point("Twenty minutes after the spike all is as before.", _back),
    ),
    texts=_TEXTS,
)
