"""Pricing a day of 1,000 tasks, and growth of the comparison. Run by hand:
`python tests/bench/bench_cost.py`.
"""

import sys
from pathlib import Path
from time import process_time

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[1] / "ecs"),
    str(Path(__file__).parents[1]),
]

from test_cost import HOUR, Story

PROMISE = 0.2  # seconds for a day of 1,000 tasks


def priced(count: int) -> tuple[float, float]:
    """Seconds to price a day of so many tasks, and to compare the ways to pay."""
    story = Story()
    for number in range(count):
        begin_s = number * 80_000 // count
        story.task(
            begin_s,
            begin_s + 4 * HOUR if number % 2 else None,
            service=f"s{number % 5}",
            public_ip=True,
        )
    began = process_time()
    told = story.cost(24 * HOUR)
    str(told)
    bill = process_time() - began
    began = process_time()
    told.compare()
    return bill, process_time() - began


for count in (1_000, 2_000, 4_000, 8_000):
    bill, compared = priced(count)
    print(f"{count:>5} tasks over a day: priced in {bill:.3f} s, compared in {compared:.3f} s")
    if count == 1_000:
        print(f"      against the promise of {PROMISE} s: {bill / PROMISE:.2f}")
