"""Events per second of the clock. Run by hand: `python tests/bench/bench_clock.py`."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from ecslab.ground.clock import Clock

EVENTS = 200_000
TARGET = 200_000  # events per second


def chains(clock: Clock, width: int) -> None:
    """`width` chains of alarms, each of which sets the next: as many waiting at
    a time as tasks in a large account.
    """
    for start in range(width):
        clock.after(start, _link(clock, EVENTS // width, width))


def _link(clock: Clock, left: int, width: int) -> Callable[[], None]:
    def ring() -> None:
        nonlocal left
        left -= 1
        if left:
            clock.after(width, ring)

    return ring


def main() -> int:
    """Print the rate with few and with many alarms waiting; 1 when the target is missed."""
    worst = float("inf")
    for width in (10, 1_000, 10_000):
        best = 0.0
        for _ in range(3):
            clock = Clock()
            chains(clock, width)
            begin = time.perf_counter()
            clock.run_until(10 * EVENTS)
            assert clock.next_due_ms() is None
            best = max(best, EVENTS / (time.perf_counter() - begin))
        print(f"clock: {best:,.0f} events/s with {width:,} waiting (target {TARGET:,})")
        worst = min(worst, best)
    return int(worst < TARGET)


if __name__ == "__main__":
    sys.exit(main())
