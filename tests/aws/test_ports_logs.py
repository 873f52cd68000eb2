"""What containers print lands in CloudWatch Logs, at the lab's time."""

import pytest

from ecslab import Lab
from ecslab.ecs.ports import Unavailable

STREAM = "ecs/app/0123"
OPTIONS = {
    "awslogs-group": "/ecs/web",
    "awslogs-region": "us-east-1",
    "awslogs-stream-prefix": "ecs",
}


@pytest.fixture
def logs(lab):
    """CloudWatch Logs, as a learner sees it."""
    return lab.client("logs")


@pytest.fixture
def port(lab):
    """CloudWatch Logs, as the control plane sees it."""
    return lab.plane().neighbours.logs


def test_lines_are_events_of_the_stream_at_the_labs_time(lab, logs, port):
    """The stream is there as soon as the task starts; timestamps are virtual, in
    milliseconds; an empty line is no event.
    """
    logs.create_log_group(logGroupName="/ecs/web")
    port.open(OPTIONS, STREAM)
    lab.advance("2h")
    port.write(OPTIONS, STREAM, ["listening", "", "on 80"], lab.now.timestamp())
    events = logs.get_log_events(logGroupName="/ecs/web", logStreamName=STREAM)["events"]
    at = round(lab.now.timestamp() * 1000)
    assert [(e["message"], e["timestamp"]) for e in events] == [("listening", at), ("on 80", at)]


def test_without_its_group_there_is_no_stream(port):
    """awslogs-create-group is false unless set (facts, section 16)."""
    with pytest.raises(Unavailable) as failure:
        port.open(OPTIONS, STREAM)
    assert (
        str(failure.value) == "ResourceNotFoundException: The specified log group does not exist."
    )


def test_awslogs_create_group_makes_the_group_once(logs, port):
    """Every task asks for the group; the first makes it."""
    for stream in ("one", "two", "two"):
        port.open(OPTIONS | {"awslogs-create-group": "true"}, stream)
    groups = logs.describe_log_groups()["logGroups"]
    assert [g["logGroupName"] for g in groups] == ["/ecs/web"]
    assert len(logs.describe_log_streams(logGroupName="/ecs/web")["logStreams"]) == 2


def test_lines_for_a_group_that_has_gone_are_lost(logs, port):
    """The driver does not block (facts, section 16)."""
    logs.create_log_group(logGroupName="/ecs/web")
    port.open(OPTIONS, STREAM)
    logs.delete_log_group(logGroupName="/ecs/web")
    port.write(OPTIONS, STREAM, ["lost"], 0.0)
    assert logs.describe_log_groups()["logGroups"] == []


def test_the_groups_region_is_the_one_in_the_options():
    """awslogs-region decides, and one that AWS does not have holds no group."""
    with Lab() as lab:
        there = lab.client("logs", region_name="eu-west-1")
        there.create_log_group(logGroupName="/ecs/web")
        port = lab.plane().neighbours.logs
        port.open(OPTIONS | {"awslogs-region": "eu-west-1"}, STREAM)
        assert len(there.describe_log_streams(logGroupName="/ecs/web")["logStreams"]) == 1
        with pytest.raises(Unavailable, match="log group does not exist"):
            port.open(OPTIONS | {"awslogs-region": "eu-nowhere-1"}, STREAM)
