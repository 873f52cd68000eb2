"""Deployment strategies: one file each, named after its AWS value; this folder is the registry.

A strategy has `plan(fleet)`, a pure decision; or, when it shifts traffic, `steps(config)`, the
shifts of production traffic, and leaves the way to `shifting/`. It may have `REQUIRED`, the members
that its deploymentConfiguration needs, and `configured(asked)`: what that says of this strategy
alone, as ECS stores it, or what AWS refuses. `task_sets` has no AWS value: what ECS does when
another controller deploys.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from ecslab.ecs.deployments.fleet import Fleet, Move
from ecslab.ecs.deployments.shifting import plan as shifting
from ecslab.ecs.deployments.shifting.lifecycle import ShiftStep
from ecslab.ecs.model import Json
from ecslab.ground.folders import modules_in

Plan = Callable[[Fleet], Move]
# As AWS names them in its API; another one follows.
ORDER = ("ROLLING", "BLUE_GREEN", "LINEAR", "CANARY")


def names() -> list[str]:
    """The AWS values of all strategies."""
    found = {name.upper() for name in modules_in(tuple(__path__))} - {"TASK_SETS"}
    return sorted(
        found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)
    )


def strategy(name: str) -> Plan:
    """The `plan` of a strategy by its AWS value, such as "ROLLING"."""
    module = _module(name)
    plan: Plan = getattr(module, "plan", partial(_shifting, module))
    return plan


def strategy_of(controller: str, name: str) -> Plan:
    """The `plan` that a service's scheduler follows: the strategy's when ECS
    deploys, otherwise that of its task sets.
    """
    return strategy(name if controller == "ECS" else "TASK_SETS")


def steps(config: Mapping[str, Any]) -> tuple[ShiftStep, ...]:
    """The shifts of production traffic that a deploymentConfiguration asks for;
    none under ROLLING, which shifts none.
    """
    module = _module(config["strategy"])
    return tuple(module.steps(config)) if hasattr(module, "steps") else ()


def required(name: str) -> tuple[str, ...]:
    """The members without which a deploymentConfiguration of the strategy is refused."""
    members: tuple[str, ...] = getattr(_module(name), "REQUIRED", ())
    return members


def configured(name: str, asked: Json) -> Json:
    """What a deploymentConfiguration says of its strategy alone, defaults filled in; raises what
    AWS refuses.
    """
    module = _module(name)
    stored: Json = module.configured(asked) if hasattr(module, "configured") else {}
    return stored


def _shifting(module: Any, fleet: Fleet) -> Move:
    return shifting.plan(fleet, module.steps(fleet.rollout.config) if fleet.rollout else ())


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{name.lower()}")
