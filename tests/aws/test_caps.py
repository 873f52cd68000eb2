"""A very long run keeps what it is told to keep, and behaves the same."""

import pytest
from deployed import fargate

from ecslab import Lab
from ecslab.ground.errors import LabError
from ecslab.world.traffic import daily


def day(**caps):
    """A day of traffic on a service whose tasks crash now and then,
    with an alarm on its CPU: the lab.
    """
    lab = Lab(**caps)
    fargate(lab, desired=2, crashes_after=1800)
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName="busy",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[
            {"Name": "ClusterName", "Value": "prod"},
            {"Name": "ServiceName", "Value": "web"},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=3,
        Threshold=50,
        ComparisonOperator="GreaterThanThreshold",
    )
    lab.settle()
    lab.traffic("prod/web", daily(1, 30))
    lab.advance("1d")
    return lab


def test_a_capped_lab_does_the_same_and_keeps_less():
    """The story's end is the same, line for line; the alarm, which
    looks at the newest datapoints, too.
    """
    with day() as free:
        whole = [str(event) for event in free.timeline]
        states = [
            a["StateValue"] for a in free.client("cloudwatch").describe_alarms()["MetricAlarms"]
        ]
    with day(keep_events=1000, keep_datapoints=1000) as capped:
        lines = [str(event) for event in capped.timeline]
        assert capped.timeline.forgotten
        assert len(lines) <= 1250
        assert lines == whole[-len(lines) :]
        assert states == [
            a["StateValue"] for a in capped.client("cloudwatch").describe_alarms()["MetricAlarms"]
        ]
        from moto.backends import get_backend

        held = get_backend("cloudwatch")[capped.account][capped.region]
        assert len(held.metric_data) <= 1250
        with pytest.raises(LabError, match="a bill needs them all"):
            capped.cost()


@pytest.mark.parametrize(
    "caps", [{"keep_events": 5}, {"keep_datapoints": True}, {"keep_events": "all"}]
)
def test_a_cap_that_makes_no_sense_is_explained(caps):
    """At least a thousand, as a whole number."""
    with pytest.raises(LabError, match="is how many to keep"):
        Lab(**caps)
