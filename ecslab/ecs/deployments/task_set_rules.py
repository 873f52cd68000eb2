"""What the task set operations refuse (facts, section 7.3)."""

from typing import Any

from ecslab.ecs.api.client_tokens import check_token
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service
from ecslab.ground.errors import AwsError, invalid_parameter

Json = dict[str, Any]

# Public in aws-samples/ecs-bg-external-controller#6 and pipe-cd/pipecd#4692;
# the documentation gives no number.
MOST = 5
EVERYTHING = 100  # percent

# Public in hashicorp/terraform-provider-aws#30347, for DescribeTaskSets too in articles.
NOT_EXTERNAL = (
    "Amazon ECS only supports task set management on services configured to use "
    "external deployment controllers."
)
PRIMARY = "Primary TaskSet cannot be deleted"  # public in articles on external deployments
# Facts, section 7.3; the wording is ours.
SCALED = "The TaskSet cannot be deleted while it is scaled above 0."


def check_external(service: Service, *, also: str = "EXTERNAL") -> None:
    """Refuse a service whose task sets are not for the caller to manage;
    `also` names a controller that may look.
    """
    if service.controller not in {"EXTERNAL", also}:
        raise invalid_parameter(NOT_EXTERNAL)


def check_create(service: Service, request: Json) -> None:
    """Refuse a CreateTaskSet request that is wrong whatever its task definition; where
    no source is named the wording is ours.
    """
    check_token("CreateTaskSet", request)
    if len(service.deployments) >= MOST:
        raise invalid_parameter(
            f"{MOST} deployments exist on the service. Unable to create new TaskSet since this "
            "exceeds the maximum limit."
        )


def percent(scale: Json) -> float:
    """The value of a scale, 0 when it has none; InvalidParameterException for what is not a
    share of the whole (facts, section 7.3).
    """
    value = float(scale.get("value", 0.0))
    if not 0 <= value <= EVERYTHING:  # false for not-a-number too
        raise invalid_parameter("scale value must be between 0 and 100.")  # wording is ours
    return value


def check_delete(deployment: Deployment, *, force: bool) -> None:
    """Refuse to delete a task set that still serves or runs, unless forced."""
    assert deployment.task_set is not None, "only a task set is deleted"
    if force or deployment.status == "DRAINING":
        return
    if deployment.status == "PRIMARY":
        raise invalid_parameter(PRIMARY)
    if deployment.task_set.scale:
        raise invalid_parameter(SCALED)


def find(service: Service, id_or_arn: str) -> Deployment | None:
    """A task set by id or ARN, or None."""
    for deployment in service.deployments:
        if deployment.task_set and id_or_arn in {deployment.id, deployment.task_set.arn}:
            return deployment
    return None


def existing(service: Service, id_or_arn: str) -> Deployment:
    """A task set by id or ARN; TaskSetNotFoundException otherwise (the wording is ours)."""
    found = find(service, id_or_arn)
    if found is None:
        raise AwsError("TaskSetNotFoundException", "The specified task set does not exist.")
    return found
