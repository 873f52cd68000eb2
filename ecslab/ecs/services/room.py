"""Who hears that a container instance has room: services that wait for
it, daemons, tasks in PROVISIONING.
"""

from collections.abc import Callable, Iterable

from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.services import Service
from ecslab.ecs.placement.daemons import in_use, is_daemon
from ecslab.ecs.rounds import Rounds


class RoomNews:
    """Wakes services, and tells whoever keeps waiting tasks (`waiting(instance)`)."""

    def __init__(self, rounds: Rounds, waiting: Callable[[ContainerInstance], None]) -> None:
        self._rounds, self._waiting = rounds, waiting

    def offered(self, instance: ContainerInstance) -> None:
        """There is room now: services that found none look again, daemons want a
        task here, others to be in each zone.
        """
        there = instance.cluster.services.values()
        self._wake(s for s in there if s.waits_for_room or _wants_all(s))
        self._waiting(instance)

    def given_back(self, instance: ContainerInstance) -> None:
        """A task has given back what it had reserved of the instance, or has left it."""
        # Only daemons are left: now they stop.
        if instance.status == "DRAINING" and not in_use(instance):
            self._wake(t.service for t in instance.tasks.values() if t.service)
        if instance.status == "ACTIVE" and instance.connected:
            self._wake(s for s in instance.cluster.services.values() if s.waits_for_room)
            self._waiting(instance)

    def _wake(self, services: Iterable[Service]) -> None:
        for service in services:
            if service.status == "ACTIVE":
                service.blocked, service.unbalanced = "", False
                self._rounds.wake(service)


def _wants_all(service: Service) -> bool:
    """Whether a new instance can matter to a service that has all its tasks: it wants
    one on each, or as many in each zone.
    """
    return is_daemon(service) or bool(service.settings["availabilityZoneRebalancing"] == "ENABLED")
