"""Why an alarm is in its state, in CloudWatch's words, as
StateReason and StateReasonData show them.

The forms are those of the AWS CLI's examples and of public captures: "Threshold
Crossed: 3 out of the last 3 datapoints […] were greater than the threshold (50.0)
(minimum 3 datapoints for OK -> ALARM transition)."
"""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ecslab.cloudwatch.rule import ALARM, COMPARISONS, INSUFFICIENT_DATA, OK, AlarmVerdict, Rule

INITIAL = "Unchecked: Initial alarm creation"

Stamped = tuple[datetime, float]  # when its period began, and the value


def reason(before: str, verdict: AlarmVerdict, rule: Rule, points: Sequence[Stamped]) -> str:
    """The StateReason; `points` are the real datapoints that decided, newest first."""
    if verdict.state == INSUFFICIENT_DATA:
        n = rule.periods
        return f"Insufficient Data: {n} datapoint{'s were' if n > 1 else ' was'} unknown."
    treated = "Breaching" if rule.missing == "breaching" else "NonBreaching"
    if not points:
        n = verdict.filled
        each = f"{n} missing datapoint{'s were' if n > 1 else ' was'}"
        return (
            f"Threshold Crossed: no datapoints were received for {n} "
            f"period{'s' if n > 1 else ''} and {each} treated as [{treated}]."
        )
    crossed = verdict.breaching if verdict.state == ALARM else len(points) - verdict.breaching
    shown = ", ".join(f"{_number(value)} ({at:%d/%m/%y %H:%M:%S})" for at, value in points)
    side = COMPARISONS[rule.comparison][1]
    verb = ("was" if crossed == 1 else "were") + ("" if verdict.state == ALARM else " not")
    text = f"[{shown}] {verb} {side} the threshold ({_number(rule.threshold)})"
    if before == INSUFFICIENT_DATA:
        return f"Threshold Crossed: {crossed} datapoint{'s' if crossed > 1 else ''} {text}."
    least = rule.needed if verdict.state == ALARM else rule.periods - rule.needed + 1
    change = f"{OK} -> {ALARM}" if verdict.state == ALARM else f"{ALARM} -> {OK}"
    minimum = f"(minimum {least} datapoint{'s' if least > 1 else ''} for {change} transition)"
    return (
        f"Threshold Crossed: {crossed} out of the last {rule.periods} datapoints {text} {minimum}."
    )


def brief(verdict: AlarmVerdict, rule: Rule, value: float | None) -> str:
    """The same in few words, for the timeline."""
    if value is None:
        treated = {
            "breaching": ", which counts as breaching",
            "notBreaching": ", which counts as well",
        }
        return f"no datapoint in {rule.range} periods{treated.get(rule.missing, '')}"
    side, side_not = COMPARISONS[rule.comparison][1], "" if verdict.state == ALARM else "not "
    count = (
        verdict.breaching
        if verdict.state == ALARM
        else rule.periods - verdict.filled - verdict.breaching
    )
    return (
        f"{count} of the last {rule.periods} {side_not}{side} {rule.threshold:g}, the "
        f"newest {value:g}"
    )


def reason_data(
    now: datetime, rule: Rule, points: Sequence[Stamped], period_s: int, statistic: str | None
) -> str:
    """The StateReasonData: JSON for programs."""
    data: dict[str, Any] = {"version": "1.0", "queryDate": stamp(now)}
    if points:
        data["startDate"] = stamp(points[-1][0])
    if statistic:
        data["statistic"] = statistic
    data |= {
        "period": period_s,
        "recentDatapoints": [value for _, value in reversed(points)],
        "threshold": rule.threshold,
        "evaluatedDatapoints": [{"timestamp": stamp(at), "value": value} for at, value in points],
    }
    return json.dumps(data)


def datapoint(data: str) -> float | None:
    """The newest datapoint that a StateReasonData tells of; None when it tells of none.

    What scaling policies read there is the form that CloudWatch writes
    (`reason_data`): recentDatapoints, the newest last.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return None
    points = told.get("recentDatapoints") if isinstance(told, dict) else None
    newest = points[-1] if isinstance(points, list) and points else None
    if isinstance(newest, bool) or not isinstance(newest, int | float):
        return None
    # JSON may have NaN, and any integer.
    return float(newest) if abs(newest) <= sys.float_info.max else None


def stamp(at: datetime) -> str:
    """A time as CloudWatch writes it inside its JSON."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def _number(value: float) -> str:
    return repr(float(value))
