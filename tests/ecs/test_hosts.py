"""A task whose stop is wanted reserves nothing any more, and the next one
waits on the instance until it has gone.
"""

import pytest
from behind_a_balancer import front
from capacity_fleet import APP, Fleet
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from two_books import books_are_right, first_come_first_served

from ecslab.ground.errors import AwsError

GPU_IMAGE = "al2023-ami-ecs-gpu-hvm-2023.0.20260527-kernel-6.1-x86_64"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
LINGERS_S = 25


def fleet(machines=1, kind="m5.large", seed=0):
    """An account with instances in one zone, and an image called slow:1 that takes 25 s to stop."""
    account = Fleet(seed)
    for _ in range(machines):
        account.plane.neighbours.machines.launch(type=kind, image_name=GPU_IMAGE)
    account.boot()
    account.images.push("slow:1", stops_in=LINGERS_S)
    return account


def define(account, family, mode="bridge", **container):
    """A family whose container takes 25 s to stop."""
    app = (
        APP | {"image": account.images.push("slow:1", stops_in=LINGERS_S), "memory": 64} | container
    )
    account.call(
        "RegisterTaskDefinition",
        family=family,
        containerDefinitions=[app],
        networkMode=mode,
        requiresCompatibilities=["EC2"],
    )


def run(account, family, count=1, **more):
    """RunTask on EC2; the ids of the tasks."""
    answer = account.call("RunTask", taskDefinition=family, count=count, launchType="EC2", **more)
    assert answer["failures"] == []
    return [t["taskArn"].rpartition("/")[2] for t in answer["tasks"]]


def stop(account, *tasks):
    """StopTask for each."""
    for task in tasks:
        account.call("StopTask", task=task)


def status(account, *tasks):
    """The lastStatus of each."""
    return [account.task(task)["lastStatus"] for task in tasks]


def remaining(account):
    """What placement sees of the first instance."""
    [instance, *_] = account.plane.state.clusters["default"].instances
    told = account.call("DescribeContainerInstances", containerInstances=[instance])[
        "containerInstances"
    ][0]
    return {
        r["name"]: r.get("stringSetValue") or r["integerValue"] for r in told["remainingResources"]
    }


WHOLE = {
    "CPU": {"cpu": 2048},
    "MEMORY": {"memory": 6000},
    "PORTS": {"portMappings": [{"containerPort": 80, "hostPort": 8080}]},
    "PORTS_UDP": {"portMappings": [{"containerPort": 80, "hostPort": 8080, "protocol": "udp"}]},
    "GPU": {"resourceRequirements": [{"type": "GPU", "value": "1"}]},
}


@pytest.mark.parametrize("resource", WHOLE)
def test_the_next_task_is_placed_at_once_and_waits_for_its_room(resource):
    """Facts, section 4: reserved until the stop is wanted, in use until the task has
    stopped (facts 2, section 31, row 7).
    """
    account = fleet(kind="g4dn.xlarge" if resource == "GPU" else "m5.large")
    define(account, "whole", **WHOLE[resource])
    if resource == "CPU":
        define(
            account,
            "whole",
            cpu=next(iter(account.plane.state.clusters["default"].instances.values())).cpu,
        )
    before = remaining(account)
    [first] = run(account, "whole")
    account.advance(60)
    busy = remaining(account)
    assert busy[resource] != before[resource]
    stop(account, first)
    assert remaining(account) == before
    [second] = run(account, "whole")
    assert remaining(account) == busy
    account.advance(LINGERS_S - 1)
    assert status(account, first, second) == ["STOPPING", "PENDING"]
    account.advance(1)
    assert status(account, first, second) == ["STOPPED", "ACTIVATING"]
    [waits] = account.timeline.where(kind="waits")
    assert waits.subject == "task/2"
    account.advance(60)
    assert status(account, second) == ["RUNNING"]


def test_a_task_that_fits_beside_one_that_stops_does_not_wait():
    """Facts, section 4: the agent starts a task as soon as enough is free."""
    account = fleet()
    define(account, "half", memory=3000)
    [first] = run(account, "half")
    account.advance(60)
    stop(account, first)
    [second] = run(account, "half")
    account.advance(LINGERS_S - 1)
    assert status(account, first, second) == ["STOPPING", "RUNNING"]
    assert not account.timeline.where(kind="waits")


def test_nobody_overtakes_who_waits():
    """Facts, section 4: first come, first served, even when the next in the queue would fit."""
    account = fleet()
    define(account, "large", memory=6000)
    define(account, "small", memory=64)
    [old] = run(account, "large")
    account.advance(60)
    stop(account, old)
    [large] = run(account, "large")
    [small] = run(account, "small")
    account.advance(20)
    assert status(account, large, small) == ["PENDING", "PENDING"]
    assert [e.why for e in account.timeline.where(kind="waits")] == [
        "6,000 MiB needed, 1,985 not in use",
        "task/2 was there first",
    ]
    account.advance(10)
    began = [e.subject for e in account.timeline.where(kind="ACTIVATING")]
    assert began == ["task/1", "task/2", "task/3"]


def test_a_task_that_is_stopped_while_it_waits_lets_the_next_go_on():
    """Facts, section 4: it never ran, and holds nobody up."""
    account = fleet()
    define(account, "large", memory=6000)
    define(account, "small", memory=64)
    [old] = run(account, "large")
    account.advance(60)
    stop(account, old)
    [large] = run(account, "large")
    [small] = run(account, "small")
    account.advance(10)
    stop(account, large)
    assert status(account, large) == ["STOPPED"]
    account.advance(1)
    assert status(account, old, small) == ["STOPPING", "ACTIVATING"]


@pytest.mark.parametrize("end", ["terminated", "stopped", "deregistered"])
def test_who_waits_on_an_instance_that_goes_ends_with_it(end):
    """Facts, sections 1.2 and 8.4: without having run, whatever becomes of the instance."""
    account = fleet()
    define(account, "large", memory=6000)
    [old] = run(account, "large")
    account.advance(60)
    stop(account, old)
    [new] = run(account, "large")
    account.advance(10)
    [instance] = account.plane.state.clusters["default"].instances.values()
    if end == "deregistered":
        account.call("DeregisterContainerInstance", containerInstance=instance.arn, force=True)
    else:
        account.plane.neighbours.machines.change(instance.ec2_id, state=end)
        account.plane.instances.sync()
    account.advance(10)
    assert status(account, old, new) == ["STOPPED", "STOPPED"]
    assert account.task(old)["stopCode"] == "UserInitiated"
    assert instance.inside == instance.queue == {}
    assert len(account.timeline.where(kind="ACTIVATING")) == 1


def test_an_agent_that_lost_ecs_lets_those_in_who_wait():
    """Facts, section 12: what was placed goes on while the agent is away."""
    account = fleet()
    define(account, "large", memory=6000)
    [old] = run(account, "large")
    account.advance(60)
    stop(account, old)
    [new] = run(account, "large")
    account.advance(10)
    [instance] = account.plane.state.clusters["default"].instances.values()
    account.plane.instances.disconnect(instance)
    account.advance(60)
    assert status(account, old, new) == ["STOPPED", "RUNNING"]


def test_on_a_draining_instance_a_services_waiting_task_stops_and_a_standalone_one_runs():
    """Facts, section 8.4: PENDING tasks of services stop at once, others are left alone."""
    account = fleet()
    define(account, "large", memory=3000)
    old = run(account, "large", 2)
    account.advance(60)
    stop(account, *old)
    [alone] = run(account, "large")
    account.call(
        "CreateService",
        serviceName="site",
        taskDefinition="large",
        desiredCount=1,
        launchType="EC2",
    )
    account.advance(15)
    [mine] = account.tasks_of("site")
    assert status(account, alone, mine) == ["PENDING", "PENDING"]
    [instance] = account.plane.state.clusters["default"].instances
    account.call("UpdateContainerInstancesState", containerInstances=[instance], status="DRAINING")
    assert status(account, mine) == ["STOPPED"]
    account.advance(60)
    assert status(account, alone) == ["RUNNING"]


def test_a_network_interface_stays_taken_until_it_is_deleted():
    """Facts, section 3: no instance has more interfaces than it can have
    (that ECS counts so is an assumption).
    """
    account = fleet()
    define(account, "netted", mode="awsvpc")
    [first, _] = run(account, "netted", 2, networkConfiguration=NETWORK)
    account.advance(60)
    stop(account, first)
    again = {"taskDefinition": "netted", "launchType": "EC2", "networkConfiguration": NETWORK}
    assert account.call("RunTask", **again)["failures"][0]["reason"] == "RESOURCE:ENI"
    account.advance(LINGERS_S + 10)
    assert account.call("RunTask", **again)["failures"] == []


def test_a_stop_first_deployment_finds_room_at_once():
    """Facts, sections 5.3 and 6.1: with 0/100 the new tasks are placed where the old
    ones stop, and no event speaks of a lack.
    """
    account = fleet()
    define(account, "large", memory=3000)
    limits = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    asked = {"serviceName": "site", "desiredCount": 2, "launchType": "EC2"}
    account.call("CreateService", taskDefinition="large", deploymentConfiguration=limits, **asked)
    account.advance(120)
    define(account, "large", memory=3000)
    account.call("UpdateService", service="site", taskDefinition="large")
    account.advance(300)
    assert not [m for m in account.messages("site") if "unable to place" in m]
    assert len(account.timeline.where(kind="waits")) == 2
    assert account.service("site")["runningCount"] == 2


def test_who_waits_for_a_task_behind_a_load_balancer_waits_for_its_drain():
    """Facts, sections 4 and 11: the old task is in use until its
    deregistration delay is over and it has stopped.
    """
    account = fleet()
    define(account, "web", memory=6000, portMappings=[{"containerPort": 80}])
    group = account.balancers.make(
        target_type="instance", interval_s=10, deregistration_delay_s=300
    )
    asked = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1, "launchType": "EC2"}
    account.call("CreateService", loadBalancers=front(group, port=80), **asked)
    account.advance(200)
    account.call("UpdateService", service="web", desiredCount=0)
    account.advance(10)
    [new] = run(account, "web")
    account.advance(10 + 300 + LINGERS_S - 1)
    assert status(account, new) == ["PENDING"]
    account.advance(30)
    assert status(account, new) == ["RUNNING"]


def test_a_daemons_room_is_kept_while_it_is_replaced():
    """Facts, section 5.1: between its old task's stop and its new one nobody
    else takes what the daemon needs.
    """
    account = fleet()
    define(account, "agent", memory=1000)
    define(account, "large", memory=7500)
    asked = {"serviceName": "agent", "taskDefinition": "agent", "schedulingStrategy": "DAEMON"}
    account.call("CreateService", launchType="EC2", **asked)
    account.advance(60)
    stop(account, *account.tasks_of("agent"))
    greedy = account.call("RunTask", taskDefinition="large", launchType="EC2")
    assert [f["reason"] for f in greedy["failures"]] == ["RESOURCE:MEMORY"]
    account.advance(60)
    assert status(account, *account.tasks_of("agent")) == ["RUNNING"]


def test_a_host_port_of_a_task_that_stops_is_given_to_nobody():
    """Facts, section 3: dynamic ports are in use until their task has stopped."""
    account = fleet()
    define(account, "web", portMappings=[{"containerPort": 80}])
    [old] = run(account, "web")
    account.advance(60)
    stop(account, old)
    [new] = run(account, "web")
    account.advance(20)
    ports = [account.task(t)["containers"][0]["networkBindings"][0]["hostPort"] for t in (old, new)]
    assert ports == [32768, 32769]


def test_the_hundred_ports_of_an_instance_are_those_of_tasks_that_are_wanted():
    """Facts, section 3: what a stopping task had reserved of the 100 ports is free for others."""
    account = fleet()
    for family, first in (("one", 1000), ("other", 2000)):
        define(
            account,
            family,
            portMappings=[{"containerPort": p, "hostPort": p} for p in range(first, first + 60)],
        )
    [old] = run(account, "one")
    account.advance(60)
    assert account.call("RunTask", taskDefinition="other", launchType="EC2")["failures"]
    stop(account, old)
    run(account, "other")


def test_a_container_that_restarts_while_its_task_drains_reserves_nothing():
    """Facts, sections 1.3 and 4: a port bound after the stop was wanted is not in
    ECS's books, and does not stay there.
    """
    account = fleet()
    lively = account.images.push("lively:1", exits_after=70, starts_in=20)
    app = APP | {"memory": 64, "portMappings": [{"containerPort": 80}]}
    again = {"enabled": True, "restartAttemptPeriod": 60}
    side = {
        "name": "side",
        "image": lively,
        "memory": 64,
        "essential": False,
        "restartPolicy": again,
    }
    side |= {"portMappings": [{"containerPort": 90}]}
    account.call(
        "RegisterTaskDefinition",
        family="web",
        containerDefinitions=[app, side],
        networkMode="bridge",
        requiresCompatibilities=["EC2"],
    )
    group = account.balancers.make(
        target_type="instance", interval_s=10, deregistration_delay_s=300
    )
    asked = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1, "launchType": "EC2"}
    account.call("CreateService", loadBalancers=front(group, port=80), **asked)
    while not account.timeline.where(kind="restarted"):
        account.advance(1)
    account.call("UpdateService", service="web", desiredCount=0)
    account.advance(400)
    [instance] = account.plane.state.clusters["default"].instances.values()
    assert instance.tasks == instance.ports_taken == instance.inside == {}


class TwoBooks(RuleBasedStateMachine):
    """Whatever is asked, in whatever order: both books are right at
    every second, and every wait ends.
    """

    FAMILIES = ("whole", "half", "small", "port", "gpu", "netted")

    def __init__(self):
        super().__init__()
        self.account = fleet(2, "g4dn.xlarge")
        [one, _] = self.account.plane.state.clusters["default"].instances.values()
        sizes = {
            "whole": {"cpu": one.cpu},
            "half": {"memory": one.memory // 2},
            "small": {"cpu": 100},
        }
        sizes |= {"port": WHOLE["PORTS"], "gpu": WHOLE["GPU"], "netted": {"mode": "awsvpc"}}
        for family, size in sizes.items():
            define(self.account, family, **size)

    @rule(family=st.sampled_from(FAMILIES), count=st.integers(1, 3))
    def place(self, family, count):
        """Ask for tasks; what finds no place is refused."""
        more = {"networkConfiguration": NETWORK} if family == "netted" else {}
        self.account.call("RunTask", taskDefinition=family, count=count, launchType="EC2", **more)

    @rule(which=st.integers(0, 100))
    def stop(self, which):
        """Stop one that is wanted."""
        if tasks := self.account.call("ListTasks")["taskArns"]:
            stop(self.account, tasks[which % len(tasks)])

    @rule(seconds=st.sampled_from([1, 3, 5, 12, 26]))
    def wait(self, seconds):
        """Time goes by, second for second."""
        for _ in range(seconds):
            self.account.advance(1)
            self.both()

    @rule(
        which=st.integers(0, 1), act=st.sampled_from(["DRAINING", "ACTIVE", "away", "back", "new"])
    )
    def bother(self, which, act):
        """Something happens to an instance."""
        instances, machines = (
            list(self.account.plane.state.clusters["default"].instances.values()),
            self.account.plane.neighbours.machines,
        )
        one = instances[which % len(instances)]
        if act == "away":
            self.account.plane.instances.disconnect(one)
        elif act == "back":
            self.account.plane.instances.connect(one)
        elif act == "new":
            machines.change(one.ec2_id, state="terminated")
            machines.launch(type="g4dn.xlarge", image_name=GPU_IMAGE)
            self.account.plane.instances.connect(one)
            self.account.boot()
        else:
            try:
                self.account.call(
                    "UpdateContainerInstancesState", containerInstances=[one.arn], status=act
                )
            except AwsError:
                assert one.status in {"REGISTERING", "INACTIVE"}

    @invariant()
    def both(self):
        """Both books, and who went on before whom."""
        for instance in self.account.plane.state.clusters["default"].instances.values():
            books_are_right(instance)
            told = self.account.call(
                "DescribeContainerInstances", containerInstances=[instance.arn]
            )
            [shown] = told["containerInstances"]
            wanted = [t for t in instance.tasks.values() if t.desired == "RUNNING"]
            left = {r["name"]: r["integerValue"] for r in shown["remainingResources"]}
            there = {r["name"]: r["integerValue"] for r in shown["registeredResources"]}
            assert left["CPU"] + sum(t.needs.cpu for t in wanted) == there["CPU"]
            assert left["MEMORY"] + sum(t.needs.memory for t in wanted) == there["MEMORY"]
        first_come_first_served(self.account)

    def teardown(self):
        """Nobody waits for ever, and nothing is left in the books."""
        self.account.advance(120)
        for instance in self.account.plane.state.clusters["default"].instances.values():
            assert instance.queue == {}
        stop(self.account, *self.account.call("ListTasks")["taskArns"])
        self.account.advance(120)
        for instance in self.account.plane.state.clusters["default"].instances.values():
            assert instance.tasks == instance.inside == instance.queue == instance.ports_taken == {}
            assert instance.gpus_taken == {}
            assert (instance.cpu_taken, instance.memory_taken, instance.interfaces_taken) == (
                0,
                0,
                0,
            )


TestTwoBooks = TwoBooks.TestCase
TestTwoBooks.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
