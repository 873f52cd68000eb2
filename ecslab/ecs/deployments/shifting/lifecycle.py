"""The lifecycle stages of deployments that shift traffic, their limits, and what a
share of traffic is (facts, section 7.1).
"""

from dataclasses import dataclass

STAGES = (
    "RECONCILE_SERVICE",  # only when more than one revision has tasks at the start
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",  # before each step
    "PRODUCTION_TRAFFIC_SHIFT",  # each step
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
)
LAMBDA_STAGES = tuple(
    stage for stage in STAGES if stage not in {"SCALE_UP", "BAKE_TIME", "CLEAN_UP"}
)
SHIFTS = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
# Not where a rollback passes again: it would have to wait for somebody.
PAUSE_STAGES = tuple(stage for stage in LAMBDA_STAGES if stage not in SHIFTS)

ALL = 1000  # shares of traffic are in tenths of a percent
MINUTE_MS = 60_000
STAGE_LIMIT_MS = 24 * 60 * MINUTE_MS  # each stage, and each shift step
WHOLE_LIMIT_MS = 30 * 24 * 60 * MINUTE_MS  # the whole deployment
# A Network Load Balancer takes about so much more at the shift stages.
NLB_SHIFT_MS = 10 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class ShiftStep:
    """One shift of production traffic: the share green has afterwards (tenths of a
    percent), and how long it is watched.
    """

    share: int
    bake_ms: int = 0


def percent(share: int) -> str:
    """A share in words: 55 is "5.5 %"."""
    return f"{share / 10:g} %"


def listener_weights(share: int) -> tuple[int, int]:
    """The weights (green's, blue's) that give green its share: whole percents
    where that is exact, tenths otherwise.

    A listener's weights go up to 999 (facts, section 11), so 0.1 % becomes 1 to 999.
    """
    unit = 1 if share % 10 else 10
    return share // unit, min(999, (ALL - share) // unit)
