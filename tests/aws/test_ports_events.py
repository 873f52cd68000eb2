"""EventBridge hears what ECS does: a rule with a target sees every `aws.ecs` event that matches."""

import json
import subprocess
import sys

import pytest

from ecslab import Lab

DETAIL = {"lastStatus": "RUNNING", "version": 3}
ARN = "arn:aws:ecs:us-east-1:123456789012:task/shop/1"


@pytest.fixture
def bus(lab):
    """EventBridge, as the control plane sees it."""
    return lab.plane().neighbours.bus


def queue(lab, name="heard"):
    """A queue of SQS: its URL and its ARN."""
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]


def rule(lab, *targets, name="ecs", pattern=None):
    """A rule of the default bus for everything of ECS, with these targets."""
    events = lab.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern or {"source": ["aws.ecs"]}))
    if targets:
        events.put_targets(
            Rule=name, Targets=[{"Id": str(n), "Arn": arn} for n, arn in enumerate(targets)]
        )


def heard(lab, url):
    """The events in a queue, oldest first."""
    messages = (
        lab.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    )
    return [json.loads(m["Body"]) for m in messages]


def test_an_event_reaches_a_queue_in_the_form_aws_documents(lab, bus):
    """EventBridge guide, "AWS service event metadata": version 0, the lab's time in
    whole seconds, account, region, resources.
    """
    url, arn = queue(lab)
    rule(lab, arn)
    lab.advance("90s")
    bus.put("ECS Task State Change", [ARN], DETAIL)
    [event] = heard(lab, url)
    assert len(event.pop("id")) == 36
    assert event == {
        "version": "0",
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "account": lab.account,
        "time": "2026-01-05T09:01:30Z",
        "region": "us-east-1",
        "resources": [ARN],
        "detail": DETAIL,
    }


def test_every_target_of_every_matching_rule_gets_the_event(lab, bus):
    """Two targets of one rule, a log group, and a rule whose pattern does not match."""
    (first, first_arn), (second, second_arn), (third, third_arn) = (queue(lab, n) for n in "abc")
    lab.client("logs").create_log_group(logGroupName="/aws/events/ecs")
    group_arn = f"arn:aws:logs:us-east-1:{lab.account}:log-group:/aws/events/ecs"
    rule(lab, first_arn, second_arn, group_arn)
    rule(
        lab,
        third_arn,
        name="other",
        pattern={"source": ["aws.ecs"], "detail-type": ["ECS Service Action"]},
    )
    bus.put("ECS Task State Change", [ARN], DETAIL)
    assert [len(heard(lab, url)) for url in (first, second, third)] == [1, 1, 0]
    logged = lab.client("logs").filter_log_events(logGroupName="/aws/events/ecs")["events"]
    assert [json.loads(line["message"])["detail"] for line in logged] == [DETAIL]


def test_a_targets_input_transformer_is_applied(lab, bus):
    """A target may ask for a text of its own."""
    url, arn = queue(lab)
    rule(lab)
    transformer = {
        "InputPathsMap": {"status": "$.detail.lastStatus", "at": "$.account"},
        "InputTemplate": '{"now": "<status>", "in": "<at>"}',
    }
    lab.client("events").put_targets(
        Rule="ecs", Targets=[{"Id": "1", "Arn": arn, "InputTransformer": transformer}]
    )
    bus.put("ECS Task State Change", [ARN], DETAIL)
    assert heard(lab, url) == [{"now": "RUNNING", "in": lab.account}]


def test_a_target_that_fails_keeps_the_event_from_nobody(lab, bus, caplog):
    """EventBridge gives up on it, ECS never hears of it, and the log says so."""
    url, arn = queue(lab)
    gone, gone_arn = queue(lab, "gone")
    lab.client("sqs").delete_queue(QueueUrl=gone)
    rule(lab, gone_arn, f"arn:aws:lambda:us-east-1:{lab.account}:function:hear", arn)
    bus.put("ECS Task State Change", [ARN], DETAIL)
    assert len(heard(lab, url)) == 1
    assert f"no delivery to {gone_arn}" in caplog.text
    assert "events are not delivered to targets such as arn:aws:lambda" in caplog.text


def test_the_bus_listens_only_while_a_rule_with_a_target_is_on(lab, bus):
    """Without one, nobody builds an event."""
    assert not bus.listening
    rule(lab)
    assert not bus.listening
    rule(lab, queue(lab)[1])
    assert bus.listening
    lab.client("events").disable_rule(Name="ecs")
    assert not bus.listening


def test_asking_whether_anybody_listens_loads_no_eventbridge():
    """A lab that uses no EventBridge does not pay for it."""
    program = """
import sys
from ecslab import Lab
with Lab() as lab:
    lab.plane().neighbours.bus.listening
    heavy = ("moto.events", "moto.ec2", "moto.ecr", "moto.iam", "moto.logs")
    print([m for m in sys.modules if m.startswith(heavy)])
"""
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"


def test_event_ids_are_the_same_in_every_run():
    """They come from the lab's seed, and no two events share one."""

    def ids():
        with Lab(seed="s") as lab:
            url, arn = queue(lab)
            rule(lab, arn)
            for _ in range(3):
                lab.plane().neighbours.bus.put("ECS Task State Change", [ARN], DETAIL)
            return [event["id"] for event in heard(lab, url)]

    first = ids()
    assert first == ids()
    assert len(set(first)) == 3
