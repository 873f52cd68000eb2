"""CANARY: a small share of production traffic goes first and is watched;
then all the rest (facts, section 7.1).
"""

from collections.abc import Mapping
from typing import Any

from ecslab.ecs.deployments.shifting.lifecycle import ALL, MINUTE_MS, ShiftStep, gradual
from ecslab.ecs.model import Json


def steps(config: Mapping[str, Any]) -> tuple[ShiftStep, ...]:
    """Two shifts: canaryPercent, then everything; a canary of 100 % is one."""
    canary = config["canaryConfiguration"]
    first = ShiftStep(
        round(canary["canaryPercent"] * 10), canary["canaryBakeTimeInMinutes"] * MINUTE_MS
    )
    return (first,) if first.share == ALL else (first, ShiftStep(ALL))


def configured(asked: Json) -> Json:
    """canaryConfiguration: 0.1 to 100 percent first, watched for 10 minutes unless told
    otherwise.
    """
    defaults = {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}
    return {"canaryConfiguration": gradual(defaults | asked.get("canaryConfiguration", {}), 0.1)}
