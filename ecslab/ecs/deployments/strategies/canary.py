"""CANARY: a small share of production traffic goes first and is watched;
then all the rest (facts, section 7.1).
"""

from collections.abc import Mapping
from typing import Any

from ecslab.ecs.deployments.fleet import Fleet, Move
from ecslab.ecs.deployments.shifting import plan as shifting
from ecslab.ecs.deployments.shifting.lifecycle import ALL, MINUTE_MS, ShiftStep


def steps(config: Mapping[str, Any]) -> tuple[ShiftStep, ...]:
    """Two shifts: canaryPercent, then everything; a canary of 100 % is one."""
    canary = config["canaryConfiguration"]
    first = ShiftStep(
        round(canary["canaryPercent"] * 10), canary["canaryBakeTimeInMinutes"] * MINUTE_MS
    )
    return (first,) if first.share == ALL else (first, ShiftStep(ALL))


def plan(fleet: Fleet) -> Move:
    """One round of a canary deployment."""
    return shifting.plan(fleet, steps(fleet.rollout.config) if fleet.rollout else ())
