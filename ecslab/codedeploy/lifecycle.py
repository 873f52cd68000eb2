"""The lifecycle of an ECS deployment: its events in order, and the steps in which
traffic moves (facts, section 7.2). Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BEFORE_INSTALL = "BeforeInstall"
INSTALL = "Install"
AFTER_INSTALL = "AfterInstall"
# The console's name; CodeDeploy's guide calls it TestTraffic.
ALLOW_TEST_TRAFFIC = "AllowTestTraffic"
AFTER_ALLOW_TEST_TRAFFIC = "AfterAllowTestTraffic"
BEFORE_ALLOW_TRAFFIC = "BeforeAllowTraffic"
ALLOW_TRAFFIC = "AllowTraffic"
AFTER_ALLOW_TRAFFIC = "AfterAllowTraffic"

HOOKS = (
    BEFORE_INSTALL,
    AFTER_INSTALL,
    AFTER_ALLOW_TEST_TRAFFIC,
    BEFORE_ALLOW_TRAFFIC,
    AFTER_ALLOW_TRAFFIC,
)

ALL_AT_ONCE: Mapping[str, Any] = {"type": "AllAtOnce"}


def events(*, test_listener: bool) -> list[str]:
    """The events of a deployment; without a test listener those about test traffic
    are not there (AWS's tutorial shows it).
    """
    test = [ALLOW_TEST_TRAFFIC, AFTER_ALLOW_TEST_TRAFFIC] if test_listener else []
    return [
        *(BEFORE_INSTALL, INSTALL, AFTER_INSTALL),
        *test,
        *(BEFORE_ALLOW_TRAFFIC, ALLOW_TRAFFIC, AFTER_ALLOW_TRAFFIC),
    ]


@dataclass(frozen=True, slots=True)
class TrafficShift:
    """So much production traffic goes to the replacement, then so many minutes nothing changes."""

    percent: int
    minutes: int


def shifts(routing: Mapping[str, Any]) -> list[TrafficShift]:
    """The steps of a trafficRoutingConfig: all at once, a canary and
    the rest, or equal increments.
    """
    if routing["type"] == "TimeBasedCanary":
        canary = routing["timeBasedCanary"]
        return [
            TrafficShift(canary["canaryPercentage"], canary["canaryInterval"]),
            TrafficShift(100, 0),
        ]
    if routing["type"] == "TimeBasedLinear":
        linear = routing["timeBasedLinear"]
        step, minutes = linear["linearPercentage"], linear["linearInterval"]
        return [
            *(TrafficShift(percent, minutes) for percent in range(step, 100, step)),
            TrafficShift(100, 0),
        ]
    return [TrafficShift(100, 0)]


def _canary(minutes: int) -> Mapping[str, Any]:
    return {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": minutes},
    }


def _linear(minutes: int) -> Mapping[str, Any]:
    return {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"linearPercentage": 10, "linearInterval": minutes},
    }


PREDEFINED: Mapping[str, Mapping[str, Any]] = {  # exactly five
    "CodeDeployDefault.ECSAllAtOnce": ALL_AT_ONCE,
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes": _linear(1),
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes": _linear(3),
    "CodeDeployDefault.ECSCanary10Percent5Minutes": _canary(5),
    "CodeDeployDefault.ECSCanary10Percent15Minutes": _canary(15),
}
DEFAULT = "CodeDeployDefault.ECSAllAtOnce"
