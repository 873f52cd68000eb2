"""Placement strategies: one file each, found by their AWS value; applied
in list order, each one narrows ties.
"""

from collections.abc import Callable, Mapping, Sequence

from ecslab.ecs.model import Json
from ecslab.ecs.placement import binpack, spread
from ecslab.ecs.placement import random as at_random
from ecslab.ecs.placement.strategy import Strategy
from ecslab.ground.errors import invalid_parameter

REGISTRY: Mapping[str, Callable[[str], Strategy]] = {
    "binpack": binpack.step,
    "random": at_random.step,
    "spread": spread.step,
}
# What a service gets that asks for nothing (facts, section 4). For standalone tasks AWS documents
# no default; that they get the same, counted over their group, is our assumption.
DEFAULT: Sequence[Json] = ({"type": "spread", "field": spread.ZONE},)


def steps(strategies: Sequence[Json]) -> list[Strategy]:
    """The steps of a request's `placementStrategy`; those after a random one are
    left out, for nothing is tied any more.
    """
    found = []
    for strategy in strategies or DEFAULT:
        found.append(step(strategy))
        if found[-1].chance:
            break
    return found


def step(strategy: Json) -> Strategy:
    """The step of one strategy in AWS's shape; raises
    InvalidParameterException for a type or field there is not.
    """
    kind = strategy.get("type", "")
    if kind not in REGISTRY:
        raise invalid_parameter(f"strategy type '{kind}' is invalid")  # the wording is ours
    return REGISTRY[kind](strategy.get("field", ""))
