"""What CreateService, UpdateService and CreateTaskSet refuse of
`loadBalancers` (facts, sections 11 and 17).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ecslab.ecs.api.equality import is_new
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ground.errors import AwsError, invalid_parameter, not_simulated

if TYPE_CHECKING:
    from ecslab.ecs.ports.balancers import TargetGroup

Json = dict[str, Any]

MOST_GROUPS = 5  # facts, section 15: target groups per service
TARGET_TYPES = {"awsvpc": "ip"}  # by network mode; every other one: instance (facts, section 11)


def check_load_balancers(
    balancers: Balancers,
    definition: TaskDefinition,
    launch_type: str,
    asked: list[Json],
    held: Sequence[Json] = (),
) -> None:
    """Refuse load balancers that tasks of this definition cannot be registered
    with; an empty list asks for nothing.

    Of those that are `held` already it is not asked whether they are still there.

    Raises InvalidParameterException in AWS's words,
    UnsupportedFeatureException for Classic Load Balancers.
    """
    # The form is AWS's ("… can have at most 1 items."), the limit the facts'.
    if len(asked) > MOST_GROUPS:
        raise invalid_parameter(f"load balancers can have at most {MOST_GROUPS} items.")
    if asked and launch_type == "EXTERNAL":  # facts, section 8.6; the wording is ours
        raise invalid_parameter("Load balancers are not supported with EXTERNAL launch type.")
    for one in asked:
        new = is_new(one, held)
        _check_members(one, definition, launch_type)
        _check_container(one, definition)
        _check_group(balancers, one["targetGroupArn"], definition, new=new)
        if alternate := one.get("advancedConfiguration", {}).get("alternateTargetGroupArn"):
            _check_type(balancers, alternate, definition, new=new)
    pairs = [(one["targetGroupArn"], one["containerName"], one["containerPort"]) for one in asked]
    if len(set(pairs)) < len(pairs):  # the wording is ours
        raise invalid_parameter(
            "The same container port cannot be registered twice with one target group."
        )


def check_role(definition: TaskDefinition, request: Json) -> None:
    """A role is only for services that need no service-linked role
    (BC:CreateServiceRequest.role).
    """
    if request.get("role") and (
        definition.spec.get("networkMode") == "awsvpc" or len(request.get("loadBalancers", [])) != 1
    ):  # AWS's wording, public in many Terraform configurations that met it
        raise invalid_parameter(
            "You cannot specify an IAM role for services that require a service linked role."
        )


def _check_members(one: Json, definition: TaskDefinition, launch_type: str) -> None:
    if one.get("loadBalancerName") and one.get("targetGroupArn"):
        raise invalid_parameter("loadBalancerName and targetGroupArn cannot both be specified")
    if one.get("loadBalancerName"):
        if launch_type == "FARGATE":
            raise invalid_parameter("Classic Load Balancers are not supported with Fargate")
        if definition.spec.get("networkMode") == "awsvpc":  # facts, section 11; the wording is ours
            raise invalid_parameter(
                "Classic Load Balancers are not supported with the awsvpc network mode."
            )
        raise not_simulated("A Classic Load Balancer")
    for member in ("targetGroupArn", "containerName", "containerPort"):
        if one.get(member) is None:  # BC:LoadBalancer; the wording is ours
            raise invalid_parameter(f"{member} must be specified for a load balancer.")


def _check_container(one: Json, definition: TaskDefinition) -> None:
    name, port = one["containerName"], one["containerPort"]
    container = next((c for c in definition.containers if c["name"] == name), None)
    if container is None:  # public in many issue threads, e.g. aws/aws-cdk
        raise invalid_parameter(f"The container {name} does not exist in the task definition.")
    if all(m.get("containerPort") != port for m in container.get("portMappings", [])):
        raise invalid_parameter(
            f"The container {name} did not have a container port {port} defined."
        )


def _check_type(balancers: Balancers, arn: str, definition: TaskDefinition, *, new: bool) -> None:
    group = balancers.group(arn)
    if group is None and not new:
        return
    if group is None:  # Elastic Load Balancing's own words; that ECS hands them on is ours
        raise invalid_parameter(f"One or more target groups not found: {arn}")
    mode = definition.spec.get("networkMode", "bridge")
    if group.target_type != TARGET_TYPES.get(mode, "instance"):
        raise _wrong_type(group, mode)


def _check_group(balancers: Balancers, arn: str, definition: TaskDefinition, *, new: bool) -> None:
    _check_type(balancers, arn, definition, new=new)
    if new and not balancers.forwards_to(arn):
        # public in many issue threads, e.g. hashicorp/terraform#32908
        raise invalid_parameter(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )


def _wrong_type(group: "TargetGroup", mode: str) -> AwsError:
    # public in many issue threads, e.g. hashicorp/terraform-provider-aws#12252
    return invalid_parameter(
        f"The provided target group {group.arn} has target type {group.target_type}, "
        f"which is incompatible with the {mode} network mode specified in the task definition."
    )
