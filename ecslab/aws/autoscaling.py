"""The only place where capacity providers meet moto's Auto Scaling groups."""

from collections.abc import Sequence
from typing import Any

from ecslab.aws.moto_backends import backend_in_use
from ecslab.ecs.neighbours import Group, Member


class MotoGroups:
    """The Auto Scaling groups of one account and region; moto's Auto Scaling is not loaded for the question."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def find(self, name_or_arn: str) -> Group | None:
        """A group by name or ARN, or None."""
        group = next((g for g in self._known() if name_or_arn in {g.name, g.arn}), None)
        if group is None:
            return None
        return Group(
            name=group.name,
            arn=group.arn,
            desired=group.desired_capacity or 0,
            minimum=group.min_size or 0,
            maximum=group.max_size or 0,
            protects_new=_yes(group.new_instances_protected_from_scale_in),
            types=_types(group),
            members=tuple(
                Member(state.instance.id, _yes(state.protected_from_scale_in))
                for state in group.instance_states
            ),
        )

    def resize(self, name: str, desired: int) -> None:
        """Set how many instances a group should have; moto launches and ends them at once."""
        self._backend().set_desired_capacity(name, desired)

    def protect(self, name: str, ids: Sequence[str], *, protected: bool) -> None:
        """Protect members from scale-in, or no longer."""
        self._backend().set_instance_protection(name, list(ids), protected)

    def tag(self, name: str, key: str) -> None:
        """Put an empty tag on a group and on its new instances; tagging twice is harmless."""
        group = self._backend().autoscaling_groups[name]
        if all(tag["Key"] != key for tag in group.tags):
            tag = {"Key": key, "Value": "", "PropagateAtLaunch": True}
            group.tags = [*group.tags, tag]

    def _backend(self) -> Any:
        found = backend_in_use("autoscaling", self._account, self._region)
        assert found is not None, "a group that was found is in moto's Auto Scaling"
        return found

    def _known(self) -> list[Any]:
        backend = backend_in_use("autoscaling", self._account, self._region)
        return list(backend.autoscaling_groups.values()) if backend else []


def _types(group: Any) -> tuple[str, ...]:
    """What the group may launch: its overrides' types, else the one of its launch template or configuration."""
    template = (group.mixed_instances_policy or {}).get("LaunchTemplate") or {}
    named = [o["InstanceType"] for o in template.get("Overrides") or [] if o.get("InstanceType")]
    return tuple(dict.fromkeys(named)) or (group.instance_type,)


def _yes(flag: Any) -> bool:
    """Moto keeps flags as they came in: a bool, or the query protocol's text."""
    return flag in {True, "true", "True"}
