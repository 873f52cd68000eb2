"""Asks whether an ARN in a request can be meant: of this Region, this account, the right kind, and
the cluster that is named.

Asked of every operation before it begins, by the names of its members. The texts, all of them
InvalidParameterException, are public: another Region aws/aws-cli#3175 and
aws/amazon-ecs-cli#821, another account aws-actions/amazon-ecs-deploy-task-definition#261,
another cluster aws/aws-toolkit-vscode#2915 and docker-archive/compose-cli#2086 (facts 2,
section 31, row 10), another kind aws/aws-sdk-js#1466, boto/boto3#3895 and mightyguava/ecsq#9;
that of a container instance is worded by analogy.
"""

from collections.abc import Iterator
from typing import Any

from ecslab.ecs.model.account import AccountState
from ecslab.ground.errors import invalid_parameter

Json = dict[str, Any]

OTHER_REGION = "Invalid Region in ARN"
OTHER_ACCOUNT = "Identifier is for {}. Your accountId is {}"
OTHER_CLUSTER = "Invalid identifier: Identifier is for cluster {}. Your cluster is {}"
OTHER_KIND = "{} Identifier is invalid"

# What lies in a cluster, by the first word of its ARN, as the texts name it.
IN_A_CLUSTER = {
    "task": "Task",
    "service": "Service",
    "container-instance": "Container Instance",
    "task-set": "Task Set",
}
MEMBERS = {
    "cluster": "cluster",
    "clusters": "cluster",
    "taskDefinition": "task-definition",
    "task": "task",
    "tasks": "task",
    "service": "service",
    "services": "service",
    "containerInstance": "container-instance",
    "containerInstances": "container-instance",
    "containerInstanceArn": "container-instance",
    "taskSet": "task-set",
    "taskSets": "task-set",
    "primaryTaskSet": "task-set",
}
# Members that are identifiers in some operations only.
ELSEWHERE = {("ListTasks", "serviceName"): "service"}
OF_TARGETS = ("PutAttributes", "DeleteAttributes")
PARTS = 6  # arn:partition:ecs:region:account:resource
LONG = 3  # a resource with its cluster: task/cluster/id


def check(state: AccountState, operation: str, request: Json) -> None:
    """Refuse an ARN that cannot be meant; short names and ids, and what does not
    exist, are for the operation to judge.
    """
    for kind, name in _named(operation, request):
        if name.startswith("arn:") and (problem := _problem(state, kind, name, request)):
            raise invalid_parameter(problem)


def _named(operation: str, request: Json) -> Iterator[tuple[str, str]]:
    for member, value in request.items():
        kind = MEMBERS.get(member) or ELSEWHERE.get((operation, member))
        if kind:
            yield from ((kind, name) for name in (value if isinstance(value, list) else [value]))
    if operation in OF_TARGETS:
        yield from (
            ("container-instance", a.get("targetId", "")) for a in request.get("attributes", [])
        )


def _problem(state: AccountState, kind: str, arn: str, request: Json) -> str | None:
    parts = arn.split(":", PARTS - 1)
    if len(parts) < PARTS:
        return OTHER_KIND.format(IN_A_CLUSTER[kind]) if kind in IN_A_CLUSTER else None
    region, account, resource = parts[3:]
    if region != state.region:
        return OTHER_REGION
    if account != state.number and kind != "task-definition":
        return OTHER_ACCOUNT.format(account, state.number)
    if kind not in IN_A_CLUSTER:
        return None
    found, *rest = resource.split("/")
    if found != kind:
        return OTHER_KIND.format(IN_A_CLUSTER[kind])
    here = state.find_cluster(request.get("cluster"))
    other = here is not None and len([found, *rest]) >= LONG and rest[0] != here.name
    return OTHER_CLUSTER.format(rest[0], here.name) if here and other else None
