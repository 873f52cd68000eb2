"""What capacity providers ask of moto's Auto Scaling groups."""

from collections.abc import Sequence
from typing import Any

from ecslab.aws.failures import NotSimulated
from ecslab.aws.ports.backends import backend_in_use
from ecslab.ecs.ports.groups import AutoScalingGroup, Member, TrackingPolicy
from ecslab.ground.errors import AwsError

# Developer guide, managed instance draining.
DRAINING_HOOK = "ecs-managed-draining-termination-hook"
LEAVING = "Terminating:Wait"  # Auto Scaling's word for an instance that a hook keeps from its end
# Facts, section 8.3: 48 hours.
TERMINATING, LONGEST_S = "autoscaling:EC2_INSTANCE_TERMINATING", 172_800


class MotoGroups:
    """The Auto Scaling groups of one account and region; moto's Auto
    Scaling is not loaded for the question.
    """

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def find(self, name_or_arn: str) -> AutoScalingGroup | None:
        """A group by name or ARN, or None."""
        group = next((g for g in self._known() if name_or_arn in {g.name, g.arn}), None)
        if group is None:
            return None
        return AutoScalingGroup(
            name=group.name,
            arn=group.arn,
            desired=group.desired_capacity or 0,
            minimum=group.min_size or 0,
            maximum=group.max_size or 0,
            protects_new=_yes(group.new_instances_protected_from_scale_in),
            types=_types(group),
            members=tuple(
                Member(state.instance.id, _yes(state.protected_from_scale_in))
                for state in group.active_instances()
            ),
            leaving=tuple(
                s.instance.id for s in group.instance_states if s.lifecycle_state == LEAVING
            ),
            weighted=any(o.get("WeightedCapacity") for o in _overrides(group)),
        )

    def resize(self, name: str, desired: int) -> None:
        """Set how many instances a group should have; moto launches and ends them at once.

        Raises AwsError where what it would launch is refused: the group stays as it was.
        """
        try:
            self._backend().set_desired_capacity(name, desired)
        except NotSimulated as refused:
            raise AwsError(refused.code, refused.message) from None

    def protect(self, name: str, ids: Sequence[str], *, protected: bool) -> None:
        """Protect members from scale-in, or no longer."""
        self._backend().set_instance_protection(name, list(ids), protected)

    def hook(self, name: str, *, on: bool) -> None:
        """Have the instances that a group ends wait as `leaving`, or no longer."""
        if on:
            self._backend().create_lifecycle_hook(
                DRAINING_HOOK, name, TERMINATING, LONGEST_S, "CONTINUE"
            )
        else:
            self._backend().delete_lifecycle_hook(name, DRAINING_HOOK)

    def finish(self, name: str, machine: str) -> None:
        """End an instance that was leaving; harmless when it has ended, and when its group has."""
        group = self._backend().autoscaling_groups.get(name)
        if group is not None and machine in {s.instance.id for s in group.instance_states}:
            group.instance_states = [s for s in group.instance_states if s.instance.id != machine]
            group.ec2_backend.terminate_instances([machine])

    def tag(self, name: str, key: str) -> None:
        """Put an empty tag on a group and on its new instances; tagging twice is harmless."""
        group = self._backend().autoscaling_groups[name]
        if all(tag["Key"] != key for tag in group.tags):
            tag = {"Key": key, "Value": "", "PropagateAtLaunch": True}
            group.tags = [*group.tags, tag]

    def follow(self, policy: TrackingPolicy, alarms: Sequence[str]) -> str:
        """Show a policy on a group, as DescribePolicies tells of it; moto scales nothing by it."""
        metric = {
            "MetricName": policy.metric,
            "Namespace": policy.namespace,
            "Dimensions": [{"Name": name, "Value": value} for name, value in policy.dimensions],
            "Statistic": "Average",
        }
        made = self._backend().put_scaling_policy(
            name=policy.name,
            policy_type="TargetTrackingScaling",
            metric_aggregation_type=None,
            adjustment_type=None,
            as_name=policy.group,
            min_adjustment_magnitude=None,
            scaling_adjustment=None,
            cooldown=None,
            target_tracking_config={
                "CustomizedMetricSpecification": metric,
                "TargetValue": float(policy.target),
                "DisableScaleIn": "false",
            },
            step_adjustments=None,
            estimated_instance_warmup=str(policy.warmup_s),
            predictive_scaling_configuration=None,
        )
        where = f"arn:aws:cloudwatch:{self._region}:{self._account}:alarm:"
        made.alarms = [{"AlarmName": name, "AlarmARN": where + name} for name in alarms]
        return str(made.arn)

    def unfollow(self, policy: TrackingPolicy) -> None:
        """Delete a policy that may have gone with its group."""
        self._backend().policies.pop(policy.name, None)

    def _backend(self) -> Any:
        found = backend_in_use("autoscaling", self._account, self._region)
        assert found is not None, "a group that was found is in moto's Auto Scaling"
        return found

    def _known(self) -> list[Any]:
        backend = backend_in_use("autoscaling", self._account, self._region)
        return list(backend.autoscaling_groups.values()) if backend else []


def _types(group: Any) -> tuple[str, ...]:
    """What the group may launch: its overrides' types, else the one of its
    launch template or configuration.
    """
    named = [o["InstanceType"] for o in _overrides(group) if o.get("InstanceType")]
    return tuple(dict.fromkeys(named)) or (group.instance_type,)


def _overrides(group: Any) -> list[Any]:
    """Of a mixed instances policy: what differs from its launch template."""
    template = (group.mixed_instances_policy or {}).get("LaunchTemplate") or {}
    return template.get("Overrides") or []


def _yes(flag: Any) -> bool:
    """Moto keeps flags as they came in: a bool, or the query protocol's text."""
    return flag in {True, "true", "True"}
