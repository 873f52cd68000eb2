"""Load balancer health checks: when the next verdict on a target comes, worked out at
once instead of checked every interval.

Facts, section 11. A check begins every `interval` seconds, the first one interval after the
target was registered, which fits the 41 seconds of section 5.7. A new target needs one success;
later, thresholds of checks in a row decide.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ecslab.ecs.model.tasks import Progress
from ecslab.ecs.ports.balancers import TargetGroup, TargetHealth
from ecslab.world.answers import Answer

INITIAL, HEALTHY, UNHEALTHY, UNUSED = "initial", "healthy", "unhealthy", "unused"
TIMEOUT = "Target.Timeout"
_CODES = ("HTTP", "HTTPS")  # other protocols only ask whether somebody listens

# The descriptions are those of `describe_target_health` and of the
# service events of facts section 5.3.
REGISTERING = TargetHealth(
    INITIAL, "Elb.RegistrationInProgress", "Target registration is in progress"
)
CHECKING = TargetHealth(INITIAL, "Elb.InitialHealthChecking", "Initial health checks in progress")
WELL = TargetHealth(HEALTHY)
NOT_IN_USE = TargetHealth(
    UNUSED,
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)

Answers = Sequence[tuple[float, Answer]]  # (lab milliseconds, from then on), in order


@dataclass(frozen=True, slots=True)
class HealthVerdict:
    """What the checks have made of a target."""

    at_ms: int
    health: TargetHealth


def verdict_of(group: TargetGroup, answer: Answer) -> TargetHealth:
    """What one check makes of one answer."""
    if answer.status is None:
        return TargetHealth(UNHEALTHY, "Target.FailedHealthChecks", "Health checks failed")
    if answer.in_s > group.timeout_s:
        return TargetHealth(UNHEALTHY, TIMEOUT, "Request timed out")
    if group.check_protocol in _CODES and not _matches(group.matcher, answer.status):
        words = f"Health checks failed with these codes: [{answer.status}]"
        return TargetHealth(UNHEALTHY, "Target.ResponseCodeMismatch", words)
    return WELL


def next_verdict(group: TargetGroup, sofar: Progress, answers: Answers) -> HealthVerdict | None:
    """When the state of a target changes next, and to what, or None
    when it stays as it is for ever.

    A check that times out is known when it has (any other, at once: a simplification).
    """
    row = sofar.in_a_row
    for (from_ms, answer), (to_ms, _) in pairwise([*answers, (math.inf, Answer(None))]):
        first, count = _checks(group, sofar, from_ms, to_ms)
        health = verdict_of(group, answer)
        if count <= 0:
            continue
        if health.state == sofar.state:
            row = 0
            continue
        missing = max(1, _needed(group, sofar.state, health.state) - row)
        if missing <= count:
            late_s = group.timeout_s if health.reason == TIMEOUT else 0
            at_ms = sofar.begins_ms + ((first + missing - 1) * group.interval_s + late_s) * 1000
            return HealthVerdict(at_ms, health)
        row += round(count)
    return None


def later(group: TargetGroup, sofar: Progress, until_ms: int, answers: Answers) -> Progress:
    """The progress at a later time, up to which the state has not changed."""
    row = sofar.in_a_row
    for (from_ms, answer), (to_ms, _) in pairwise([*answers, (math.inf, Answer(None))]):
        _, count = _checks(group, sofar, from_ms, min(to_ms, until_ms + 1))
        if count > 0:
            row = 0 if verdict_of(group, answer).state == sofar.state else row + round(count)
    return replace(sofar, in_a_row=row, at_ms=until_ms)


def _checks(group: TargetGroup, sofar: Progress, from_ms: float, to_ms: float) -> tuple[int, float]:
    """The number of the first check in [from, to) that has not been
    counted, and how many there are.
    """
    interval_ms = group.interval_s * 1000
    first = max(1, math.ceil((max(from_ms, sofar.at_ms + 1) - sofar.begins_ms) / interval_ms))
    if to_ms == math.inf:
        return first, math.inf
    return first, math.ceil((to_ms - sofar.begins_ms) / interval_ms) - first


def _needed(group: TargetGroup, state: str, verdict: str) -> int:
    if verdict == UNHEALTHY:
        return group.unhealthy_threshold
    return 1 if state == INITIAL else group.healthy_threshold


def _matches(matcher: str, status: int) -> bool:
    ranges = (part.partition("-") for part in matcher.split(","))
    return any(int(low) <= status <= int(high or low) for low, _, high in ranges)
