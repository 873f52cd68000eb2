"""Chooses what a picture shows: which lanes, from when to when, and in which order."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ecslab.ground.clock import Duration, milliseconds
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.timeline.timeline import Timeline
from ecslab.view import vocabulary as words
from ecslab.view.axis import written
from ecslab.view.lanes import Lane, Mark, Span, read

Instant = Duration | datetime
Names = str | Iterable[str] | None

LIMIT = 30  # task lanes; more would not fit on a screen
_NAMED = 8  # names that a sentence lists


@dataclass(frozen=True, slots=True)
class Selection:
    """What a reader asked to see."""

    since: Instant | None = None
    until: Instant | None = None
    service: Names = None
    task: Names = None
    title: str | None = None
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class Chart:
    """Lanes in drawing order, as they stand at `end_ms`; since when they are
    seen; the sentences that go with them.
    """

    title: str
    lanes: tuple[Lane, ...]
    begin_ms: int
    end_ms: int
    summary: str
    note: str = ""  # what is left out, and how to see it

    def shown_spans(self, lane: Lane) -> list[Span]:
        """The lane's spans, cut to the window."""
        seen = [span for span in lane.spans if span.end_ms > max(span.begin_ms, self.begin_ms)]
        return [replace(span, begin_ms=max(span.begin_ms, self.begin_ms)) for span in seen]

    def shown_marks(self, lane: Lane) -> list[Mark]:
        """The lane's marks inside the window."""
        return [mark for mark in lane.marks if mark.at_ms >= self.begin_ms]

    def shows_end(self, lane: Lane) -> bool:
        """Whether the lane ends inside the window."""
        return lane.ended_ms is not None and lane.ended_ms >= self.begin_ms

    @property
    def statuses(self) -> list[str]:
        """Those that are seen, in the order of a life: what the key explains."""
        seen = {span.status for lane in self.lanes for span in self.shown_spans(lane)}
        return [name for name in words.STATUSES if name in seen]

    @property
    def mark_kinds(self) -> list[words.MarkKind]:
        """Those that are seen."""
        seen = {mark.kind for lane in self.lanes for mark in self.shown_marks(lane)}
        return [kind for kind in words.MARK_KINDS if kind in seen]


def story_of(source: Any) -> tuple[Timeline, int]:
    """The timeline of a lab and the time it is there; a bare
    timeline is as old as its last line.
    """
    if isinstance(source, Timeline):
        return source, max((event.at_ms for event in source), default=0)
    timeline = getattr(source, "timeline", None)
    if not isinstance(timeline, Timeline):
        raise LabError(
            Text("a {kind} has no timeline.", kind=type(source).__name__),
            wrong="show(ecs)",
            right=Text("show(lab)   # or show(lab.timeline)"),
        )
    now_ms: int = source.clock.now_ms
    return timeline, now_ms


def instant_ms(source: Any, when: Instant | None, default: int, *, name: str = "since") -> int:
    """Read a point in lab time: "90s" after the lab began, a number of
    seconds, or what `lab.now` answered.
    """
    if when is None:
        return default
    if not isinstance(when, datetime):
        try:
            return milliseconds(when)
        except LabError:
            what = Text(
                "{when!r} is not a point in lab time: say how long after the lab began.", when=when
            )
            raise LabError(
                what,
                wrong=f"{name}={when!r}",
                right=Text('{name}="2m"   # or {name}=lab.now', name=name),
            ) from None
    if isinstance(source, Timeline):
        raise LabError(
            Text("a bare timeline has no calendar."),
            wrong=f"show(lab.timeline, {name}=lab.now)",
            right=f"show(lab, {name}=lab.now)",
        )
    since_start: timedelta = when - source.clock.start
    return round(since_start.total_seconds() * 1000)


def chart(source: Any, choice: Selection = Selection()) -> Chart:
    """Choose what to show of a lab or a timeline; raises LabError for a
    task or service that never was.
    """
    timeline, now_ms = story_of(source)
    end_ms = min(now_ms, instant_ms(source, choice.until, now_ms, name="until"))
    lanes = read((event for event in timeline if event.at_ms <= end_ms), end_ms)
    kept = _wanted(lanes, _services(timeline, choice.service), _names(choice.task, "task"))
    begin_ms = instant_ms(source, choice.since, min((lane.begin_ms for lane in kept), default=0))
    if begin_ms > end_ms:
        what = Text(
            "nothing lies between {since} and {until}.",
            since=written(begin_ms),
            until=written(end_ms),
        )
        raise LabError(
            what,
            wrong='show(lab, since="5m", until="2m")',
            right='show(lab, since="2m", until="5m")',
        )
    kept = [lane for lane in kept if lane.ended_ms is None or lane.ended_ms >= begin_ms]
    shown = _fewer(kept, choice.limit)
    summary = _summary(kept, begin_ms, end_ms)
    return Chart(
        choice.title or "Tasks over lab time",
        tuple(_grouped(shown)),
        begin_ms,
        end_ms,
        summary,
        _note(kept, shown),
    )


def _services(timeline: Timeline, given: Names) -> set[str] | None:
    """The labels of the services that are meant, each by its name, or with its cluster."""
    if given is None:
        return None
    names = [given] if isinstance(given, str) else list(given)
    return {timeline.service(name, asked="show(lab, service={})").label for name in names}


def _names(given: Names, noun: str) -> set[str] | None:
    if given is None:
        return None
    names = [given] if isinstance(given, str) else list(given)
    return {name if name.startswith(f"{noun}/") else f"{noun}/{name}" for name in names}


def _wanted(lanes: list[Lane], services: set[str] | None, tasks: set[str] | None) -> list[Lane]:
    for wanted, noun in ((services, "service"), (tasks, "task")):
        known = [lane.label for lane in lanes if lane.label.startswith(noun + "/")]
        if missing := sorted((wanted or set()).difference(known)):
            have = (
                ", ".join(known[:_NAMED]) + ", …" * (len(known) > _NAMED)
                if known
                else Text("no {noun} yet", noun=noun)
            )
            example = f"show(lab, {noun}={known[0]!r})" if known else ""
            raise LabError(
                Text(
                    "there is no {missing}; the timeline has {have}.", missing=missing[0], have=have
                ),
                wrong=f"show(lab, {noun}={missing[0]!r})",
                right=example,
            )
    by_task = [lane for lane in lanes if tasks is None or lane.label in tasks]
    return [lane for lane in by_task if services is None or f"service/{lane.service}" in services]


def _fewer(lanes: list[Lane], limit: int) -> list[Lane]:
    """At most `limit` tasks, and as many services: those in trouble first, then the oldest."""
    chosen: set[int] = set()
    for kind in (True, False):
        those = [lane for lane in lanes if lane.is_task is kind]
        chosen |= {id(lane) for lane in sorted(those, key=lambda lane: not lane.trouble)[:limit]}
    return [lane for lane in lanes if id(lane) in chosen]


def _note(kept: list[Lane], shown: list[Lane]) -> str:
    counts = []
    for noun, kind in (("tasks", True), ("services", False)):
        drawn, there = (sum(lane.is_task is kind for lane in lanes) for lanes in (shown, kept))
        counts += [f"{drawn} of {there:,} {noun}"] * (drawn < there)
    advice = (
        "are drawn, those in trouble first, then the oldest; choose with service=, task=, "
        "since= or limit="
    )
    return f"{' and '.join(counts)} {advice}" if counts else ""


def _grouped(lanes: list[Lane]) -> list[Lane]:
    """Each service with its tasks under it, then the tasks that no service
    started; a service's name is not repeated.
    """
    order: dict[str | None, int] = {}
    for lane in lanes:
        order.setdefault(lane.service, len(order) if lane.service else len(lanes) + 1)
    return sorted(lanes, key=lambda lane: (order[lane.service], lane.is_task))


def _summary(lanes: list[Lane], begin_ms: int, end_ms: int) -> str:
    window = f"{written(begin_ms, end_ms)} to {written(end_ms)}"
    tasks = [lane for lane in lanes if lane.is_task]
    services = [lane for lane in lanes if not lane.is_task]
    if not lanes:
        return f"{window}: nothing has happened to any task or service"
    statuses = Counter(lane.status for lane in tasks)
    order = [*words.STATUSES, words.STOPPED]
    counts = ", ".join(f"{statuses[name]:,} {name}" for name in order if statuses[name])
    said = (
        [f"{len(tasks):,} task{'s' * (len(tasks) != 1)}" + (f" ({counts})" if counts else "")]
        if tasks
        else []
    )
    said += [f"{lane.label} {lane.status}" for lane in services[:_NAMED]]
    said += [f"and {len(services) - _NAMED:,} more services"] * (len(services) > _NAMED)
    return f"{window}: {'; '.join(said)}"
