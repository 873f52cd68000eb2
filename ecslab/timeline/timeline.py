"""What happened and why: one immutable event per decision, in order;
append-only, and the same bytes on every run.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ecslab.timeline import names
from ecslab.timeline.event import Event
from ecslab.timeline.refs import Ref, ServiceRef


class Timeline:
    """A story that can be printed, filtered and compared byte for byte.

    With a `limit` it forgets its oldest lines, a quarter of the limit at a time; `forgotten` says
    how many. A part of a story knows the `whole`.
    """

    def __init__(
        self,
        events: Iterable[Event] = (),
        limit: int | None = None,
        *,
        whole: "Timeline | None" = None,
    ) -> None:
        self._events = list(events)
        self._births: Counter[str] = Counter()
        self._named: dict[str, str] = {}
        self._limit, self.forgotten = limit, 0
        self._whole = whole or self

    def append(self, event: Event) -> None:
        """Put an event behind the others."""
        self._events.append(event)
        if self._limit is not None and len(self._events) > self._limit + self._limit // 4:
            surplus = len(self._events) - self._limit
            del self._events[:surplus]
            self.forgotten += surplus

    # Labels

    def label(self, noun: str) -> str:
        """The next label of a kind, in order of birth: task/1, task/2 and so on."""
        self._births[noun] += 1
        return f"{noun}/{self._births[noun]}"

    def named(self, *forms: str) -> str:
        """The shortest of the forms of a name that nobody else bears, from short
        to full; who is born again keeps his.
        """
        return next(form for form in forms if self._named.setdefault(form, forms[-1]) == forms[-1])

    # Reading

    def of(self, subject: str | Ref) -> "Timeline":
        """Only the lines about one subject and its parts: with "task/1" come those of "task/1/app".

        Raises LabError for a name that nobody in the whole story bears.
        """
        found = self.where(lambda event: names.is_about(event.about(), subject))
        if isinstance(subject, str) and not len(found) and not self._whole.forgotten:
            names.check_subject(subject, self._whole)
        return found

    def where(
        self, wanted: Callable[[Event], bool] | type[Event] | None = None, **fields: Any
    ) -> "Timeline":
        """Only the lines of a class, or for which `wanted` holds, and whose
        fields or facts have the given values.

        Raises LabError for a kind that no event has, or a name under which none tells anything.
        """
        names.check_fields(fields)
        found = (
            event for event in self._events if _is_meant(event, wanted) and _has(event, fields)
        )
        return Timeline(found, whole=self._whole)

    def since(self, at_ms: int) -> "Timeline":
        """Only the lines from a time on."""
        return Timeline(
            (event for event in self._events if event.at_ms >= at_ms), whole=self._whole
        )

    def service(self, name: str, *, asked: str = "lab.timeline.service({})") -> ServiceRef:
        """The service that is meant by "web", "shop/web" or "service/web"; raises
        LabError when that is none, or several.
        """
        return names.service(name, self._whole, asked=asked)

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


def _is_meant(event: Event, wanted: Callable[[Event], bool] | type[Event] | None) -> bool:
    if isinstance(wanted, type):
        return isinstance(event, wanted)
    return wanted is None or wanted(event)


def _has(event: Event, fields: dict[str, Any]) -> bool:
    own = all(getattr(event, name) == value for name, value in fields.items() if name in names.OWN)
    asked = [(name, value) for name, value in fields.items() if name not in names.OWN]
    if not own or not asked:
        return own
    facts = event.facts
    return all(facts.get(name) == value for name, value in asked)
