"""Rolls a deployment back: a deployment of its own, which gives all
traffic to the original task set again.
"""

import json

from ecslab.codedeploy import appspec, lifecycle
from ecslab.codedeploy.conductor import Conductor
from ecslab.codedeploy.failures import DeploymentFailure
from ecslab.codedeploy.ids import deployment_id
from ecslab.codedeploy.model import ROLLBACK, Deployment, LifecycleEvent, Revision
from ecslab.codedeploy.records import Records
from ecslab.codedeploy.release import Releases
from ecslab.codedeploy.revisions import register
from ecslab.ecs.deployments.task_set_rules import find
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.deployments import Deployment as TaskSetDeployment
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock


def is_asked_for(deployment: Deployment, why: DeploymentFailure) -> bool:
    """Whether a deployment that ended so is rolled back.

    A rollback is never rolled back itself, and before there is a replacement there is nothing to
    take back (facts, section 7.2: not possible at BeforeInstall).
    """
    if deployment.creator == ROLLBACK or deployment.green is None:
        return False
    if why.rolls_back is not None:
        return why.rolls_back
    automatic = deployment.settings.get("autoRollbackConfiguration") or {}
    return bool(automatic.get("enabled")) and why.cause in automatic.get("events", [])


class AutomaticRollbacks:
    """Begins the deployment that goes back, when one has failed."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        state: AccountState,
        conductor: Conductor,
        records: Records,
        releases: Releases,
    ) -> None:
        self._clock, self._chance, self._state = clock, chance, state
        self._conductor, self._records, self._releases = conductor, records, releases

    def heed(self, deployment: Deployment, why: DeploymentFailure) -> None:
        """A deployment has failed: begin its rollback, where that is asked for."""
        if is_asked_for(deployment, why):
            self.begin(deployment, why)

    def begin(self, failed: Deployment, why: DeploymentFailure) -> None:
        """Begin the rollback of a deployment that has failed or was stopped."""
        blue = self._original(failed)
        if blue is None:
            failed.rollback = {
                "rollbackMessage": "The original task set is gone."
            }  # wording is ours
            return
        revision = failed.group.revision or self._revision_of(failed, blue)
        made = Deployment(
            id=deployment_id(self._chance),
            application=failed.application,
            group=failed.group,
            config=self._records.config(lifecycle.DEFAULT),
            revision=revision,
            spec=appspec.parse(revision.content),
            created_ms=self._clock.now_ms,
            cluster=failed.cluster,
            service=failed.service,
            settings={},
            creator=ROLLBACK,
            events=[LifecycleEvent(lifecycle.ALLOW_TRAFFIC)],
            blue=failed.blue,
            green=failed.green,
            blue_group=failed.blue_group,
            green_group=failed.green_group,
        )
        # The wordings are ours.
        failed.rollback = {
            "rollbackDeploymentId": made.id,
            "rollbackMessage": f"Rolled back by deployment {made.id}.",
        }
        made.rollback = {
            "rollbackTriggeringDeploymentId": failed.id,
            "rollbackMessage": why.message,
        }
        self._conductor.begin(made, self._releases.back(made))

    def _original(self, failed: Deployment) -> TaskSetDeployment | None:
        service = self._state.service_in(failed.cluster, failed.service)
        found = find(service, failed.blue or "") if service else None
        return found if found and found.status != "DRAINING" else None

    def _revision_of(self, failed: Deployment, blue: TaskSetDeployment) -> Revision:
        """What the original runs, as an AppSpec: before the first success no revision says it."""
        balancer = blue.settings["loadBalancers"][0]
        properties = {
            "TaskDefinition": blue.definition.arn,
            "LoadBalancerInfo": {
                "ContainerName": balancer["containerName"],
                "ContainerPort": balancer["containerPort"],
            },
        }
        resource = {"TargetService": {"Type": appspec.SERVICE, "Properties": properties}}
        return register(
            self._clock, failed.application, json.dumps({"version": 0.0, "Resources": [resource]})
        )
