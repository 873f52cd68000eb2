"""Daemon services: one task on each instance, on the instances of their
providers, first to come and last to leave.
"""

import pytest
from capacity_fleet import Fleet
from refusals import refused

MINE = [{"capacityProvider": "mine", "weight": 1}]
BOTH = [
    {"capacityProvider": "mine", "weight": 1},
    {"capacityProvider": "other", "weight": 3, "base": 1},
]


@pytest.fixture
def account():
    """An account with a small daemon's definition, agent, and one of
    which two fit on an instance, job.
    """
    account = Fleet()
    account.define()
    account.define("agent", cpu=512, memory=512)
    return account


def watch(account, strategy=None, **more):
    """A daemon service called agent."""
    how = {"capacityProviderStrategy": strategy} if strategy else {"launchType": "EC2"}
    asked = {"serviceName": "agent", "taskDefinition": "agent", "schedulingStrategy": "DAEMON"}
    return account.call("CreateService", **asked | how | more)["service"]


def where(account, name="agent"):
    """The instances of a service's live tasks, oldest first."""
    tasks = account.plane.state.clusters["default"].services[name].tasks.values()
    return sorted(t.instance.label for t in tasks if t.desired == "RUNNING" and t.instance)


def instances(account):
    """The registered instances, oldest first."""
    return list(account.plane.state.clusters["default"].instances.values())


def test_with_a_strategy_it_runs_on_the_instances_of_its_providers(account):
    """Facts, sections 5.1 and 8.1: one on each, whatever bases and weights say; elsewhere none."""
    account.provide("mine", desired=2)
    account.provide("other", desired=1)
    account.provide("third", desired=1)
    watch(account, BOTH)
    account.advance(120)
    assert where(account) == ["instance/1", "instance/2", "instance/3"]
    told = account.call("DescribeTasks", tasks=account.tasks_of("agent"))["tasks"]
    assert sorted(t["capacityProviderName"] for t in told) == ["mine", "mine", "other"]
    account.groups.resize("other", 2)
    account.boot(120)
    assert where(account) == ["instance/1", "instance/2", "instance/3", "instance/5"]
    assert account.service("agent")["desiredCount"] == 4


def test_a_changed_strategy_moves_it(account):
    """Facts, sections 5.1 and 5.6: no deployment; tasks on instances that
    are no longer its own are stopped.
    """
    account.provide("mine", desired=1)
    account.provide("other", desired=2)
    watch(account, MINE)
    account.advance(120)
    account.call(
        "UpdateService", service="agent", capacityProviderStrategy=[{"capacityProvider": "other"}]
    )
    account.advance(120)
    assert where(account) == ["instance/2", "instance/3"]
    assert len(account.service("agent")["deployments"]) == 1


def test_it_never_has_instances_launched(account):
    """Facts, section 8.3: a managed provider without instances
    stays without; M counts no daemon.
    """
    account.provide("mine", scaling={"status": "ENABLED"})
    watch(account, MINE)
    account.advance(3600)
    assert (where(account), instances(account)) == ([], [])
    account.go()
    account.advance(200)
    assert where(account) == ["instance/1", "instance/2"]


@pytest.mark.parametrize("update", [False, True])
def test_fargates_providers_have_no_daemons(account, update):
    """Facts, section 5.1: not on Fargate, whichever way it is asked for; nothing changes."""
    account.provide("mine", desired=1)
    account.associate("FARGATE", "mine")
    fargate = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]}
    if update:
        watch(account, MINE)
        error = refused(account, "UpdateService", service="agent", **fargate)
    else:
        account.register("small")
        asked = {"serviceName": "agent", "taskDefinition": "small", "schedulingStrategy": "DAEMON"}
        error = refused(account, "CreateService", **asked, **fargate)
    assert (
        error.message == "The daemon scheduling strategy is not supported with FARGATE launch type."
    )


def test_room_is_kept_for_a_daemon_that_is_still_to_come(account):
    """Facts, section 5.1: instance resources are reserved for daemon
    tasks first; the loser says for whom.
    """
    account.provide("mine", desired=0, scaling={"status": "ENABLED"})
    watch(account, MINE)
    account.advance(60)
    account.go(2)  # two of 1,024 units would fill an instance of 2,048
    account.advance(400)
    assert where(account) == ["instance/1", "instance/2"]
    assert account.sizes == [2, 2]


def test_a_daemon_of_a_new_instance_goes_before_tasks_that_wait(account):
    """Facts, sections 5.1 and 8.3: they find their room whoever waits; what fits
    beside none of them scales nothing out.
    """
    account.define("whole", cpu=2048)
    account.provide("mine", desired=1, scaling={"status": "ENABLED"})
    account.plane.instances.disconnect(instances(account)[0])
    watch(account, MINE)
    account.go(1, family="whole")
    account.advance(300)
    account.plane.instances.connect(instances(account)[0])
    account.advance(600)
    assert where(account) == ["instance/1"]
    [waits] = [
        t
        for t in account.plane.state.clusters["default"].tasks.values()
        if t.group == "family:whole"
    ]
    assert waits.stage.name == "PROVISIONING"
    account.call("DeleteService", service="agent", force=True)
    account.advance(120)
    assert (waits.stage.name, account.sizes[0]) == ("RUNNING", 1)


def test_a_static_port_is_kept_as_well(account):
    """Facts, section 5.1: CPU, memory and network interfaces are;
    that ports are too is our reading.
    """
    ports = [{"containerPort": 80, "hostPort": 8080}]
    for family in ("agent", "job"):
        account.call(
            "RegisterTaskDefinition",
            family=family,
            containerDefinitions=[
                {"name": "app", "image": "nginx", "memory": 64, "portMappings": ports}
            ],
            networkMode="bridge",
            requiresCompatibilities=["EC2"],
        )
    account.provide("mine", desired=1)
    account.plane.instances.disconnect(instances(account)[0])
    watch(account, MINE)
    account.advance(30)
    account.plane.instances.connect(instances(account)[0])
    answer = account.go()
    assert [f["reason"] for f in answer["failures"]] == ["RESOURCE:PORTS"]
    account.advance(60)
    assert where(account) == ["instance/1"]


def test_when_an_instance_drains_the_daemon_is_the_last_to_stop(account):
    """Facts, sections 5.1 and 8.4: stopped when its instance is
    DRAINING, after the tasks that it serves.
    """
    account.define(cpu=512)
    account.provide("mine", desired=2)
    watch(account, MINE)
    account.keep(2)
    account.advance(120)
    first = instances(account)[0]
    [moving] = [t for t in first.tasks.values() if t.group == "service:site"]
    [daemon] = [t for t in first.tasks.values() if t.group == "service:agent"]
    account.call("UpdateContainerInstancesState", containerInstances=[first.arn], status="DRAINING")
    account.advance(20)
    assert (moving.desired, daemon.desired) == ("RUNNING", "RUNNING")
    account.advance(280)
    ends = {e.subject: e.at_ms for e in account.timeline if e.kind == "STOPPED"}
    asked = {e.subject: e.at_ms for e in account.timeline if e.kind == "stop wanted"}
    assert ends[moving.label] <= asked[daemon.label]
    assert where(account) == ["instance/2"]
    assert first.tasks == {}
    assert account.plane.settled


def test_a_daemon_stays_with_a_standalone_task_that_draining_leaves_alone(account):
    """Facts, sections 5.1 and 8.4: standalone tasks are untouched, so
    the daemon waits for their end.
    """
    account.provide("mine", desired=1)
    watch(account, MINE)
    account.advance(120)
    task = account.go()["tasks"][0]["taskArn"]
    account.advance(60)
    [instance] = instances(account)
    account.call(
        "UpdateContainerInstancesState", containerInstances=[instance.arn], status="DRAINING"
    )
    account.advance(3600)
    assert where(account) == ["instance/1"]
    account.call("StopTask", task=task)
    account.advance(120)
    assert (where(account), account.service("agent")["desiredCount"]) == ([], 0)


def test_managed_draining_waits_for_daemons_to_stop_last(account):
    """Facts, section 8.3: daemon tasks last; they are stopped, not killed with their instance."""
    account.provide("mine", desired=1, managedDraining="ENABLED")
    watch(account, MINE)
    account.advance(120)
    task = account.go()["tasks"][0]["taskArn"]
    account.advance(60)
    account.groups.resize("mine", 0)
    account.plane.instances.sync()
    account.advance(600)
    assert (where(account), [i.status for i in instances(account)]) == (
        ["instance/1"],
        ["DRAINING"],
    )
    account.call("StopTask", task=task)
    account.advance(200)
    assert instances(account) == []
    codes = [
        t.stop_code
        for t in account.plane.state.clusters["default"].tasks.values()
        if t.group == "service:agent"
    ]
    assert codes == ["ServiceSchedulerInitiated"]


def test_a_daemon_that_is_rolled_keeps_its_room(account):
    """Facts, sections 5.1 and 6.1: with 0/100 the old task goes first;
    nobody takes its place in between.
    """
    account.provide("mine", desired=1, scaling={"status": "DISABLED"})
    watch(account, MINE)
    account.advance(120)
    account.define("filler", cpu=512)
    account.call(
        "CreateService",
        serviceName="greedy",
        taskDefinition="filler",
        desiredCount=4,
        launchType="EC2",
    )
    account.advance(120)
    assert account.sizes == [4]  # the daemon, and three of four
    account.define("agent", cpu=512, memory=256)
    account.call("UpdateService", service="agent", taskDefinition="agent")
    account.advance(300)
    assert where(account) == ["instance/1"]
    assert account.service("agent")["deployments"][0]["rolloutState"] == "COMPLETED"
    assert len(where(account, "greedy")) == 3
