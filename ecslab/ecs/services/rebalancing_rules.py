"""Whether a service's tasks shall be rebalanced over Availability Zones: the default,
and what is refused (facts, section 5.5).
"""

from typing import Any

from ecslab.ecs.services.zone_balance import obstacle
from ecslab.ground.errors import invalid_parameter

Json = dict[str, Any]


def rebalancing(asked: str | None, settings: Json) -> str:
    """ENABLED or DISABLED: what is asked for or was stored, without either
    ENABLED for a service that is eligible.

    Raises InvalidParameterException when a service that is not eligible would be ENABLED.
    """
    problem = obstacle(settings)
    if asked is None:
        return "DISABLED" if problem else "ENABLED"
    if asked == "ENABLED" and problem:
        raise invalid_parameter(f"AvailabilityZoneRebalancing does not support {problem}")
    return asked
