"""Fargate Spot through boto3: a lab's two faults, and an
EventBridge rule that hears the warning.
"""

import json

import pytest
from deployed import network

from ecslab.ground.errors import LabError

SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]


@pytest.fixture
def run(lab):
    """Runs Spot tasks in the default cluster; what RunTask answers."""
    ecs = lab.client("ecs")
    ecs.create_cluster(
        capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=SPOT
    )
    ecs.register_task_definition(
        family="job",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "nginx"}],
    )
    asked = {"taskDefinition": "job", "networkConfiguration": network(lab)}
    return lambda **more: ecs.run_task(**asked, **more)


def test_a_rule_for_spot_interruptions_hears_the_warning(lab, run):
    """Facts, section 8.2: the event two minutes before the end names stopCode SpotInterruption."""
    queue = lab.client("sqs").create_queue(QueueName="warnings")["QueueUrl"]
    events = lab.client("events")
    pattern = {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {"stopCode": ["SpotInterruption"], "lastStatus": ["RUNNING"]},
    }
    events.put_rule(Name="spot", EventPattern=json.dumps(pattern))
    arn = lab.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])[
        "Attributes"
    ]["QueueArn"]
    events.put_targets(Rule="spot", Targets=[{"Id": "1", "Arn": arn}])
    [task] = run()["tasks"]
    lab.settle()
    lab.interrupt_spot(task["taskArn"])
    [message] = lab.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    detail = json.loads(message["Body"])["detail"]
    assert (detail["taskArn"], detail["desiredStatus"]) == (task["taskArn"], "STOPPED")
    lab.settle()
    [told] = lab.client("ecs").describe_tasks(tasks=[task["taskArn"]])["tasks"]
    assert (told["lastStatus"], told["stopCode"]) == ("STOPPED", "SpotInterruption")


def test_capacity_can_be_taken_away_and_given_back(lab, run):
    """Facts, section 4: RunTask's failure while there is none."""
    lab.set_spot_capacity(available=False)
    answer = run()
    assert answer["tasks"] == []
    assert answer["failures"][0]["reason"].startswith("Capacity is unavailable at this time.")
    lab.set_spot_capacity(available=True)
    assert len(run(count=3)["tasks"]) == 3
    lab.interrupt_spot()
    with pytest.raises(LabError, match="nothing to interrupt"):
        lab.interrupt_spot()
