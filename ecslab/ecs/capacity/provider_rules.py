"""What CreateCapacityProvider and UpdateCapacityProvider refuse (facts, sections 8.1 and 8.3).

Where no source is named for a text, it is ours.
"""

import re
from typing import Any

from ecslab.ecs.ports.groups import AutoScalingGroup
from ecslab.ground.errors import client_exception, invalid_parameter

Json = dict[str, Any]

RESERVED = ("aws", "ecs", "fargate")
SCALING: Json = {  # BC:ManagedScaling, with its defaults
    "status": "DISABLED",
    "targetCapacity": 100,
    "minimumScalingStepSize": 1,
    "maximumScalingStepSize": 10_000,
    "instanceWarmupPeriod": 300,
}
RANGES = {
    "targetCapacity": (1, 100),
    "minimumScalingStepSize": (1, 10_000),
    "maximumScalingStepSize": (1, 10_000),
    "instanceWarmupPeriod": (0, 10_000),
}


def check_name(name: str) -> None:
    """The text is in public guides to CloudFormation, whose generated
    names can start with a reserved word.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name) or name.lower().startswith(RESERVED):
        raise client_exception(
            "The specified capacity provider name is invalid. Up to 255 characters are allowed, "
            "including letters (upper and lowercase), numbers, underscores, and hyphens. The "
            "name cannot be prefixed with "
            '"aws", "ecs", or "fargate". '
            "Specify a valid name and try again."
        )


def check_kind(request: Json) -> Json:
    """The Auto Scaling group settings (those of ECS Managed Instances never get here)."""
    check_no_cluster(request)
    if not request.get("autoScalingGroupProvider"):
        raise invalid_parameter("autoScalingGroupProvider can not be blank.")
    asked: Json = request["autoScalingGroupProvider"]
    return asked


def check_no_cluster(request: Json) -> None:
    """A cluster belongs to providers of ECS Managed Instances
    (BC:CreateCapacityProviderRequest.cluster); the wording is ours.
    """
    if request.get("cluster"):
        raise invalid_parameter(
            "cluster is only valid for capacity providers of ECS Managed Instances."
        )


def managed_scaling(asked: Json, before: Json) -> Json:
    """What is stored: what is asked for over what was there; naming any setting turns
    managed scaling on unless it says otherwise.
    """
    scaling = before | ({"status": "ENABLED"} if asked else {}) | asked
    for name, (least, most) in RANGES.items():
        if not least <= scaling[name] <= most:
            raise invalid_parameter(f"{name} must be between {least} and {most}.")
    if scaling["minimumScalingStepSize"] > scaling["maximumScalingStepSize"]:
        # Observed by cdk-preflight, rule pf-ecs-cp-scaling-step-order.
        raise client_exception("The minimum or maximum scaling step size value is invalid.")
    return scaling


def check_scalable(group: AutoScalingGroup, scaling: Json) -> None:
    """What ECS can scale has a MaxSize above 0 and instance types without weights
    (facts, section 8.3); the wordings are ours.
    """
    if scaling["status"] != "ENABLED":
        return
    if group.maximum == 0:
        raise client_exception(
            "The Auto Scaling group of a capacity provider with managed scaling must have a "
            "MaxSize greater than 0."
        )
    if group.weighted:
        raise client_exception(
            "The Auto Scaling group of a capacity provider with managed scaling cannot have "
            "instance weights."
        )


def check_protection(scaling: Json, *, protection: bool) -> None:
    """Managed termination protection needs managed scaling
    (hashicorp/terraform-provider-aws#11338).

    The group need not protect its new instances: ECS protects each one
    itself (facts 2, section 31, row 17).
    """
    if protection and scaling["status"] != "ENABLED":
        raise client_exception(
            "The managed termination protection setting for the capacity provider is invalid. To "
            "enable managed termination protection for a capacity provider, managed scaling "
            "must be enabled."
        )
