"""Scaling policies: one file each, named after its AWS value; this folder is the registry.

A policy is a module with five functions, all pure. `check(config)` raises AwsError for a
configuration that cannot be, `watch(config, resource)` says which alarms Application Auto
Scaling makes for it, `statistic(config)` which statistic of the metric it reads (None: the
alarm's own), `cooldown_s(config, out=…)` how long it waits after it acted, and `decide(now,
config)` how many tasks it wants, and why.
"""

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

from ecslab.autoscaling.decision import Decision, ServiceSituation, Wish

Config = Mapping[str, Any]


class PolicyType(Protocol):
    """What every policy module has."""

    def check(self, config: Config) -> None:
        """Raise AwsError for a configuration that AWS refuses, or the not-simulated kind."""

    def watch(self, config: Config, resource: str) -> Sequence[Wish]:
        """The alarms that Application Auto Scaling makes for the policy of a
        resource; none when the alarm is the user's.
        """

    def statistic(self, config: Config) -> str | None:
        """Which statistic of the alarm's metric the policy reads; None for the alarm's own."""

    def cooldown_s(self, config: Config, *, out: bool) -> int:
        """How long to wait after a scale-out, or after a scale-in."""

    def decide(self, now: ServiceSituation, config: Config) -> Decision:
        """How many tasks the policy wants."""


def policy(kind: str) -> PolicyType:
    """A policy by its AWS value, such as "TargetTrackingScaling"."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
    module: Any = import_module(f"{__name__}.{name}")
    return module  # type: ignore[no-any-return]
