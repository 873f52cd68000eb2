"""The account's capacity providers: which cluster uses which, and which instances are whose."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ecslab.ecs.capacity.strategy import PREDEFINED
from ecslab.ecs.model.clusters import CapacityProvider, Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.ports.groups import AutoScalingGroup

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

MANAGED_TAG = "AmazonECSManaged"  # facts, section 8.3


class Capacity:
    """Auto Scaling group providers by name; FARGATE and FARGATE_SPOT need no record."""

    def __init__(self, plane: "ControlPlane") -> None:
        self._plane = plane
        # Deleted ones too, until their name is used again.
        self.providers: dict[str, CapacityProvider] = {}

    def find(self, name_or_arn: str) -> CapacityProvider | None:
        """An Auto Scaling group provider in any status, or None."""
        name = name_or_arn.removeprefix(self._plane.arn("capacity-provider/"))
        return self.providers.get(name)

    def names(self, names_or_arns: Iterable[str]) -> list[str]:
        """Short names, as a cluster keeps them."""
        return [text.removeprefix(self._plane.arn("capacity-provider/")) for text in names_or_arns]

    @property
    def usable(self) -> set[str]:
        """The names of the providers that a cluster may have now."""
        return {*PREDEFINED, *(p.name for p in self.providers.values() if p.status == "ACTIVE")}

    def is_managed(self, name: str) -> bool:
        """Whether ECS scales this provider."""
        return name in self.providers and self.providers[name].managed

    def clusters(self, provider: CapacityProvider) -> list[Cluster]:
        """The ACTIVE clusters that have a provider."""
        found = self._plane.clusters.values()
        return [c for c in found if c.status == "ACTIVE" and provider.name in c.capacity_providers]

    def of(self, cluster: Cluster) -> Iterator[CapacityProvider]:
        """A cluster's Auto Scaling group providers."""
        return (
            self.providers[name] for name in cluster.capacity_providers if name in self.providers
        )

    def group(self, provider: CapacityProvider) -> AutoScalingGroup | None:
        """The provider's Auto Scaling group as it is now; None when somebody has deleted it."""
        return self._plane.neighbours.groups.find(provider.group)

    def adopt(self, instance: ContainerInstance) -> None:
        """Note whose instance this is: that of its cluster's provider with the
        Auto Scaling group that launched it.
        """
        machine = self._plane.instances.machine(instance)
        group = machine.group if machine else None
        owner = next((p for p in self.of(instance.cluster) if group and p.group == group), None)
        instance.capacity_provider = owner.name if owner else None

    def associated(self, cluster: Cluster) -> None:
        """The cluster has other providers now: instances that are there already
        become theirs, and services look again.
        """
        for provider in self.of(cluster):
            self.changed(provider)
        self._plane.scaling_policies.look()
        for instance in cluster.instances.values():
            self.adopt(instance)
        for service in cluster.services.values():
            if service.blocked and service.status == "ACTIVE":
                self._plane.rounds.wake(service)

    def changed(self, provider: CapacityProvider) -> None:
        """Its settings have changed, or a cluster has it now: ECS marks a group
        that it scales (facts, section 8.3).
        """
        self._plane.draining.switch(provider)
        if provider.managed and self.clusters(provider) and self.group(provider):
            self._plane.neighbours.groups.tag(provider.group, MANAGED_TAG)
            self._plane.scaling.wake()
        self._plane.scaling_policies.look()
