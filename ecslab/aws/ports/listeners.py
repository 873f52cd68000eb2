"""Finds the listener at an address in moto's Elastic Load Balancing, and the rule that takes a
request.
"""

import re
from collections.abc import Iterator
from fnmatch import translate
from typing import Any

from ecslab.ecs.ports.balancers import Listener


def find(backend: Any, address: str, port: int | None) -> Listener | None:
    """The listener with this ARN, or that of the load balancer with this ARN or
    DNS name: on the port, or the only one.
    """
    for balancer in backend.load_balancers.values():
        listeners = list(balancer.listeners.values())
        if address in {balancer.arn, balancer.dns_name}:
            listeners = [one for one in listeners if port in {None, int(one.port)}]
            return _described(listeners[0], balancer) if len(listeners) == 1 else None
        for listener in listeners:
            if listener.arn == address:
                return _described(listener, balancer)
    return None


def _described(listener: Any, balancer: Any) -> Listener:
    return Listener(
        listener.arn, balancer.arn, balancer.type, listener.protocol, int(listener.port)
    )


def taker(listener: Any, host: str, path: str) -> Any:
    """The rule that takes a GET request: by priority, the default one last."""
    rules = sorted(
        (r for r in listener.rules.values() if not r.is_default),
        key=lambda rule: int(rule.priority),
    )
    fitting = (rule for rule in rules if all(_fits(c, host, path) for c in rule.conditions))
    return next(fitting, None) or next(r for r in listener.rules.values() if r.is_default)


def _fits(condition: dict[str, Any], host: str, path: str) -> bool:
    """Whether a plain GET from somewhere meets a condition; one about headers or a
    query, which it has not, it does not.
    """
    values = list(_values(condition))
    match condition.get("Field"):
        case "path-pattern":
            return any(_like(pattern, path) for pattern in values)
        case "host-header":
            return any(_like(pattern.lower(), host.lower()) for pattern in values)
        case "http-request-method":
            return "GET" in values
        case "source-ip":
            return "0.0.0.0/0" in values
        case _:
            return False


def _values(condition: dict[str, Any]) -> Iterator[str]:
    yield from condition.get("Values") or ()
    for name, config in condition.items():
        if name.endswith("Config"):
            yield from (value for value in config.get("Values") or () if isinstance(value, str))


def _like(pattern: str, text: str) -> bool:
    """The wildcards of rules, * and ?; brackets are plain characters there."""
    return re.match(translate(re.sub(r"\[", "[[]", pattern)), text) is not None
