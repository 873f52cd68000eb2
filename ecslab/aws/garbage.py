"""Tells Python when to look for garbage: less often while time moves, when nearly all that is made
stays.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects between two looks; Python's own 700 costs a third of a large deployment.
RARELY = 20_000


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Look for garbage less often, and afterwards as before; where somebody has
    switched the looking off it stays off.
    """
    before = gc.get_threshold()
    if 0 < before[0] < RARELY:
        gc.set_threshold(RARELY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
