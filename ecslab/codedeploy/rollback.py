"""Rolls a deployment back: a deployment of its own, which gives all
traffic to the original task set again.
"""

import json
from typing import TYPE_CHECKING

from ecslab.codedeploy import appspec, lifecycle, release
from ecslab.codedeploy.failures import DeploymentFailure
from ecslab.codedeploy.ids import deployment_id
from ecslab.codedeploy.model import ROLLBACK, Deployment, LifecycleEvent, Revision
from ecslab.codedeploy.revisions import register
from ecslab.ecs.deployments.task_set_rules import find
from ecslab.ecs.model.deployments import Deployment as TaskSetDeployment

if TYPE_CHECKING:
    from ecslab.codedeploy.codedeploy import CodeDeploy


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


def begin(plane: "CodeDeploy", failed: Deployment, why: DeploymentFailure) -> None:
    """Begin the rollback of a deployment that has failed or was stopped."""
    blue = _original(plane, failed)
    if blue is None:
        failed.rollback = {"rollbackMessage": "The original task set is gone."}  # wording is ours
        return
    revision = failed.group.revision or _revision_of(plane, failed, blue)
    made = Deployment(
        id=deployment_id(plane),
        application=failed.application,
        group=failed.group,
        config=plane.config(lifecycle.DEFAULT),
        revision=revision,
        spec=appspec.parse(revision.content),
        created_ms=plane.clock.now_ms,
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
    made.rollback = {"rollbackTriggeringDeploymentId": failed.id, "rollbackMessage": why.message}
    plane.conductor.begin(made, release.back(plane, made))


def _original(plane: "CodeDeploy", failed: Deployment) -> TaskSetDeployment | None:
    cluster = plane.ecs.state.find_cluster(failed.cluster)
    service = plane.ecs.state.find_service(cluster, failed.service) if cluster else None
    found = find(service, failed.blue or "") if service else None
    return found if found and found.status != "DRAINING" else None


def _revision_of(plane: "CodeDeploy", failed: Deployment, blue: TaskSetDeployment) -> Revision:
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
        plane, failed.application, json.dumps({"version": 0.0, "Resources": [resource]})
    )
