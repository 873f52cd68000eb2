"""GPUs of container instances: registered, placed on, given
back (facts, sections 2.3, 4 and 8.3).
"""

import pytest
from account import Account
from capacity_fleet import APP, Fleet
from refusals import refused

IMAGE = "al2023-ami-ecs-gpu-hvm-2023.0.20260527-kernel-6.1-x86_64"


@pytest.fixture
def account():
    """An account with an instance that has one GPU and one that has four, and
    definitions that take one and two.
    """
    account = Fleet()
    for kind in ("g4dn.xlarge", "g4dn.12xlarge"):
        account.plane.neighbours.machines.launch(type=kind, image_name=IMAGE)
    account.boot()
    define(account, "one", 1)
    define(account, "two", 1, 1)
    return account


def define(account, family, *gpus, **more):
    """A definition with a container for each number of GPUs."""
    containers = [
        {"name": f"app{n}", "image": "nginx", "memory": 256}
        | {"resourceRequirements": [{"type": "GPU", "value": str(count)}]}
        for n, count in enumerate(gpus)
    ]
    asked = {"networkMode": "bridge", "requiresCompatibilities": ["EC2"]} | more
    return account.call(
        "RegisterTaskDefinition", family=family, containerDefinitions=containers, **asked
    )


def run(account, family, count=1, **more):
    """RunTask on EC2."""
    return account.call("RunTask", taskDefinition=family, launchType="EC2", count=count, **more)


def gpus(account, which="remainingResources"):
    """The GPUs of each instance, oldest first; None for one that has none."""
    arns = account.call("ListContainerInstances")["containerInstanceArns"]
    told = account.call("DescribeContainerInstances", containerInstances=arns)["containerInstances"]
    named = [{r["name"]: r.get("stringSetValue") for r in i[which]} for i in told]
    return [resources.get("GPU") for resources in named]


def test_an_instance_registers_the_gpus_of_its_type(account):
    """Facts, section 4, remainingResources: and GPU; each is known by its id."""
    registered = gpus(account, "registeredResources")
    assert [len(ids) for ids in registered] == [1, 4]
    assert len({i for ids in registered for i in ids}) == 5
    assert gpus(account) == registered


def test_without_the_agents_support_an_instance_offers_none(account):
    """AG:README, ECS_ENABLE_GPU_SUPPORT (facts, section 4): on in GPU-optimised
    images, elsewhere off unless it is said.
    """
    machines = account.plane.neighbours.machines
    machines.launch(type="g4dn.xlarge")
    machines.launch("ECS_CLUSTER=default\nECS_ENABLE_GPU_SUPPORT=true", type="g4dn.xlarge")
    machines.launch(type="m5.large", image_name=IMAGE)
    account.boot()
    assert [ids and len(ids) for ids in gpus(account)] == [1, 4, None, 1, None]


def test_a_task_takes_gpus_of_its_own_and_gives_them_back(account):
    """Facts, section 4: never over-committed; each container is
    told its ids (BC:Container.gpuIds).
    """
    [task] = run(account, "two")["tasks"]
    account.advance(60)
    told = account.task(task["taskArn"])["containers"]
    mine = [i for container in told for i in container["gpuIds"]]
    assert len(set(mine)) == 2
    left = gpus(account)
    assert [len(ids) for ids in left] == [1, 2]
    assert not set(mine) & {i for ids in left for i in ids}
    account.call("StopTask", task=task["taskArn"])
    account.advance(60)
    assert gpus(account) == gpus(account, "registeredResources")


def test_what_has_no_gpu_left_is_a_failure_that_says_so(account):
    """Facts, section 4, failure reasons: RESOURCE:GPU."""
    answer = run(account, "two", 3)
    assert len(answer["tasks"]) == 2
    assert [f["reason"] for f in answer["failures"]] == ["RESOURCE:GPU", "RESOURCE:GPU"]
    account.call(
        "CreateService", serviceName="web", taskDefinition="two", desiredCount=1, launchType="EC2"
    )
    account.advance(30)
    assert 'encountered error "RESOURCE:GPU".' in account.messages("web")[0]


def test_start_task_looks_at_gpus_as_well(account):
    """Facts, section 4, failure reasons of StartTask."""
    first, second = account.call("ListContainerInstances")["containerInstanceArns"]
    answer = account.call("StartTask", taskDefinition="two", containerInstances=[first, second])
    assert [f["reason"] for f in answer["failures"]] == ["RESOURCE:GPU"]
    assert len(answer["tasks"]) == 1


def test_an_override_can_ask_for_more(account):
    """BC:ContainerOverride.resourceRequirements (facts, section
    4): it decides where the task fits.
    """
    four = [{"type": "GPU", "value": "4"}]
    overrides = {"containerOverrides": [{"name": "app0", "resourceRequirements": four}]}
    [task] = run(account, "one", overrides=overrides)["tasks"]
    assert [len(c["gpuIds"]) for c in account.task(task["taskArn"])["containers"]] == [4]
    assert [len(ids) for ids in gpus(account)] == [1, 0]


def test_gpus_count_when_a_group_is_scaled():
    """Facts, section 8.3, M: a binpack over vCPU, memory, network interfaces, ports and GPUs."""
    account = Fleet()
    account.provide(
        scaling={"status": "ENABLED"}, machine={"type": "g4dn.xlarge", "image_name": IMAGE}
    )
    define(account, "one", 1)
    account.go(5, family="one")
    account.advance(1200)
    assert account.sizes == [1] * 5


def test_gpus_are_not_for_fargate(account):
    """Facts, section 2.3: refused in the definition, and in an override."""
    fargate = {
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
    }
    one = [{"type": "GPU", "value": "1"}]
    error = refused(
        account,
        "RegisterTaskDefinition",
        family="web",
        containerDefinitions=[APP | {"resourceRequirements": one}],
        **fargate,
    )
    assert (
        error.message
        == "Tasks using the Fargate launch type do not support GPU resource requirements."
    )
    account.register("small")
    overrides = {"containerOverrides": [{"name": "app", "resourceRequirements": one}]}
    error = refused(
        account,
        "RunTask",
        taskDefinition="small",
        launchType="FARGATE",
        overrides=overrides,
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
    )
    assert (
        error.message
        == "Tasks using the Fargate launch type do not support GPU resource requirements."
    )


@pytest.mark.parametrize(
    ("resource", "code", "text"),
    [
        ({"type": "GPU", "value": "ALL"}, "UnsupportedFeatureException", "A GPU value of ALL"),
        (
            {"type": "GPU", "sharingStrategy": {"nvidiaMps": {"memoryMiB": 1}}},
            "UnsupportedFeatureException",
            "A GPU that containers share",
        ),
        ({"type": "GPU", "value": "-1"}, "ClientException", "positive number"),
        (
            {"type": "NeuronDevice", "value": "ALL"},
            "UnsupportedFeatureException",
            "A Neuron device",
        ),
    ],
)
def test_what_is_not_a_number_of_gpus_is_refused(account, resource, code, text):
    """BC:ResourceRequirement (facts, section 4): in an override
    and in a definition; nothing runs.
    """
    overrides = {"containerOverrides": [{"name": "app0", "resourceRequirements": [resource]}]}
    error = refused(account, "RunTask", taskDefinition="one", launchType="EC2", overrides=overrides)
    assert (error.code, text in error.message) == (code, True)
    assert account.call("ListTasks")["taskArns"] == []
    container = APP | {"memory": 64, "resourceRequirements": [resource]}
    error = refused(account, "RegisterTaskDefinition", family="x", containerDefinitions=[container])
    assert (error.code, text in error.message) == (code, True)


def test_an_agent_can_name_its_gpus():
    """BC:RegisterContainerInstanceRequest.totalResources (facts, section 4): a set of ids."""
    account = Account()
    resources = [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024},
        {"name": "GPU", "type": "STRINGSET", "stringSetValue": ["GPU-a", "GPU-b"]},
    ]
    account.call(
        "RegisterContainerInstance",
        cluster="default",
        attributes=[{"name": "ecs.capability.external"}],
        totalResources=resources,
    )
    assert gpus(account) == [["GPU-a", "GPU-b"]]
