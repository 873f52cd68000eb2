"""Overrides of RunTask and StartTask: a second door for values of a
definition, with the same rules behind it.
"""

import copy
from random import Random
from typing import Any

import pytest
from account import NETWORK, ROLE
from botocore.validate import ParamValidator
from capacity_fleet import Fleet
from drawn import NUMBERS, ODD, drawn
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused
from rule_cases import CPU_TEXT
from shapes import model

from ecslab.ground.errors import AwsError

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-AbCdEf"
FILE = {"type": "s3", "value": "arn:aws:s3:::bucket/web.env"}
BASES: dict[str, dict[str, Any]] = {
    "FARGATE": {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "512",
        "memory": "1024",
        "executionRoleArn": ROLE,
        "containerDefinitions": [
            {
                "name": "app",
                "image": "nginx",
                "memoryReservation": 256,
                "environment": [{"name": "A", "value": "1"}],
                "secrets": [{"name": "KEY", "valueFrom": SECRET}],
            },
            {"name": "side", "image": "busybox", "cpu": 128, "essential": False},
        ],
    },
    "EC2": {
        "family": "job",
        "requiresCompatibilities": ["EC2"],
        "networkMode": "bridge",
        "containerDefinitions": [
            {"name": "app", "image": "nginx", "cpu": 64, "memory": 256},
            {"name": "side", "image": "busybox", "memoryReservation": 64},
        ],
    },
}
PLACES: dict[str, dict[str, Any]] = {"FARGATE": {"networkConfiguration": NETWORK}, "EC2": {}}


def one(**members: Any) -> dict[str, Any]:
    """Overrides of the container called app."""
    return {"containerOverrides": [{"name": "app", **members}]}


@pytest.fixture(scope="module")
def account():
    """An account with one container instance and a definition for each launch
    type: refusals leave nothing behind.
    """
    return ready()


def ready() -> Fleet:
    """A fresh account with an m5.large, and both definitions."""
    account = Fleet()
    account.plane.neighbours.machines.launch()
    account.boot()
    for base in BASES.values():
        account.call("RegisterTaskDefinition", **base)
    return account


def running(launch_type: str, overrides: dict[str, Any]) -> dict[str, Any]:
    """A RunTask request."""
    family = BASES[launch_type]["family"]
    return {
        "taskDefinition": family,
        "launchType": launch_type,
        "overrides": overrides,
        **PLACES[launch_type],
    }


# fmt: off
REFUSED = [
    ("FARGATE", {"cpu": "abc"}, CPU_TEXT),
    ("EC2", {"cpu": "abc"}, CPU_TEXT),
    ("EC2", {"cpu": "9" * 5000}, CPU_TEXT),
    ("EC2", {"cpu": "64"}, CPU_TEXT),
    ("FARGATE", {"cpu": ""}, CPU_TEXT),
    ("FARGATE", {"memory": "x"}, CPU_TEXT.replace("cpu", "memory")),
    ("FARGATE", {"cpu": "512", "memory": "512"}, "No Fargate configuration exists for given values: 512 CPU, 512 memory. See the Amazon ECS documentation for the valid values."),
    ("FARGATE", {"memory": "8192"}, "No Fargate configuration exists for given values: 512 CPU, 8192 memory. See the Amazon ECS documentation for the valid values."),
    ("FARGATE", {"ephemeralStorage": {"sizeInGiB": 5000}}, "EphemeralStorage size should be at most 200"),
    ("FARGATE", {"ephemeralStorage": {"sizeInGiB": 20}}, "EphemeralStorage size should be at least 21"),
    ("EC2", {"ephemeralStorage": {"sizeInGiB": 50}}, "Tasks using the EC2 launch type do not support EphemeralStorage."),
    ("FARGATE", {"executionRoleArn": "nobody"}, "Role is not valid"),
    ("FARGATE", {"taskRoleArn": "arn:aws:iam::999999999999:role/theirs"}, "Role is not valid"),
    ("FARGATE", {"inferenceAcceleratorOverrides": [{"deviceName": "d", "deviceType": "eia1.medium"}]}, "Unsupported field 'inferenceAccelerators'"),
    ("FARGATE", one(cpu=-5), "Invalid 'cpu' setting for container 'app'."),
    ("FARGATE", one(cpu=400), "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."),
    ("FARGATE", one(memory=-1), "Invalid setting for container 'app'. 'memory' must be at least 6."),
    ("FARGATE", one(memory=5000), "The 'memory' setting for container 'app' is greater than for the task."),
    ("FARGATE", one(memory=128), "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'."),
    ("EC2", one(memoryReservation=512), "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'."),
    ("FARGATE", one(environment=[{"value": "1"}]), "Environment variable name should not be null or empty."),
    ("FARGATE", one(environment=[{"name": "KEY", "value": "1"}]), "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'KEY'."),
    ("FARGATE", one(environmentFiles=[FILE] * 11), "The maximum number of environment files was exceeded. Specify ten or less and try again."),
    ("FARGATE", one(environmentFiles=[FILE | {"value": "web.env"}]), "Invalid arn syntax."),
    ("FARGATE", one(resourceRequirements=[{"type": "GPU", "value": "1"}]), "Tasks using the Fargate launch type do not support GPU resource requirements."),
    ("EC2", one(resourceRequirements=[{"type": "GPU", "value": "-1"}]), "The GPU value of container 'app' must be a positive number or ALL."),
    ("EC2", one(resourceRequirements=[{"type": "InferenceAccelerator", "value": "d"}]), "Unsupported resource type 'InferenceAccelerator'"),
]
# fmt: on


@pytest.mark.parametrize(("launch_type", "overrides", "text"), REFUSED)
def test_overrides_keep_the_rules_of_the_definition(account, launch_type, overrides, text):
    """Facts, section 31, RunTask overrides: refused in the words of
    RegisterTaskDefinition, and nothing runs.
    """
    error = refused(account, "RunTask", **running(launch_type, overrides))
    assert (error.code, error.message) == ("ClientException", text)
    assert account.call("ListTasks")["taskArns"] == []


@pytest.mark.parametrize(("overrides", "text"), [case[1:] for case in REFUSED if case[0] == "EC2"])
def test_start_task_refuses_the_same(account, overrides, text):
    """Facts, section 31: StartTask is another door to the same task."""
    [instance] = account.call("ListContainerInstances")["containerInstanceArns"]
    error = refused(
        account,
        "StartTask",
        taskDefinition="job",
        containerInstances=[instance],
        overrides=overrides,
    )
    assert (error.code, error.message) == ("ClientException", text)


@pytest.mark.parametrize(
    "overrides", [{"ephemeralStorage": {"sizeInGiB": 50}}, {"cpu": "8 vCPU", "memory": "16 GB"}]
)
def test_what_came_with_platform_version_1_4_0_needs_it(account, overrides):
    """Facts, sections 2.1 and 2.2, BC:TaskOverride.ephemeralStorage; the wording is ours."""
    asked = running("FARGATE", overrides)
    error = refused(account, "RunTask", **asked, platformVersion="1.3.0")
    assert error.code == "InvalidParameterException"
    assert "1.4.0" in error.message


def test_an_override_of_the_size_is_read_as_in_a_definition():
    """Facts, section 2.1: units are converted; what runs, what is billed and
    what is told are the same numbers.
    """
    account = ready()
    asked = running(
        "FARGATE", {"cpu": "1 vCPU", "memory": "2GB", "ephemeralStorage": {"sizeInGiB": 30}}
    )
    [task] = account.call("RunTask", **asked)["tasks"]
    assert (task["cpu"], task["memory"], task["ephemeralStorage"]) == (
        "1024",
        "2048",
        {"sizeInGiB": 30},
    )
    [line] = [e for e in account.timeline if e.kind == "PROVISIONING"]
    assert (line.facts["cpu"], line.facts["memory"], line.facts["storage_gib"]) == (1024, 2048, 30)


def test_an_override_decides_what_a_task_takes_of_its_instance():
    """BC:ContainerOverride: cpu and memory instead of the definition's,
    for placement as for the container.
    """
    account = ready()
    overrides = {"containerOverrides": [{"name": "app", "cpu": 1000, "memory": 3000}]}
    [task] = account.call("RunTask", **running("EC2", overrides))["tasks"]
    [needs] = [t.needs for t in account.plane.state.clusters["default"].tasks.values()]
    assert (needs.cpu, needs.memory) == (1000, 3064)
    assert [(c["cpu"], c.get("memory")) for c in task["containers"]] == [
        ("1000", "3000"),
        ("0", None),
    ]


def test_an_empty_list_asks_for_nothing():
    """An assumption: clients that fill in every member send `command: []`,
    and the definition's command stays.
    """
    account = ready()
    definition = copy.deepcopy(BASES["EC2"])
    definition["containerDefinitions"][0]["command"] = ["serve"]
    account.call("RegisterTaskDefinition", **definition)
    account.call("RunTask", **running("EC2", one(command=[], environment=[])))
    [task] = account.plane.state.clusters["default"].tasks.values()
    assert task.containers[0].definition["command"] == ["serve"]


VARIABLES = st.lists(
    st.fixed_dictionaries(
        {}, optional={"name": st.sampled_from(["A", "B", "KEY", ""]), "value": st.just("2")}
    ),
    max_size=2,
)
RESOURCES = st.fixed_dictionaries(
    {"type": st.sampled_from(["GPU", "InferenceAccelerator", "NeuronDevice"])},
    optional={"value": st.sampled_from(["0", "1", "4", "ALL", "x"])},
)
OF_CONTAINER = st.fixed_dictionaries(
    {"name": st.sampled_from(["app", "side"])},
    optional={
        "command": st.lists(st.sampled_from(ODD[:5]), max_size=2),
        "environment": VARIABLES,
        "environmentFiles": st.lists(
            st.sampled_from([FILE, FILE | {"value": "x"}, FILE | {"value": FILE["value"] + "x"}]),
            max_size=11,
        ),
        "cpu": st.sampled_from(NUMBERS),
        "memory": st.sampled_from(NUMBERS),
        "memoryReservation": st.sampled_from(NUMBERS),
        "resourceRequirements": st.lists(RESOURCES, max_size=2),
    },
)
OF_TASK = st.fixed_dictionaries(
    {},
    optional={
        "cpu": st.sampled_from(["256", "512", "1024", "1 vCPU", "64", *ODD]),
        "memory": st.sampled_from(["512", "1024", "2GB", "128", "5", *ODD]),
        "ephemeralStorage": st.fixed_dictionaries({"sizeInGiB": st.sampled_from(NUMBERS)}),
        "executionRoleArn": st.sampled_from([ROLE, "name", ROLE.replace("123", "321"), "a b"]),
        "taskRoleArn": st.sampled_from([ROLE, "name", ROLE.replace("123", "321"), "a b"]),
        "containerOverrides": st.lists(OF_CONTAINER, max_size=2, unique_by=lambda o: o["name"]),
    },
)


def by_hand(definition: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """The definition somebody would write instead of the overrides."""
    merged = copy.deepcopy(definition)
    merged |= {k: v for k, v in overrides.items() if k != "containerOverrides"}
    for override in overrides.get("containerOverrides", []):
        [container] = [c for c in merged["containerDefinitions"] if c["name"] == override["name"]]
        container |= {k: v for k, v in override.items() if k != "environment" and v != []}
        added = override.get("environment", [])
        names = [v.get("name") for v in added]
        kept = [v for v in container.get("environment", []) if v["name"] not in names]
        container["environment"] = kept + added
    return merged


@settings(max_examples=200)
@given(launch_type=st.sampled_from(sorted(BASES)), overrides=OF_TASK)
def test_overrides_run_exactly_when_their_definition_could_be_registered(launch_type, overrides):
    """Whatever is overridden: the task runs if and only if the definition with these values would
    be registered, else the words are the same.
    """
    account = ready()
    answers = []
    for operation, request in (
        ("RunTask", running(launch_type, overrides)),
        ("RegisterTaskDefinition", by_hand(BASES[launch_type], overrides) | {"family": "merged"}),
    ):
        try:
            account.call(operation, **request)
        except AwsError as error:
            answers.append((error.code, error.message))
        else:
            answers.append(None)
    assert answers[0] == answers[1]


WORDS = (
    "app",
    "side",
    "web",
    "job",
    "default",
    "subnet-a",
    "sg-1",
    "256",
    "512",
    "1",
    ROLE,
    SECRET,
    "key",
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("operation", ["RunTask", "StartTask"])
def test_whatever_the_types_allow_is_answered_or_refused(operation, seed):
    """Every member within botocore's types: an answer of the right shape or an
    AwsError, never an error of Python's.
    """
    draw, account, ran = Random(f"{operation} {seed}"), ready(), 0
    instances = account.call("ListContainerInstances")["containerInstanceArns"]
    shape = model().operation_model(operation).input_shape
    for _ in range(250):
        base = running(draw.choice(sorted(BASES)), {})
        if operation == "StartTask":
            base = {"taskDefinition": "job", "containerInstances": instances}
        request = drawn(draw, operation, base, *WORDS)
        assert not ParamValidator().validate(request, shape).has_errors()
        try:
            ran += len(account.call(operation, **request)["tasks"])
        except AwsError:
            continue
        account.advance(5)
        for task in account.call("ListTasks")["taskArns"]:
            account.call("StopTask", task=task)
        account.advance(120)
    assert ran > 10
    assert account.call("ListTasks")["taskArns"] == []


def test_an_override_without_a_container_is_refused(account):
    """Botocore lets the name be left out; the wording is ours."""
    error = refused(account, "RunTask", **running("FARGATE", {"containerOverrides": [{"cpu": 64}]}))
    assert error.code == "InvalidParameterException"
    assert (
        error.message == "A container override needs the name of a container in the TaskDefinition."
    )
