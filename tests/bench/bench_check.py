"""How long `check` takes to answer, for each question and each right route. Run by
hand: `python tests/bench/bench_check.py`.

The best of several, in a process in which a lab is open, as in a learner's
notebook: the machine's noise only ever adds.
"""

import sys
from pathlib import Path
from time import perf_counter

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "grade")]

from answers import RIGHT, answer

from ecslab import Lab, check

ROUNDS = 5
TARGET = 0.3  # seconds


def seconds(question, route):
    """The shortest time in which an answer was judged."""
    right = answer(question, route)
    best = float("inf")
    for _ in range(ROUNDS):
        begin = perf_counter()
        check(question.id, right)
        best = min(best, perf_counter() - begin)
    return best


def main() -> int:
    """Print the times; 1 when a target is missed."""
    with Lab() as lab:
        lab.client("ecs").list_clusters()
        times = {(question.id, route): seconds(question, route) for question, route in RIGHT}
    for (question, route), best in times.items():
        print(f"check {question:16} {route:11} {best:.3f} s, {best / TARGET:.2f} of the target")
    return int(max(times.values()) > TARGET)


if __name__ == "__main__":
    sys.exit(main())
