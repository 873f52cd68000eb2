"""BLUE_GREEN: the new revision starts beside the old one, is tested, and takes
over all at once (facts, section 7.1).
"""

from collections.abc import Mapping
from typing import Any

from ecslab.ecs.deployments.shifting.lifecycle import ALL, ShiftStep

REQUIRED = ("bakeTimeInMinutes",)


def steps(_config: Mapping[str, Any]) -> tuple[ShiftStep, ...]:
    """One shift: everything."""
    return (ShiftStep(ALL),)
