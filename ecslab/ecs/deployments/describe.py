"""Turns service deployments and revisions into the shapes of the ECS API (facts, section 6.2)."""

from ecslab.ecs.api.shapes import counts, present
from ecslab.ecs.model import Json
from ecslab.ecs.model.service_deployments import (
    Hook,
    ServiceDeployment,
    ServiceRevision,
    TrafficWeights,
)
from ecslab.ecs.model.services import Service
from ecslab.ground.clock import Clock


def brief(clock: Clock, service: Service, work: ServiceDeployment) -> Json:
    """One entry of ListServiceDeployments."""
    at = clock.timestamp
    return present(
        serviceDeploymentArn=work.arn,
        serviceArn=service.arn,
        clusterArn=service.cluster.arn,
        createdAt=at(work.created_ms),
        startedAt=None if work.started_ms is None else at(work.started_ms),
        finishedAt=None if work.finished_ms is None else at(work.finished_ms),
        targetServiceRevisionArn=work.target.arn,
        status=work.status,
        statusReason=work.status_reason,
    )


def service_deployment(clock: Clock, service: Service, work: ServiceDeployment) -> Json:
    """One entry of DescribeServiceDeployments; the counts are those of now."""
    at = clock.timestamp
    told = brief(clock, service, work)
    del told["targetServiceRevisionArn"]
    return told | present(
        stoppedAt=None if work.stopped_ms is None else at(work.stopped_ms),
        updatedAt=at(work.updated_ms),
        sourceServiceRevisions=[_summary(service, work, source) for source in work.sources],
        targetServiceRevision=_summary(service, work, work.target),
        lifecycleStage=work.stage,
        lifecycleHookDetails=[_hook(clock, hook) for hook in work.hooks] or None,
        deploymentConfiguration=work.configuration,
        rollback=_rollback(clock, work),
        deploymentCircuitBreaker=_breaker(work),
        alarms=_alarms(work),
    )


def revision(clock: Clock, service: Service, revision: ServiceRevision) -> Json:
    """One entry of DescribeServiceRevisions."""
    stored = {k: v for k, v in revision.settings.items() if v is not None}
    return stored | present(
        serviceRevisionArn=revision.arn,
        serviceArn=service.arn,
        clusterArn=service.cluster.arn,
        taskDefinition=revision.definition.arn,
        containerImages=[
            present(
                containerName=c["name"],
                image=c["image"],
                imageDigest=revision.digests.get(c["name"]),
            )
            for c in revision.definition.containers
        ],
        guardDutyEnabled=revision.monitored,
        resolvedConfiguration=_resolved(service, revision),
        createdAt=clock.timestamp(revision.created_ms),
    )


def _resolved(service: Service, revision: ServiceRevision) -> Json | None:
    """Which target group a revision's tasks are in, where there are two
    (BC:ResolvedConfiguration); as long as it has tasks.
    """
    deployment = next((d for d in service.deployments if d.revision is revision), None)
    balancers = (deployment.settings.get("loadBalancers") or []) if deployment else []
    found = [
        {
            "targetGroupArn": b["targetGroupArn"],
            "productionListenerRule": b["advancedConfiguration"]["productionListenerRule"],
        }
        for b in balancers
        if b.get("advancedConfiguration")
    ]
    return {"loadBalancers": found} if found else None


def _summary(service: Service, work: ServiceDeployment, revision: ServiceRevision) -> Json:
    """The counts of a revision, and the traffic that has been asked
    for, where traffic is shifted.
    """
    weights = work.weights.get(revision.number, TrafficWeights())
    return revision_summary(service, revision) | present(
        requestedProductionTrafficWeight=weights.production, requestedTestTrafficWeight=weights.test
    )


def _hook(clock: Clock, hook: Hook) -> Json:
    return present(
        hookId=hook.id,
        targetType=hook.target_type,
        targetArn=hook.target_arn,
        status=hook.status,
        expiresAt=clock.timestamp_of(hook.expires_ms),
        timeoutAction=hook.timeout_action,
    )


def _rollback(clock: Clock, work: ServiceDeployment) -> Json | None:
    if work.rollback is None:
        return None
    return {
        "reason": work.rollback.reason,
        "startedAt": clock.timestamp(work.rollback.started_ms),
        "serviceRevisionArn": work.rollback.revision.arn,
    }


def _breaker(work: ServiceDeployment) -> Json:
    watched = work.breaker
    return {
        "status": watched.status,
        "failureCount": watched.failures,
        "threshold": watched.threshold,
    }


def _alarms(work: ServiceDeployment) -> Json:
    watched = work.alarms
    return {
        "status": watched.status,
        "alarmNames": watched.names,
        "triggeredAlarmNames": watched.triggered,
    }


def revision_summary(service: Service, revision: ServiceRevision) -> Json:
    """How many tasks of a revision are asked for, running and on their way."""
    tasks = [
        t for t in service.tasks.values() if t.deployment and t.deployment.revision is revision
    ]
    running, pending = counts(tasks)
    wanted = service.primary.revision is revision
    return {
        "arn": revision.arn,
        "requestedTaskCount": service.desired if wanted else running + pending,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }
