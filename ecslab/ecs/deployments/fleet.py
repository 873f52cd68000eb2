"""What a deployment strategy looks at and what it answers: a fleet goes in, a move comes out."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class Copy:
    """One task of a service as a strategy sees it; ids are in order of birth."""

    id: str
    deployment: str
    running: bool = False  # False: still on its way
    healthy: bool = False  # counts towards the minimum
    unhealthy: bool = False  # failed its health checks, outside any grace period
    # Its instance is draining: it is well, and has to be replaced all the same.
    leaving: bool = False
    zone: str | None = None
    provider: str | None = None  # the capacity provider it runs on

    @property
    def settled(self) -> bool:
        """Whether it is known to be healthy or not."""
        return self.healthy or self.unhealthy


@dataclass(frozen=True, slots=True)
class HookOutcome:
    """How one lifecycle hook of the current stage has come out (facts, section 7.1)."""

    kind: str  # AWS_LAMBDA or PAUSE
    status: str  # AWAITING_ACTION, IN_PROGRESS, SUCCEEDED, FAILED, TIMED_OUT
    action: str = "ROLLBACK"  # what a time-out means: CONTINUE or ROLLBACK
    reason: str = ""  # why it failed, in AWS's words

    @property
    def open(self) -> bool:
        """Whether the stage still waits for it."""
        return self.status in {"AWAITING_ACTION", "IN_PROGRESS"}

    @property
    def fatal(self) -> bool:
        """Whether it sends the deployment back."""
        return self.status == "FAILED" or (self.status == "TIMED_OUT" and self.action == "ROLLBACK")


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far a deployment has come that runs beside the one it replaces and
    shifts traffic (facts, section 7.1).

    Shares of traffic are what the new deployment (green) gets, in tenths of
    a percent; times are milliseconds.
    """

    # The lifecycle stage it is in; none before the first, and when a rollback begins.
    stage: str = ""
    source: str | None = None  # the deployment it replaces (blue); None for a service's first
    step: int = 0  # how many shifts of production traffic it has made
    stage_ms: int = 0  # since the stage began
    whole_ms: int = 0  # since the deployment began
    production: int = 0
    test: int = 0
    hooks: tuple[HookOutcome, ...] = ()  # those of the stage
    # deploymentConfiguration, defaults filled in.
    config: Mapping[str, Any] = field(default_factory=dict)
    shift_ms: int = 0  # how long the balancer takes for a shift
    # The kinds of traffic that it can shift.
    routes: frozenset[str] = frozenset({"production", "test"})
    # Why it cannot go on, whatever its stage waits for: its traffic's
    # set-up, an alarm, somebody's wish.
    broken: str = ""
    back: bool = False  # it is being rolled back


@dataclass(frozen=True)
class Fleet:
    """A service's tasks (those not told to stop), and the numbers it has to keep."""

    desired: int
    target: str  # the deployment that is wanted
    copies: tuple[Copy, ...]
    minimum_percent: int = 100
    maximum_percent: int = 200
    # Chance, for ties that AWS leaves to chance; and, on instances,
    # which of some copies stop first.
    pick: Callable[[int], int] = field(default=lambda _choices: 0, compare=False)
    choose: Callable[[Sequence[Copy], int], list[Copy]] | None = field(default=None, compare=False)
    halted: frozenset[str] = frozenset()  # deployments that failed: they launch no more tasks
    # Copies that each older deployment shall still have.
    keeps: Mapping[str, int] = field(default_factory=dict)
    # So many healthy new copies let the old ones go; None: as many as are wanted.
    enough: int | None = None
    # Of capacity providers, when several share the copies.
    strategy: Sequence[Mapping[str, Any]] = ()
    shares: Mapping[str, int] = field(default_factory=dict)  # copies wanted of each task set
    # … and its `strategy`.
    strategies: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    rollout: Rollout | None = None  # of a deployment that shifts traffic, while it is under way

    @property
    def floor(self) -> int:
        """The fewest healthy tasks a deployment may leave: rounded up (facts, section 6.1)."""
        return math.ceil(self.desired * self.minimum_percent / 100)

    @property
    def ceiling(self) -> int:
        """The most tasks, running and pending, there may be: rounded down (facts, section 6.1)."""
        return self.desired * self.maximum_percent // 100

    @cached_property
    def new(self) -> list[Copy]:
        """Copies of the wanted deployment, where they may stay."""
        return [c for c in self.copies if c.deployment == self.target and not c.leaving]

    @cached_property
    def old(self) -> list[Copy]:
        """Copies that are being replaced: of older deployments, or on
        instances that are draining.
        """
        return [c for c in self.copies if c.deployment != self.target or c.leaving]

    @cached_property
    def healthy(self) -> int:
        """How many copies count towards the minimum."""
        return sum(c.healthy for c in self.copies)


def early_count(desired: int, early: Mapping[str, Any]) -> int:
    """How many healthy new copies earlySuccessCriteria asks for: rounded up,
    at least one (facts, section 6.3).
    """
    return max(1, math.ceil(desired * early["healthyPercent"] / 100)) if desired else 0


@dataclass(frozen=True, slots=True)
class Start:
    """Copies of one deployment to start."""

    deployment: str
    count: int
    replaces: int = 0  # how many of them replace an unhealthy copy


@dataclass(frozen=True, slots=True)
class Shift:
    """A step into a lifecycle stage, and the shares of traffic (tenths of a
    percent) that the new deployment gets there.
    """

    stage: str
    production: int
    test: int
    step: int = 0  # how many shifts of production traffic there have been, this one included
    why: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """What to do next, and the sentence that goes on the timeline; nothing to do is a move too."""

    starts: tuple[Start, ...] = ()
    stop: tuple[str, ...] = ()
    why: str = ""
    stuck: bool = False  # neither starting nor stopping is allowed, although something should move
    shift: Shift | None = None  # the next lifecycle stage
    rollback: str = ""  # why the deployment goes back, in AWS's words
    complete: bool = False  # the rollout is over
    again_ms: int | None = None  # when to look again although nothing happens

    @property
    def start(self) -> int:
        """How many copies to start in all."""
        return sum(start.count for start in self.starts)
