"""What the questions of this exercise prepare in a fresh account, and what several of them ask it."""

import json
from collections.abc import Iterator
from typing import Any

from ecslab.chance import Chance
from ecslab.grade.outcomes import Place
from ecslab.lab import Lab

_FIRST, _SECOND, _THIRD = (
    "lessons/01-what-ecs-is.ipynb",
    "lessons/02-from-image-to-running-task.ipynb",
    "lessons/03-tasks-and-services.ipynb",
)
TASK_DEFINITION = Place(1, "Part two: a task definition", _FIRST)
SERVICE = Place(1, "Part four: a service", _FIRST)
ENDS = Place(2, "How a task ends", _SECOND)
FAILURES = Place(2, "Three ways to fail", _SECOND)
ONE_OFF = Place(3, "One-off work", _THIRD)
REPLACED = Place(3, "Work that must not end", _THIRD)
ILL = Place(3, "A program that is ill", _THIRD)

OTHER_LAB = (
    "Nothing has changed in the lab that the function was given. A client that was made outside the function belongs to "
    "another lab: make the client inside, from the function's own `lab`."
)

_NAMES = ("shop", "orders", "blog", "radio", "atlas", "river", "lotus", "bamboo", "tiger", "comet")


def names(chance: Chance) -> Iterator[str]:
    """Names that no two things of one case share, in an order of the seed's."""
    pool = list(_NAMES)
    chance.stream("names").shuffle(pool)
    return iter(pool)


def subnets(lab: Lab, count: int) -> list[str]:
    """Ids of some subnets of the account's default VPC, one per availability zone."""
    found = lab.client("ec2").describe_subnets()["Subnets"]
    ids = [subnet["SubnetId"] for subnet in sorted(found, key=lambda s: s["AvailabilityZone"])]
    assert len(ids) >= count, "a default VPC has a subnet in every zone"
    return ids[:count]


def execution_role(lab: Lab) -> str:
    """The ARN of a role with which ECS pulls private images (facts, section 16)."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    iam, name = lab.client("iam"), "ecsTaskExecutionRole"
    for role in iam.list_roles()["Roles"]:
        if role["RoleName"] == name:
            return str(role["Arn"])
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"])


def definition(lab: Lab, family: str, *containers: dict[str, Any]) -> str:
    """Register a small Fargate task definition and return its name, family:revision."""
    registered = lab.client("ecs").register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=execution_role(lab),
        containerDefinitions=list(containers),
    )["taskDefinition"]
    return f"{registered['family']}:{registered['revision']}"


def network(subnet_ids: list[str]) -> dict[str, Any]:
    """The network configuration that puts tasks into these subnets."""
    return {"awsvpcConfiguration": {"subnets": subnet_ids}}


def all_tasks(lab: Lab, cluster: str) -> list[dict[str, Any]]:
    """Every task of a cluster that ECS still describes; none when there is no such cluster."""
    ecs = lab.client("ecs")
    arns: list[str] = []
    if cluster not in {arn.rpartition("/")[2] for arn in ecs.list_clusters()["clusterArns"]}:
        return []
    for status in ("RUNNING", "STOPPED"):
        for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=status):
            arns += page["taskArns"]
    tasks: list[dict[str, Any]] = []
    for first in range(0, len(arns), 100):
        tasks += ecs.describe_tasks(cluster=cluster, tasks=arns[first : first + 100])["tasks"]
    return tasks


def active_services(lab: Lab, cluster: str) -> list[dict[str, Any]]:
    """The services of a cluster that are not being deleted; none when there is no such cluster."""
    ecs = lab.client("ecs")
    if cluster not in {arn.rpartition("/")[2] for arn in ecs.list_clusters()["clusterArns"]}:
        return []
    arns = ecs.list_services(cluster=cluster, maxResults=10)["serviceArns"]
    return list(ecs.describe_services(cluster=cluster, services=arns)["services"]) if arns else []


def listed(values: Any) -> str:
    """Several things in one line, in a fixed order."""
    return ", ".join(sorted(map(str, values))) or "none"
