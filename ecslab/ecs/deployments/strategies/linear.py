"""LINEAR: production traffic goes over in equal steps, each of them
watched for a while (facts, section 7.1).
"""

from collections.abc import Mapping
from typing import Any

from ecslab.ecs.deployments.fleet import Fleet, Move
from ecslab.ecs.deployments.shifting import plan as shifting
from ecslab.ecs.deployments.shifting.lifecycle import ALL, MINUTE_MS, ShiftStep


def steps(config: Mapping[str, Any]) -> tuple[ShiftStep, ...]:
    """A share of stepPercent more each time, the last step what is
    left: 30 % is 30, 60, 90, 100.
    """
    linear = config["linearConfiguration"]
    width = round(linear["stepPercent"] * 10)
    bake_ms = linear["stepBakeTimeInMinutes"] * MINUTE_MS
    return tuple(ShiftStep(min(share, ALL), bake_ms) for share in range(width, ALL + width, width))


def plan(fleet: Fleet) -> Move:
    """One round of a linear deployment."""
    return shifting.plan(fleet, steps(fleet.rollout.config) if fleet.rollout else ())
