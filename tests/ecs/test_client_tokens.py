"""Client tokens: the same call again gives what it gave, another call with the token is refused."""

import re
from typing import Any

import botocore.session
import pytest
from account import NETWORK, Account
from refusals import refused

from ecslab.ecs.api import OPERATIONS
from ecslab.ecs.api.client_tokens import LONGEST

SET = {
    "cluster": "default",
    "service": "sets",
    "launchType": "FARGATE",
    "networkConfiguration": NETWORK,
}
CALLS: dict[str, dict[str, Any]] = {
    "RunTask": {"launchType": "FARGATE", "networkConfiguration": NETWORK, "taskDefinition": "web"},
    "CreateService": {
        "launchType": "FARGATE",
        "networkConfiguration": NETWORK,
        "taskDefinition": "web",
        "serviceName": "web",
        "desiredCount": 1,
    },
    "CreateTaskSet": SET | {"taskDefinition": "web"},
}
# Another value that makes of each call another one, and the answer to it.
OTHERS = {
    "RunTask": ({"count": 2}, "ConflictException"),
    "CreateService": ({"desiredCount": 2}, "InvalidParameterException"),
    "CreateTaskSet": ({"externalId": "x"}, "InvalidParameterException"),
}


@pytest.fixture
def account() -> Account:
    """An account with a family, a second cluster, and two services of task sets."""
    made = Account()
    made.register("web")
    made.call("CreateCluster", clusterName="other")
    for name in ("sets", "more"):
        made.call(
            "CreateService",
            serviceName=name,
            desiredCount=1,
            deploymentController={"type": "EXTERNAL"},
        )
    return made


def made(answer: dict[str, Any]) -> list[str]:
    """The ids of what a call made."""
    if "tasks" in answer:
        return [t["taskArn"] for t in answer["tasks"]]
    [one] = answer.values()
    return [one.get("id") or one["serviceArn"]]


def test_the_lengths_are_those_of_botocore_s_texts():
    """Every simulated operation that takes a token, and the number in its documentation."""
    model = botocore.session.get_session().get_service_model("ecs")
    shapes = {name: model.operation_model(name).input_shape.members for name in OPERATIONS}
    texts = {
        name: m["clientToken"].documentation for name, m in shapes.items() if "clientToken" in m
    }
    assert {
        name: int(re.search(r"Up to (\d+)", text)[1]) for name, text in texts.items()
    } == LONGEST


@pytest.mark.parametrize("operation", CALLS)
def test_a_token_has_a_length(account, operation):
    """Only its length counts: that ASCII 33 to 126 is enforced was
    seen nowhere; the wording is ours.
    """
    error = refused(
        account, operation, **CALLS[operation], clientToken="x" * (LONGEST[operation] + 1)
    )
    assert (error.code, str(LONGEST[operation]) in error.message) == (
        "InvalidParameterException",
        True,
    )
    account.call(operation, **CALLS[operation], clientToken=("a ü" * 30)[: LONGEST[operation]])


@pytest.mark.parametrize("operation", CALLS)
def test_the_same_call_again_makes_nothing(account, operation):
    """However it names its cluster."""
    first = account.call(operation, **CALLS[operation], clientToken="once")
    account.advance(30)
    lines = len(account.timeline)
    for cluster in ("default", "arn:aws:ecs:us-east-1:123456789012:cluster/default"):
        again = account.call(
            operation, **CALLS[operation] | {"cluster": cluster}, clientToken="once"
        )
        assert made(again) == made(first)
    assert len(account.timeline) == lines


@pytest.mark.parametrize("operation", CALLS)
def test_the_token_with_another_call_is_refused(account, operation):
    """RunTask's code is the model's; "not idempotent" is public for
    services, and by analogy for task sets.
    """
    account.call(operation, **CALLS[operation], clientToken="once")
    lines = len(account.timeline)
    change, code = OTHERS[operation]
    assert refused(account, operation, **CALLS[operation] | change, clientToken="once").code == code
    assert len(account.timeline) == lines


@pytest.mark.parametrize(
    ("operation", "change"),
    [("CreateService", {"serviceName": "b"}), ("CreateTaskSet", {"service": "more"})],
)
def test_a_token_is_known_in_the_whole_cluster(account, operation, change):
    """For something of another name it is another call."""
    account.call(operation, **CALLS[operation], clientToken="once")
    error = refused(account, operation, **CALLS[operation] | change, clientToken="once")
    assert "not idempotent" in error.message


def test_another_cluster_knows_nothing_of_a_token(account):
    """Amazon ECS API Reference, "Ensuring idempotency": a token is of one cluster."""
    for operation in ("RunTask", "CreateService"):
        first = account.call(operation, **CALLS[operation], clientToken="once")
        second = account.call(operation, **CALLS[operation], cluster="other", clientToken="once")
        assert made(first) != made(second)


def test_the_same_service_with_another_token_is_the_same_service(account):
    """The token is not among what is asked for (assumption); tasks are others, because
    nothing but the token tells calls apart.
    """
    [first] = made(account.call("CreateService", **CALLS["CreateService"], clientToken="one"))
    for token in ({"clientToken": "two"}, {}):
        assert made(account.call("CreateService", **CALLS["CreateService"], **token)) == [first]
    assert made(account.call("RunTask", **CALLS["RunTask"], clientToken="one")) != made(
        account.call("RunTask", **CALLS["RunTask"], clientToken="two")
    )


def test_a_token_of_run_task_is_known_for_a_day(account):
    """Amazon ECS API Reference, "Ensuring idempotency": 24 hours."""
    first = made(account.call("RunTask", **CALLS["RunTask"], clientToken="once"))
    account.advance(24 * 3600 - 1)
    assert made(account.call("RunTask", **CALLS["RunTask"], clientToken="once")) == first
    account.advance(1)
    assert made(account.call("RunTask", **CALLS["RunTask"], clientToken="once")) != first


def test_a_call_that_ran_nothing_can_be_tried_again():
    """Only a call that made something is answered with what it made."""
    account = Account()
    account.register("ec2", networkMode="bridge", requiresCompatibilities=["EC2"])
    machines = account.plane.neighbours.machines
    machines.launch(type="t3.micro")
    account.plane.instances.sync()
    account.advance(120)
    asked = {"taskDefinition": "ec2", "overrides": {"memory": "60000"}, "clientToken": "once"}
    assert account.call("RunTask", **asked)["failures"]
    machines.launch(type="m5.4xlarge")
    account.plane.instances.sync()
    account.advance(120)
    assert account.call("RunTask", **asked)["tasks"]


def test_the_token_of_a_deleted_service_is_free(account):
    """What is INACTIVE is no longer what a call would give."""
    account.call("CreateService", **CALLS["CreateService"], clientToken="once")
    account.call("DeleteService", service="web", force=True)
    account.advance(120)
    again = CALLS["CreateService"] | {"serviceName": "other"}
    assert (
        account.call("CreateService", **again, clientToken="once")["service"]["serviceName"]
        == "other"
    )
