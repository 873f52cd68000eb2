"""Has moto's Auto Scaling groups keep their Availability Zones in balance.

moto launches every instance of a group into the group's first subnet, and keeps the rest
of a group that it made smaller in an order that differs from process to process, and knows
no lifecycle hook's effect: that of ECS's managed draining is here too. Auto Scaling
spreads a group evenly over its zones, both ways (Auto Scaling user guide, "Balance
Availability Zones" and "Default termination policy").
"""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from ecslab.aws import failures
from ecslab.aws.changes import put_in_place
from ecslab.aws.ports.groups import DRAINING_HOOK, LEAVING


def balance(module: ModuleType) -> Callable[[], None]:
    """Teach the groups of `moto.autoscaling.models`; what is returned makes them forget it."""
    kind = module.FakeAutoScalingGroup
    launch, resize = kind.replace_autoscaling_group_instances, kind.set_desired_capacity

    def replace_autoscaling_group_instances(
        group: Any, count_needed: int, propagated_tags: dict[str, str]
    ) -> None:
        before = group.vpc_zone_identifier, group.availability_zones
        try:
            for _ in range(count_needed):
                group.vpc_zone_identifier, group.availability_zones = _emptiest(group, *before)
                launch(group, 1, propagated_tags)
        finally:
            group.vpc_zone_identifier, group.availability_zones = before

    def set_desired_capacity(group: Any, new_capacity: int | None) -> None:
        if _hooked(group) and _let_go(group, new_capacity):
            return
        rank = {id(state): n for n, state in enumerate(group.instance_states)}
        group.instance_states = _in_order_of_going(group.instance_states)
        resize(group, new_capacity)
        group.instance_states = sorted(
            group.instance_states, key=lambda state: rank.get(id(state), len(rank))
        )

    delete = module.AutoScalingBackend.delete_auto_scaling_group

    def delete_auto_scaling_group(backend: Any, group_name: str) -> None:
        # A group that is deleted waits for nobody.
        backend.delete_lifecycle_hook(group_name, DRAINING_HOOK)
        for state in getattr(backend.autoscaling_groups.get(group_name), "instance_states", ()):
            state.lifecycle_state = "InService"  # moto ends only those
        delete(backend, group_name)

    return put_in_place(
        [
            (kind, "replace_autoscaling_group_instances", replace_autoscaling_group_instances),
            (kind, "set_desired_capacity", _wholly(set_desired_capacity)),
            (kind, "update", _wholly(kind.update)),
            (module.AutoScalingBackend, "delete_auto_scaling_group", delete_auto_scaling_group),
        ]
    )


def _wholly(change: Callable[..., None]) -> Callable[..., None]:
    """A group whose change is refused, because what it would launch is, stays as it was."""

    @wraps(change)
    def changed(group: Any, *asked: Any, **named: Any) -> None:
        before = dict(vars(group))
        try:
            change(group, *asked, **named)
        except failures.NotSimulated:
            vars(group).update(before)
            raise

    return changed


def _hooked(group: Any) -> bool:
    hooks = getattr(group.autoscaling_backend, "lifecycle_hooks", {})
    return f"{group.name}_{DRAINING_HOOK}" in hooks


def _let_go(group: Any, wanted: int | None) -> bool:
    """Have the instances that are too many wait instead of ending;
    False when there are not too many.
    """
    wanted = group.min_size if wanted is None else wanted
    active = group.active_instances()
    if len(active) <= wanted:
        return False
    for state in [s for s in _in_order_of_going(active) if not s.protected_from_scale_in][
        : len(active) - wanted
    ]:
        state.lifecycle_state = LEAVING
    group.desired_capacity = wanted
    return True


def _emptiest(group: Any, subnets: str | None, zones: list[str]) -> tuple[str | None, list[str]]:
    """The subnet and zone for one instance: those with the fewest of
    the group, the first of equals.
    """
    there = [state.instance for state in group.instance_states]
    per_zone = Counter(i.availability_zone for i in there)
    if not subnets:
        return subnets, [min(zones, key=lambda zone: per_zone[zone])]
    ec2 = group.autoscaling_backend.ec2_backend
    per_subnet = Counter(i.subnet_id for i in there)
    zone_of = {number: ec2.get_subnet(number).availability_zone for number in subnets.split(",")}
    chosen = min(zone_of, key=lambda number: (per_zone[zone_of[number]], per_subnet[number]))
    return chosen, [zone_of[chosen]]


def _in_order_of_going(states: list[Any]) -> list[Any]:
    """Of the zone that has most the oldest goes first; instances
    protected from scale-in do not go.
    """
    left = [state for state in states if not state.protected_from_scale_in]
    per_zone = Counter(state.instance.availability_zone for state in states)
    going = []
    while left:
        # The first of equals.
        state = max(left, key=lambda s: per_zone[s.instance.availability_zone])
        left.remove(state)
        going.append(state)
        per_zone[state.instance.availability_zone] -= 1
    return going + [state for state in states if state.protected_from_scale_in]
