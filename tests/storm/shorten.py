"""Leaves steps out of a storm that found something, as long as it still finds the same."""

import re
import time

from .storm import Outcome, storm

SECONDS = 120  # of the wall: a shorter story is worth that much


def shorten(found: Outcome, steps: int, seconds: float = SECONDS) -> Outcome:
    """The storm with as few steps as can be found in time that ends in the
    same sentence, numbers and ids aside.
    """
    kept, best, deadline = list(range(min(found.at + 1, steps))), found, time.monotonic() + seconds
    size = len(kept) // 2
    while size and time.monotonic() < deadline:
        smaller = False
        for first in range(0, len(kept), size):
            tried = kept[:first] + kept[first + size :]
            if not tried or time.monotonic() > deadline:
                continue
            outcome = storm(found.seed, tried)
            if kind_of(outcome.finding) == kind_of(found.finding):
                kept, best, smaller = tried, outcome, True
                break
        if not smaller:
            size //= 2
    return best


def kind_of(finding: str) -> str:
    """A finding without its numbers and ids."""
    return re.sub(r"[0-9a-f]{8,}|\d+", "#", finding.partition("\n")[0])
