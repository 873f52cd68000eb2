"""What an account does once nothing is under way: nothing, until something happens outside."""

from collections.abc import Callable, Iterator
from typing import Any

from ecslab.ecs.under_way import Movement
from ecslab.timeline.event import Event

HOUR_MS = 3_600_000
# By metrics, by who calls, once a minute.
DRIVEN = ("alarm/", "traffic/", "probe/", "capacity-provider/")
# A program falls ill, or gets well.
PROGRAM = {"UNHEALTHY", "HEALTHY", "target unhealthy", "target healthy"}

Moves = Callable[[], Iterator[Movement]]


def settle(account: Any, moves: Moves, limit_ms: int = 6 * HOUR_MS) -> bool:
    """Let time pass until nothing is under way; False when time is up."""
    clock = account.plane.clock
    until_ms = clock.now_ms + limit_ms
    while next(moves(), None) is not None:
        due_ms = clock.next_due_ms()
        assert due_ms is not None, f"nothing will ever move {[str(m) for m in moves()]}"
        if due_ms > until_ms:
            return False
        clock.run_until(due_ms)
    return True


def rests(account: Any, moves: Moves | None = None) -> bool:
    """Settle, then watch an hour: whatever happens first comes from
    outside; whether it settled every time.
    """
    moves, clock = moves or (lambda: account.plane.under_way), account.plane.clock
    if not settle(account, moves):
        return False
    until_ms = clock.now_ms + HOUR_MS
    while (due_ms := clock.next_due_ms()) is not None and due_ms <= until_ms:
        seen = len(account.timeline)
        clock.run_until(due_ms)
        fresh = list(account.timeline)[seen:]
        if fresh:
            assert is_outside(fresh[0]), f"nothing was under way, and yet: {fresh[0]}"
            if not settle(account, moves):
                return False
    return True


def is_outside(event: Event) -> bool:
    """Whether a program, a metric or a schedule brought it about."""
    by_itself = event.kind == "exited" and event.why.endswith("by itself")
    return by_itself or event.kind in PROGRAM or event.subject.startswith(DRIVEN)
