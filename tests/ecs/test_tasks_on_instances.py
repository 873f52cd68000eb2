"""Tasks and services on container instances: placement, ports,
draining, daemons, and instances that end.
"""

import pytest
from account import NETWORK, Account

from ecslab.ground.errors import AwsError

PORTS = [{"containerPort": 80}]


@pytest.fixture
def account():
    """An account whose default cluster has two instances (2 vCPU, 8 GiB) in two zones."""
    account = Account()
    machines = account.plane.neighbours.machines
    machines.launch()
    machines.launch(zone="us-east-1b", subnet="subnet-b")
    account.plane.instances.sync()
    account.advance(300)
    return account


def register(account: Account, family: str, mode: str = "bridge", **container) -> None:
    """A task definition for EC2 with one container called app."""
    app = {"name": "app", "image": "nginx", "cpu": 256, "memory": 512} | container
    asked = {"family": family, "containerDefinitions": [app], "networkMode": mode}
    account.call("RegisterTaskDefinition", requiresCompatibilities=["EC2"], **asked)


def run(account: Account, family: str, **more) -> dict:
    """RunTask on EC2, the whole answer."""
    return account.call("RunTask", taskDefinition=family, launchType="EC2", **more)


def serve(account: Account, name: str, family: str, desired: int, **more) -> None:
    """A service on EC2."""
    account.call(
        "CreateService",
        serviceName=name,
        taskDefinition=family,
        desiredCount=desired,
        launchType="EC2",
        **more,
    )


def labels(account: Account, name: str) -> list[str]:
    """On which instance each task of a service runs."""
    return [
        account.plane.state.find_task(account.plane.state.cluster(None), t).instance.label
        for t in account.tasks_of(name)
    ]


def test_a_bridge_task_goes_from_pending_to_stopped_without_an_interface(account):
    """Facts, sections 1.1 and 3: no PROVISIONING or DEPROVISIONING, and no address of its own."""
    register(account, "web", portMappings=PORTS)
    [task] = run(account, "web")["tasks"]
    account.advance(60)
    account.call("StopTask", task=task["taskArn"])
    account.advance(60)
    stages = [kind for _, kind in account.story("task/1") if kind.isupper()]
    assert stages == ["PENDING", "ACTIVATING", "RUNNING", "STOPPING", "STOPPED"]
    assert account.network.interfaces == {}


def test_dynamic_host_ports_never_collide(account):
    """Facts, section 3: hostPort 0 is a free port of the dynamic range,
    one per copy on the same instance.
    """
    register(account, "web", portMappings=PORTS)
    tasks = [t["taskArn"] for t in run(account, "web", count=4)["tasks"]]
    account.advance(60)
    told = account.call("DescribeTasks", tasks=tasks)["tasks"]
    where = {
        (t["containerInstanceArn"], t["containers"][0]["networkBindings"][0]["hostPort"])
        for t in told
    }
    assert len(where) == 4
    assert {port for _, port in where} == {32768, 32769}


def test_a_static_host_port_allows_one_copy_an_instance(account):
    """Facts, section 4: RESOURCE:PORTS for the third copy on two instances."""
    register(account, "web", portMappings=[{"containerPort": 80, "hostPort": 8080}])
    answer = run(account, "web", count=3)
    assert len(answer["tasks"]) == 2
    assert {f["reason"] for f in answer["failures"]} == {"RESOURCE:PORTS"}


def test_host_mode_takes_the_containers_own_port(account):
    """Facts, section 3: two copies with ports cannot share an instance."""
    register(account, "web", mode="host", portMappings=PORTS)
    answer = run(account, "web", count=3)
    account.advance(60)
    assert len(answer["tasks"]) == 2
    told = account.task(answer["tasks"][0]["taskArn"])
    assert told["containers"][0]["networkBindings"][0]["hostPort"] == 80


def test_awsvpc_tasks_take_an_interface_each_until_none_is_left(account):
    """Facts, section 3: an m5.large has room for two awsvpc tasks; then RESOURCE:ENI."""
    register(account, "web", mode="awsvpc", portMappings=PORTS)
    answer = run(account, "web", count=5, networkConfiguration=NETWORK)
    account.advance(60)
    assert len(answer["tasks"]) == 4
    assert {f["reason"] for f in answer["failures"]} == {"RESOURCE:ENI"}
    assert len(account.network.interfaces) == 4
    zones = {account.task(t["taskArn"])["availabilityZone"] for t in answer["tasks"]}
    assert zones == {"us-east-1a", "us-east-1b"}


def test_what_a_task_took_is_given_back(account):
    """Facts, section 4: remaining resources add up again when a task has stopped."""
    register(account, "web", portMappings=PORTS)
    before = account.call(
        "DescribeContainerInstances",
        containerInstances=list(account.plane.state.cluster(None).instances),
    )
    [task] = run(account, "web")["tasks"]
    account.advance(60)
    account.call("StopTask", task=task["taskArn"])
    account.advance(60)
    after = account.call(
        "DescribeContainerInstances",
        containerInstances=list(account.plane.state.cluster(None).instances),
    )
    remaining = [
        [i["remainingResources"] for i in told["containerInstances"]] for told in (before, after)
    ]
    assert remaining[0] == remaining[1]


def test_a_service_spreads_over_zones_and_says_why(account):
    """Facts, section 4: the default is spread over Availability Zones, then
    the instance with the fewest tasks.
    """
    register(account, "web")
    serve(account, "web", "web", 4)
    account.advance(120)
    assert sorted(labels(account, "web")) == [
        "instance/1",
        "instance/1",
        "instance/2",
        "instance/2",
    ]
    placed = next(e for e in account.timeline if (e.subject, e.kind) == ("task/1", "PENDING"))
    assert "us-east-1a" in placed.why
    assert list(placed.facts["losers"]()) == ["instance/2"]


def test_binpack_fills_one_instance_first(account):
    """Facts, section 4: binpack takes the instance with the least left that still fits."""
    register(account, "web", memory=2048)
    serve(account, "web", "web", 3, placementStrategy=[{"type": "binpack", "field": "memory"}])
    account.advance(120)
    assert set(labels(account, "web")) == {"instance/1"}


def test_a_full_cluster_is_said_once_and_used_as_soon_as_there_is_room(account):
    """Facts, section 5.3: the closest instance and what it
    lacks; a new instance ends the waiting.
    """
    register(account, "big", memory=6000)
    serve(account, "web", "big", 3)
    account.advance(300)
    [message] = [m for m in account.messages("web") if "unable to place" in m]
    assert "has insufficient memory available" in message
    account.plane.neighbours.machines.launch(zone="us-east-1c", subnet="subnet-c")
    account.plane.instances.sync()
    account.advance(300)
    assert account.service("web")["runningCount"] == 3


def test_draining_moves_service_tasks_within_the_deployment_limits(account):
    """Facts, sections 6.1 and 8.4: replaced start-first with 100/200; never fewer
    than desired; standalone tasks stay.
    """
    register(account, "web")
    serve(account, "web", "web", 2)
    [alone] = run(account, "web", group="mine")["tasks"]
    account.advance(120)
    first = account.plane.state.find_task(
        account.plane.state.cluster(None), alone["taskArn"].rpartition("/")[2]
    ).instance
    account.call("UpdateContainerInstancesState", containerInstances=[first.id], status="DRAINING")
    running = []
    for _ in range(20):
        account.advance(10)
        running.append(account.service("web")["runningCount"])
    assert min(running) >= 2
    assert set(labels(account, "web")) == {"instance/1", "instance/2"} - {first.label}
    assert account.task(alone["taskArn"])["lastStatus"] == "RUNNING"


def test_a_terminated_instance_takes_its_tasks_along(account):
    """Facts, sections 1.2 and 8.4: TerminationNotice; the service replaces what was lost."""
    register(account, "web")
    serve(account, "web", "web", 2)
    account.advance(120)
    lost = next(
        t
        for t in account.plane.state.cluster(None).tasks.values()
        if t.instance.label == "instance/1"
    )
    account.plane.neighbours.machines.change(lost.instance.ec2_id, state="terminated")
    account.plane.instances.sync()
    account.advance(120)
    told = account.task(lost.id)
    assert (told["stopCode"], told["stoppedReason"]) == (
        "TerminationNotice",
        f"Host EC2 (instance {lost.instance.ec2_id}) terminated.",
    )
    assert labels(account, "web") == ["instance/2", "instance/2"]


def daemon(account):
    """A daemon service called agent, two minutes old."""
    register(account, "agent")
    account.call(
        "CreateService",
        serviceName="agent",
        taskDefinition="agent",
        schedulingStrategy="DAEMON",
        launchType="EC2",
    )
    account.advance(120)


def test_a_daemon_service_runs_one_task_on_every_instance(account):
    """Facts, section 5.1: DAEMON; a new instance gets one, a draining one loses its."""
    daemon(account)
    assert sorted(labels(account, "agent")) == ["instance/1", "instance/2"]
    account.plane.neighbours.machines.launch(zone="us-east-1c", subnet="subnet-c")
    account.plane.instances.sync()
    account.advance(300)
    assert sorted(labels(account, "agent")) == ["instance/1", "instance/2", "instance/3"]
    first = next(iter(account.plane.state.cluster(None).instances))
    account.call("UpdateContainerInstancesState", containerInstances=[first], status="DRAINING")
    account.advance(120)
    assert sorted(labels(account, "agent")) == ["instance/2", "instance/3"]
    service = account.service("agent")
    assert (service["desiredCount"], service["deploymentConfiguration"]["maximumPercent"]) == (
        2,
        100,
    )


def test_a_daemon_service_rolls_one_task_per_instance(account):
    """Facts, section 6.1: with 0/100 the old task of an instance goes before the new one comes."""
    daemon(account)
    register(account, "agent")
    account.call("UpdateService", service="agent", taskDefinition="agent")
    account.advance(200)
    assert sorted(labels(account, "agent")) == ["instance/1", "instance/2"]
    assert account.service("agent")["deployments"][0]["rolloutState"] == "COMPLETED"


def test_daemons_are_not_for_fargate(account):
    """Facts, section 5.1: DAEMON is refused on Fargate, and with a desired count."""
    account.register("web")
    with pytest.raises(AwsError, match="daemon scheduling strategy"):
        account.call(
            "CreateService",
            serviceName="web",
            taskDefinition="web",
            schedulingStrategy="DAEMON",
            launchType="FARGATE",
            networkConfiguration=NETWORK,
        )


def test_scaling_in_takes_from_the_fullest_instance(account):
    """Facts, section 5.1: the zone with the most tasks, then the instance with the most."""
    register(account, "web", memory=128, cpu=64)
    serve(account, "web", "web", 6)
    account.advance(120)
    account.call("UpdateService", service="web", desiredCount=2)
    account.advance(120)
    assert sorted(labels(account, "web")) == ["instance/1", "instance/2"]


def test_start_task_runs_where_it_is_told_or_says_why_not(account):
    """Facts, section 4: MISSING for an unknown instance, the resource for one that is full."""
    register(account, "big", memory=6000)
    first, _ = account.plane.state.cluster(None).instances
    start = {"taskDefinition": "big", "containerInstances": [first, "nobody"]}
    answer = account.call("StartTask", **start)
    assert [t["containerInstanceArn"].rpartition("/")[2] for t in answer["tasks"]] == [first]
    assert [f["reason"] for f in answer["failures"]] == ["MISSING"]
    assert account.call("StartTask", **start)["failures"][0]["reason"] == "RESOURCE:MEMORY"
    account.advance(60)
    assert account.task(answer["tasks"][0]["taskArn"])["lastStatus"] == "RUNNING"


def resources(account: Account) -> dict:
    """What the first instance has left of CPU and memory."""
    [first, *_] = account.plane.state.cluster(None).instances
    told = account.call("DescribeContainerInstances", containerInstances=[first])[
        "containerInstances"
    ][0]
    return {
        r["name"]: r["integerValue"] for r in told["remainingResources"] if r["type"] == "INTEGER"
    }


@pytest.mark.parametrize(
    ("task", "container", "takes"),
    [
        ({"cpu": "512", "memory": "1024"}, {"cpu": 64, "memory": 128}, (512, 1024)),
        ({}, {"cpu": 64, "memory": 512, "memoryReservation": 128}, (64, 128)),
        ({}, {"cpu": 64, "memory": 512}, (64, 512)),
        ({}, {"cpu": 0, "memory": 512}, (0, 512)),
    ],
)
def test_what_is_reserved_is_the_tasks_own_size_or_its_containers(account, task, container, takes):
    """Facts, section 4, reservation: the task's cpu and memory, else the sum over
    containers, memoryReservation before memory.
    """
    app = {"name": "app", "image": "nginx"} | container
    account.call(
        "RegisterTaskDefinition",
        family="job",
        containerDefinitions=[app],
        networkMode="bridge",
        **task,
    )
    before = resources(account)
    [first, *_] = account.plane.state.cluster(None).instances
    account.call("StartTask", taskDefinition="job", containerInstances=[first])
    after = resources(account)
    assert (before["CPU"] - after["CPU"], before["MEMORY"] - after["MEMORY"]) == takes


def test_run_task_names_what_every_instance_lacks(account):
    """Facts, section 4, failure reasons: one failure per instance:
    RESOURCE:ENI, AGENT, ATTRIBUTE, memberOf, CPU.
    """
    register(account, "eni", mode="awsvpc", memory=64, cpu=64)
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}}
    answer = run(account, "eni", count=5, networkConfiguration=network)
    assert len(answer["tasks"]) == 4
    assert [f["reason"] for f in answer["failures"]] == ["RESOURCE:ENI", "RESOURCE:ENI"]
    register(account, "web", cpu=3000)
    nowhere = [{"type": "memberOf", "expression": "attribute:rack == 7"}]
    register(account, "fluent", logConfiguration={"logDriver": "gelf"})
    first, second = account.plane.state.cluster(None).instances.values()
    del first.attributes["com.amazonaws.ecs.capability.logging-driver.gelf"]
    account.plane.instances.disconnect(second)
    assert [f["reason"] for f in run(account, "web")["failures"]] == ["RESOURCE:CPU", "AGENT"]
    assert [f["reason"] for f in run(account, "fluent")["failures"]] == ["ATTRIBUTE", "AGENT"]
    account.plane.instances.connect(second)
    register(account, "small")
    assert [
        f["reason"] for f in run(account, "small", placementConstraints=nowhere)["failures"]
    ] == ["MemberOf placement constraint unsatisfied"] * 2


def test_start_task_names_the_zone_and_the_status(account):
    """Facts, section 4, failure reasons of StartTask: LOCATION, and INACTIVE for
    an instance that has left the cluster.
    """
    register(account, "web", mode="awsvpc")
    first, second = account.plane.state.cluster(None).instances
    network = {"awsvpcConfiguration": {"subnets": ["subnet-b"]}}
    account.call("DeregisterContainerInstance", containerInstance=second)
    answer = account.call(
        "StartTask",
        taskDefinition="web",
        containerInstances=[first, second],
        networkConfiguration=network,
    )
    assert [f["reason"] for f in answer["failures"]] == ["LOCATION", "INACTIVE"]
