"""ContinueServiceDeployment: somebody decides about a deployment that waits
at a pause hook (facts, section 7.1).

The texts are those of AWS's troubleshooting guide for blue/green deployments.
"""

import re
from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.deployments.shifting.hooks import Hooks
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.service_deployments import ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ground.errors import AwsError, invalid_parameter

Json = dict[str, Any]


class HookOperations:
    """ContinueServiceDeployment: what somebody answers to a hook that waits."""

    def __init__(self, *, state: AccountState, hooks: Hooks) -> None:
        self._state, self._hooks = state, hooks

    @operation("ContinueServiceDeployment")
    def continue_service_deployment(self, request: Json) -> Json:
        """Let a paused deployment go on, or have it go back: CONTINUE, the default, or ROLLBACK."""
        service, work = self._find(request["serviceDeploymentArn"])
        action = request.get("action", "CONTINUE")
        if action not in {"CONTINUE", "ROLLBACK"}:  # the wording is ours
            raise invalid_parameter("Invalid action. Valid values are: CONTINUE, ROLLBACK")
        if not re.fullmatch(r"ecs-[a-z]+-.+", request["hookId"]):
            raise invalid_parameter(
                "Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}"
            )
        if not work.ongoing:
            raise invalid_parameter(
                "Continuing a service deployment is not allowed for service deployment in terminal "
                "states."
            )
        here = work.shifting.here if work.shifting else []
        waiting = [
            hook
            for hook in here
            if hook.id == request["hookId"] and hook.status == "AWAITING_ACTION"
        ]
        if not waiting:
            raise invalid_parameter(
                "Provided hookId is either completed, unavailable, or not associated with the "
                "given Resource ARN"
            )
        self._hooks.resolve(service, work, waiting[0], action)
        return {"serviceDeploymentArn": work.arn}

    def _find(self, arn: str) -> tuple[Service, ServiceDeployment]:
        for cluster in self._state.clusters.values():
            for service in cluster.services.values():
                for work in service.service_deployments:
                    if work.arn == arn:
                        return service, work
        raise AwsError(
            "ServiceDeploymentNotFoundException", "The service deployment does not exist."
        )
