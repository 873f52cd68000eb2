"""What the questions of every exercise use: names for the hidden cases, and words for feedback."""

from collections.abc import Iterator
from typing import Any

from ecslab.chance import Chance

_NAMES = ("shop", "orders", "blog", "radio", "atlas", "river", "lotus", "bamboo", "tiger", "comet")


def fresh_names(chance: Chance) -> Iterator[str]:
    """Names that no two things of one case share, in an order of the seed's."""
    pool = list(_NAMES)
    chance.stream("names").shuffle(pool)
    return iter(pool)


def listed(values: Any) -> str:
    """Several things in one line, in a fixed order."""
    return ", ".join(sorted(map(str, values))) or "none"
