"""Promises about a timeline: what must hold always, what must come about, what must never happen.

A promise that broke says in which second, and shows the lines around it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ecslab.grade.moments import Moment, moments
from ecslab.grade.results import Gap
from ecslab.ground.clock import Duration, milliseconds
from ecslab.ground.text import Text
from ecslab.timeline.event import Event
from ecslab.timeline.timeline import Timeline

Holds = Callable[[Moment], bool]
Counts = Callable[[Moment], str]  # what was counted, in words

_BEFORE, _AFTER, _WIDTH = 4, 2, 240  # lines shown around the break, and the characters of one …
_TOLD = {"task", "service"}  # … of these


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence about the whole story; `broken_in` looks for the
    place where it stops being true.
    """

    says: Text
    broken_in: Callable[[Timeline, int, int], Gap | None]


@dataclass(frozen=True, slots=True)
class Past:
    """A stretch of a timeline, in which promises were kept or not."""

    timeline: Timeline
    from_ms: int
    until_ms: int

    def broke(self, promise: Promise) -> Gap | None:
        """Where a promise was broken first; None when it was kept."""
        return promise.broken_in(self.timeline, self.from_ms, self.until_ms)


def always(
    says: Text, holds: Holds, *, once: Holds | None = None, got: Counts | None = None
) -> Promise:
    """`holds` is true at every moment, from the first moment at which `once` is true."""

    def broken_in(timeline: Timeline, from_ms: int, until_ms: int) -> Gap | None:
        began = once is None
        for now in _between(timeline, from_ms, until_ms):
            began = began or bool(once and once(now))
            if began and not holds(now):
                when = Text("broken at {second}", second=_second(now.at_ms))
                return Gap(
                    Text("always: {says}", says=says),
                    _counted(when, got, now),
                    around(timeline, now.at_ms),
                )
        return (
            None
            if began
            else Gap(
                Text("always: {says}", says=says),
                Text("it had not begun at {second}", second=_second(until_ms)),
                around(timeline, until_ms),
            )
        )

    return Promise(says, broken_in)


def never(says: Text, happens: Holds, *, got: Counts | None = None) -> Promise:
    """`happens` is true at no moment."""

    def broken_in(timeline: Timeline, from_ms: int, until_ms: int) -> Gap | None:
        for now in _between(timeline, from_ms, until_ms):
            if happens(now):
                when = Text("it happened at {second}", second=_second(now.at_ms))
                return Gap(
                    Text("never: {says}", says=says),
                    _counted(when, got, now),
                    around(timeline, now.at_ms),
                )
        return None

    return Promise(says, broken_in)


def eventually(
    says: Text, holds: Holds, *, within: Duration | None = None, got: Counts | None = None
) -> Promise:
    """`holds` is true at some moment, at the latest `within` after the
    beginning (default: before the end).
    """

    def broken_in(timeline: Timeline, from_ms: int, until_ms: int) -> Gap | None:
        deadline_ms = until_ms if within is None else min(until_ms, from_ms + milliseconds(within))
        last = Moment(from_ms)
        for now in _between(timeline, from_ms, deadline_ms):
            last = now
            if holds(now):
                return None
        by = _second(deadline_ms)
        return Gap(
            Text("{says}, by {second}", says=says, second=by),
            _counted(Text("not so at {second}", second=by), got, last),
            around(timeline, deadline_ms),
        )

    return Promise(says, broken_in)


def around(timeline: Timeline, at_ms: int) -> tuple[str, ...]:
    """The lines of tasks and services around a time: the last ones up to it, and what came next."""
    told = [
        event
        for event in timeline
        if event.subject.partition("/")[0] in _TOLD and event.subject.count("/") == 1
    ]
    before = [event for event in told if event.at_ms <= at_ms][-_BEFORE:]
    after = [event for event in told if event.at_ms > at_ms][:_AFTER]
    return tuple(map(_line, before + after))


def _line(event: Event) -> str:
    """A line of the timeline; a reason that fills several is cut, because
    several tasks may have the same one.
    """
    text = str(event)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _between(timeline: Timeline, from_ms: int, until_ms: int) -> list[Moment]:
    """The moments of a stretch of time, beginning with how things stood when it began."""
    before, during = Moment(from_ms), []
    for now in moments(timeline):
        if now.at_ms <= from_ms:
            before = replace(now, at_ms=from_ms)
        elif now.at_ms <= until_ms:
            during.append(now)
    return [before, *during]


def _counted(when: Text, got: Counts | None, now: Moment) -> Text:
    """When a promise broke, and what was counted then."""
    return Text("{when}: {got}", when=when, got=got(now)) if got else when


def _second(at_ms: int) -> str:
    return f"{at_ms / 1000:.1f} s"
