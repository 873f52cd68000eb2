"""Targets and hooks: List-, Get- and BatchGetDeploymentTarget(s),
PutLifecycleEventHookExecutionStatus.
"""

from typing import Any

from ecslab.codedeploy import describe
from ecslab.codedeploy.api.paging import listed
from ecslab.codedeploy.api.registry import operation
from ecslab.codedeploy.conductor import Conductor
from ecslab.codedeploy.model import Deployment
from ecslab.codedeploy.records import Records
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError

Json = dict[str, Any]

MOST_AT_ONCE = 25  # BC-cd:BatchGetDeploymentTargets


class DeploymentTargetOperations:
    """Targets of deployments shown, and what hooks report."""

    def __init__(
        self,
        *,
        clock: Clock,
        state: AccountState,
        balancers: Balancers,
        conductor: Conductor,
        records: Records,
    ) -> None:
        self._clock, self._state, self._balancers = clock, state, balancers
        self._conductor, self._records = conductor, records

    @operation("ListDeploymentTargets")
    def list_deployment_targets(self, request: Json) -> Json:
        """The ids of a deployment's targets: one, CLUSTER:SERVICE."""
        deployment = self._records.deployment(request["deploymentId"])
        wanted = request.get("targetFilters", {}).get("TargetStatus") or [deployment.target_status]
        ids = [describe.target_id(deployment)] if deployment.target_status in wanted else []
        return listed("targetIds", ids, request)

    @operation("GetDeploymentTarget")
    def get_deployment_target(self, request: Json) -> Json:
        """A deployment's target: its lifecycle events and both task sets."""
        deployment = self._records.deployment(request["deploymentId"])
        _check(deployment, request["targetId"])
        return {
            "deploymentTarget": describe.target(
                self._clock, self._state, self._balancers, deployment
            )
        }

    @operation("BatchGetDeploymentTargets")
    def batch_get_deployment_targets(self, request: Json) -> Json:
        """Up to 25 targets of one deployment."""
        deployment = self._records.deployment(request["deploymentId"])
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
        return {
            "deploymentTargets": [
                describe.target(self._clock, self._state, self._balancers, deployment) for _ in ids
            ]
        }

    @operation("PutLifecycleEventHookExecutionStatus")
    def put_lifecycle_event_hook_execution_status(self, request: Json) -> Json:
        """A function reports how its check went; within an hour of
        being called (facts, section 7.2).
        """
        deployment = self._records.deployment(request.get("deploymentId", ""))
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
        if event.status != "InProgress" or not self._conductor.signal(deployment, "hook", status):
            raise AwsError(
                "LifecycleEventAlreadyCompletedException",
                "An attempt to return the status of an already completed lifecycle event occurred.",
            )
        return {"lifecycleEventHookExecutionId": execution}


def _check(deployment: Deployment, id_: str) -> None:
    if id_ != describe.target_id(deployment):  # the wording is ours
        raise AwsError(
            "DeploymentTargetDoesNotExistException", f"The target {id_} is not in the deployment."
        )
