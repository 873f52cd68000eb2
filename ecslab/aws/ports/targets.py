"""How a target lies in a target group of moto's: by its id and port, what ECS found out about it in
the dict, and until when each that was deregistered drains.
"""

from collections.abc import Iterable
from typing import Any

HEALTH = "Health"  # in moto's dict of a target

Key = tuple[str, int]


def member(target: str, port: int) -> dict[str, Any]:
    """A target in Elastic Load Balancing's shape."""
    return {"Id": target, "Port": port}


def key(group: Any, target: dict[str, Any]) -> Key:
    """Which target is meant: the group's port unless another is said."""
    return target["Id"], int(target.get("Port") or group.port or 0)


def draining(group: Any, now_ms: int) -> list[Key]:
    """Those whose delay is not over; the others are forgotten."""
    over = [where for where, until_ms in group.deregistered_targets.items() if until_ms <= now_ms]
    for where in over:
        del group.deregistered_targets[where]
    return list(group.deregistered_targets)


def drained_ms(groups: Iterable[Any], now_ms: int) -> int | None:
    """When the last draining target of some groups is gone, in lab
    milliseconds; None when none drains.
    """
    ends = (g.deregistered_targets[where] for g in groups for where in draining(g, now_ms))
    return max(ends, default=None)
