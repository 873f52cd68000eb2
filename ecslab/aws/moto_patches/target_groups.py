"""Teaches moto's load balancers what they lack: several ports of one instance, draining, health,
ARNs.

moto holds one port per target, forgets a target the moment it is deregistered, and calls every
other one healthy. Here a target is (id, port), what ECS found out about it is told, and a
deregistered one drains for the group's delay (facts, section 11). Targets that somebody
registers by hand stay healthy, as in moto.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from ecslab.aws.account import current
from ecslab.aws.changes import put_in_place
from ecslab.aws.ports.targets import HEALTH, Key, draining, key, member
from ecslab.ecs.ports.balancers import TargetHealth
from ecslab.ecs.targets.health import NOT_IN_USE, WELL

DRAINING = TargetHealth(
    "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"
)
NOT_REGISTERED = TargetHealth(
    "unused", "Target.NotRegistered", "Target is not registered to the target group"
)
STOPPED = TargetHealth("unused", "Target.InvalidState", "Target is in the stopped state")


def teach(module: ModuleType) -> Callable[[], None]:
    """Teach the target groups and rules of `moto.elbv2.models`; what
    is returned makes them forget it.
    """
    group, backend, rule = module.FakeTargetGroup, module.ELBv2Backend, module.FakeRule
    return put_in_place(
        [
            (group, "register", _register(module)),
            (group, "deregister", _deregister(module)),
            (group, "deregister_terminated_instances", _lose),
            (group, "health_for", _health_for(module)),
            (backend, "describe_target_health", _describe(module)),
            (backend, "create_load_balancer", _by_kind(backend.create_load_balancer, module)),
            (rule, "__init__", _numbered(rule.__init__, module)),
            (group, "load_balancer_arns", _balancers_of(module)),
        ]
    )


def _by_kind(create: Callable[..., Any], module: ModuleType) -> Callable[..., Any]:
    """Moto gives every load balancer the ARN of an Application Load Balancer."""

    def create_load_balancer(backend: Any, *arguments: Any, **named: Any) -> Any:
        names = vars(module)
        make = names["make_arn_for_load_balancer"]
        kind = {"network": "net", "gateway": "gwy"}.get(str(named.get("loadbalancer_type")), "app")
        names["make_arn_for_load_balancer"] = lambda **asked: make(**asked).replace(
            "/app/", f"/{kind}/", 1
        )
        try:
            return create(backend, *arguments, **named)
        finally:
            names["make_arn_for_load_balancer"] = make

    return create_load_balancer


def _numbered(init: Callable[..., None], module: ModuleType) -> Callable[..., None]:
    """Moto ends the ARN of a default rule with an address in memory; AWS, with sixteen digits."""

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:  # noqa: N807 - it becomes that method
        init(self, *arguments, **named)
        self.arn = f"{self.arn.rpartition('/')[0]}/{module.mock_random.get_random_hex(16)}"

    return __init__


def _balancers_of(module: ModuleType) -> property:
    """The load balancers that forward to a group; moto's own list knows no
    listener that was changed or deleted.
    """

    def now(group: Any) -> list[str]:
        backend = module.elbv2_backends[group.account_id][group.region_name]
        groups_of = backend._get_target_group_arns_from  # noqa: SLF001 - moto's own
        found = [
            balancer.arn
            for balancer in backend.load_balancers.values()
            for listener in balancer.listeners.values()
            for rule in listener.rules.values()
            for action in rule.actions
            if group.arn in groups_of(action_data=action.data)
        ]
        return list(dict.fromkeys(found))

    return property(now, lambda _group, _value: None)


def _register(module: ModuleType) -> Callable[..., None]:
    def register(group: Any, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            if target["Id"].startswith("i-"):
                instance = group.ec2_backend.get_instance_by_id(target["Id"])
                if instance and instance.state != "running":
                    raise module.TargetNotRunning(instance_id=target["Id"])
        for target in targets:
            where = key(group, target)
            group.deregistered_targets.pop(where, None)
            group.targets.setdefault(where, member(*where))

    return register


def _deregister(module: ModuleType) -> Callable[..., None]:
    def deregister(group: Any, targets: list[dict[str, Any]]) -> None:
        for target in targets:
            meant = _meant(group, target)
            if not meant:
                raise module.InvalidTargetError
            for where in meant:
                del group.targets[where]
                _drain(group, where, module)

    return deregister


def _meant(group: Any, target: dict[str, Any]) -> list[Key]:
    """The registered targets that are meant; without a port, all of that id when
    the group's own port is not registered.
    """
    where = key(group, target)
    if where in group.targets:
        return [where]
    return [k for k in group.targets if k[0] == target["Id"]] if not target.get("Port") else []


def _drain(group: Any, where: Key, module: ModuleType) -> None:
    if _in_use(group, module):
        delay_s = int(group.attributes["deregistration_delay.timeout_seconds"])
        group.deregistered_targets[where] = current().clock.now_ms + 1000 * delay_s


def _draining(group: Any) -> list[Key]:
    return draining(group, current().clock.now_ms)


def _lose(group: Any, instance_ids: list[str]) -> None:
    for where in [k for k in group.targets if k[0] in instance_ids]:
        del group.targets[where]


def _in_use(group: Any, module: ModuleType) -> bool:
    backend = module.elbv2_backends[group.account_id][group.region_name]
    return bool(backend._any_listener_using(group.arn))  # noqa: SLF001 - moto's own


def _health_for(module: ModuleType) -> Callable[..., Any]:
    def health_for(group: Any, target: dict[str, Any], ec2_backend: Any) -> Any:
        where = key(group, target)
        health = _health(group, where, ec2_backend, module)
        port = group.health_check_port
        checked = str(where[1]) if port == "traffic-port" else port
        return module.FakeHealthStatus(
            *where, checked, health.state, health.reason, health.description
        )

    return health_for


def _health(group: Any, where: Key, ec2_backend: Any, module: ModuleType) -> TargetHealth:
    found = group.targets.get(where)
    if found is None:
        return DRAINING if where in _draining(group) else NOT_REGISTERED
    if not _in_use(group, module):
        return NOT_IN_USE
    if where[0].startswith("i-"):
        instance = ec2_backend.get_instance_by_id(where[0])
        if instance and instance.state == "stopped":
            return STOPPED
    told: TargetHealth = found.get(HEALTH, WELL)
    return told


def _describe(module: ModuleType) -> Callable[..., list[Any]]:
    def describe_target_health(
        backend: Any, target_group_arn: str, targets: list[dict[str, Any]]
    ) -> list[Any]:
        group = backend.target_groups.get(target_group_arn)
        if group is None:
            raise module.TargetGroupNotFoundError
        asked = targets or [member(*where) for where in (*group.targets, *_draining(group))]
        return [group.health_for(target, backend.ec2_backend) for target in asked]

    return describe_target_health
