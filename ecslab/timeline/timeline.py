"""The only place for what happened and why: one immutable line per decision, in order."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the story: when (ms since the lab began), about whom, what, and why."""

    at_ms: int
    subject: str
    kind: str
    why: str = ""
    facts: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, compare=False)

    def __str__(self) -> str:
        return f"{self.at_ms / 1000:>9.1f}s  {self.subject:<22} {self.kind:<18} {self.why}".rstrip()


class Timeline:
    """An append-only story that can be printed, filtered and compared byte for byte.

    With a `limit` it forgets its oldest lines, a quarter of the limit at a time; `forgotten` says how many.
    """

    def __init__(self, events: Iterable[Event] = (), limit: int | None = None) -> None:
        self._events = list(events)
        self._births: Counter[str] = Counter()
        self._limit, self.forgotten = limit, 0

    def say(self, at_ms: int, subject: str, kind: str, why: str = "", **facts: Any) -> None:
        """Append a line; `facts` are for programs (ids, counts) and are not printed."""
        self._events.append(Event(at_ms, subject, kind, why, facts))
        if self._limit is not None and len(self._events) > self._limit + self._limit // 4:
            surplus = len(self._events) - self._limit
            del self._events[:surplus]
            self.forgotten += surplus

    def label(self, noun: str) -> str:
        """The next label of a kind, in order of birth: task/1, task/2 and so on."""
        self._births[noun] += 1
        return f"{noun}/{self._births[noun]}"

    def of(self, subject: str) -> "Timeline":
        """Only the lines about one subject and its parts: with "task/1" come those of "task/1/app"."""
        return self.where(lambda event: event.subject == subject or event.subject.startswith(subject + "/"))

    def where(self, wanted: Callable[[Event], bool] | None = None, **fields: Any) -> "Timeline":
        """Only the lines for which `wanted` holds and whose fields or facts have the given values."""

        def holds(event: Event) -> bool:
            named = all(getattr(event, k, event.facts.get(k)) == v for k, v in fields.items())
            return named and (wanted is None or wanted(event))

        return Timeline(event for event in self._events if holds(event))

    def since(self, at_ms: int) -> "Timeline":
        """Only the lines from a time on."""
        return Timeline(event for event in self._events if event.at_ms >= at_ms)

    def kinds(self) -> list[str]:
        """What happened, in order, as bare words."""
        return [event.kind for event in self._events]

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, index: int) -> Event:
        return self._events[index]

    def __str__(self) -> str:
        return "\n".join(map(str, self._events))

    __repr__ = __str__
