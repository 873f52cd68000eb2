"""The circuit breaker: how many failures a deployment may have, and which
failures count (facts, section 6.4).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

# BOUNDED_PERCENT stays between them; before 2023-05 the fewest were 10 (facts, section 18)
FEWEST, MOST = 3, 200
USUAL_TYPE, USUAL_VALUE = "BOUNDED_PERCENT", 50


class Failure(Enum):
    """How a task of a deployment failed."""

    LAUNCH = auto()  # it could not be launched: nowhere to go, no role
    START = auto()  # it never reached RUNNING
    # It was replaced because of a failed health check, or ended before one had passed.
    HEALTH = auto()


@dataclass(frozen=True, slots=True)
class Breaker:
    """What a deploymentCircuitBreaker asks for."""

    enabled: bool = False
    rollback: bool = False
    # A task that becomes healthy sets the count to zero: only failures in a row count.
    resets: bool = True
    kind: str = USUAL_TYPE
    value: int = USUAL_VALUE

    def threshold(self, desired: int) -> int:
        """How many failures end the deployment at this desired count, the latest; at least one."""
        share = math.ceil(desired * self.value / 100)
        if self.kind == "COUNT":
            return max(1, self.value)
        if self.kind == "UNBOUNDED_PERCENT":
            return max(1, share)  # rounding up, as for the other, is our reading
        return min(MOST, max(FEWEST, share))

    def counts(self, failure: Failure, *, one_ran: bool) -> bool:
        """Whether a failure counts in this stage: the second begins when a
        task of the deployment is RUNNING.

        A task that never reached RUNNING counts in the first, one replaced for its health in the
        second; one that could not be launched in both (facts, section 6.4, lack of resources).
        """
        if not self.enabled:
            return False
        return failure is Failure.LAUNCH or one_ran == (failure is Failure.HEALTH)

    def after(self, failures: int, more: int, desired: int) -> int:
        """The count after more failures; it stops at the threshold,
        where the deployment has failed.
        """
        return max(failures, min(failures + more, self.threshold(desired)))

    def after_healthy(self, failures: int) -> int:
        """The count after a task of the deployment has become healthy."""
        return 0 if self.resets else failures

    def trips(self, failures: int, desired: int) -> bool:
        """Whether the deployment has failed."""
        return self.enabled and failures >= self.threshold(desired)


def breaker_of(configuration: Mapping[str, Any]) -> Breaker:
    """The breaker that a deploymentConfiguration describes."""
    asked = configuration.get("deploymentCircuitBreaker") or {}
    threshold = asked.get("thresholdConfiguration") or {}
    return Breaker(
        enabled=bool(asked.get("enable")),
        rollback=bool(asked.get("rollback")),
        resets=asked.get("resetOnHealthyTask", True),
        kind=threshold.get("type", USUAL_TYPE),
        value=threshold.get("value", USUAL_VALUE),
    )
