"""What CloudWatch sends when an alarm changes its state: an EventBridge
event, and a message to SNS topics.

The event's form is the CloudWatch guide's ("Alarm events and EventBridge"),
the message's that of public captures.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ecslab.cloudwatch.alarms import MetricAlarm, MetricQuery
from ecslab.cloudwatch.reasons import stamp

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """A state of an alarm, since when, and why."""

    value: str
    reason: str
    data: str
    since: datetime


def states(alarm: Any) -> list[State]:
    """Every state that an alarm of moto's has been in, oldest
    first; moto notes each when it ends.
    """
    past = [State(value, why, data or "{}", since) for _, why, data, value, since in alarm.history]
    data, since = alarm.state_reason_data or "{}", alarm.state_updated_timestamp
    return [*past, State(alarm.state_value, alarm.state_reason, data, since)]


@dataclass(frozen=True, slots=True)
class News:
    """An alarm, the state it was in and the one it is in now."""

    alarm: MetricAlarm
    before: State
    now: State


def event(news: News) -> Json:
    """The detail of "CloudWatch Alarm State Change"."""
    alarm = news.alarm
    return {
        "alarmName": alarm.name,
        "state": _state(news.now),
        "previousState": _state(news.before),
        "configuration": {"metrics": [_query(q, alarm) for q in alarm.queries]},
    }


def _state(state: State) -> Json:
    return {
        "value": state.value,
        "reason": state.reason,
        "reasonData": state.data,
        "timestamp": stamp(state.since),
    }


def _query(query: MetricQuery, alarm: MetricAlarm) -> Json:
    shown: Json = {"id": query.id, "returnData": query.id == alarm.watched}
    if query.metric is None:
        return shown | {"expression": query.expression}
    namespace, name, dimensions = query.metric
    metric = {"namespace": namespace, "name": name, "dimensions": dict(dimensions)}
    return shown | {
        "metricStat": {"metric": metric, "period": query.period_s, "stat": query.statistic}
    }


def subject(news: News, region: str) -> str:
    """The subject of the message, as long as SNS allows."""
    return f'{news.now.value}: "{news.alarm.name}" in {region}'[:100]


def message(news: News, account: str, region: str) -> str:
    """The message to a topic."""
    alarm = news.alarm
    told: Json = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description or None,
        "AWSAccountId": account,
        "NewStateValue": news.now.value,
        "NewStateReason": news.now.reason,
        "StateChangeTime": stamp(news.now.since),
        "Region": region,
        "AlarmArn": alarm.arn,
        "OldStateValue": news.before.value,
        "Trigger": _trigger(alarm),
    }
    return json.dumps(told)


def _trigger(alarm: MetricAlarm) -> Json:
    rule: Json = {
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.needed,
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.missing,
    }
    if len(alarm.queries) > 1 or alarm.queries[0].metric is None:
        return rule | {"Metrics": [_query(q, alarm) for q in alarm.queries]}
    only = alarm.queries[0]
    assert only.metric is not None, "an alarm of one query watches a metric"
    namespace, name, dimensions = only.metric
    where = [{"name": n, "value": v} for n, v in dimensions]
    return rule | {
        "MetricName": name,
        "Namespace": namespace,
        "Statistic": only.statistic,
        "Unit": only.unit,
        "Period": only.period_s,
        "Dimensions": where,
    }
