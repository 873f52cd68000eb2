"""binpack: the instance with the least CPU or memory left that still
fits, so that few instances are in use.
"""

from ecslab.ecs.placement.strategy import Strategy
from ecslab.ground.errors import invalid_parameter

_STEPS = {
    "cpu": Strategy(
        "the least CPU left, {best:,} units",
        "{mine:,} CPU units left, the chosen one {best:,}",
        key=lambda s: s.cpu,
    ),
    "memory": Strategy(
        "the least memory left, {best:,} MiB",
        "{mine:,} MiB left, the chosen one {best:,}",
        key=lambda s: s.memory,
    ),
}


def step(field: str) -> Strategy:
    """`field` is cpu or memory; whether AWS reads CPU as cpu was not found, here it does not."""
    if field not in _STEPS:
        raise invalid_parameter(f"binpack field '{field}' is invalid")
    return _STEPS[field]
