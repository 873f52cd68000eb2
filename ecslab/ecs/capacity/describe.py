"""Turns a container instance into the shape of the ECS API."""

from collections.abc import Sequence

from ecslab.ecs.api.shapes import present
from ecslab.ecs.capacity.capabilities import shown
from ecslab.ecs.model import Json
from ecslab.ecs.model.instances import ContainerInstance, Port
from ecslab.ecs.model.tasks import Stage
from ecslab.ground.clock import Clock


def container_instance(
    clock: Clock, instance: ContainerInstance, *, tags: bool = False, health: bool = False
) -> Json:
    """One `containerInstances[]` entry.

    A task on its way up is pending and not running here, as in a service's counts; the model's
    words (desired status RUNNING) would count it twice.
    """
    wanted = [t for t in instance.tasks.values() if t.desired == "RUNNING"]
    running = sum(t.stage >= Stage.RUNNING for t in wanted)
    return present(
        containerInstanceArn=instance.arn,
        ec2InstanceId=instance.ec2_id,
        capacityProviderName=instance.capacity_provider,
        version=instance.version,
        versionInfo=present(
            agentVersion=instance.agent_version,
            dockerVersion=instance.docker_version,
            agentHash=instance.agent_hash,
        ),
        remainingResources=resources(
            instance.cpu - instance.cpu_taken,
            instance.memory - instance.memory_taken,
            instance.reserved_ports | instance.ports_taken.keys(),
            [gpu for gpu in instance.gpus if gpu not in instance.gpus_taken]
            if instance.gpus
            else None,
        ),
        registeredResources=resources(
            instance.cpu, instance.memory, instance.reserved_ports, instance.gpus or None
        ),
        status=instance.status,
        statusReason=instance.status_reason,
        agentConnected=instance.connected,
        runningTasksCount=running,
        pendingTasksCount=len(wanted) - running,
        attributes=shown(instance.attributes),
        registeredAt=clock.timestamp(instance.registered_ms),
        attachments=[],
        tags=list(instance.tags) if tags else [],
        healthStatus=_health(clock, instance) if health else None,
    )


def resources(
    cpu: int, memory: int, ports: frozenset[Port] | set[Port], gpus: Sequence[str] | None = None
) -> list[Json]:
    """CPU, MEMORY, PORTS and PORTS_UDP; the port sets name what tasks
    cannot have (BC:ContainerInstance).

    GPU names those that there are, where there are any; that remaining ones are
    those that tasks can have is our reading.
    """
    found = [
        _resource("CPU", "INTEGER", integerValue=cpu),
        _resource("MEMORY", "INTEGER", integerValue=memory),
        _resource("PORTS", "STRINGSET", stringSetValue=_numbers(ports, "tcp")),
        _resource("PORTS_UDP", "STRINGSET", stringSetValue=_numbers(ports, "udp")),
    ]
    return (
        found
        if gpus is None
        else [*found, _resource("GPU", "STRINGSET", stringSetValue=list(gpus))]
    )


def _resource(name: str, kind: str, **value: object) -> Json:
    return {
        "name": name,
        "type": kind,
        "doubleValue": 0.0,
        "longValue": 0,
        "integerValue": 0,
    } | value


def _numbers(ports: frozenset[Port] | set[Port], protocol: str) -> list[str]:
    return [str(number) for number in sorted(number for p, number in ports if p == protocol)]


def _health(clock: Clock, instance: ContainerInstance) -> Json:
    """The container runtime is well as long as its agent says so (facts, section
    12; what a silent agent leaves is ours).
    """
    status = "OK" if instance.connected else "INSUFFICIENT_DATA"
    now = clock.timestamp()
    check = {
        "type": "CONTAINER_RUNTIME",
        "status": status,
        "lastUpdated": now,
        "lastStatusChange": clock.timestamp(instance.registered_ms),
    }
    return {"overallStatus": status, "details": [check]}
