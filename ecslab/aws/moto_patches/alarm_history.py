"""DescribeAlarmHistory, which moto does not answer: every change of an alarm's
state, read from what moto keeps of it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from ecslab.aws.ports.alarm_announcements import State, states
from ecslab.ecs.api.paging import position, token
from ecslab.ground.errors import AwsError

Json = dict[str, Any]

ASKED = (
    "AlarmName",
    "HistoryItemType",
    "StartDate",
    "EndDate",
    "MaxRecords",
    "NextToken",
    "ScanBy",
)
MOST = 100  # botocore, DescribeAlarmHistoryInput$MaxRecords


def history(alarms: Mapping[str, Any], asked: Mapping[str, Any]) -> Json:
    """The answer; other item types than StateUpdate have none, and a
    deleted alarm has none any more.

    Raises InvalidNextToken for a token that nobody gave out.
    """
    items = []
    for name, alarm in alarms.items():
        if asked.get("AlarmName") in {None, name}:
            past = states(alarm)
            items += [_item(name, before, now) for before, now in pairwise(past)]
    begin, end = _utc(asked.get("StartDate")), _utc(asked.get("EndDate"))
    items = [
        i
        for i in items
        if asked.get("HistoryItemType") in {None, "StateUpdate"}
        and (begin is None or i["Timestamp"] >= begin)
        and (end is None or i["Timestamp"] <= end)
    ]
    items.sort(key=lambda i: i["Timestamp"], reverse=asked.get("ScanBy") != "TimestampAscending")
    first = _first(asked.get("NextToken"), len(items))
    last = first + int(asked.get("MaxRecords") or MOST)
    page = {"AlarmHistoryItems": items[first:last]}
    return page | ({"NextToken": token(last)} if last < len(items) else {})


def _first(asked: str | None, count: int) -> int:
    first = position(asked, count) if asked else 0
    if first is None:
        # Botocore's words.
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    return first


def _item(name: str, before: State, now: State) -> Json:
    told = {"version": "1.0", "oldState": _state(before), "newState": _state(now)}
    return {
        "AlarmName": name,
        "AlarmType": "MetricAlarm",
        "Timestamp": _utc(now.since),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {before.value} to {now.value}",
        "HistoryData": json.dumps(told),
    }


def _state(state: State) -> Json:
    shown: Json = {"stateValue": state.value, "stateReason": state.reason}
    data = json.loads(state.data)
    return shown | ({"stateReasonData": data} if data else {})


def _utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
