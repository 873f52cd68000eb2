"""StepScaling: the farther the metric is beyond the alarm's threshold, the
larger the step (facts, section 9.3).
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ecslab.autoscaling.decision import Decision, ServiceSituation, Wish
from ecslab.ground.errors import AwsError, validation
from ecslab.ground.text import Text

COOLDOWN_S = 300  # facts, section 9.1
MOST_STEPS = 20  # Application Auto Scaling quotas, "Step adjustments per step scaling policy"
PERCENT, EXACT = "PercentChangeInCapacity", "ExactCapacity"

Config = Mapping[str, Any]


def check(config: Config) -> None:
    """Raise AwsError for steps that leave gaps, overlap or do not end (facts,
    section 9.3); the wording is ours.
    """
    steps = config.get("StepAdjustments") or []
    if not config.get("AdjustmentType") or not steps:
        raise validation(
            "A step scaling policy needs AdjustmentType and at least one step adjustment."
        )
    if len(steps) > MOST_STEPS:
        raise AwsError(
            "LimitExceededException",
            f"A step scaling policy has at most {MOST_STEPS} step adjustments.",
        )
    if config["AdjustmentType"] == EXACT and any(s["ScalingAdjustment"] < 0 for s in steps):
        # botocore's words
        raise validation("For exact capacity, you must specify a non-negative value.")
    if config.get("MinAdjustmentMagnitude") is not None and config["AdjustmentType"] != PERCENT:
        raise validation(f"MinAdjustmentMagnitude is only for the adjustment type {PERCENT}.")
    _check_bounds(sorted((_lower(s), _upper(s)) for s in steps))


def _check_bounds(intervals: list[tuple[float, float]]) -> None:
    if any(math.isinf(lower) and math.isinf(upper) for lower, upper in intervals):
        raise validation("A step adjustment needs a lower bound or an upper bound.")
    if any(lower >= upper for lower, upper in intervals):
        # Botocore's words.
        raise validation("The upper bound must be greater than the lower bound.")
    if any(before[1] != after[0] for before, after in pairwise(intervals)):
        raise validation("The step adjustments must not overlap and must not leave a gap.")
    least, most = intervals[0][0], intervals[-1][1]
    if least < 0 and not math.isinf(least):
        raise validation(
            "With a negative lower bound, one step adjustment must have no lower bound."
        )
    if most > 0 and not math.isinf(most):
        raise validation(
            "With a positive upper bound, one step adjustment must have no upper bound."
        )


def watch(config: Config, resource: str) -> Sequence[Wish]:
    """None: the alarm is the user's, and its action is the policy."""
    del config, resource
    return ()


def statistic(config: Config) -> str | None:
    """MetricAggregationType; Average when there is none."""
    return str(config.get("MetricAggregationType", "Average"))


def cooldown_s(config: Config, *, out: bool) -> int:
    """The same after either."""
    del out
    return int(config.get("Cooldown", COOLDOWN_S))


def decide(now: ServiceSituation, config: Config) -> Decision:
    """The step that the metric is in, applied to what runs."""
    beyond = now.value - now.threshold
    found = next((s for s in config["StepAdjustments"] if _holds(s, beyond, now.above)), None)
    if found is None:
        return Decision(
            None,
            out=now.above,
            why=Text("no step is for {beyond:+g} beyond the threshold", beyond=beyond),
        )
    adjustment, kind = int(found["ScalingAdjustment"]), config["AdjustmentType"]
    if kind == EXACT:
        return Decision(
            adjustment,
            out=adjustment > now.desired,
            why=Text("exactly {adjustment}", adjustment=adjustment),
        )
    change = adjustment
    if kind == PERCENT:
        change = percent_of(now.running, adjustment, int(config.get("MinAdjustmentMagnitude", 0)))
    wanted = max(0, now.running + change)
    unit = f" % ({change:+d})" if kind == PERCENT else ""
    why = Text(
        "{running} running {adjustment:+d}{unit}, "
        "the metric being {beyond:+g} beyond {threshold:g}",
        running=now.running,
        adjustment=adjustment,
        unit=unit,
        beyond=beyond,
        threshold=now.threshold,
    )
    return Decision(wanted, out=change > 0, why=why)


def percent_of(running: int, percent: int, least: int = 0) -> int:
    """A share of what runs as a whole number of tasks: toward zero, but never
    less than one (facts, section 9.3).
    """
    share = abs(running * percent)
    amount = 1 if 0 < share < 100 else share // 100  # noqa: PLR2004 - percent
    if share:
        amount = max(amount, least)
    return amount if percent > 0 else -amount


def _holds(step: Config, beyond: float, above: bool) -> bool:  # noqa: FBT001 - which end of an interval belongs to it
    """Above the threshold the lower end belongs to a step, below it the upper
    end (facts, section 9.3, "bounds").
    """
    lower, upper = _lower(step), _upper(step)
    return lower <= beyond < upper if above else lower < beyond <= upper


def _lower(step: Config) -> float:
    return float(step.get("MetricIntervalLowerBound", -math.inf))


def _upper(step: Config) -> float:
    return float(step.get("MetricIntervalUpperBound", math.inf))
