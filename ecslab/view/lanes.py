"""Reads a timeline as lanes: what lasts becomes a span, what happens becomes a mark."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ecslab.timeline.event import Event, looked_up
from ecslab.timeline.services import ServiceCreated, ServiceInactive
from ecslab.timeline.targets import TargetHealthChanged
from ecslab.timeline.tasks import (
    AboutTask,
    ContainerExited,
    ContainerKilled,
    ContainerRestarted,
    TaskHealthChanged,
    TaskStopped,
)
from ecslab.view import vocabulary as words
from ecslab.view.vocabulary import MarkKind

DETAILS = 4  # lines of smaller events that one span tells


@dataclass(slots=True)
class Span:
    """A status that lasted, and why it began."""

    status: str
    begin_ms: int
    end_ms: int
    why: str = ""
    details: list[str] = field(default_factory=list)  # smaller things that happened meanwhile
    unnamed: int = 0  # … and how many more than fit


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on a lane; `note` is what is written beside it."""

    kind: MarkKind
    at_ms: int
    what: str
    why: str = ""
    note: str = ""


@dataclass(slots=True)
class Lane:
    """One task or one service through time."""

    label: str
    service: str | None = None
    definition: str = ""
    zone: str | None = None
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    ended_ms: int | None = None
    ended_why: str = ""
    health: str = ""

    @property
    def is_task(self) -> bool:
        """Whether this is a task's lane, not a service's."""
        return self.label.startswith("task/")

    @property
    def begin_ms(self) -> int:
        """When it is first heard of."""
        return min([s.begin_ms for s in self.spans[:1]] + [m.at_ms for m in self.marks[:1]])

    @property
    def status(self) -> str:
        """Where it stands at the end of the story."""
        if self.ended_ms is not None:
            return words.STOPPED if self.is_task else "deleted"
        return self.spans[-1].status if self.spans else ""

    @property
    def trouble(self) -> bool:
        """Whether anything went wrong on this lane."""
        return any(mark.kind.trouble for mark in self.marks)

    @property
    def notes(self) -> str:
        """What the marks have written beside them, once each, in order."""
        return ", ".join(dict.fromkeys(mark.note for mark in self.marks if mark.note))


def read(events: Iterable[Event], now_ms: int) -> list[Lane]:
    """The lanes of a story that has come to `now_ms`, in order of birth.

    Events about clusters and task definitions, and kinds that no picture knows, draw nothing.
    """
    lanes: dict[str, Lane] = {}
    for event in events:
        noun, _, rest = event.subject.partition("/")
        if noun == "task":
            number, _, container = rest.partition("/")
            lane = lanes.setdefault(f"task/{number}", Lane(f"task/{number}"))
            _container(lane, container, event) if container else _task(lane, event)
        elif noun == "service":
            _service(lanes.setdefault(event.subject, Lane(event.subject, service=rest)), event)
    for lane in lanes.values():
        if lane.ended_ms is None and lane.spans:
            lane.spans[-1].end_ms = max(now_ms, lane.spans[-1].begin_ms)
    return [lane for lane in lanes.values() if lane.spans or lane.marks]


def _task(lane: Lane, event: Event) -> None:
    if isinstance(event, AboutTask):
        lane.service = event.task.service.called if event.task.service else None
        lane.definition, lane.zone = event.task.definition, event.task.zone
    if event.kind in words.STATUSES or isinstance(event, TaskStopped):
        _begin(lane, event, event.kind)
    elif isinstance(event, TaskHealthChanged):
        lane.health = event.health
        _mark(lane, words.VERDICTS[event.health], event)
    elif isinstance(event, TargetHealthChanged) and event.state in words.VERDICTS:
        _mark(lane, words.VERDICTS[event.state], event)
    elif kind := looked_up(event, words.TASK_MARKS):
        _mark(lane, kind, event)


def _service(lane: Lane, event: Event) -> None:
    lane.definition = event.facts.get("definition") or lane.definition
    if isinstance(event, ServiceInactive):
        _begin(lane, event, None)
    elif (phase := looked_up(event, words.SERVICE_PHASES)) is not None and (
        isinstance(event, ServiceCreated) or not _going(lane)
    ):
        _begin(lane, event, phase)
        lane.ended_ms = None  # a service may be created again under its old name
    if kind := looked_up(event, words.SERVICE_MARKS):
        count = event.facts.get("count")
        _mark(lane, kind, event, f"{event.kind}: {count}" if count else event.kind)


def _going(lane: Lane) -> bool:
    """Whether a service is on its way out: nothing but its end changes that."""
    return bool(lane.spans) and lane.spans[-1].status == "deleting"


def _container(lane: Lane, name: str, event: Event) -> None:
    if isinstance(event, ContainerExited | ContainerKilled):
        told = isinstance(event, ContainerExited) and event.told
        kind = (
            words.EXIT_OK if event.exit_code == 0 else words.EXIT_TOLD if told else words.EXIT_BAD
        )
        _mark(lane, kind, event, f"{name} {event.kind}", f"{name} exit {event.exit_code}")
    elif mark := looked_up(event, words.CONTAINER_MARKS):
        note = f"{name}: {event.kind}" if not isinstance(event, ContainerRestarted) else ""
        _mark(lane, mark, event, f"{name} {event.kind}", note)
    elif lane.spans:
        _add_detail(
            lane.spans[-1], f"{name} {event.kind}" + (f": {event.why}" if event.why else "")
        )


def _begin(lane: Lane, event: Event, status: str | None) -> None:
    """End the span before and begin the next; STOPPED, or None, only ends."""
    if lane.spans and lane.ended_ms is None:
        if lane.spans[-1].status == status:
            return  # still the same
        lane.spans[-1].end_ms = event.at_ms
    if status is None or status == words.STOPPED:
        lane.ended_ms, lane.ended_why = event.at_ms, event.why
    else:
        lane.spans.append(Span(status, event.at_ms, event.at_ms, event.why))


def _mark(lane: Lane, kind: MarkKind, event: Event, what: str = "", note: str = "") -> None:
    lane.marks.append(Mark(kind, event.at_ms, what or event.kind, event.why, note))


def _add_detail(span: Span, line: str) -> None:
    if len(span.details) < DETAILS:
        span.details.append(line)
    else:
        span.unnamed += 1
