"""Deployment strategies: one file each, named after its AWS value; this folder is the registry.

`task_sets` is the one that has no such value: what ECS does when another controller deploys.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from ecslab.ecs.deployments.fleet import Fleet, Move
from ecslab.ecs.deployments.shifting.lifecycle import ShiftStep

Strategy = Callable[[Fleet], Move]


@cache
def strategy(name: str) -> Strategy:
    """The `plan` of a strategy by its AWS value, such as "ROLLING"."""
    plan: Strategy = import_module(f"{__name__}.{name.lower()}").plan
    return plan


def strategy_of(controller: str, name: str) -> Strategy:
    """The `plan` that a service's scheduler follows: the strategy's when ECS
    deploys, otherwise that of its task sets.
    """
    return strategy(name if controller == "ECS" else "TASK_SETS")


def steps(config: Mapping[str, Any]) -> tuple[ShiftStep, ...]:
    """The shifts of production traffic that a deploymentConfiguration asks for;
    none under ROLLING, which shifts none.
    """
    module = import_module(f"{__name__}.{config['strategy'].lower()}")
    return tuple(module.steps(config)) if hasattr(module, "steps") else ()
