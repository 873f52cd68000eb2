"""Whatever text a client puts where: ECS, CodeDeploy and Application Auto
Scaling answer or refuse, and never fail.
"""

import copy
import json
import re

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from deployed import network

from ecslab import Lab
from ecslab.aws.account import numbered, serving
from ecslab.aws.gate import mount
from ecslab.ecs.api import OPERATIONS

ODD = [
    "",
    "²",
    "9" * 5_000,
    "web:²",
    f"web:{'9' * 5_000}",
    ":",
    "/",
    "arn:",
    "arn:aws:ecs:::x/y/z",
    "{",
    "null",
    "\x00",
]
NUMBERS = [-1, 0, 2**31 - 1]
GOOD = {  # by member: what the account has, so that an odd value is met as late as possible
    "cluster": "default",
    "service": "web",
    "taskDefinition": "web",
    "family": "web",
    "containerName": "app",
    "name": "app",
    "image": "nginx",
    "launchType": "FARGATE",
    "cpu": "256",
    "memory": "512",
}
LONGEST_PATH = 7


def model(service):
    """A service as botocore describes it."""
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


MODELS = {service: model(service) for service in ("ecs", "codedeploy")}
PREFIX = {"ecs": "AmazonEC2ContainerServiceV20141113.", "codedeploy": "CodeDeploy_20141006."}


def full(shape, name="", depth=0):
    """A value with every member of a shape, or None where it goes too deep."""
    if depth > LONGEST_PATH:
        return None
    if shape.type_name == "structure":
        found = {m: full(s, m, depth + 1) for m, s in shape.members.items()}
        return {m: v for m, v in found.items() if v is not None}
    if shape.type_name == "list":
        inner = full(shape.member, name.removesuffix("s"), depth + 1)
        return None if inner is None else [inner]
    if shape.type_name == "map":
        return {"key": "value"} if shape.value.type_name == "string" else {}
    if shape.type_name == "string":
        return GOOD.get(name) or (shape.enum[0] if getattr(shape, "enum", None) else "web")
    return {"integer": 1, "long": 1, "double": 1.0, "float": 1.0, "boolean": True, "timestamp": 0}[
        shape.type_name
    ]


def leaves(value, path=()):
    """The path of every text and number in a request."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield path


def changed(request, path, value):
    """A copy of a request with another value at a path; only what the path
    needs of the optional members stays.
    """
    made = copy.deepcopy(request)
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return made


def needed(shape, request, keep):
    """The request with its required members, and those on the way to one value."""
    if shape.type_name == "list" and isinstance(request, list):
        return [needed(shape.member, v, keep[1:]) for v in request]
    if shape.type_name != "structure" or shape.is_document_type:
        return request
    kept = {*shape.required_members, *keep[:1]}
    return {
        m: needed(shape.members[m], v, keep[1:] if m in keep[:1] else ())
        for m, v in request.items()
        if m in kept
    }


@pytest.fixture(scope="module")
def account():
    """An account with a cluster, a task definition, a service and a container instance."""
    with Lab() as lab:
        ecs = lab.client("ecs")
        ecs.create_cluster(clusterName="default")
        ecs.register_task_definition(
            family="web",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "app", "image": "nginx"}],
        )
        ecs.create_service(
            serviceName="web",
            taskDefinition="web",
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=network(lab),
        )
        lab.settle()
        yield numbered(lab.account)


CALLS = [("ecs", name) for name in sorted(OPERATIONS)] + [
    ("codedeploy", name) for name in sorted(MODELS["codedeploy"].operation_names)
]


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_odd_values_are_answered_or_refused(account, service, operation):
    """One after the other in every member, nested ones included; an exception
    here would end a learner's program.
    """
    shape = MODELS[service].operation_model(operation).input_shape
    request = full(shape)
    for path in leaves(request):
        at = request
        for key in path:
            at = at[key]
        for value in ODD if isinstance(at, str) else NUMBERS:
            names = tuple(key for key in path)
            asked = needed(shape, changed(request, path, value), names)
            with serving(account):
                status, _, text = mount.answer(
                    account, "us-east-1", PREFIX[service] + operation, json.dumps(asked)
                )
            assert status in {200, 400}, (path, value, text)


ODD_SCHEDULES = [
    "rate(² minutes)",
    f"rate({'9' * 400} minutes)",
    "cron(² * * * ? *)",
    f"cron(0 {'9' * 5000} * * ? *)",
    "at(9999-99-99T00:00:00)",
    "at()",
    "cron(0/0 * * * ? *)",
    "cron(*/² * * * ? *)",
]


@pytest.mark.parametrize("schedule", ODD_SCHEDULES, ids=lambda text: re.sub(r"9{9,}", "9…", text))
def test_odd_schedules_are_refused(lab, schedule):
    """Application Auto Scaling reads numbers out of text too."""
    ecs, scaling = lab.client("ecs"), lab.client("application-autoscaling")
    ecs.create_cluster(clusterName="default")
    ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 64}]
    )
    ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=0)
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/default/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**target, MinCapacity=0, MaxCapacity=1)
    with pytest.raises(ClientError, match="ValidationException"):
        scaling.put_scheduled_action(
            **target,
            ScheduledActionName="odd",
            Schedule=schedule,
            ScalableTargetAction={"MinCapacity": 1},
        )
