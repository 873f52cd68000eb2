"""spread: the instance, or the instances that share an attribute's value, with
the fewest tasks of the service or group.
"""

import re

from ecslab.ecs.placement.strategy import Strategy
from ecslab.ground.errors import invalid_parameter

_BY_INSTANCE = Strategy(
    "the fewest tasks, {best:,}",
    "tasks here: {mine:,}, on the chosen one: {best:,}",
    key=lambda s: s.tasks,
)
# The characters of a name: DG23:task-placement-constraints.
_ATTRIBUTE = re.compile(r"attribute:([A-Za-z0-9_./\\-]{1,128})")


def step(field: str) -> Strategy:
    """`field` is instanceId, host (the same) or attribute:<name>; a second spread
    is even within each value of the first.

    The text of the refusal follows binpack's; AWS's own was not found. Instances without
    the attribute count as one value of their own, for a strategy is best effort (facts,
    section 4); that they do is our assumption.
    """
    if field in {"instanceId", "host"}:
        return _BY_INSTANCE
    named = _ATTRIBUTE.fullmatch(field)
    if not named:
        raise invalid_parameter(f"spread field '{field}' is invalid")
    return Strategy(attribute=named[1])
