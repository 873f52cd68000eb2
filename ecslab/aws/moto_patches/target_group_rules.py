"""Has moto's Elastic Load Balancing refuse the numbers that AWS refuses (facts, section 11).

The ranges are those of the API's model; the wordings are ours.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from ecslab.aws.changes import put_in_place
from ecslab.ground.numerals import whole

NUMBERS = {  # of a health check, by the name that moto's functions end with
    "interval": ("HealthCheckIntervalSeconds", range(5, 301)),
    "interval_seconds": ("HealthCheckIntervalSeconds", range(5, 301)),
    "timeout": ("HealthCheckTimeoutSeconds", range(2, 121)),
    "timeout_seconds": ("HealthCheckTimeoutSeconds", range(2, 121)),
    "unhealthy_threshold_count": ("UnhealthyThresholdCount", range(2, 11)),
    "healthy_threshold_count": ("HealthyThresholdCount", range(2, 11)),
}
DELAY, SLOW_START = "deregistration_delay.timeout_seconds", "slow_start.duration_seconds"
CROSS_ZONE, OF_THE_BALANCER = "load_balancing.cross_zone.enabled", "use_load_balancer_configuration"
SWITCH = ["true", "false"]
ALGORITHM = "load_balancing.algorithm.type"
ALGORITHMS = {"round_robin", "least_outstanding_requests", "weighted_random"}
DELAYS, SLOW_STARTS = range(3601), (0, *range(30, 901))
ATTRIBUTES = {  # by the kinds of target group that know them (botocore, TargetGroupAttribute$Key)
    "alb nlb glb": [DELAY, "stickiness.enabled", "stickiness.type"],
    "alb nlb": [
        CROSS_ZONE,
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
    ],
    "alb": [
        ALGORITHM,
        "load_balancing.algorithm.anomaly_mitigation",
        SLOW_START,
        "stickiness.app_cookie.cookie_name",
        "stickiness.app_cookie.duration_seconds",
        "stickiness.lb_cookie.duration_seconds",
    ],
    "lambda": [
        "lambda.multi_value_headers.enabled",
        "stickiness.enabled",
        "stickiness.type",
        CROSS_ZONE,
    ],
    "nlb": [
        "deregistration_delay.connection_termination.enabled",
        "preserve_client_ip.enabled",
        "proxy_protocol_v2.enabled",
        "target_health_state.unhealthy.connection_termination.enabled",
        "target_health_state.unhealthy.draining_interval_seconds",
    ],
    "glb": [
        "target_failover.on_deregistration",
        "target_failover.on_unhealthy",
        "send_tcp_reset.on_unhealthy.enabled",
        "send_tcp_reset.on_deregistration.enabled",
    ],
}
CODES, WEIGHTS, STICKY_S = range(200, 500), range(1000), range(1, 604_801)
MODIFY = (  # moto passes these by position
    "protocol",
    "port",
    "path",
    "health_check_interval",
    "health_check_timeout",
    "healthy_threshold_count",
    "unhealthy_threshold_count",
    "matcher",
)


def teach(module: ModuleType) -> Callable[[], None]:
    """Teach `moto.elbv2.models`; what is returned makes it forget."""
    backend, action = module.ELBv2Backend, module.FakeAction
    wrappers = [
        (backend, "create_target_group", _create),
        (backend, "modify_target_group", _modify),
        (backend, "modify_target_group_attributes", _attributes),
        (action, "__init__", _forward),
    ]
    return put_in_place(
        (owner, name, wrap(vars(owner)[name], module)) for owner, name, wrap in wrappers
    )


def _create(create: Callable[..., Any], module: ModuleType) -> Callable[..., Any]:
    @functools.wraps(create)
    def create_target_group(backend: Any, name: str, **asked: Any) -> Any:
        _refuse(module, _wrong_check(asked))
        _refuse(module, _wrong_codes((asked.get("matcher") or {}).get("HttpCode")))
        return create(backend, name, **asked)

    return create_target_group


def _modify(modify: Callable[..., Any], module: ModuleType) -> Callable[..., Any]:
    @functools.wraps(modify)
    def modify_target_group(backend: Any, arn: str, *asked: Any, **named: Any) -> Any:
        given = dict(zip(MODIFY, asked, strict=False))
        _refuse(module, _wrong_check(given))
        _refuse(module, _wrong_codes(given.get("matcher")))
        return modify(backend, arn, *asked, **named)

    return modify_target_group


def _attributes(modify: Callable[..., Any], module: ModuleType) -> Callable[..., Any]:
    @functools.wraps(modify)
    def modify_target_group_attributes(backend: Any, arn: str, attributes: dict[str, Any]) -> Any:
        group = backend.target_groups.get(arn)
        if group is not None:
            _refuse(module, _unknown_attribute(group, attributes))
            _refuse(module, _wrong_attributes({**group.attributes, **attributes}))
        longest = str(DELAYS[-1])  # which moto takes for too long
        if attributes.get(DELAY) != longest:
            return modify(backend, arn, attributes)
        modify(backend, arn, attributes | {DELAY: "0"})
        group.attributes[DELAY] = longest
        return None

    return modify_target_group_attributes


def _forward(init: Callable[..., None], module: ModuleType) -> Callable[..., None]:
    @functools.wraps(init)
    def __init__(self: Any, data: dict[str, Any]) -> None:  # noqa: N807 - it becomes that method
        config = data.get("ForwardConfig") or {}
        for group in config.get("TargetGroups") or ():
            _refuse(module, _outside("Weight", group.get("Weight"), WEIGHTS))
        sticky = config.get("TargetGroupStickinessConfig") or {}
        _refuse(module, _outside("DurationSeconds", sticky.get("DurationSeconds"), STICKY_S))
        init(self, data)

    return __init__


def _refuse(module: ModuleType, problem: str | None) -> None:
    if problem:
        raise module.ValidationError(problem)


def _wrong_check(asked: Mapping[str, Any]) -> str | None:
    problems = (
        _outside(known, value, allowed)
        for name, value in asked.items()
        for known, allowed in [NUMBERS.get(re.sub(r"^health_?check_", "", name), ("", range(0)))]
        if known
    )
    return next((problem for problem in problems if problem), None)


def _wrong_codes(matcher: str | None) -> str | None:
    for low, high in _ranges(matcher or ""):
        if low not in CODES or high not in CODES:
            return f"HttpCode '{matcher}' must be between {CODES[0]} and {CODES[-1]}"
    return None


def _ranges(matcher: str) -> Iterator[tuple[int, int]]:
    for part in re.findall(r"\d+(?:-\d+)?", matcher):
        low, _, high = part.partition("-")
        yield int(low), int(high or low)


def _unknown_attribute(group: Any, asked: Mapping[str, Any]) -> str | None:
    """The text is that of hashicorp/terraform-provider-aws#19953; a Lambda function's
    group has fewer (as AWS's API model says).
    """
    kind = {"HTTP": "alb", "HTTPS": "alb", "GENEVE": "glb"}.get(group.protocol, "nlb")
    kind = "lambda" if group.target_type == "lambda" else kind
    known = {name for kinds, names in ATTRIBUTES.items() if kind in kinds.split() for name in names}
    unknown = next((name for name in asked if name not in known), None)
    return None if unknown is None else f"Target group attribute key '{unknown}' is not recognized"


def _wrong_attributes(wanted: Mapping[str, Any]) -> str | None:
    for name in (n for n in wanted if n.endswith(".enabled")):
        known = SWITCH + [OF_THE_BALANCER] * (name == CROSS_ZONE)
        if wanted[name] not in known:
            return f"'{name}' value '{wanted[name]}' must be one of {', '.join(known)}"
    slow = whole(str(wanted[SLOW_START]))
    if whole(str(wanted[DELAY])) not in DELAYS:
        return f"'{DELAY}' value '{wanted[DELAY]}' must be between 0 and {DELAYS[-1]}"
    if slow not in SLOW_STARTS:
        return (
            f"'{SLOW_START}' value '{wanted[SLOW_START]}' must be 0, or between 30 and "
            f"{SLOW_STARTS[-1]}"
        )
    if wanted[ALGORITHM] not in ALGORITHMS:
        return (
            f"'{ALGORITHM}' value '{wanted[ALGORITHM]}' must be one of "
            f"{', '.join(sorted(ALGORITHMS))}"
        )
    if slow and wanted[ALGORITHM] == "least_outstanding_requests":
        return f"'{SLOW_START}' cannot be used with least_outstanding_requests"
    return None


def _outside(name: str, value: Any, allowed: range) -> str | None:
    if value is None or whole(str(value)) in allowed:
        return None
    return f"{name} '{value}' must be between {allowed[0]} and {allowed[-1]}"
