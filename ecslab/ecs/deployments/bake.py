"""How long a deployment is watched before it is complete (facts, section 6.5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from ecslab.cloudwatch.alarms import MetricAlarm

# Facts, section 6.5: computed from the alarms, "less than 5 minutes".
LONGEST_USUAL_MS = 5 * 60_000 - 1_000


def bake_ms(configuration: Mapping[str, Any], alarms: Iterable[MetricAlarm]) -> int:
    """The bake time asked for, otherwise as long as the slowest alarm needs to go off.

    How AWS computes it is not published: pedagogical.
    """
    minutes = configuration.get("bakeTimeInMinutes")
    if minutes is not None:
        return int(minutes) * 60_000
    slowest_s = max((a.periods * max(q.period_s for q in a.queries) for a in alarms), default=0)
    return min(slowest_s * 1000, LONGEST_USUAL_MS)
