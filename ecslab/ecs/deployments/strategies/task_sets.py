"""Task sets: several revisions side by side, each kept at its share of
what is wanted (facts, section 7.3).

Somebody else decides which revision gets how many tasks and how much traffic (a third party, or
CodeDeploy); to ECS each task set is a little service that never changes its revision.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from ecslab.ecs.deployments.fleet import Fleet, Move
from ecslab.ecs.deployments.strategies import rolling
from ecslab.ground.text import Listed


def share(desired: int, scale: float) -> int:
    """How many tasks a scale in percent comes to: rounded up, 1.2 to 2 (computedDesiredCount)."""
    return math.ceil(desired * Fraction(repr(scale)) / 100)


def plan(fleet: Fleet) -> Move:
    """One round of every task set; what belongs to none has nothing to do here any more."""
    moves = [rolling.plan(part) for part in _parts(fleet)]
    return Move(
        starts=tuple(start for move in moves for start in move.starts),
        stop=tuple(id_ for move in moves for id_ in move.stop),
        why=Listed(
            "; ", dict.fromkeys(move.why for move in moves if move.start or move.stop or move.stuck)
        ),
        stuck=any(move.stuck for move in moves),
    )


def _parts(fleet: Fleet) -> Iterator[Fleet]:
    """A fleet per task set; minimum and maximum percent are AWS's defaults, and
    bound nothing but its own replacements.
    """
    gone = [c.deployment for c in fleet.copies if c.deployment not in fleet.shares]
    for id_ in dict.fromkeys([*fleet.shares, *gone]):
        yield replace(
            fleet,
            desired=fleet.shares.get(id_, 0),
            target=id_,
            copies=tuple(c for c in fleet.copies if c.deployment == id_),
            minimum_percent=100,
            maximum_percent=200,
            strategy=fleet.strategies.get(id_, ()),
            shares={},
        )
