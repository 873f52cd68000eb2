"""Tasks that wait in PROVISIONING for an instance of a provider that ECS scales."""

from collections import Counter

import pytest
from account import NETWORK
from capacity_fleet import Fleet
from refusals import refused

ON = {"status": "ENABLED"}


@pytest.fixture
def account():
    """An account with a provider that ECS scales, of a group that is as large as
    it may be: one instance, two tasks.
    """
    account = Fleet()
    account.define()
    account.provide(desired=1, maximum=1, scaling=ON)
    return account


def grow(account, desired):
    """Somebody makes the group larger."""
    account.groups.edit("mine", maximum=desired)
    account.groups.resize("mine", desired)
    account.plane.instances.sync()


def test_what_does_not_fit_waits_instead_of_failing(account):
    """Facts, sections 1.1 and 8.3: PROVISIONING without an instance; it
    goes on as soon as one has booted.
    """
    answer = account.go(3)
    assert (len(answer["tasks"]), answer["failures"]) == (3, [])
    account.advance(120)
    assert account.stages == Counter(RUNNING=2, PROVISIONING=1)
    [waiting] = [
        t
        for t in account.call("DescribeTasks", tasks=[t["taskArn"] for t in answer["tasks"]])[
            "tasks"
        ]
        if t["lastStatus"] == "PROVISIONING"
    ]
    assert (
        "containerInstanceArn" in waiting,
        waiting["attachments"],
        waiting["capacityProviderName"],
    ) == (
        False,
        [],
        "mine",
    )
    grow(account, 2)
    account.advance(45 + 15)
    assert account.stages == Counter(RUNNING=3)
    assert account.sizes == [2, 1]


def test_a_task_that_ends_makes_room_for_one_that_waits(account):
    """First come, first served."""
    tasks = [account.go()["tasks"][0]["taskArn"] for _ in range(4)]
    account.advance(60)
    account.call("StopTask", task=tasks[0])
    account.advance(60)
    stages = [t["lastStatus"] for t in account.call("DescribeTasks", tasks=tasks)["tasks"]]
    assert stages == ["STOPPED", "RUNNING", "RUNNING", "PROVISIONING"]


def test_who_needs_little_does_not_wait_for_who_needs_much(account):
    """A task that fits nowhere does not hold up one that fits."""
    account.define("huge", cpu=4096)
    account.define("small", cpu=128, memory=128)
    account.go(1)
    account.go(1, "huge")
    account.go(2)
    account.go(1, "small")  # 2,048 units are taken: it waits behind the others
    account.advance(60)
    first = next(iter(account.plane.state.clusters["default"].tasks.values()))
    account.call("StopTask", task=first.arn)
    account.advance(60)
    families = Counter(t.definition.family for t in account.plane.waiting.tasks(first.cluster))
    assert families == Counter(huge=1, small=1)
    account.call(
        "StopTask",
        task=next(t.arn for t in first.cluster.tasks.values() if t.stage.name == "RUNNING"),
    )
    account.advance(60)
    families = Counter(t.definition.family for t in account.plane.waiting.tasks(first.cluster))
    assert families == Counter(huge=1)


def test_waiting_ends_after_half_an_hour(account):
    """Facts, sections 1.2 and 4: TaskFailedToStart with the reason of the closest instance; that
    it takes 10 to 30 minutes is AWS's own word.
    """
    account.define("huge", cpu=4096)
    [task] = account.go(1, "huge")["tasks"]
    account.advance(29 * 60)
    assert account.task(task["taskArn"])["lastStatus"] == "PROVISIONING"
    account.advance(2 * 60)
    told = account.task(task["taskArn"])
    assert (told["lastStatus"], told["stopCode"], told["stoppedReason"]) == (
        "STOPPED",
        "TaskFailedToStart",
        "RESOURCE:CPU",
    )


def test_a_provider_that_never_had_an_instance_is_empty(account):
    """Facts, sections 1.2 and 4: EMPTY CAPACITY PROVIDER."""
    account.provide("none", maximum=1, scaling=ON)
    account.groups.edit("none", maximum=0)
    [task] = account.go(capacityProviderStrategy=[{"capacityProvider": "none"}])["tasks"]
    account.advance(31 * 60)
    assert account.task(task["taskArn"])["stoppedReason"] == "EMPTY CAPACITY PROVIDER"


def test_a_waiting_task_can_be_stopped(account):
    """Nothing of it ever ran; its deadline is forgotten."""
    answer = account.go(3)
    waiting = answer["tasks"][2]["taskArn"]
    account.call("StopTask", task=waiting)
    account.advance(40 * 60)
    assert account.task(waiting)["stopCode"] == "UserInitiated"
    assert account.plane.settled


def test_an_awsvpc_task_gets_its_subnet_with_its_instance(account):
    """Facts, section 3: the interface is made in a subnet of the
    instance's zone, once there is an instance.
    """
    account.define("eni", networkMode="awsvpc")
    tasks = account.go(3, "eni", networkConfiguration=NETWORK)["tasks"]
    assert [bool(t["attachments"]) for t in tasks] == [True, True, False]
    grow(account, 2)
    account.advance(120)
    told = account.task(tasks[2]["taskArn"])
    assert (told["lastStatus"], told["availabilityZone"]) == ("RUNNING", "us-east-1a")
    assert told["attachments"][0]["details"][0] == {"name": "subnetId", "value": "subnet-a"}


def test_at_most_five_hundred_tasks_of_a_cluster_wait(account):
    """Facts, sections 5.3, 8.3 and 15: RunTask is refused as a whole with
    ClientException; a service says so and goes on later.
    """
    account.keep(510)
    account.advance(60)
    assert account.stages["PROVISIONING"] == 500
    said = (
        "(service site) was unable to place tasks in your cluster because the tasks "
        "provisioning capacity limit was exceeded."
    )
    assert account.messages("site").count(said) == 1
    request = {"taskDefinition": "job", "capacityProviderStrategy": [{"capacityProvider": "mine"}]}
    error = refused(account, "RunTask", **request)
    assert (error.code, error.message) == (
        "ClientException",
        "Tasks provisioning capacity limit exceeded.",
    )
    grow(account, 6)
    account.advance(120)
    assert account.stages == Counter(RUNNING=12, PROVISIONING=498)


def test_waiting_tasks_of_a_service_leave_first_when_it_scales_in(account):
    """Facts, section 5.1: tasks that serve nobody go before those that do."""
    account.keep(5)
    account.advance(60)
    account.call("UpdateService", service="site", desiredCount=3)
    account.advance(60)
    assert account.stages == Counter(RUNNING=2, PROVISIONING=1)


def test_a_draining_instance_takes_nobody_who_waits(account):
    """Facts, section 8.4: no new placements; back to ACTIVE, it does."""
    [arn] = account.call("ListContainerInstances")["containerInstanceArns"]
    account.call("UpdateContainerInstancesState", containerInstances=[arn], status="DRAINING")
    account.go(2)
    account.advance(120)
    assert account.stages == Counter(PROVISIONING=2)
    account.call("UpdateContainerInstancesState", containerInstances=[arn], status="ACTIVE")
    account.advance(120)
    assert account.stages == Counter(RUNNING=2)
