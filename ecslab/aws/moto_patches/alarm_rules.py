"""Checks alarms as they are made: what CloudWatch refuses and moto takes, and what the lab does
not evaluate.
"""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from types import ModuleType
from typing import Any

from ecslab.aws.changes import put_in_place
from ecslab.aws.moto_patches.alarm_history import ASKED, history
from ecslab.cloudwatch.expression import formulas
from ecslab.cloudwatch.reasons import INITIAL
from ecslab.cloudwatch.rule import COMPARISONS, TREATMENTS
from ecslab.ground.errors import AwsError, not_simulated

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(?:\d{1,2}(?:\.\d+)?|100)")
_SHORT_PERIODS = (10, 20, 30)
# Members of PutMetricAlarm that moto drops.
_NOT_SIMULATED = (
    "EvaluationWindow",
    "WarmUpConfiguration",
    "EvaluationCriteria",
    "EvaluationInterval",
    "ActionConfiguration",
)
# Botocore, PutMetricAlarmInput$Period.
_LONGEST_S, _LONGEST_OF_SHORT_S, _HOUR_S = 604_800, 86_400, 3_600


def guard_alarms(models: ModuleType) -> Callable[[], None]:
    """Have moto's CloudWatch check an alarm before it takes it, and begin in
    AWS's state; answers how to undo that.

    A new alarm is INSUFFICIENT_DATA, and a changed one keeps its state (botocore, PutMetricAlarm).
    """
    kind = models.CloudWatchBackend
    put = kind.put_metric_alarm

    @wraps(put)
    def checked(self: Any, *args: Any, **named: Any) -> Any:
        try:
            check(named)
        except AwsError as refused:
            raise models.ValidationError(refused.message) from None  # moto knows no other code here
        before = self.alarms.get(named["name"])
        alarm = put(self, *args, **named)
        alarm.state_value, alarm.state_reason = "INSUFFICIENT_DATA", INITIAL
        if before is not None:
            for kept in (
                "state_value",
                "state_reason",
                "state_reason_data",
                "state_updated_timestamp",
                "history",
            ):
                setattr(alarm, kept, getattr(before, kept))
        return alarm

    return put_in_place([(kind, "put_metric_alarm", checked)])


def check(asked: Mapping[str, Any]) -> None:
    """Raise AwsError for an alarm that CloudWatch refuses or the lab does not
    evaluate; its members have moto's names.

    The wording of the refusals is ours, but for the words that botocore's documentation uses.
    """
    if asked.get("threshold_metric_id") or asked["comparison_operator"] not in COMPARISONS:
        raise not_simulated("An alarm based on an anomaly detection model")
    needed = asked.get("datapoints_to_alarm")
    if needed and int(needed) > int(asked["evaluation_periods"]):
        raise _invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    missing = asked.get("treat_missing_data")
    if missing and missing not in TREATMENTS:
        supported = "breaching, notBreaching, ignore and missing"
        raise _invalid(
            f"Option {missing} is not supported. Supported options for parameter "
            f"TreatMissingData are {supported}."
        )
    queries = asked.get("metric_data_queries") or []
    stats = [q.metric_stat for q in queries if q.metric_stat]
    if queries:
        _check_queries(queries)
    else:
        if not asked.get("metric_name") or not asked.get("period"):
            raise _invalid("An alarm needs MetricName, Namespace and Period, or Metrics.")
        _check_statistic(asked.get("statistic") or asked.get("extended_statistic"))
    for period in [int(s.period) for s in stats] or [int(asked["period"])]:
        _check_period(period, int(asked["evaluation_periods"]))


def _check_queries(queries: list[Any]) -> None:
    if sum(q.return_data is not False for q in queries) != 1:
        raise _invalid("Exactly one of the Metrics of an alarm returns data.")
    stats = {q.id: q.metric_stat for q in queries if q.metric_stat}
    expressions = {q.id: q.expression for q in queries if not q.metric_stat}
    if not stats or any((text or "").startswith("SELECT") for text in expressions.values()):
        raise not_simulated("An alarm on a Metrics Insights query")
    if len({s.period for s in stats.values()}) > 1:
        raise _invalid("All metrics of an alarm have the same period.")
    for stat in stats.values():
        _check_statistic(stat.stat)
    formulas({name: text or "" for name, text in expressions.items()}, stats)


def _check_statistic(statistic: str | None) -> None:
    if not statistic:
        raise _invalid("An alarm needs Statistic or ExtendedStatistic.")
    if statistic not in STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise not_simulated(f"An alarm on the statistic {statistic}")


def _check_period(period_s: int, periods: int) -> None:
    if period_s not in _SHORT_PERIODS and period_s % 60:
        raise _invalid("Period must be 10, 20, 30 or a multiple of 60.")
    longest = _LONGEST_OF_SHORT_S if period_s < _HOUR_S else _LONGEST_S
    if period_s * periods > longest:
        raise _invalid(f"Period multiplied by EvaluationPeriods must not exceed {longest} seconds.")


def _invalid(what: str) -> AwsError:
    return AwsError("ValidationError", what)


def answer_more(responses: ModuleType) -> Callable[[], None]:
    """Have moto's CloudWatch refuse members of an alarm that it would drop, and answer
    DescribeAlarmHistory; how to undo that.
    """
    kind = responses.CloudWatchResponse
    put = kind.put_metric_alarm

    @wraps(put)
    def put_metric_alarm(self: Any) -> Any:
        for member in _NOT_SIMULATED:
            if self._get_param(member) is not None:
                raise responses.ValidationError(not_simulated(f"{member} of an alarm").message)
        return put(self)

    def describe_alarm_history(self: Any) -> Any:
        """What happened to alarms; states only, the newest first unless asked otherwise."""
        asked = {name: self._get_param(name) for name in ASKED}
        try:
            return responses.ActionResult(history(self.cloudwatch_backend.alarms, asked))
        except AwsError as refused:
            raise responses.ValidationError(refused.code, refused.message) from refused

    return put_in_place(
        [
            (kind, "put_metric_alarm", put_metric_alarm),
            (kind, "describe_alarm_history", describe_alarm_history),
        ]
    )
