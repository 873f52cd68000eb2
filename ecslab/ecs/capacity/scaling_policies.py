"""What ECS makes in Auto Scaling and CloudWatch for a capacity provider that it
scales: a policy and two alarms, to be seen.

The policy's name is in public DescribeClusters output, the alarms' names are Auto Scaling's (user
guide, target tracking; "TargetTracking-Infra-ECS-Cluster-…-AlarmLow-…" in public notes). Who
decides is `managed_scaling`, by the same numbers.
"""

from ecslab.cloudwatch.alarms import MetricAlarm, MetricQuery
from ecslab.cloudwatch.evaluator import AlarmEvaluator
from ecslab.ecs.capacity.providers import CapacityProviders
from ecslab.ecs.capacity.reservation import LOW_DATAPOINTS
from ecslab.ecs.model.clusters import CapacityProvider, Cluster
from ecslab.ecs.ports.groups import Groups, TrackingPolicy
from ecslab.ground.chance import Chance

NAMESPACE, METRIC = "AWS/ECS/ManagedScaling", "CapacityProviderReservation"
# Threshold's side and datapoints of one minute (facts, section 8.3).
ALARMS = {"High": ("GreaterThanThreshold", 1), "Low": ("LessThanThreshold", LOW_DATAPOINTS)}


def policy_name(provider: CapacityProvider) -> str:
    """As a cluster's attachments name it."""
    return f"ECSManagedAutoScalingPolicy-{provider.attachment}"


class ScalingPolicies:
    """One policy for each provider that ECS scales in a cluster; gone when it no longer does."""

    def __init__(
        self,
        *,
        chance: Chance,
        groups: Groups,
        capacity: CapacityProviders,
        evaluator: AlarmEvaluator,
    ) -> None:
        self._chance, self._groups, self._capacity = chance, groups, capacity
        self._evaluator = evaluator
        self._made: dict[
            str, tuple[TrackingPolicy, list[str]]
        ] = {}  # by policy: what was made, and its alarms

    def look(self) -> None:
        """Providers, their settings or their clusters have changed: make,
        change and delete what ECS would.
        """
        capacity, wanted = self._capacity, {}
        for provider in capacity.providers.values():
            clusters = (
                capacity.clusters(provider)
                if provider.status == "ACTIVE" and provider.managed
                else []
            )
            if clusters and capacity.group(provider):
                wanted[policy_name(provider)] = _policy(provider, clusters[0])
        for name in [n for n in self._made if n not in wanted]:
            policy, alarms = self._made.pop(name)
            self._groups.unfollow(policy)
            self._evaluator.delete(alarms)
        for name, policy in wanted.items():
            if name not in self._made or self._made[name][0] != policy:
                self._make(policy)

    def _make(self, policy: TrackingPolicy) -> None:
        _, names = self._made.get(policy.name, (policy, []))
        chance = self._chance
        names = names or [
            f"TargetTracking-{policy.group}-Alarm{side}-{chance.uuid('managed scaling alarms')}"
            for side in ALARMS
        ]
        arn = self._groups.follow(policy, names)
        for name, (comparison, periods) in zip(names, ALARMS.values(), strict=True):
            self._evaluator.put(
                MetricAlarm(
                    name=name,
                    arn="",
                    queries=(MetricQuery("m1", (NAMESPACE, METRIC, policy.dimensions)),),
                    watched="m1",
                    comparison=comparison,
                    threshold=float(policy.target),
                    periods=periods,
                    needed=periods,
                    actions={"ALARM": (arn,)},
                    description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {arn}.",
                )
            )
        self._made[policy.name] = policy, names


def _policy(provider: CapacityProvider, cluster: Cluster) -> TrackingPolicy:
    return TrackingPolicy(
        name=policy_name(provider),
        group=provider.group,
        metric=METRIC,
        namespace=NAMESPACE,
        dimensions=(("CapacityProviderName", provider.name), ("ClusterName", cluster.name)),
        target=provider.scaling["targetCapacity"],
        warmup_s=provider.scaling["instanceWarmupPeriod"],
    )
