"""TargetTrackingScaling: keep a metric at its target, as a thermostat does (facts, section 9.2).

AWS does not publish its formula. In proportion is the usual model: the tasks that run, times
the metric, over the target, rounded up. So a scale-in never brings the metric above the
target, and what is left is rounded conservatively.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ecslab.autoscaling.decision import Decision, ServiceSituation, Wish
from ecslab.autoscaling.tracked_metric import check_metric, metric
from ecslab.ground.text import Text

HIGH_PERIODS, LOW_PERIODS = 3, 15  # facts, section 9.2: of one minute each, all of them
LOW_SHARE = 0.9  # facts, section 9.2: AlarmLow is at 90 % of the target
COOLDOWN_S = 300  # facts, section 9.1: for ECS, out and in
_LEAST, _MOST = 0.0, 2.0**360  # botocore, TargetTrackingScalingPolicyConfiguration$TargetValue

Config = Mapping[str, Any]


def check(config: Config) -> None:
    """Raise AwsError for a target or a metric that cannot be."""
    check_metric(config, _LEAST < config["TargetValue"] <= _MOST)


def watch(config: Config, resource: str) -> Sequence[Wish]:
    """AlarmHigh, and AlarmLow unless scale-in is disabled."""
    queries, watched = metric(config, resource)
    target = float(config["TargetValue"])
    high = Wish("High", queries, watched, "GreaterThanThreshold", target, HIGH_PERIODS)
    # 0.9 times 30 is 27, and not a float beside it
    low_at = float(f"{target * LOW_SHARE:.12g}")
    low = Wish("Low", queries, watched, "LessThanThreshold", low_at, LOW_PERIODS)
    return [high] if config.get("DisableScaleIn") else [high, low]


def statistic(config: Config) -> str | None:
    """The alarm's own."""
    del config
    return None


def cooldown_s(config: Config, *, out: bool) -> int:
    """ScaleOutCooldown or ScaleInCooldown."""
    return int(config.get("ScaleOutCooldown" if out else "ScaleInCooldown", COOLDOWN_S))


def decide(now: ServiceSituation, config: Config) -> Decision:
    """In proportion to the metric; from zero tasks the minimum, or one."""
    target = float(config["TargetValue"])
    if now.running == 0 and now.above:
        wanted = max(now.minimum, 1) if now.value > target else None
        return Decision(
            wanted, out=True, why=Text("no task runs, and the metric is {value:g}", value=now.value)
        )
    needed = math.ceil(now.running * now.value / target - 1e-9)
    sum_ = Text(
        "{running} running × {value:g} / target {target:g} = {needed}",
        running=now.running,
        value=now.value,
        target=target,
        needed=needed,
    )
    return Decision(needed, out=now.above, why=sum_, unanimous=not now.above)
