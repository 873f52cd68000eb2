"""Targets and hooks: List-, Get- and BatchGetDeploymentTarget(s),
PutLifecycleEventHookExecutionStatus.
"""

from typing import TYPE_CHECKING, Any

from ecslab.codedeploy import describe
from ecslab.codedeploy.api.paging import listed
from ecslab.codedeploy.api.registry import operation
from ecslab.codedeploy.model import Deployment
from ecslab.ground.errors import AwsError

if TYPE_CHECKING:
    from ecslab.codedeploy.codedeploy import CodeDeploy

Json = dict[str, Any]

MOST_AT_ONCE = 25  # BC-cd:BatchGetDeploymentTargets


@operation("ListDeploymentTargets")
def list_deployment_targets(plane: "CodeDeploy", request: Json) -> Json:
    """The ids of a deployment's targets: one, CLUSTER:SERVICE."""
    deployment = plane.deployment(request["deploymentId"])
    wanted = request.get("targetFilters", {}).get("TargetStatus") or [deployment.target_status]
    ids = [describe.target_id(deployment)] if deployment.target_status in wanted else []
    return listed("targetIds", ids, request)


@operation("GetDeploymentTarget")
def get_deployment_target(plane: "CodeDeploy", request: Json) -> Json:
    """A deployment's target: its lifecycle events and both task sets."""
    deployment = plane.deployment(request["deploymentId"])
    _check(deployment, request["targetId"])
    return {"deploymentTarget": describe.target(plane, deployment)}


@operation("BatchGetDeploymentTargets")
def batch_get_deployment_targets(plane: "CodeDeploy", request: Json) -> Json:
    """Up to 25 targets of one deployment."""
    deployment = plane.deployment(request["deploymentId"])
    ids = request.get("targetIds") or []
    if not ids:
        raise AwsError(
            "DeploymentTargetIdRequiredException", "A deployment target ID was not provided."
        )
    if len(ids) > MOST_AT_ONCE:
        text = f"The maximum number of targets that can be specified is {MOST_AT_ONCE}."
        raise AwsError("DeploymentTargetListSizeExceededException", text)
    for id_ in ids:
        _check(deployment, id_)
    return {"deploymentTargets": [describe.target(plane, deployment) for _ in ids]}


def _check(deployment: Deployment, id_: str) -> None:
    if id_ != describe.target_id(deployment):  # the wording is ours
        raise AwsError(
            "DeploymentTargetDoesNotExistException", f"The target {id_} is not in the deployment."
        )


@operation("PutLifecycleEventHookExecutionStatus")
def put_lifecycle_event_hook_execution_status(plane: "CodeDeploy", request: Json) -> Json:
    """A function reports how its check went; within an hour of
    being called (facts, section 7.2).
    """
    deployment = plane.deployment(request.get("deploymentId", ""))
    execution, status = request.get("lifecycleEventHookExecutionId"), request.get("status")
    event = next((e for e in deployment.events if execution and e.execution == execution), None)
    if event is None:
        raise AwsError(
            "InvalidLifecycleEventHookExecutionIdException",
            "A lifecycle event hook is invalid. Review the hooks section in your AppSpec file.",
        )
    if status not in {"Succeeded", "Failed"}:
        raise AwsError(
            "InvalidLifecycleEventHookExecutionStatusException",
            "The result of a Lambda validation function that verifies a lifecycle event is "
            "invalid. It should return Succeeded or Failed.",
        )
    if event.status != "InProgress" or not plane.conductor.signal(deployment, "hook", status):
        raise AwsError(
            "LifecycleEventAlreadyCompletedException",
            "An attempt to return the status of an already completed lifecycle event occurred.",
        )
    return {"lifecycleEventHookExecutionId": execution}
