"""ECS cluster auto scaling: once a minute it measures each provider that it scales, and
sets its group's size (facts, section 8.3).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecslab.cloudwatch.metrics import Metrics
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.capacity.providers import CapacityProviders
from ecslab.ecs.capacity.reservation import (
    InstanceSize,
    ProviderSituation,
    Rules,
    SizeDecision,
    decide,
)
from ecslab.ecs.capacity.scaling_policies import METRIC, NAMESPACE
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import CapacityProvider, Cluster
from ecslab.ecs.model.tasks import Needs, Task
from ecslab.ecs.placement.daemons import daemons_of, in_use
from ecslab.ecs.ports.groups import AutoScalingGroup, Groups
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError
from ecslab.timeline.clusters import CapacityMeasured, CapacityRefused
from ecslab.timeline.teller import Teller
from ecslab.world.machines import is_known, machine_type

if TYPE_CHECKING:
    from ecslab.ground.clock import Alarm

MANAGED_TAG = "AmazonECSManaged"  # facts, section 8.3
MINUTE_MS = 60_000  # facts, section 8.3: datapoints of one minute


@dataclass(slots=True)
class _Memory:
    """What the alarms of one provider remember."""

    low_for: int = 0
    out_ms: int | None = None
    said: tuple[float, str] | None = None


class ManagedScaling:
    """Sleeps while there is nothing to scale; otherwise wakes at every full minute."""

    waiting: Callable[[Cluster, str], list[Task]]  # the tasks that wait for a provider

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        state: AccountState,
        groups: Groups,
        metrics: Metrics,
        capacity: CapacityProviders,
        instances: Instances,
    ) -> None:
        self._clock, self._story, self._state, self._groups = clock, story, state, groups
        self._metrics, self._capacity, self._instances = metrics, capacity, instances
        self._memory: dict[str, _Memory] = {}
        self._alarm: Alarm | None = None

    def heed(self, provider: CapacityProvider) -> None:
        """A provider's settings have changed, or a cluster has it now: ECS marks a
        group that it scales (facts, section 8.3).
        """
        capacity = self._capacity
        if provider.managed and capacity.clusters(provider) and capacity.group(provider):
            self._groups.tag(provider.group, MANAGED_TAG)
            self.wake()

    def wake(self) -> None:
        """A provider may be there to be scaled: measure it from the next full minute on."""
        if self._alarm is None and any(self._scaled()):
            due_ms = MINUTE_MS - self._clock.now_ms % MINUTE_MS
            self._alarm = self._clock.after(due_ms, self._minute, priority=2)

    def _scaled(self) -> Iterator[tuple[CapacityProvider, Cluster]]:
        capacity = self._capacity
        for cluster in self._state.clusters.values():
            if cluster.status == "ACTIVE":
                yield from ((p, cluster) for p in capacity.of(cluster) if p.managed)

    def _minute(self) -> None:
        self._alarm = None
        scaled = list(self._scaled())
        for provider, cluster in scaled:
            group = self._capacity.group(provider)
            if group:
                self._look(provider, cluster, group)
        names = {provider.name for provider, _ in scaled}
        self._memory = {name: memory for name, memory in self._memory.items() if name in names}
        self.wake()

    def _look(self, provider: CapacityProvider, cluster: Cluster, group: AutoScalingGroup) -> None:
        memory = self._memory.setdefault(provider.name, _Memory())
        busy = self._busy(cluster, provider)
        decision = decide(
            self._situation(provider, cluster, group, memory, busy), _rules(provider, group)
        )
        dimensions = {"CapacityProviderName": provider.name, "ClusterName": cluster.name}
        # AWS's own datapoints carry the time their minute began.
        began_ms = self._clock.now_ms - MINUTE_MS
        self._metrics.put(NAMESPACE, METRIC, dimensions, decision.reservation, at_ms=began_ms)
        memory.low_for = (
            memory.low_for + 1 if decision.reservation < provider.scaling["targetCapacity"] else 0
        )
        if provider.protection:
            self._protect(group, busy)
        self._say(provider, memory, decision, group)
        if decision.desired is not None:
            self._resize(provider, memory, group, decision.desired)

    def _situation(
        self,
        provider: CapacityProvider,
        cluster: Cluster,
        group: AutoScalingGroup,
        memory: _Memory,
        busy: set[str],
    ) -> ProviderSituation:
        waiting = self.waiting(cluster, provider.name)
        daemons = daemons_of(cluster, provider.name)
        return ProviderSituation(
            waiting=[t.needs for t in waiting if t.needs],
            sizes=[_size(kind, daemons) for kind in group.types if is_known(kind)],
            running=len(group.members),
            empty=sum(member.id not in busy for member in group.members),
            since_out_ms=None if memory.out_ms is None else self._clock.now_ms - memory.out_ms,
            low_for=memory.low_for,
        )

    def _busy(self, cluster: Cluster, provider: CapacityProvider) -> set[str]:
        """The machines of the provider that have a task other than a daemon's."""
        mine = (i for i in cluster.instances.values() if i.capacity_provider == provider.name)
        return {i.ec2_id for i in mine if in_use(i)}

    def _protect(self, group: AutoScalingGroup, busy: set[str]) -> None:
        """Instances with tasks are protected from scale-in, empty ones are not
        (managed termination protection).
        """
        for wanted in (True, False):
            ids = [
                m.id for m in group.members if m.protected != wanted and (m.id in busy) == wanted
            ]
            if ids:
                self._groups.protect(group.name, ids, protected=wanted)

    def _resize(
        self, provider: CapacityProvider, memory: _Memory, group: AutoScalingGroup, desired: int
    ) -> None:
        """Where Auto Scaling refuses, nothing changes, as when EC2 has no
        capacity; asked again in a minute.
        """
        try:
            self._groups.resize(group.name, desired)
        except AwsError as refused:
            ref = self._story.provider(provider.name)
            self._story.say(CapacityRefused(provider=ref, reason=refused.message))
            return
        if desired > len(group.members):
            memory.out_ms = self._clock.now_ms
        self._instances.sync()

    def _say(
        self,
        provider: CapacityProvider,
        memory: _Memory,
        decision: SizeDecision,
        group: AutoScalingGroup,
    ) -> None:
        """A line when the metric or the reason changes, and one for
        each change of the group's size.
        """
        if decision.desired is not None or (decision.reservation, decision.why) != memory.said:
            self._story.say(
                CapacityMeasured(
                    provider=self._story.provider(provider.name),
                    reservation=decision.reservation,
                    needed=decision.needed,
                    running=len(group.members),
                    resized_to=decision.desired,
                    because=decision.why,
                )
            )
        memory.said = (decision.reservation, decision.why)


def _rules(provider: CapacityProvider, group: AutoScalingGroup) -> Rules:
    scaling = provider.scaling
    return Rules(
        target=scaling["targetCapacity"],
        minimum_step=scaling["minimumScalingStepSize"],
        maximum_step=scaling["maximumScalingStepSize"],
        warmup_ms=scaling["instanceWarmupPeriod"] * 1000,
        smallest=group.minimum,
        largest=group.maximum,
    )


def _size(kind: str, daemons: Sequence[Needs]) -> InstanceSize:
    """What is known of a type before any instance of it has registered; a
    trunk would hold more interfaces.

    What daemons will take there is no room for others (facts, section 5.1); that ECS
    counts so when it scales is our reading.
    """
    machine = machine_type(kind)
    return InstanceSize(
        max(0, machine.cpu - sum(d.cpu for d in daemons)),
        max(0, machine.memory - sum(d.memory for d in daemons)),
        max(0, machine.tasks(trunked=False) - sum(d.interface for d in daemons)),
        max(0, machine.gpus - sum(d.gpus for d in daemons)),
    )
