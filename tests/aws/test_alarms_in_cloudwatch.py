"""Alarms through boto3: moto keeps them, the lab's time brings them to
life (facts, sections 6.5 and 13).
"""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from ecslab import Lab
from ecslab.ground.errors import LabError

METRIC = {"Namespace": "Shop", "MetricName": "Load"}


@pytest.fixture
def cw(lab):
    """CloudWatch."""
    return lab.client("cloudwatch")


def alarm(cw, name="high", **more):
    """An alarm above 50."""
    asked = {
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 50,
        "ComparisonOperator": "GreaterThanThreshold",
        "Statistic": "Average",
    }
    cw.put_metric_alarm(AlarmName=name, **METRIC | asked | more)


def put(cw, value, **more):
    """One datapoint."""
    cw.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Load", "Value": value} | more])


def shown(cw, name="high"):
    """What DescribeAlarms says."""
    return cw.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


def test_a_new_alarm_knows_nothing_and_a_changed_one_keeps_its_state(lab, cw):
    """botocore, PutMetricAlarm: INSUFFICIENT_DATA at first; an
    update leaves the state unchanged.
    """
    alarm(cw)
    assert (shown(cw)["StateValue"], shown(cw)["StateReason"]) == (
        "INSUFFICIENT_DATA",
        "Unchecked: Initial alarm creation",
    )
    put(cw, 90)
    lab.advance("1m")
    alarm(cw, Threshold=60)
    assert shown(cw)["StateValue"] == "ALARM"
    lab.advance("30s")
    put(cw, 55)
    lab.advance("30s")
    assert shown(cw)["StateValue"] == "OK"


def test_datapoints_move_the_state_at_the_end_of_their_period(lab, cw):
    """The state, its reason and its time are what any reader of DescribeAlarms sees."""
    alarm(cw)
    put(cw, 90)
    lab.advance("59s")
    assert shown(cw)["StateValue"] == "INSUFFICIENT_DATA"
    lab.advance("1s")
    now = shown(cw)
    assert (now["StateValue"], now["StateUpdatedTimestamp"]) == ("ALARM", lab.now)
    assert (
        now["StateReason"]
        == "Threshold Crossed: 1 datapoint [90.0 (05/01/26 09:00:00)] was greater than the "
        "threshold (50.0)."
    )
    assert json.loads(now["StateReasonData"])["recentDatapoints"] == [90.0]
    assert lab.plane().alarms.state(["high", "low"]) == {"high": "ALARM", "low": None}


def test_the_waiter_for_an_alarm_lets_time_pass(lab, cw):
    """Botocore's alarm_exists sees it at once; a waiter's sleep is the lab's."""
    alarm(cw)
    cw.get_waiter("alarm_exists").wait(AlarmNames=["high"])
    assert lab.clock.now_ms == 0


def test_a_state_set_by_hand_holds_until_the_alarm_is_looked_at(lab, cw):
    """botocore, SetAlarmState: it returns to its actual state quickly."""
    alarm(cw, TreatMissingData="notBreaching")
    lab.advance("10m")
    assert shown(cw)["StateValue"] == "OK"
    lab.advance("15s")
    cw.set_alarm_state(AlarmName="high", StateValue="ALARM", StateReason="a drill")
    lab.advance("44s")
    assert shown(cw)["StateValue"] == "ALARM"
    lab.advance("1s")
    assert shown(cw)["StateValue"] == "OK"
    assert [(e.kind, e.at_ms) for e in lab.timeline] == [
        ("ok", 60_000),
        ("in alarm", 615_000),
        ("ok", 660_000),
    ]


def test_statistics_and_percentiles_of_value_lists_count(lab, cw):
    """Values with counts, StatisticValues, and ExtendedStatistic."""
    alarm(cw, "sum", Statistic="Sum", Threshold=99)
    asked = {
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "LessThanThreshold",
        "Threshold": 8,
    }
    cw.put_metric_alarm(AlarmName="p90", ExtendedStatistic="p90", **METRIC | asked)
    put_many = {"MetricName": "Load", "Values": [1.0, 9.0], "Counts": [8, 2]}
    cw.put_metric_data(Namespace="Shop", MetricData=[put_many])
    statistics = {"Sum": 80.0, "SampleCount": 4, "Minimum": 1, "Maximum": 50}
    cw.put_metric_data(
        Namespace="Other", MetricData=[{"MetricName": "Load", "StatisticValues": statistics}]
    )
    lab.advance("1m")
    assert (shown(cw, "sum")["StateValue"], shown(cw, "p90")["StateValue"]) == ("OK", "OK")
    cw.put_metric_data(
        Namespace="Shop", MetricData=[{"MetricName": "Load", "StatisticValues": statistics}]
    )
    put(cw, 20)
    lab.advance("1m")
    assert shown(cw, "sum")["StateValue"] == "ALARM"
    assert shown(cw, "p90")["StateValue"] == "OK", "a percentile of statistics cannot be had"


def test_an_alarm_with_a_unit_hears_only_datapoints_of_that_unit(lab, cw):
    """botocore, PutMetricAlarmInput$Unit."""
    alarm(cw, Unit="Percent")
    put(cw, 90)
    lab.advance("5m")
    assert shown(cw)["StateValue"] == "INSUFFICIENT_DATA"
    put(cw, 90, Unit="Percent")
    lab.advance("1m")
    assert shown(cw)["StateValue"] == "ALARM"


def test_an_expression_over_two_metrics_trips_an_alarm(lab, cw):
    """Metrics with an expression, as moto stores them."""

    def stat(name):
        return {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": 60, "Stat": "Sum"}

    cw.put_metric_alarm(
        AlarmName="high",
        EvaluationPeriods=1,
        Threshold=50,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "m1", "MetricStat": stat("Errors"), "ReturnData": False},
            {"Id": "m2", "MetricStat": stat("Load"), "ReturnData": False},
            {"Id": "e1", "Expression": "m1 / m2 * 100"},
        ],
    )
    put(cw, 10)
    cw.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 6}])
    lab.advance("1m")
    assert shown(cw)["StateValue"] == "ALARM"


def test_the_history_tells_each_change_of_state(lab, cw):
    """DescribeAlarmHistory, which moto does not have; the newest first."""
    alarm(cw)
    put(cw, 90)
    lab.advance("1m")
    put(cw, 10)
    lab.advance("1m")
    items = cw.describe_alarm_history(AlarmName="high", HistoryItemType="StateUpdate")[
        "AlarmHistoryItems"
    ]
    assert [i["HistorySummary"] for i in items] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
    ]
    assert items[0]["Timestamp"] == lab.now
    first = cw.describe_alarm_history(AlarmName="high", ScanBy="TimestampAscending", MaxRecords=1)
    assert first["AlarmHistoryItems"] == items[1:]
    assert cw.describe_alarm_history(AlarmName="low")["AlarmHistoryItems"] == []
    rest = cw.describe_alarm_history(
        AlarmName="high", ScanBy="TimestampAscending", NextToken=first["NextToken"]
    )
    assert rest["AlarmHistoryItems"] == items[:1]


@pytest.mark.parametrize("token", ["x", "-1", "²", "9" * 5000, "7"])
def test_a_token_that_no_page_of_history_gave_out_is_refused(cw, token):
    """CloudWatch's own refusal (botocore, InvalidNextToken)."""
    with pytest.raises(cw.exceptions.InvalidNextToken):
        cw.describe_alarm_history(NextToken=token)


def test_topics_and_rules_hear_of_a_change(lab, cw):
    """An SNS action for its state, and "CloudWatch Alarm State Change" on the default bus."""
    sqs, sns, events = lab.client("sqs"), lab.client("sns"), lab.client("events")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = f"arn:aws:sqs:{lab.region}:{lab.account}:q"
    topic = sns.create_topic(Name="ops")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    events.put_rule(Name="alarms", EventPattern='{"source": ["aws.cloudwatch"]}')
    events.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": arn}])
    alarm(cw, AlarmActions=[topic])
    put(cw, 90)
    lab.advance("1m")
    bodies = [
        json.loads(m["Body"])
        for m in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    told = next(json.loads(b["Message"]) for b in bodies if "Message" in b)
    event = next(b for b in bodies if "detail-type" in b)
    assert (told["NewStateValue"], told["OldStateValue"]) == ("ALARM", "INSUFFICIENT_DATA")
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["state"]["value"] == "ALARM"
    sqs.purge_queue(QueueUrl=queue)
    put(cw, 10)
    lab.advance("1m")
    bodies = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert len(bodies) == 1, "the topic is an action for ALARM only"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"DatapointsToAlarm": 2},
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods.",
        ),
        ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60."),
        (
            {"TreatMissingData": "worry"},
            "Option worry is not supported. "
            "Supported options for parameter TreatMissingData are breaching, notBreaching, "
            "ignore and missing.",
        ),
        (
            {"EvaluationPeriods": 1441},
            "Period multiplied by EvaluationPeriods must not exceed 86400 seconds.",
        ),
        (
            {"ThresholdMetricId": "ad1"},
            "An alarm based on an anomaly detection model is not simulated by ecslab.",
        ),
        (
            {"EvaluationWindow": {"SlidingWindow": {}}},
            "EvaluationWindow of an alarm is not simulated by ecslab.",
        ),
    ],
)
def test_what_an_alarm_cannot_be_is_refused(cw, more, message):
    """Nothing is made then."""
    with pytest.raises(ClientError) as refused:
        alarm(cw, **more)
    assert refused.value.response["Error"]["Message"] == message
    assert cw.describe_alarms()["MetricAlarms"] == []


def test_composite_alarms_are_refused(cw):
    """Moto does not have them."""
    with pytest.raises(LabError, match="put_composite_alarm action has not been implemented"):
        cw.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(high)")


def test_periods_end_with_the_clocks_minutes_whenever_the_lab_began():
    """CloudWatch's periods are those of the wall clock, not of the alarm."""
    with Lab(start=datetime(2026, 1, 5, 9, 0, 37, tzinfo=UTC)) as lab:
        cw = lab.client("cloudwatch")
        alarm(cw)
        put(cw, 90)
        lab.advance("22s")
        assert shown(cw)["StateValue"] == "INSUFFICIENT_DATA"
        lab.advance("1s")
        assert shown(cw)["StateUpdatedTimestamp"] == datetime(2026, 1, 5, 9, 1, tzinfo=UTC)


def test_a_datapoint_counts_when_it_was_not_when_it_came(lab, cw):
    """Timestamp: a late datapoint is in the period it belongs to, one
    of the future waits for its own.
    """
    alarm(cw)
    lab.advance("10m")
    put(cw, 90, Timestamp=lab.now - timedelta(minutes=30))
    put(cw, 90, Timestamp=lab.now + timedelta(minutes=30))
    lab.advance("30m")
    assert shown(cw)["StateValue"] == "INSUFFICIENT_DATA"
    lab.advance("1m")
    assert shown(cw)["StateValue"] == "ALARM"


def test_actions_that_are_off_are_not_called(lab, cw):
    """DisableAlarmActions: the state moves all the same."""
    topic = lab.client("sns").create_topic(Name="ops")["TopicArn"]
    queue = lab.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn = f"arn:aws:sqs:{lab.region}:{lab.account}:q"
    lab.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    alarm(cw, AlarmActions=[topic])
    cw.disable_alarm_actions(AlarmNames=["high"])
    put(cw, 90)
    lab.advance("1m")
    assert shown(cw)["StateValue"] == "ALARM"
    assert "Messages" not in lab.client("sqs").receive_message(QueueUrl=queue)
