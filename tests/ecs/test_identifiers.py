"""ARNs that cannot be meant: of another cluster, account, Region or kind
(facts 2, section 31, rows 10 and 13).
"""

from typing import Any

import botocore.session
import pytest
from account import Account
from capacity_fleet import Fleet
from refusals import refused

from ecslab.ecs.api import OPERATIONS, identifiers

HERE = "arn:aws:ecs:us-east-1:123456789012"
WORDS = {
    "task": "Task",
    "service": "Service",
    "container-instance": "Container Instance",
    "task-set": "Task Set",
}
ID = "0123456789abcdef0123456789abcdef"
TAILS = {
    "task": ID,
    "service": "web",
    "container-instance": ID,
    "task-set": "web/ecs-svc/1234567890123456789",
}

# A request of every simulated operation that names something in a cluster: its
# other members, and the member that names.
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("StopTask", "task", {}),
    ("DescribeTasks", "tasks", {}),
    ("ExecuteCommand", "task", {"command": "sh", "interactive": True}),
    ("ListTasks", "serviceName", {}),
    ("ListTasks", "containerInstance", {}),
    ("StartTask", "containerInstances", {"taskDefinition": "web"}),
    ("DescribeServices", "services", {}),
    ("UpdateService", "service", {"desiredCount": 1}),
    ("DeleteService", "service", {}),
    ("ListServiceDeployments", "service", {}),
    ("CreateTaskSet", "service", {"taskDefinition": "web"}),
    ("DescribeTaskSets", "service", {}),
    ("UpdateTaskSet", "service", {"taskSet": "ecs-svc/1", "scale": {}}),
    ("DeleteTaskSet", "service", {"taskSet": "ecs-svc/1"}),
    ("UpdateServicePrimaryTaskSet", "service", {"primaryTaskSet": "ecs-svc/1"}),
    ("DescribeTaskSets", "taskSets", {"service": "web"}),
    ("UpdateTaskSet", "taskSet", {"service": "web", "scale": {}}),
    ("DeleteTaskSet", "taskSet", {"service": "web"}),
    ("UpdateServicePrimaryTaskSet", "primaryTaskSet", {"service": "web"}),
    ("DescribeContainerInstances", "containerInstances", {}),
    ("UpdateContainerInstancesState", "containerInstances", {"status": "DRAINING"}),
    ("DeregisterContainerInstance", "containerInstance", {}),
    ("UpdateContainerAgent", "containerInstance", {}),
    ("RegisterContainerInstance", "containerInstanceArn", {}),
]  # fmt: skip


@pytest.fixture
def account() -> Account:
    """An account with the clusters default and other, and a service in default."""
    made = Account()
    made.register("web")
    made.serve("web", "web", 1)
    made.call("CreateCluster", clusterName="other")
    return made


def kind_of(operation: str, member: str) -> str:
    """What a member names."""
    return identifiers.MEMBERS.get(member) or identifiers.ELSEWHERE[operation, member]


def ask(account: Account, operation: str, member: str, more: dict[str, Any], arn: str) -> str:
    """The refusal of a request whose member names this ARN."""
    error = refused(account, operation, **more, **{member: [arn] if member.endswith("s") else arn})
    assert error.code == "InvalidParameterException"
    return error.message


def test_every_member_that_names_something_in_a_cluster_is_tried_here():
    """A new operation, or a new botocore, shows its members: those called like the ones
    that are checked, and others of their kind.
    """
    model = botocore.session.get_session().get_service_model("ecs")
    words = ("task", "service", "containerinstance", "taskset")
    found = set()
    for operation in OPERATIONS.keys() & set(model.operation_names):
        for member in model.operation_model(operation).input_shape.members:
            plain = member.lower().removesuffix("arn").removesuffix("s").removeprefix("primary")
            if plain in words:
                found.add((operation, member))
    not_here = {("CreateService", "serviceName")}  # it is the name of one that is made
    assert found <= {(operation, member) for operation, member, _ in ASKED} | not_here


@pytest.mark.parametrize(("operation", "member", "more"), ASKED)
def test_an_arn_that_cannot_be_meant_is_refused_by_every_operation(
    account, operation, member, more
):
    """Each text has its source in the module that it tests."""
    kind = kind_of(operation, member)
    tail = TAILS[kind]
    texts = {
        f"{HERE}:{kind}/other/{tail}": "Invalid identifier: Identifier is for cluster other. "
        "Your cluster is default",
        f"arn:aws:ecs:us-east-1:210987654321:{kind}/default/{tail}": "Identifier is for "
        "210987654321. Your accountId is 123456789012",
        f"arn:aws:ecs:eu-west-1:123456789012:{kind}/default/{tail}": "Invalid Region in ARN",
        f"{HERE}:cluster/default": f"{WORDS[kind]} Identifier is invalid",
        "arn:nonsense": f"{WORDS[kind]} Identifier is invalid",
    }
    for arn, text in texts.items():
        assert ask(account, operation, member, more, arn) == text


@pytest.mark.parametrize("operation", ["PutAttributes", "DeleteAttributes"])
def test_the_target_of_an_attribute_is_in_the_cluster_too(account, operation):
    """Its targetId may be an ARN."""
    arn = f"{HERE}:container-instance/other/{ID}"
    error = refused(
        account, operation, attributes=[{"name": "disk", "value": "ssd", "targetId": arn}]
    )
    assert (
        error.message
        == "Invalid identifier: Identifier is for cluster other. Your cluster is default"
    )


def test_a_cluster_and_a_task_definition_are_of_this_region():
    """aws/aws-cli#3175, aws/amazon-ecs-cli#821; another
    account's cluster is none of yours either.
    """
    account = Account()
    abroad, strange = "arn:aws:ecs:eu-west-1:123456789012", "arn:aws:ecs:us-east-1:210987654321"
    for request in (
        {"cluster": f"{abroad}:cluster/default"},
        {"taskDefinition": f"{abroad}:task-definition/web:1"},
    ):
        asked = {"taskDefinition": "web"} | request
        assert refused(account, "RunTask", **asked).message == "Invalid Region in ARN"
    error = refused(account, "ListTasks", cluster=f"{strange}:cluster/default")
    assert error.message == "Identifier is for 210987654321. Your accountId is 123456789012"


def test_the_short_form_of_an_arn_names_no_cluster(account):
    """The old form can be meant in any cluster; what is not in this one is missing there."""
    short = account.service("web")["serviceArn"].replace("/default/", "/")
    assert account.call("DescribeServices", services=[short])["services"][0]["serviceName"] == "web"
    told = account.call("DescribeServices", cluster="other", services=[short])
    assert told["failures"] == [{"arn": short, "reason": "MISSING"}]


def test_a_missing_service_is_named_without_its_cluster(account):
    """aws-actions/amazon-ecs-deploy-task-definition#312 and #369; asked
    for by its ARN, it is named so.
    """
    told = account.call("DescribeServices", services=["nobody", "web"])
    assert told["failures"] == [{"arn": f"{HERE}:service/nobody", "reason": "MISSING"}]
    long = f"{HERE}:service/default/nobody"
    assert account.call("DescribeServices", services=[long])["failures"][0]["arn"] == long


def test_what_is_meant_is_found_by_its_arn():
    """The instance and the task of the cluster that is named, whatever form names the cluster."""
    fleet = Fleet()
    fleet.define()
    fleet.provide(desired=1)
    fleet.advance(120)
    [arn] = fleet.call("ListContainerInstances")["containerInstanceArns"]
    for cluster in ("default", f"{HERE}:cluster/default"):
        told = fleet.call("DescribeContainerInstances", cluster=cluster, containerInstances=[arn])
        assert told["failures"] == []
