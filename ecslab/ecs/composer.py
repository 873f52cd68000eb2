"""Makes the objects of a region one after another, each from those before it."""

from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any, Protocol, TypeVar

Made = TypeVar("Made")


class Make(Protocol):
    """`Composer.make`, for whoever composes with it."""

    def __call__(self, kind: Callable[..., Made], name: str = "", **given: Any) -> Made:
        """Make an object."""


class Composer:
    """Gives each constructor, by the names of its parameters, what was made before."""

    def __init__(self, **parts: Any) -> None:
        self._parts = parts

    def within(self) -> "Composer":
        """One that has what this one has; what it makes is its own."""
        return Composer(**self._parts)

    def give(self, name: str, part: object) -> None:
        """Have those made from now on get something under a name."""
        self._parts[name] = part

    def make(self, kind: Callable[..., Made], name: str = "", **given: Any) -> Made:
        """Make an object; those made later get it under its name.

        `given` is what it alone gets. A parameter that nothing answers is an AssertionError: the
        order of making is wrong, or a name.
        """
        parts = self._parts | given
        missing = [p for p in _parameters(kind) if p not in parts]
        assert not missing, f"{kind.__name__} takes {missing}, which is not made yet"
        made = kind(**{p: parts[p] for p in _parameters(kind)})
        if name:
            self._parts[name] = made
        return made


@cache
def _parameters(kind: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(name for name, p in signature(kind).parameters.items() if p.default is p.empty)
