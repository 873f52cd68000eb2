"""What every placement strategy is made of: a step that keeps the candidates with the least key."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seat:
    """A candidate as a strategy sees it: CPU units and MiB left, and how many
    tasks of the service or group it has.
    """

    cpu: int
    memory: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy of a request; exactly one of `key`, `attribute` and
    `chance` says what it looks at.
    """

    best: str = ""  # why the chosen one won: a sentence with its key as {best}
    worse: str = ""  # why another lost: with its key as {mine}, and the chosen one's as {best}
    key: Callable[[Seat], int] | None = None  # of the instance alone
    attribute: str | None = None  # the tasks on all instances with the same value of this attribute
    chance: bool = False  # any of those still tied
