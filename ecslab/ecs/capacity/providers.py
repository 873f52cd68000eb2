"""The account's capacity providers: which cluster uses which, and which instances are whose."""

from collections.abc import Callable, Iterable, Iterator

from ecslab.ecs.capacity.strategy import PREDEFINED
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import CapacityProvider, Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.ports.groups import AutoScalingGroup, Groups
from ecslab.ecs.ports.machines import Ec2Instance
from ecslab.ecs.rounds import Rounds


class CapacityProviders:
    """Auto Scaling group providers by name; FARGATE and FARGATE_SPOT need no record."""

    machine_of: Callable[[ContainerInstance], Ec2Instance | None]  # as EC2 was seen last
    on_association: Callable[[], None]  # a cluster has other providers

    def __init__(self, *, state: AccountState, rounds: Rounds, groups: Groups) -> None:
        self._state, self._rounds, self._groups = state, rounds, groups
        self.on_change: list[Callable[[CapacityProvider], None]] = []
        # Deleted ones too, until their name is used again.
        self.providers: dict[str, CapacityProvider] = {}

    def find(self, name_or_arn: str) -> CapacityProvider | None:
        """An Auto Scaling group provider in any status, or None."""
        name = name_or_arn.removeprefix(self._state.arn("capacity-provider/"))
        return self.providers.get(name)

    def names(self, names_or_arns: Iterable[str]) -> list[str]:
        """Short names, as a cluster keeps them."""
        return [text.removeprefix(self._state.arn("capacity-provider/")) for text in names_or_arns]

    @property
    def usable(self) -> set[str]:
        """The names of the providers that a cluster may have now."""
        return {*PREDEFINED, *(p.name for p in self.providers.values() if p.status == "ACTIVE")}

    def is_managed(self, name: str) -> bool:
        """Whether ECS scales this provider."""
        return name in self.providers and self.providers[name].managed

    def clusters(self, provider: CapacityProvider) -> list[Cluster]:
        """The ACTIVE clusters that have a provider."""
        found = self._state.clusters.values()
        return [c for c in found if c.status == "ACTIVE" and provider.name in c.capacity_providers]

    def of(self, cluster: Cluster) -> Iterator[CapacityProvider]:
        """A cluster's Auto Scaling group providers."""
        return (
            self.providers[name] for name in cluster.capacity_providers if name in self.providers
        )

    def group(self, provider: CapacityProvider) -> AutoScalingGroup | None:
        """The provider's Auto Scaling group as it is now; None when somebody has deleted it."""
        return self._groups.find(provider.group)

    def adopt(self, instance: ContainerInstance) -> None:
        """Note whose instance this is: that of its cluster's provider with the
        Auto Scaling group that launched it.
        """
        machine = self.machine_of(instance)
        group = machine.group if machine else None
        owner = next((p for p in self.of(instance.cluster) if group and p.group == group), None)
        instance.capacity_provider = owner.name if owner else None

    def associated(self, cluster: Cluster) -> None:
        """The cluster has other providers now: instances that are there already
        become theirs, and services look again.
        """
        for provider in self.of(cluster):
            self.changed(provider)
        self.on_association()
        for instance in cluster.instances.values():
            self.adopt(instance)
        for service in cluster.services.values():
            if service.blocked and service.status == "ACTIVE":
                self._rounds.wake(service)

    def changed(self, provider: CapacityProvider) -> None:
        """Its settings have changed, or a cluster has it now."""
        for heard in self.on_change:
            heard(provider)
