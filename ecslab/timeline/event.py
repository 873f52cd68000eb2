"""One line of the story: what has happened, to whom, and why. Each
kind of event is a class of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from ecslab.ground.text import Text
from ecslab.timeline.refs import Ref

Found = TypeVar("Found")

_STAMPED = {"at_ms", "region"}  # what a Teller writes on every event


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Event:
    """What has happened at an instant (ms since the lab began) in a region; a
    subclass names its fields and its words.

    `kinds` are the words that it prints as its kind, `says` is its
    sentence, whose blanks are its facts.
    """

    kinds: ClassVar[tuple[str, ...]] = ()
    says: ClassVar[str] = "{because}"
    trouble: ClassVar[bool] = False  # whether it always tells of something that went wrong
    printed: ClassVar[bool] = True  # whether it is a line of the timeline
    derives: ClassVar[tuple[str, ...]] = ()  # the names of what `derived` tells

    at_ms: int = field(init=False, default=0)
    region: str = field(init=False, default="")

    def about(self) -> Ref:
        """Whom it is about."""
        raise NotImplementedError

    @property
    def kind(self) -> str:
        """What happened, in a word or two."""
        return self.kinds[0]

    @property
    def is_trouble(self) -> bool:
        """Whether something went wrong."""
        return self.trouble

    @property
    def subject(self) -> str:
        """Whom it is about, as the line prints it."""
        return self.about().label

    def derived(self) -> Mapping[str, Any]:
        """Facts that follow from its fields."""
        return {}

    @property
    def why(self) -> Text:
        """Why it happened, in words: its sentence with the blanks filled."""
        return Text(self.says, **self.facts)

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs ask of it: its fields by name, and what is known of those whom it names."""
        known: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for name in told_names(type(self)):
            value = getattr(self, name)
            if hasattr(value, "facts"):
                known |= value.facts
            else:
                own[name] = value
        return MappingProxyType({"region": self.region, **known, **own, **self.derived()})

    @property
    def content(self) -> tuple[Any, ...]:
        """What it says, whenever that happened: two events of one content repeat each other."""
        return type(self), *(getattr(self, name) for name in told_names(type(self)))

    # Here once: made anew for each class they would cost whoever opens a lab a third of its start.

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Event):
            return NotImplemented
        when, where = self.at_ms == other.at_ms, self.region == other.region
        return when and where and self.content == other.content

    def __hash__(self) -> int:
        return hash((self.at_ms, self.region, self.content))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def __str__(self) -> str:
        return f"{self.at_ms / 1000:>9.1f}s  {self.subject:<22} {self.kind:<18} {self.why}".rstrip()


# Not functools.cache: to type checkers a class whose instances have a hash of their own has none.
_TOLD: dict[type[Event], tuple[str, ...]] = {}


def told_names(kind: type[Event]) -> tuple[str, ...]:
    """The names of what a teller fills in, in order."""
    if kind not in _TOLD:
        _TOLD[kind] = tuple(f.name for f in fields(kind) if f.name not in _STAMPED)
    return _TOLD[kind]


def stamp(event: Event, at_ms: int, region: str) -> None:
    """Write on an event when and where it happened: once, by whoever tells it."""
    object.__setattr__(event, "at_ms", at_ms)
    object.__setattr__(event, "region", region)


def looked_up(event: Event, table: Mapping[type[Event], Found]) -> Found | None:
    """What a table of classes has for an event: for its own class, or the nearest above it."""
    return next((table[kind] for kind in type(event).__mro__ if kind in table), None)
