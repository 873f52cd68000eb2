"""Enters the tasks of services where others look for them: in service
discovery, and as endpoints of Service Connect.
"""

from collections.abc import Iterator
from functools import partial

from ecslab.ecs import timing
from ecslab.ecs.connect.endpoints import named_port
from ecslab.ecs.model import Json
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ecs.ports.discovery import Discovery, Registry
from ecslab.ecs.targets.ports import port_of
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text
from ecslab.timeline.services import DiscoveryUnhealthy
from ecslab.timeline.targets import TaskDiscoverable, TaskUndiscoverable
from ecslab.timeline.teller import Teller


class CloudMapRegistration:
    """A task is entered when it runs, taken out when it shall stop or is
    unhealthy (facts, sections 1.1 and 10).
    """

    def __init__(
        self, *, clock: Clock, story: Teller, state: AccountState, discovery: Discovery
    ) -> None:
        self._clock, self._story, self._state, self._discovery = clock, story, state, discovery

    def task_changed(self, task: Task) -> None:
        """Hear that one task moved; only tasks of services with a registry concern anybody."""
        if task.service is None or task.deployment is None or not _listed(task.deployment.settings):
            return
        if task.desired == "STOPPED":
            self._leave(task, Text("it shall stop"))
        elif task.stage == Stage.RUNNING and not task.registered:
            self._enter(task)
        elif task.registered and task.health == "UNHEALTHY":
            self._leave(task, Text("it failed its container health checks"))
            self._story.say(DiscoveryUnhealthy(service=task.service.ref, task=task.id))
        elif task.registered and task.health == "HEALTHY":
            self._clock.after(timing.DISCOVERY_HEALTH_MS, partial(self._judged, task))

    def _enter(self, task: Task) -> None:
        if task.health == "UNHEALTHY":
            return
        checked = any(c.has_health_check for c in task.essential)
        for registry, port in self._places(task):
            well = not (checked and registry.custom_health) or task.health == "HEALTHY"
            where = _attributes(task, port, self._state.region)
            self._discovery.register(registry, task.id, where, healthy=well)
            task.registered.append((registry, port))
            at = where["AWS_INSTANCE_IPV4"] + (f":{port}" if port else "")
            self._story.say(
                TaskDiscoverable(
                    task=task.ref, registry=registry.arn, dns_name=registry.dns_name, address=at
                )
            )

    def _judged(self, task: Task) -> None:
        """What ECS says of a task's health takes effect after a while (facts, section 10.2)."""
        for registry, _ in task.registered:
            if task.health == "HEALTHY":
                self._discovery.judge(registry, task.id, healthy=True)

    def _leave(self, task: Task, why: str) -> None:
        for registry, _ in task.registered:
            self._discovery.deregister(registry, task.id)
            self._story.say(
                TaskUndiscoverable(
                    task=task.ref, registry=registry.arn, dns_name=registry.dns_name, because=why
                )
            )
        task.registered.clear()
        for sidecar in task.sidecars:
            sidecar.attachment_status = "DETACHED"

    def _places(self, task: Task) -> Iterator[tuple[Registry, int | None]]:
        """Where a task is entered, and with which port."""
        assert task.deployment is not None, "only tasks of services are registered"
        discovery = self._discovery
        for asked in task.deployment.settings.get("serviceRegistries") or []:
            registry = discovery.registry(asked["registryArn"])
            if registry is not None:  # somebody may have deleted it since
                named = "SRV" in registry.records
                port = _srv_port(task, asked) if named else None
                if port is not None or not named:  # without a port its container never ran
                    yield registry, port
        connect = task.deployment.settings.get("serviceConnectConfiguration") or {}
        # A deployment that began after its namespace had gone offers nothing there.
        offered = connect.get("services", []) if task.deployment.offers else []
        for registry, served in zip(task.deployment.offers, offered, strict=True):
            found = named_port(task.definition.containers, served["portName"])
            assert found is not None, "a deployment's port names are its task definition's"
            port = served.get("ingressPortOverride") or _host_port(
                task, found[0]["name"], found[1]["containerPort"]
            )
            if port is not None:  # otherwise its container never ran
                yield registry, port


def _listed(settings: Json) -> bool:
    return bool(settings.get("serviceRegistries") or settings.get("serviceConnectConfiguration"))


def _srv_port(task: Task, asked: Json) -> int | None:
    if "port" in asked:
        return int(asked["port"])
    return _host_port(task, asked["containerName"], asked["containerPort"])


def _host_port(task: Task, container: str, container_port: int) -> int | None:
    """Where a container's port is reached: itself with awsvpc, what it is bound
    to otherwise; None when it never ran.
    """
    if task.network:
        return container_port
    return port_of(next(c.bindings for c in task.containers if c.name == container), container_port)


def _attributes(task: Task, port: int | None, region: str) -> dict[str, str]:
    """What Cloud Map knows of a task (facts, section 10.2)."""
    assert task.service is not None, "only tasks of services are registered"
    address = (
        task.interface.private_ip if task.interface else task.instance and task.instance.private_ip
    )
    known = {
        "AWS_INSTANCE_IPV4": address,
        "AWS_INSTANCE_PORT": str(port) if port else None,
        "AVAILABILITY_ZONE": task.zone,
        "REGION": region,
        "ECS_SERVICE_NAME": task.service.name,
        "ECS_CLUSTER_NAME": task.cluster.name,
        "EC2_INSTANCE_ID": task.instance.ec2_id if task.instance else None,
        "ECS_TASK_DEFINITION_FAMILY": task.definition.family,
    }
    return {name: value for name, value in known.items() if value}
