"""Who hears that a container instance has room: services that wait for it, daemons, tasks in PROVISIONING."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.services import Service
from ecslab.ecs.placement.daemons import in_use, is_daemon

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane


def offered(plane: "ControlPlane", instance: ContainerInstance) -> None:
    """There is room now: services that found none look again, daemons want a task here, others to be in each zone."""
    _wake(plane, (s for s in instance.cluster.services.values() if s.waits_for_room or _wants_all(s)))
    plane.waiting.room(instance)


def given_back(plane: "ControlPlane", instance: ContainerInstance) -> None:
    """A task has given back what it had reserved of the instance, or has left it."""
    if instance.status == "DRAINING" and not in_use(instance):  # only daemons are left: now they stop
        _wake(plane, (t.service for t in instance.tasks.values() if t.service))
    if instance.status == "ACTIVE" and instance.connected:
        _wake(plane, (s for s in instance.cluster.services.values() if s.waits_for_room))
        plane.waiting.room(instance)


def _wake(plane: "ControlPlane", services: Iterable[Service]) -> None:
    for service in services:
        if service.status == "ACTIVE":
            service.blocked, service.unbalanced = "", False
            plane.rounds.wake(service)


def _wants_all(service: Service) -> bool:
    """Whether a new instance can matter to a service that has all its tasks: it wants one on each, or as many in each zone."""
    return is_daemon(service) or bool(service.settings["availabilityZoneRebalancing"] == "ENABLED")
