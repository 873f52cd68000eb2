"""What a container can ask of GPUs: so many of its own (BC:ResourceRequirement);
every way of asking keeps the same rules.
"""

import re
from typing import Any

from ecslab.ground.errors import not_simulated

Json = dict[str, Any]

NOT_ON_FARGATE = "Tasks using the Fargate launch type do not support GPU resource requirements."


def asks_for_gpus(container: Json) -> bool:
    """Whether a definition or an override asks for any."""
    return any(r["type"] == "GPU" for r in container.get("resourceRequirements") or [])


def problem(container: Json) -> str | None:
    """Why what a container asks for cannot be, or None; the wording is ours.

    Raises AwsError UnsupportedFeatureException for ALL and for sharing.
    """
    for resource in container.get("resourceRequirements") or []:
        given = [member for member in ("value", "sharingStrategy") if resource.get(member)]
        if len(given) != 1:
            return (
                f"A GPU of container '{container['name']}' must have either a value or a "
                "sharingStrategy."
            )
        if "sharingStrategy" in given:
            raise not_simulated("A GPU that containers share")
        if resource["value"] == "ALL":
            raise not_simulated("A GPU value of ALL")
        if not re.fullmatch(r"[1-9]\d{0,3}", resource["value"]):
            return (
                f"The GPU value of container '{container['name']}' must be a positive "
                "number or ALL."
            )
    return None
