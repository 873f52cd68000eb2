"""Container health checks: when the verdict changes, worked out at once
instead of checked every interval.
"""

import math
from typing import Any

from ecslab.world.health_commands import seen_by
from ecslab.world.images import Behaviour

HEALTHY, UNHEALTHY = "HEALTHY", "UNHEALTHY"


def verdicts(check: dict[str, Any], behaviour: Behaviour) -> list[tuple[int, str]]:
    """The changes of a container's health as (milliseconds after RUNNING, verdict), in order.

    A check runs every `interval` seconds; `retries` failures in a row make a container
    UNHEALTHY, except that failures inside `startPeriod` do not count until a check has
    succeeded; one success makes it HEALTHY (facts, section 1.3). Simplification: a
    check's answer is known the moment it runs.
    """
    behaviour = seen_by(check.get("command", ()), behaviour)
    interval, retries = check.get("interval", 30), check.get("retries", 3)
    passes_from = math.inf if behaviour.healthy_after is None else behaviour.healthy_after
    passes_until = math.inf if behaviour.unhealthy_after is None else behaviour.unhealthy_after
    first_counted = max(1, math.ceil(check.get("startPeriod", 0) / interval))
    # When failing from the start becomes a verdict.
    gives_up = (first_counted + retries - 1) * interval

    found: list[tuple[float, str]] = []
    first_pass = (
        max(1.0, math.ceil(passes_from / interval) if passes_from < math.inf else math.inf)
        * interval
    )
    if first_pass >= passes_until:  # no check ever meets the container well
        return [(round(gives_up * 1000), UNHEALTHY)]
    if gives_up < first_pass:
        found.append((gives_up, UNHEALTHY))
    if first_pass < math.inf:
        found.append((first_pass, HEALTHY))
        if passes_until < math.inf:
            found.append(((math.ceil(passes_until / interval) + retries - 1) * interval, UNHEALTHY))
    return [(round(at * 1000), verdict) for at, verdict in found]


def of_task(essential: list[str]) -> str:
    """A task's health from its essential containers' (facts, section 1.3): the
    worst of UNHEALTHY, UNKNOWN, HEALTHY.
    """
    if UNHEALTHY in essential:
        return UNHEALTHY
    return "UNKNOWN" if "UNKNOWN" in essential or not essential else HEALTHY
