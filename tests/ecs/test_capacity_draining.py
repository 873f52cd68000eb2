"""Managed draining: instances that their group lets go of end when their tasks have."""

import pytest
from capacity_fleet import Fleet


@pytest.fixture
def account():
    """An account with a provider of two instances that drains them, and a task
    definition of which two fit on one.
    """
    account = Fleet()
    account.define()
    account.provide(desired=2, managedDraining="ENABLED")
    return account


def shrink(account, desired):
    """Somebody makes the group smaller."""
    account.groups.resize("mine", desired)
    account.plane.instances.sync()


def statuses(account):
    """Each registered instance's status, oldest first."""
    return [i.status for i in account.plane.state.clusters["default"].instances.values()]


def test_a_service_moves_before_its_instance_ends(account):
    """Facts, sections 8.3 and 8.4: DRAINING within the service's limits; no moment
    with fewer healthy tasks than wanted.
    """
    account.keep(2)
    account.advance(120)
    assert account.sizes == [1, 1]
    shrink(account, 1)
    assert statuses(account) == ["DRAINING", "ACTIVE"]
    for _ in range(60):
        account.advance(5)
        assert account.stages["RUNNING"] >= 2
    assert (statuses(account), account.sizes) == (["ACTIVE"], [2])
    tasks = account.plane.state.clusters["default"].tasks.values()
    assert [t.stop_code for t in tasks if t.stop_code] == ["ServiceSchedulerInitiated"]


def test_a_standalone_task_is_waited_for_up_to_two_days(account):
    """Facts, section 8.3: the instance stays DRAINING until all tasks have stopped, or 48 hours."""
    tasks = [account.go()["tasks"][0]["taskArn"] for _ in range(2)]
    account.advance(120)
    shrink(account, 0)
    account.advance(3600)
    assert statuses(account) == ["DRAINING", "DRAINING"]
    account.call("StopTask", task=tasks[0])
    account.advance(60)
    assert statuses(account) == ["DRAINING"]
    account.advance(48 * 3600)
    assert statuses(account) == []
    left = account.plane.state.clusters["default"].tasks
    assert all(t.stage.name == "STOPPED" for t in left.values())
    said = [e.why for e in account.timeline if e.kind == "stop wanted"]
    assert said[-1].startswith("Host EC2 (instance i-")


def test_an_idle_or_booting_instance_ends_at_once(account):
    """Nothing to wait for."""
    shrink(account, 1)
    account.advance(1)
    assert statuses(account) == ["ACTIVE"]
    shrink(account, 2)
    shrink(account, 0)
    account.advance(120)
    assert (statuses(account), account.groups.find("mine").leaving) == ([], ())


def test_ecs_own_scale_in_drains_as_well(account):
    """Facts, section 8.3: the task on the instance that goes is a standalone
    one, so that the group waits for it.
    """
    change = {"managedScaling": {"status": "ENABLED"}}
    account.call("UpdateCapacityProvider", name="mine", autoScalingGroupProvider=change)
    account.go(1)  # on the older instance, which goes first
    account.advance(30 * 60)
    assert sorted(statuses(account)) == ["DRAINING"]
    assert account.stages == {"RUNNING": 1}


def test_switched_off_instances_end_with_their_tasks(account):
    """BC:AutoScalingGroupProvider.managedDraining, through UpdateCapacityProvider."""
    account.call(
        "UpdateCapacityProvider",
        name="mine",
        autoScalingGroupProvider={"managedDraining": "DISABLED"},
    )
    [task] = account.go(1)["tasks"]
    account.advance(60)
    shrink(account, 0)
    assert statuses(account) == []
    assert account.task(task["taskArn"])["stopCode"] == "TerminationNotice"


@pytest.mark.parametrize(
    ("minimum", "code"), [(100, "TerminationNotice"), (50, "ServiceSchedulerInitiated")]
)
def test_a_spot_instance_is_gone_before_a_service_has_moved(account, minimum, code):
    """Facts, section 8.4: two minutes are not enough with a minimum of 100 % that
    leaves no leeway; with 50 % they are.
    """
    limits = {"minimumHealthyPercent": minimum, "maximumPercent": 150}
    account.keep(1 if minimum == 100 else 2, deploymentConfiguration=limits)
    account.advance(120)
    first = next(i for i in account.plane.state.clusters["default"].instances.values() if i.tasks)
    [task] = first.tasks.values()
    account.call("UpdateContainerInstancesState", containerInstances=[first.arn], status="DRAINING")
    account.advance(120)
    account.plane.neighbours.machines.change(first.ec2_id, state="terminated")
    account.plane.instances.sync()
    assert task.stop_code == code
