"""Reads a service's deployments off a timeline: stages, tasks by revision, shares of traffic."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ecslab.timeline.deployments import (
    DeploymentCompleted,
    DeploymentFailed,
    DeploymentStalled,
    DeploymentStarted,
    DeploymentStopped,
    LimitsChanged,
    RollingBack,
    StageEntered,
    TrafficShifted,
)
from ecslab.timeline.event import Event, looked_up
from ecslab.timeline.refs import ServiceRef
from ecslab.timeline.scaling import ServiceScaled
from ecslab.timeline.services import ServiceStuck, ServiceUpdated, TasksStarted, TasksStopped
from ecslab.timeline.tasks import (
    AboutTask,
    TaskActivating,
    TaskDeactivating,
    TaskPending,
    TaskProvisioning,
    TaskRunning,
    TaskStopped,
    TaskStopWanted,
)
from ecslab.timeline.timeline import Timeline
from ecslab.view.panel import BAD, GOOD, SERIES, Piece, Series

UP = (TaskProvisioning, TaskPending, TaskActivating)
LIMIT, STARTING = "#1F2933", "#D5DCE4"
WORKING, STAGE_FILLS = "#8FBFE8", ("#CFE3F5", "#8FBFE8")
DARK = "#0B2545"

# What a service's deployment is doing from an event on: its name, its
# fill, its letter in the text form, ink.
PHASES: dict[type[Event], tuple[str, str, str, str]] = {
    DeploymentStarted: ("in progress", WORKING, "~", DARK),
    RollingBack: ("rolling back", "#E08A00", "<", DARK),
    DeploymentFailed: ("failed", BAD, "X", "#FFFFFF"),
    DeploymentStalled: ("stalled", BAD, "X", "#FFFFFF"),
    ServiceStuck: ("stuck", BAD, "X", "#FFFFFF"),
    DeploymentStopped: ("stopped", BAD, "X", "#FFFFFF"),
    DeploymentCompleted: ("completed", GOOD, "=", DARK),
}
BACK = ("rolled back", "#F5BE55", "b", DARK)  # a deployment that is completed by the old revision
MOVES = (TasksStarted, TasksStopped)  # after these a deployment is not stuck any more


def phases(events: Iterable[Event], end_ms: int) -> list[Piece]:
    """What the service's deployments have been through, one piece from each word to the next."""
    told: list[Event] = []
    for event in events:
        freed = isinstance(event, MOVES) and bool(told) and isinstance(told[-1], ServiceStuck)
        if looked_up(event, PHASES) or freed:
            told.append(event)
    pieces = []
    back = False  # the way back has an end of its own: what failed is not completed by it
    for event, until_ms in _until(told, end_ms):
        begins = isinstance(event, DeploymentStarted)
        back = isinstance(event, RollingBack) or (back and not begins)
        ended = back and isinstance(event, DeploymentCompleted)
        word, fill, letter, ink = (
            BACK if ended else looked_up(event, PHASES) or PHASES[DeploymentStarted]
        )
        what = f"{event.why} {word}" if begins else word
        pieces.append(Piece(event.at_ms, until_ms, what, fill, letter, event.why, ink))
    return pieces


def stages(events: Iterable[Event], end_ms: int) -> list[Piece]:
    """The lifecycle stages, in alternating shades; a hook that failed is a mark of its own."""
    pieces: list[Piece] = []
    told = [
        e for e in events if isinstance(e, StageEntered | DeploymentCompleted | DeploymentFailed)
    ]
    for event, until_ms in _until(told, end_ms):
        if not isinstance(event, StageEntered):
            continue
        back = event.back
        fill = "#F5BE55" if back else STAGE_FILLS[len(pieces) % 2]
        name = event.stage.replace("_", " ").lower()
        letter = "<" if back else "abcdefghijklmnopqrstuvwxyz"[len(pieces) % 26]
        pieces.append(Piece(event.at_ms, until_ms, name, fill, letter, event.why, DARK))
    return pieces


def _until(events: Sequence[Event], end_ms: int) -> Iterator[tuple[Event, int]]:
    """Each event and when the next of them is."""
    for event, after in pairwise(events):
        yield event, after.at_ms
    if events:
        yield events[-1], end_ms


def colours(timeline: Timeline, service: ServiceRef) -> dict[str, str]:
    """A colour for each revision of a service, in the order in which its tasks were born."""
    of_service = (e for e in timeline if isinstance(e, AboutTask) and e.task.service == service)
    names = dict.fromkeys(e.task.definition for e in of_service)
    return {name: SERIES[number % len(SERIES)] for number, name in enumerate(names)}


def running(
    timeline: Timeline, service: ServiceRef, paint: dict[str, str], end_ms: int
) -> list[Series]:
    """How many tasks of each revision were RUNNING, and how many of all were on their way there."""
    where: dict[str, tuple[str, str]] = {}
    counts: dict[str, list[tuple[int, float]]] = {name: [] for name in (*paint, "starting")}
    for event in timeline:
        if (
            not isinstance(event, AboutTask)
            or event.task.service != service
            or event.at_ms > end_ms
        ):
            continue
        if isinstance(event, (*UP, TaskRunning)):
            where[event.task.label] = (event.kind, event.task.definition)
        elif isinstance(event, TaskStopWanted | TaskStopped | TaskDeactivating):
            where.pop(event.task.label, None)
        else:
            continue
        now = Counter(name for kind, name in where.values() if kind == "RUNNING")
        now["starting"] = sum(kind != "RUNNING" for kind, _ in where.values())
        for name, points in counts.items():
            _note(points, event.at_ms, now[name])
    fills = paint | {"starting": STARTING}
    return [Series(name, fills[name], points) for name, points in counts.items() if points]


def within(series: Iterable[Series], begin_ms: int) -> list[Series]:
    """What there is of them from then on; what is nothing all the time is left out."""
    clipped = [replace(s, points=_clip(s, begin_ms)) for s in series]
    return [s for s in clipped if s.dashed or any(value for _, value in s.points)]


def _clip(series: Series, begin_ms: int) -> list[tuple[int, float]]:
    now = series.at(begin_ms)
    return [
        *([] if now is None else [(begin_ms, now)]),
        *(p for p in series.points if p[0] > begin_ms),
    ]


def _note(points: list[tuple[int, float]], at_ms: int, value: float) -> None:
    """Append a point where the value changes; of one instant the last word counts."""
    if points and points[-1][0] == at_ms:
        points[-1] = (at_ms, value)
    elif not points or points[-1][1] != value:
        points.append((at_ms, value))


def bounds(events: Iterable[Event]) -> list[Series]:
    """Floor and ceiling as ECS rounds them, from the desired count and the
    percentages (facts, section 6.1).
    """
    floor: list[tuple[int, float]] = []
    ceiling: list[tuple[int, float]] = []
    desired, percents = 0, (100, 200)
    for event in events:
        if isinstance(event, ServiceScaled):
            desired = event.after
        elif (
            isinstance(event, ServiceUpdated | DeploymentStarted | LimitsChanged)
            and event.desired is not None
        ):
            desired = event.desired
        else:
            continue
        percents = event.facts.get("bounds", percents)
        _note(floor, event.at_ms, math.ceil(desired * percents[0] / 100))
        _note(ceiling, event.at_ms, desired * percents[1] // 100)
    made = [
        Series("floor", LIMIT, floor, dashed=True),
        Series("ceiling", "#5F6B7A", ceiling, dashed=True),
    ]
    return made if floor else []


def shares(events: Iterable[Event], paint: dict[str, str]) -> list[Series]:
    """The percent of production traffic that each revision was given."""
    names: dict[str, str] = {}
    points: dict[str, list[tuple[int, float]]] = {}
    for event in events:
        if isinstance(event, DeploymentStarted) and event.deployment:
            names[event.deployment.label] = event.why
        if not isinstance(event, TrafficShifted) or event.traffic != "production":
            continue
        told: Mapping[str, float] = event.shares or {
            names.get(k, k): v for k, v in event.weights.items()
        }
        for name in {**dict.fromkeys(points), **told}:
            _note(points.setdefault(name, []), event.at_ms, float(told.get(name, 0)))
    return [Series(name, paint.get(name, SERIES[-1]), found) for name, found in points.items()]
