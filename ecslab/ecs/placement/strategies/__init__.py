"""Placement strategies: one file each, named after its AWS value; this folder is the registry.

A strategy is a module with one function, `step(field)`: what the strategy looks at, for that field
of the request. Strategies are applied in list order, each one narrows ties.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ecslab.ecs.model import Json
from ecslab.ecs.placement.strategy import Strategy
from ecslab.ground.errors import invalid_parameter
from ecslab.ground.folders import modules_in

ZONE = "attribute:ecs.availability-zone"
# What a service gets that asks for nothing (facts, section 4). For standalone tasks AWS documents
# no default; that they get the same, counted over their group, is our assumption.
DEFAULT: Sequence[Json] = ({"type": "spread", "field": ZONE},)


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
    if kind not in modules_in(tuple(__path__)):
        raise invalid_parameter(f"strategy type '{kind}' is invalid")  # the wording is ours
    module: Any = import_module(f"{__name__}.{kind}")
    found: Strategy = module.step(strategy.get("field", ""))
    return found
