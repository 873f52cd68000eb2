"""When a metric alarm changes its state: datapoints, some of them
missing, go in, and a verdict comes out.

The rules and their two tables are the CloudWatch guide's ("Alarm evaluation", "Configuring how
CloudWatch alarms treat missing data"): with enough real datapoints in the range the most recent
ones decide; with fewer, missing ones are filled in.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"

# How many periods more than Evaluation Periods are looked at: in the guide's tables it is two. The
# true number "depends on the length of the alarm period"; no more is published.
LOOK_BACK = 2

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")

Point = float | None  # None: missing


@dataclass(frozen=True, slots=True)
class Rule:
    """What an alarm compares, and how many of how many datapoints it takes ("M out of N")."""

    comparison: str
    threshold: float
    periods: int  # N
    needed: int  # M
    missing: str = "missing"

    @property
    def range(self) -> int:
        """How many periods an evaluation looks at."""
        return self.periods + LOOK_BACK

    def breached(self, value: float) -> bool:
        """Whether one datapoint is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True, slots=True)
class AlarmVerdict:
    """The state an alarm is in now; `filled` says how many missing
    datapoints were given a value for it.
    """

    state: str
    breaching: int = 0  # real datapoints on the wrong side, of those that decided
    filled: int = 0


def judge(points: Sequence[Point], rule: Rule, state: str) -> AlarmVerdict:
    """The state after an evaluation: `points` are the range's, oldest first,
    and `state` is the one before it.
    """
    real = [p for p in points if p is not None][-rule.periods :]
    breaching, filled = sum(map(rule.breached, real)), rule.periods - len(real)
    if breaching + (filled if rule.missing == "breaching" else 0) >= rule.needed:
        return AlarmVerdict(ALARM, breaching, filled)
    if breaching < len(real) or rule.missing in {"breaching", "notBreaching"}:
        return AlarmVerdict(OK, breaching, filled)
    if rule.missing == "ignore":
        return AlarmVerdict(state, breaching, filled)
    if not real:
        return AlarmVerdict(INSUFFICIENT_DATA, 0, filled)
    # All there is breaches, and it is too little: the alarm goes off early once the oldest of it is
    # old enough. Until then the guide says nothing; that the state stays is our reading.
    oldest = next(
        age for age, p in zip(range(len(points), 0, -1), points, strict=True) if p is not None
    )
    return AlarmVerdict(ALARM if oldest >= rule.needed else state, breaching, filled)
