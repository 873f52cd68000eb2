"""Trunk network interfaces: made when an instance with awsvpcTrunking registers,
deleted when it leaves (facts, section 3).
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from ecslab.ecs import timing
from ecslab.ecs.capacity.capabilities import TRUNK
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.network import Interface, Network
from ecslab.ground.clock import Clock

if TYPE_CHECKING:
    from ecslab.ground.clock import Alarm

Ready = Callable[[ContainerInstance, str | None], None]


class Trunks:
    """One trunk for each instance that has one."""

    def __init__(self, *, clock: Clock, network: Network) -> None:
        self._clock, self._network = clock, network
        self._attached: dict[str, Interface] = {}  # by container instance id
        self._coming: dict[str, Alarm] = {}

    @property
    def coming(self) -> Collection[str]:
        """The container instances whose trunk is being attached, by id."""
        return self._coming.keys()

    def attach(self, instance: ContainerInstance, ready: Ready) -> None:
        """Make a trunk; `ready` hears when it is there, or why it cannot be."""
        self._coming[instance.id] = self._clock.after(
            timing.TRUNK_MS, lambda: self._made(instance, ready)
        )

    def _made(self, instance: ContainerInstance, ready: Ready) -> None:
        del self._coming[instance.id]
        assert instance.subnet is not None, "an EC2 instance is in a subnet"
        try:
            trunk = self._network.attach(
                instance.subnet, [], f"trunk of {instance.arn}", public=False
            )
        except Unavailable as failure:
            ready(instance, str(failure))
            return
        self._attached[instance.id] = trunk
        instance.attributes[TRUNK] = trunk.id
        ready(instance, None)

    def release(self, instance: ContainerInstance) -> None:
        """Delete the trunk, if there is one or was to be one."""
        self._clock.cancel(self._coming.pop(instance.id, None))
        trunk = self._attached.pop(instance.id, None)
        if trunk:
            self._network.release(trunk)
