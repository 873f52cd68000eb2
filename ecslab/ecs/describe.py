"""The only place that turns state into the shapes of the ECS API (botocore's output shapes)."""

from typing import TYPE_CHECKING, Any

from ecslab.ecs.state import Json
from ecslab.ecs.state.deployments import Deployment
from ecslab.ecs.state.rollouts import ServiceRevision
from ecslab.ecs.state.services import Service
from ecslab.ecs.state.tasks import Container, Stage, Task

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane


def present(**members: Any) -> Json:
    """Only the members that have a value: AWS leaves the others out."""
    return {name: value for name, value in members.items() if value is not None}


def task(plane: "ControlPlane", task: Task, *, tags: bool = False) -> Json:
    """One `tasks[]` entry; times are seconds since 1970."""

    def at(ms: int | None) -> float | None:
        return None if ms is None else plane.clock.timestamp(ms)

    return present(
        # It has no interface yet while it waits for an instance.
        attachments=([_attachment(task)] if task.network and task.subnet else []) + task.connect_attachments,
        attributes=task.attributes,
        availabilityZone=task.zone,
        capacityProviderName=task.capacity_provider,
        clusterArn=task.cluster.arn,
        connectivity="CONNECTED" if task.connectivity_ms is not None else None,
        connectivityAt=at(task.connectivity_ms),
        containerInstanceArn=task.instance.arn if task.instance else None,
        containers=[container(task, c) for c in task.containers] + [_sidecar(task, s) for s in task.sidecars],
        cpu=task.cpu,
        createdAt=at(task.created_ms),
        desiredStatus=task.desired,
        enableExecuteCommand=task.execute_command,
        ephemeralStorage={"sizeInGiB": task.ephemeral_gib} if task.launch_type == "FARGATE" else None,
        fargateEphemeralStorage={"sizeInGiB": task.ephemeral_gib} if task.launch_type == "FARGATE" else None,
        executionStoppedAt=at(task.execution_stopped_ms),
        group=task.group,
        healthStatus=task.health,
        lastStatus=task.last_status,
        launchType=task.launch_type,
        memory=task.memory,
        overrides={
            "containerOverrides": [{"name": c.name} for c in task.containers],
            "inferenceAcceleratorOverrides": [],
        }
        | task.overrides,
        platformFamily=task.platform_family,
        platformVersion=task.platform_version,
        pullStartedAt=at(task.pull_started_ms),
        pullStoppedAt=at(task.pull_stopped_ms),
        startedAt=at(task.started_ms),
        startedBy=task.started_by,
        stopCode=task.stop_code,
        stoppedAt=at(task.stopped_ms),
        stoppedReason=task.stopped_reason,
        stoppingAt=at(task.stopping_ms),
        tags=task.tags if tags else [],
        taskArn=task.arn,
        taskDefinitionArn=task.definition.arn,
        version=task.version,
    )


def container(task: Task, container: Container) -> Json:
    """One `tasks[].containers[]` entry."""
    wanted = container.definition
    address = task.interface.private_ip if task.interface else None
    return present(
        containerArn=container.arn,
        taskArn=task.arn,
        name=container.name,
        image=container.image,
        imageDigest=container.image_digest,
        runtimeId=container.runtime_id,
        lastStatus=container.status,
        exitCode=container.exit_code,
        reason=container.reason,
        networkBindings=container.bindings,
        networkInterfaces=[{"attachmentId": task.attachment_id, "privateIpv4Address": address}]
        if address
        else [],
        healthStatus=container.health,
        gpuIds=container.gpu_ids or None,
        managedAgents=[{"name": "ExecuteCommandAgent", "lastStatus": container.status}]
        if task.execute_command
        else None,
        cpu=str(wanted.get("cpu", 0)),
        memory=str(wanted["memory"]) if "memory" in wanted else None,
        memoryReservation=str(wanted["memoryReservation"]) if "memoryReservation" in wanted else None,
    )


def _sidecar(task: Task, added: Json) -> Json:
    """A container that AWS has added: it lives as long as the task does."""
    stage = task.stage
    status = "PENDING" if stage < Stage.RUNNING else "RUNNING" if stage < Stage.STOPPING else "STOPPED"
    return added | {
        "taskArn": task.arn,
        "lastStatus": status,
        "networkBindings": [],
        "networkInterfaces": [],
        "healthStatus": "UNKNOWN",
    }


def _attachment(task: Task) -> Json:
    details: list[Json] = [{"name": "subnetId", "value": task.subnet}]
    if face := task.interface:
        details += [
            {"name": "networkInterfaceId", "value": face.id},
            {"name": "macAddress", "value": face.mac},
            *([{"name": "privateDnsName", "value": face.private_dns}] if face.private_dns else []),
            {"name": "privateIPv4Address", "value": face.private_ip},
        ]
    return {
        "id": task.attachment_id,
        "type": "ElasticNetworkInterface",
        "status": task.attachment_status,
        "details": details,
    }


def service(plane: "ControlPlane", service: Service, *, tags: bool = False) -> Json:
    """One `services[]` entry, with honest counts."""
    running, pending = counts(list(service.tasks.values()))
    stored = {k: v for k, v in service.settings.items() if v is not None and k not in OF_DEPLOYMENTS}
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
            deployment(plane, service, d)
            for d in service.deployments
            if service.status != "INACTIVE" and not d.task_set
        ],
        taskSets=[task_set(plane, service, d) for d in service.deployments if service.status != "INACTIVE"]
        if service.uses_task_sets
        else None,
        events=[
            {"id": e.id, "createdAt": plane.clock.timestamp(e.at_ms), "message": e.message}
            for e in service.events
        ],
        createdAt=plane.clock.timestamp(service.created_ms),
        currentServiceDeployment=service.service_deployment.arn if service.service_deployment else None,
        currentServiceRevisions=current_revisions(service) or None,
        createdBy=service.created_by,
        tags=service.tags if tags else None,
    )


# Members that DescribeServices shows for each deployment only, and those that it shows for the service only.
OF_DEPLOYMENTS = {"serviceConnectConfiguration"}
OF_THE_SERVICE = {"serviceRegistries", "loadBalancers"}


def deployment(plane: "ControlPlane", service: Service, deployment: Deployment) -> Json:
    """One `deployments[]` entry."""
    tasks = [t for t in service.tasks.values() if t.deployment is deployment]
    running, pending = counts(tasks)
    wanted = service.desired if deployment is service.primary else sum(t.desired == "RUNNING" for t in tasks)
    stored = {k: v for k, v in deployment.settings.items() if v is not None and k not in OF_THE_SERVICE}
    return stored | present(
        id=deployment.id,
        status=deployment.status,
        taskDefinition=deployment.definition.arn,
        desiredCount=wanted,
        runningCount=running,
        pendingCount=pending,
        failedTasks=deployment.failed_tasks,
        createdAt=plane.clock.timestamp(deployment.created_ms),
        updatedAt=plane.clock.timestamp(deployment.updated_ms),
        rolloutState=deployment.rollout,
        rolloutStateReason=deployment.rollout_reason,
        serviceConnectResources=[{"discoveryName": r.name, "discoveryArn": r.arn} for r in deployment.offers]
        or None,
    )


def task_set(plane: "ControlPlane", service: Service, deployment: Deployment, *, tags: bool = False) -> Json:
    """One `taskSets[]` entry (facts, section 7.3)."""
    of = deployment.task_set
    assert of is not None, "a service has task sets or rollouts, never both"
    running, pending = counts([t for t in service.tasks.values() if t.deployment is deployment])
    stored = {k: v for k, v in deployment.settings.items() if v is not None}
    return (
        {"serviceRegistries": []}
        | stored
        | present(
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
            createdAt=plane.clock.timestamp(deployment.created_ms),
            updatedAt=plane.clock.timestamp(deployment.updated_ms),
            scale={"value": float(of.scale), "unit": "PERCENT"},
            stabilityStatus="STEADY_STATE" if of.stable else "STABILIZING",
            stabilityStatusAt=plane.clock.timestamp(of.stability_ms),
            tags=of.tags if tags else [],
        )
    )


def current_revisions(service: Service) -> list[Json]:
    """`currentServiceRevisions`: those that are wanted or have tasks (facts, section 6.2)."""
    if service.status == "INACTIVE":
        return []
    return [revision_summary(service, d.revision) for d in service.deployments if d.revision]


def revision_summary(service: Service, revision: ServiceRevision) -> Json:
    """How many tasks of a revision are asked for, running and on their way."""
    tasks = [t for t in service.tasks.values() if t.deployment and t.deployment.revision is revision]
    running, pending = counts(tasks)
    wanted = service.primary.revision is revision
    return {
        "arn": revision.arn,
        "requestedTaskCount": service.desired if wanted else running + pending,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }


def counts(tasks: list[Task]) -> tuple[int, int]:
    """How many tasks are running and how many are on their way (facts, section 1.1); those told to stop are neither."""
    wanted = [t for t in tasks if t.desired == "RUNNING"]
    running = sum(t.stage == Stage.RUNNING for t in wanted)
    return running, len(wanted) - running
