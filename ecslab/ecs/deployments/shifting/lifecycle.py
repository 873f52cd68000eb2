"""The limits of deployments that shift traffic, and what a share of traffic is (facts, section
7.1).
"""

from dataclasses import dataclass

from ecslab.ecs.model import Json
from ecslab.ground.errors import invalid_parameter

ALL = 1000  # shares of traffic are in tenths of a percent
MINUTE_MS = 60_000
A_DAY_MIN = 1_440
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


def gradual(wanted: Json, least: float) -> Json:
    """The configuration of a strategy that shifts step by step: a percentage, the least of which
    is given, then a bake time; raises InvalidParameterException for values out of range.
    """
    percentage, bake = wanted
    tenths = wanted[percentage] * 10
    if not least <= wanted[percentage] <= 100 or abs(tenths - round(tenths)) > 1e-6:  # noqa: PLR2004 - percent
        raise invalid_parameter(
            f"{percentage} must be a multiple of 0.1 between {least} and 100.0."
        )
    check_minutes(bake, wanted[bake])
    return wanted


def check_minutes(name: str, value: int) -> None:
    """A bake time is a day at most; raises InvalidParameterException."""
    if not 0 <= value <= A_DAY_MIN:
        raise invalid_parameter(f"{name} must be between 0 and {A_DAY_MIN}.")
