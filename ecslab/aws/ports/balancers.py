"""What ECS asks of moto's Elastic Load Balancing (v2)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ecslab.aws.ports import listeners
from ecslab.aws.ports.backends import backend_in_use
from ecslab.aws.ports.targets import HEALTH, drained_ms, key, member
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.balancers import Listener, Route, Target, TargetGroup, TargetHealth
from ecslab.ground.clock import Clock


class MotoBalancers:
    """Load balancers of one account and region; moto's Elastic Load
    Balancing is not loaded for the question.
    """

    def __init__(self, account: str, region: str, clock: Clock) -> None:
        self._account, self._region, self._clock = account, region, clock
        self.on_change: Callable[[], None] = lambda: None

    def group(self, arn: str) -> TargetGroup | None:
        """A target group by ARN, or None."""
        group = self._group(arn)
        if group is None:
            return None
        return TargetGroup(
            arn=group.arn,
            name=group.name,
            target_type=group.target_type,
            protocol=group.protocol,
            port=int(group.port) if group.port else None,
            check_protocol=group.health_check_protocol or "HTTP",
            check_port=str(group.health_check_port or "traffic-port"),
            check_path=group.health_check_path or "/",
            interval_s=int(group.health_check_interval_seconds),
            timeout_s=int(group.health_check_timeout_seconds),
            healthy_threshold=int(group.healthy_threshold_count),
            unhealthy_threshold=int(group.unhealthy_threshold_count),
            matcher=str((getattr(group, "matcher", None) or {}).get("HttpCode") or "200"),
            deregistration_delay_s=int(group.attributes["deregistration_delay.timeout_seconds"]),
            slow_start_s=int(group.attributes["slow_start.duration_seconds"]),
            algorithm=str(group.attributes["load_balancing.algorithm.type"]),
            load_balancers=tuple(
                dict.fromkeys(lb for lb, action in self._actions() if arn in _weights(action))
            ),
        )

    def named(self, name: str) -> TargetGroup | None:
        """A target group by its name, or None: names are unique in an account and region."""
        backend = self._backend()
        groups = backend.target_groups.values() if backend else ()
        return next((self.group(group.arn) for group in groups if group.name == name), None)

    def forwards_to(self, group_arn: str) -> bool:
        """Whether a listener or a rule forwards to the group."""
        return any(group_arn in _weights(action) for _, action in self._actions())

    def registered(self, group_arn: str) -> frozenset[Target]:
        """The targets that are not draining."""
        group = self._group(group_arn)
        return frozenset(Target(*k) for k in group.targets) if group else frozenset()

    def register(self, group_arn: str, target: Target) -> None:
        """Add a target; raises Unavailable when the group is gone or the instance does not run."""
        group = self._group(group_arn)
        if group is None:
            raise Unavailable(f"the target group {group_arn} is gone")
        try:
            group.register([member(target.id, target.port)])
        except Exception as refused:  # moto raises its own error when the instance does not run
            raise Unavailable(str(refused)) from refused

    def deregister(self, group_arn: str, target: Target) -> None:
        """Have a target drain, then be gone; harmless when it is gone already."""
        group = self._group(group_arn)
        if group is not None and (target.id, target.port) in group.targets:
            group.deregister([member(target.id, target.port)])

    def drained_ms(self) -> int | None:
        """When the last draining target is gone, in lab milliseconds; None when none drains."""
        backend = self._backend()
        if backend is None:
            return None
        return drained_ms(backend.target_groups.values(), self._clock.now_ms)

    def tell(self, group_arn: str, target: Target, health: TargetHealth) -> None:
        """Set what `describe_target_health` says of a target."""
        group = self._group(group_arn)
        found = group.targets.get(key(group, member(target.id, target.port))) if group else None
        if found is not None:
            found[HEALTH] = health

    def weights(self, arn: str) -> dict[str, int]:
        """The weight of each target group that a listener's default
        action, or a rule, forwards to.
        """
        rule = self._rule(arn)
        return {} if rule is None else _weights(_forward(rule.actions))

    def shift(self, arn: str, weights: Mapping[str, int]) -> None:
        """Have a listener's default action, or a rule, forward by these weights;
        raises Unavailable when it is gone.
        """
        rule = self._rule(arn)
        action = _forward(rule.actions) if rule else None
        if rule is None or action is None:
            raise Unavailable(f"nothing forwards at {arn}")
        groups = [{"TargetGroupArn": group, "Weight": weight} for group, weight in weights.items()]
        data = {k: v for k, v in action.data.items() if k != "TargetGroupArn"}
        data["ForwardConfig"] = {**data.get("ForwardConfig", {}), "TargetGroups": groups}
        if len(groups) == 1:  # AWS shows the group itself too
            data["TargetGroupArn"] = groups[0]["TargetGroupArn"]
        actions = [type(action)(data) if a is action else a for a in rule.actions]
        rule.actions = actions
        if rule.is_default:
            self._listener(rule.listener_arn).default_actions = actions
        self.on_change()

    def listener(self, address: str, port: int | None = None) -> Listener | None:
        """A listener by its ARN, or by its load balancer's ARN or DNS name."""
        backend = self._backend()
        return listeners.find(backend, address, port) if backend else None

    def route(self, listener_arn: str, host: str, path: str) -> Route | None:
        """What becomes of a GET request; raises Unavailable for an action that is not simulated."""
        found = next((one for one in self._listeners() if one.arn == listener_arn), None)
        if found is None:
            return None
        action = listeners.taker(found, host, path).actions[-1]  # those before it authenticate
        if action.type == "forward":
            return Route(_weights(action))
        if action.type == "fixed-response":
            return Route({}, int(action.data["FixedResponseConfig"]["StatusCode"]))
        if action.type == "redirect":
            return Route({}, int(action.data["RedirectConfig"]["StatusCode"].removeprefix("HTTP_")))
        raise Unavailable(f"the action {action.type}")

    def _backend(self) -> Any:
        return backend_in_use("elbv2", self._account, self._region)

    def _group(self, arn: str) -> Any:
        backend = self._backend()
        return backend.target_groups.get(arn) if backend else None

    def _listeners(self) -> Iterator[Any]:
        backend = self._backend()
        for balancer in backend.load_balancers.values() if backend else ():
            yield from balancer.listeners.values()

    def _listener(self, arn: str) -> Any:
        return next(listener for listener in self._listeners() if listener.arn == arn)

    def _actions(self) -> Iterator[tuple[str, Any]]:
        for listener in self._listeners():
            for rule in listener.rules.values():
                for action in rule.actions:
                    yield listener.load_balancer_arn, action

    def _rule(self, arn: str) -> Any:
        """A rule by ARN; for a listener's ARN its default rule."""
        for listener in self._listeners():
            for rule in listener.rules.values():
                if rule.arn == arn or (listener.arn == arn and rule.is_default):
                    return rule
        return None


def _forward(actions: list[Any]) -> Any:
    return next((action for action in actions if action.type == "forward"), None)


def _weights(action: Any) -> dict[str, int]:
    """The target groups of a forward action; the weight is 1 where
    none is given (facts, section 18).
    """
    if action is None or action.type != "forward":
        return {}
    tuples = (action.data.get("ForwardConfig") or {}).get("TargetGroups") or []
    if tuples:
        return {t["TargetGroupArn"]: int(t.get("Weight", 1)) for t in tuples}
    arn = action.data.get("TargetGroupArn")
    return {arn: 1} if arn else {}
