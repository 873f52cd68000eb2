"""Turns tasks and their containers into the shapes of the ECS API."""

from ecslab.ecs.api.shapes import present
from ecslab.ecs.model import Json
from ecslab.ecs.model.tasks import Container, Sidecar, Task
from ecslab.ground.clock import Clock

INTERFACE = "ElasticNetworkInterface"  # the type of an attachment, as the API names it


def task(clock: Clock, task: Task, *, tags: bool = False) -> Json:
    """One `tasks[]` entry; times are seconds since 1970."""
    at = clock.timestamp_of
    return present(
        # It has no interface yet while it waits for an instance.
        attachments=[
            *([_attachment(task)] if task.network and task.subnet else []),
            *(_proxy_attachment(s) for s in task.sidecars if s.attachment_id),
        ],
        attributes=task.attributes,
        availabilityZone=task.zone,
        capacityProviderName=task.capacity_provider,
        clusterArn=task.cluster.arn,
        connectivity="CONNECTED" if task.connectivity_ms is not None else None,
        connectivityAt=at(task.connectivity_ms),
        containerInstanceArn=task.instance.arn if task.instance else None,
        containers=[container(task, c) for c in task.containers]
        + [_sidecar(task, s) for s in task.sidecars],
        cpu=task.cpu,
        createdAt=at(task.created_ms),
        desiredStatus=task.desired,
        enableExecuteCommand=task.execute_command,
        ephemeralStorage={"sizeInGiB": task.ephemeral_gib}
        if task.launch_type == "FARGATE"
        else None,
        fargateEphemeralStorage={"sizeInGiB": task.ephemeral_gib}
        if task.launch_type == "FARGATE"
        else None,
        executionStoppedAt=at(task.execution_stopped_ms),
        group=task.group,
        healthStatus=task.health,
        lastStatus=task.last_status,
        launchType=task.launch_type,
        memory=task.memory,
        overrides={
            "containerOverrides": [
                *({"name": c.name} for c in task.containers),
                *({"name": s.name} for s in task.sidecars if s.attachment_id),
            ],
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
        memoryReservation=str(wanted["memoryReservation"])
        if "memoryReservation" in wanted
        else None,
    )


def _sidecar(task: Task, added: Sidecar) -> Json:
    """A container that AWS has added: it lives as long as the task does; a proxy is
    healthy while it runs (facts, section 31).
    """
    return {
        "name": added.name,
        "containerArn": added.arn,
        "taskArn": task.arn,
        "lastStatus": added.status(task),
        "networkBindings": [],
        "networkInterfaces": [],
        "healthStatus": "HEALTHY"
        if added.attachment_id and added.status(task) == "RUNNING"
        else "UNKNOWN",
    }


def _proxy_attachment(proxy: Sidecar) -> Json:
    """How a task says that it takes part in Service Connect (facts, section
    31; BC:Attachment has it otherwise).
    """
    return {
        "id": proxy.attachment_id,
        "type": "ServiceConnect",
        "status": proxy.attachment_status,
        "details": [{"name": "ContainerName", "value": proxy.name}],
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
        "type": INTERFACE,
        "status": task.attachment_status,
        "details": details,
    }
