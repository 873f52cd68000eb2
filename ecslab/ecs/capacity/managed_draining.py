"""Managed draining: an instance that its Auto Scaling group lets go of is
drained before it ends (facts, section 8.3).
"""

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from ecslab.ecs import timing
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.capacity.providers import CapacityProviders
from ecslab.ecs.model.clusters import CapacityProvider
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.ports.groups import Groups
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text

if TYPE_CHECKING:
    from ecslab.ground.clock import Alarm


class ManagedDraining:
    """Stands between a group's decision to end an instance and its end,
    as a lifecycle hook on AWS does.
    """

    def __init__(
        self, *, clock: Clock, groups: Groups, capacity: CapacityProviders, instances: Instances
    ) -> None:
        self._clock, self._groups, self._capacity = clock, groups, capacity
        self._instances = instances
        self._deadlines: dict[str, Alarm] = {}  # by machine: those that are being drained

    @property
    def machines(self) -> Collection[str]:
        """Those that are being drained."""
        return self._deadlines.keys()

    def switch(self, provider: CapacityProvider) -> None:
        """Put the hook on the provider's group, or take it off; what is
        being drained already goes on.
        """
        if self._capacity.group(provider):
            self._groups.hook(provider.group, on=provider.draining)

    def look(self) -> None:
        """Auto Scaling may want to end instances: drain those it has not told before."""
        for provider in self._capacity.providers.values():
            group = self._capacity.group(provider) if provider.draining else None
            for machine in group.leaving if group else ():
                if machine not in self._deadlines:
                    self._begin(provider, machine)

    def _begin(self, provider: CapacityProvider, machine: str) -> None:
        instance = self._instances.on(machine)
        idle = instance is None or not instance.tasks
        after_ms = 0 if idle else timing.LONGEST_DRAIN_MS
        self._deadlines[machine] = self._clock.after(
            after_ms, partial(self._finish, provider, machine), priority=1
        )
        if instance and instance.status == "ACTIVE":
            self._instances.drain(
                instance, Text("its Auto Scaling group {group} lets go of it", group=provider.group)
            )

    def freed(self, instance: ContainerInstance) -> None:
        """A task has left the instance: the last one ends the draining; daemons' leave last."""
        machine = instance.ec2_id
        provider = self._capacity.find(instance.capacity_provider or "")
        if machine in self._deadlines and provider and not instance.tasks:
            self._clock.cancel(self._deadlines[machine])
            self._deadlines[machine] = self._clock.after(
                0, partial(self._finish, provider, machine), priority=1
            )

    def _finish(self, provider: CapacityProvider, machine: str) -> None:
        del self._deadlines[machine]
        self._groups.finish(provider.group, machine)
        self._instances.sync()
