"""LINEAR: production traffic goes over in equal steps, each of them
watched for a while (facts, section 7.1).
"""

from collections.abc import Mapping
from typing import Any

from ecslab.ecs.deployments.shifting.lifecycle import ALL, MINUTE_MS, ShiftStep, gradual
from ecslab.ecs.model import Json


def steps(config: Mapping[str, Any]) -> tuple[ShiftStep, ...]:
    """A share of stepPercent more each time, the last step what is
    left: 30 % is 30, 60, 90, 100.
    """
    linear = config["linearConfiguration"]
    width = round(linear["stepPercent"] * 10)
    bake_ms = linear["stepBakeTimeInMinutes"] * MINUTE_MS
    return tuple(ShiftStep(min(share, ALL), bake_ms) for share in range(width, ALL + width, width))


def configured(asked: Json) -> Json:
    """linearConfiguration: 3 to 100 percent a step, watched for 6 minutes unless told otherwise."""
    defaults = {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}
    return {"linearConfiguration": gradual(defaults | asked.get("linearConfiguration", {}), 3.0)}
