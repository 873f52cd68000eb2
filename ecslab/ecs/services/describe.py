"""Turns services, their deployments and their task sets into the shapes of the ECS API."""

from ecslab.ecs.api.shapes import counts, present
from ecslab.ecs.deployments.describe import revision_summary
from ecslab.ecs.model import Json
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service
from ecslab.ground.clock import Clock

# Members that DescribeServices shows for each deployment only, and those
# that it shows for the service only.
OF_DEPLOYMENTS = {"serviceConnectConfiguration"}
OF_THE_SERVICE = {"serviceRegistries", "loadBalancers"}


def service(clock: Clock, service: Service, *, tags: bool = False) -> Json:
    """One `services[]` entry, with honest counts."""
    running, pending = counts(list(service.tasks.values()))
    stored = {
        k: v for k, v in service.settings.items() if v is not None and k not in OF_DEPLOYMENTS
    }
    shown = service.serving if service.uses_task_sets else service.primary
    return stored | present(
        serviceArn=service.arn,
        serviceName=service.name,
        clusterArn=service.cluster.arn,
        status=service.status,
        desiredCount=service.desired,
        runningCount=running,
        pendingCount=pending,
        taskDefinition=shown.definition.arn if shown else None,
        deployments=[
            deployment(clock, service, d)
            for d in service.deployments
            if service.status != "INACTIVE" and not d.task_set
        ],
        taskSets=[
            task_set(clock, service, d) for d in service.deployments if service.status != "INACTIVE"
        ]
        if service.uses_task_sets
        else None,
        events=[
            {"id": e.id, "createdAt": clock.timestamp(e.at_ms), "message": e.message}
            for e in service.events
        ],
        createdAt=clock.timestamp(service.created_ms),
        currentServiceDeployment=service.service_deployment.arn
        if service.service_deployment
        else None,
        currentServiceRevisions=current_revisions(service) or None,
        createdBy=service.created_by,
        tags=service.tags if tags else None,
    )


def deployment(clock: Clock, service: Service, deployment: Deployment) -> Json:
    """One `deployments[]` entry."""
    tasks = [t for t in service.tasks.values() if t.deployment is deployment]
    running, pending = counts(tasks)
    wanted = (
        service.desired
        if deployment is service.primary
        else sum(t.desired == "RUNNING" for t in tasks)
    )
    stored = {
        k: v for k, v in deployment.settings.items() if v is not None and k not in OF_THE_SERVICE
    }
    return stored | present(
        id=deployment.id,
        status=deployment.status,
        taskDefinition=deployment.definition.arn,
        desiredCount=wanted,
        runningCount=running,
        pendingCount=pending,
        failedTasks=deployment.failed_tasks,
        createdAt=clock.timestamp(deployment.created_ms),
        updatedAt=clock.timestamp(deployment.updated_ms),
        rolloutState=deployment.rollout,
        rolloutStateReason=deployment.rollout_reason,
        serviceConnectResources=[
            {"discoveryName": r.name, "discoveryArn": r.arn} for r in deployment.offers
        ]
        or None,
    )


def task_set(clock: Clock, service: Service, deployment: Deployment, *, tags: bool = False) -> Json:
    """One `taskSets[]` entry (facts, section 7.3)."""
    of = deployment.task_set
    assert of is not None, "a service has task sets or rollouts, never both"
    running, pending = counts([t for t in service.tasks.values() if t.deployment is deployment])
    stored = {k: v for k, v in deployment.settings.items() if v is not None}
    return stored | present(
        id=deployment.id,
        taskSetArn=of.arn,
        serviceArn=service.arn,
        clusterArn=service.cluster.arn,
        startedBy=of.started_by,
        externalId=of.external_id,
        status=deployment.status,
        taskDefinition=deployment.definition.arn,
        computedDesiredCount=deployment.desired,
        pendingCount=pending,
        runningCount=running,
        createdAt=clock.timestamp(deployment.created_ms),
        updatedAt=clock.timestamp(deployment.updated_ms),
        scale={"value": float(of.scale), "unit": "PERCENT"},
        stabilityStatus="STEADY_STATE" if of.stable else "STABILIZING",
        stabilityStatusAt=clock.timestamp(of.stability_ms),
        tags=of.tags if tags else [],
    )


def current_revisions(service: Service) -> list[Json]:
    """`currentServiceRevisions`: those that are wanted or have tasks (facts, section 6.2)."""
    if service.status == "INACTIVE":
        return []
    return [revision_summary(service, d.revision) for d in service.deployments if d.revision]
