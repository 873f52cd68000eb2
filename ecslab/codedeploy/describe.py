"""Turns CodeDeploy's state into the shapes of its API (botocore's output shapes)."""

from ecslab.codedeploy.model import (
    Application,
    Config,
    Deployment,
    DeploymentGroup,
    Json,
    LifecycleEvent,
    Revision,
)
from ecslab.ecs.api.shapes import counts, present
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.deployments import Deployment as TaskSetDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ground.clock import Clock


def application(clock: Clock, application: Application) -> Json:
    """One ApplicationInfo."""
    return {
        "applicationId": application.id,
        "applicationName": application.name,
        "createTime": clock.timestamp(application.created_ms),
        "linkedToGitHub": False,
        "computePlatform": "ECS",
    }


def config(clock: Clock, config: Config) -> Json:
    """One DeploymentConfigInfo."""
    return {
        "deploymentConfigId": config.id,
        "deploymentConfigName": config.name,
        "createTime": clock.timestamp(config.created_ms),
        "computePlatform": "ECS",
        "trafficRoutingConfig": config.routing,
    }


def group(clock: Clock, application: Application, group: DeploymentGroup) -> Json:
    """One DeploymentGroupInfo."""
    return group.settings | present(
        applicationName=application.name,
        deploymentGroupId=group.id,
        deploymentGroupName=group.name,
        targetRevision=group.revision.location if group.revision else None,
        lastSuccessfulDeployment=_last(clock, group.succeeded),
        lastAttemptedDeployment=_last(clock, group.attempted),
        computePlatform="ECS",
        triggerConfigurations=[],
    )


def _last(clock: Clock, deployment: Deployment | None) -> Json | None:
    if deployment is None:
        return None
    return present(
        deploymentId=deployment.id,
        status=deployment.status,
        createTime=clock.timestamp(deployment.created_ms),
        endTime=clock.timestamp_of(deployment.ended_ms),
    )


def revision(clock: Clock, revision: Revision) -> Json:
    """One GenericRevisionInfo."""
    return present(
        description=revision.description or None,
        deploymentGroups=revision.groups,
        firstUsedTime=clock.timestamp_of(revision.first_used_ms),
        lastUsedTime=clock.timestamp_of(revision.last_used_ms),
        registerTime=clock.timestamp(revision.registered_ms),
    )


def deployment(clock: Clock, deployment: Deployment) -> Json:
    """One DeploymentInfo."""
    group = deployment.group.settings
    before = deployment.group.revision
    return present(
        applicationName=deployment.application.name,
        deploymentGroupName=deployment.group.name,
        deploymentConfigName=deployment.config.name,
        deploymentId=deployment.id,
        previousRevision=before.location if before else None,
        revision=deployment.revision.location,
        status=deployment.status,
        errorInformation=deployment.error,
        createTime=clock.timestamp(deployment.created_ms),
        startTime=clock.timestamp_of(deployment.started_ms),
        completeTime=clock.timestamp_of(deployment.ended_ms),
        deploymentOverview=_overview(deployment),
        description=deployment.settings.get("description"),
        creator=deployment.creator,
        ignoreApplicationStopFailures=deployment.settings.get(
            "ignoreApplicationStopFailures", False
        ),
        updateOutdatedInstancesOnly=deployment.settings.get("updateOutdatedInstancesOnly", False),
        autoRollbackConfiguration=deployment.settings.get("autoRollbackConfiguration"),
        rollbackInfo=deployment.rollback,
        deploymentStyle=group["deploymentStyle"],
        instanceTerminationWaitTimeStarted=deployment.waits_for == "TERMINATION_WAIT",
        blueGreenDeploymentConfiguration=group["blueGreenDeploymentConfiguration"],
        loadBalancerInfo=group["loadBalancerInfo"],
        fileExistsBehavior=deployment.settings.get("fileExistsBehavior", "DISALLOW"),
        deploymentStatusMessages=[],
        computePlatform="ECS",
        overrideAlarmConfiguration=deployment.settings.get("overrideAlarmConfiguration"),
    )


def _overview(deployment: Deployment) -> Json:
    """How many of its targets are in which state: an ECS deployment has one."""
    words = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
    return {word: int(word == deployment.target_status) for word in words}


def target_id(deployment: Deployment) -> str:
    """The id of a deployment's one target (BC-cd:BatchGetDeploymentTargets)."""
    return f"{deployment.cluster}:{deployment.service}"


def target(clock: Clock, state: AccountState, balancers: Balancers, deployment: Deployment) -> Json:
    """Its one DeploymentTarget: the events, and both task sets with their share of the traffic."""
    service = state.service_in(deployment.cluster, deployment.service)
    sets = [deployment.blue, deployment.green]
    there = [d for id_ in sets for d in (service.deployments if service else []) if d.id == id_]
    cluster_and_service = f"service/{deployment.cluster}/{deployment.service}"
    of_ecs = {
        "deploymentId": deployment.id,
        "targetId": target_id(deployment),
        "targetArn": service.arn if service else state.arn(cluster_and_service),
        "lastUpdatedAt": clock.timestamp(deployment.updated_ms or deployment.created_ms),
        "lifecycleEvents": [_event(clock, e) for e in deployment.events],
        "status": deployment.target_status,
        "taskSetsInfo": [_task_set(balancers, deployment, service, d) for d in there if service],
    }
    return {"deploymentTargetType": "ECSTarget", "ecsTarget": of_ecs}


def _event(clock: Clock, event: LifecycleEvent) -> Json:
    trouble = {
        "errorCode": "UnknownError",
        "scriptName": event.function or "",
        "message": event.trouble,
        "logTail": "",
    }
    return present(
        lifecycleEventName=event.name,
        diagnostics=trouble if event.trouble else None,
        startTime=clock.timestamp_of(event.started_ms),
        endTime=clock.timestamp_of(event.ended_ms),
        status=event.status,
    )


def _task_set(
    balancers: Balancers, deployment: Deployment, service: Service, task_set: TaskSetDeployment
) -> Json:
    running, pending = counts([t for t in service.tasks.values() if t.deployment is task_set])
    balancer: Json = next(iter(task_set.settings.get("loadBalancers") or []), {})
    arn = balancer.get("targetGroupArn", "")
    weights = balancers.weights(deployment.group.production)
    total = sum(weights.values())
    group = balancers.group(arn)
    return present(
        identifer=task_set.id,  # AWS's own spelling
        desiredCount=task_set.desired,
        pendingCount=pending,
        runningCount=running,
        status=task_set.status,
        trafficWeight=100.0 * weights.get(arn, 0) / total if total else 0.0,
        targetGroup={"name": group.name} if group else None,
        taskSetLabel="Green" if task_set.id == deployment.green else "Blue",
    )
