"""Deployment strategies: one file each, named after its AWS value; this folder is the registry."""

from collections.abc import Callable
from importlib import import_module

from ecslab.ecs.policy.deployment.fleet import Fleet, Move


def strategy(name: str) -> Callable[[Fleet], Move]:
    """The `plan` of a strategy by its AWS value, such as "ROLLING"."""
    plan: Callable[[Fleet], Move] = import_module(f"{__name__}.{name.lower()}").plan
    return plan
