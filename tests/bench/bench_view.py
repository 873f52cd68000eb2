"""Time to draw the lanes of 1,000 tasks in all their forms. Run by hand:
`python tests/bench/bench_view.py`.
"""

import sys
from pathlib import Path
from time import process_time

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "view")]

import stories

from ecslab.view.show import show

PROMISE = 0.5  # seconds: a learner does not wait for a picture

timeline = stories.crowd(1000)
began = process_time()
show(timeline)._repr_mimebundle_()
took = process_time() - began
print(
    f"1,000 tasks, {len(timeline):,} events: {took * 1000:.0f} ms, against the promise of 500 "
    f"ms: {took / PROMISE:.2f}"
)
