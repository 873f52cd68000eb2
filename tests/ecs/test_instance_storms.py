"""Storms on container instances: machines come, drain, lose their agent, stop and
end; daemons, providers and services go on.
"""

from contextlib import suppress
from random import Random

import pytest
from capacity_fleet import APP, Fleet
from two_books import books_are_right, first_come_first_served

from ecslab.ecs.model.tasks import Stage
from ecslab.ground.errors import AwsError

ZONES = "abc"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b", "subnet-c"]}}
GPU_IMAGE = "al2023-ami-ecs-gpu-hvm-2023.0.20260527-kernel-6.1-x86_64"
MINE = [{"capacityProvider": "mine", "weight": 1}]


def storm(seed: int, steps: int = 50) -> Fleet:
    """An account after a storm on its instances."""
    chance, account = Random(seed), Fleet(seed)
    account.define("small", cpu=128, memory=128)
    account.define("large", cpu=1500, memory=3000)
    account.define("agent", cpu=200, memory=200)
    account.define("netted", cpu=64, memory=64, networkMode="awsvpc")
    slow = account.images.push("slow:1", stops_in=25)
    port = [{"containerPort": 80, "hostPort": 8080}]
    gpu = [{"type": "GPU", "value": "1"}]
    kinds = {
        "port": {"portMappings": port, "image": slow},
        "gpu": {"resourceRequirements": gpu, "image": slow},
        "slow": {"memory": 2500, "image": slow},
    }
    for family, more in kinds.items():
        account.call(
            "RegisterTaskDefinition",
            family=family,
            containerDefinitions=[APP | {"memory": 64} | more],
            networkMode="bridge",
            requiresCompatibilities=["EC2"],
        )
    managed = {"status": chance.choice(["ENABLED", "DISABLED"])}
    account.provide("mine", desired=2, maximum=6, scaling=managed, managedDraining="ENABLED")
    for _ in range(steps):
        with suppress(AwsError):  # being refused is part of the weather
            chance.choice([_machine, _machine, _task, _task, _service, _service, _instance])(
                chance, account
            )
        account.advance(chance.choice([0, 1, 11, 47, 200, 900]))
        watch(account)
    return account


def _machine(chance: Random, account: Fleet) -> None:
    machines, act = account.plane.neighbours.machines, chance.randrange(5)
    known = [m for m in machines.known() if m.state != "terminated"]
    if act == 0 and len(known) < 8:
        zone, subnet = chance.choice([(f"us-east-1{z}", f"subnet-{z}") for z in ZONES])
        kind = chance.choice(["m5.large", "t3.medium", "g4dn.xlarge"])
        machines.launch(type=kind, zone=zone, subnet=subnet, image_name=GPU_IMAGE)
    elif act == 1 and known:
        machines.change(chance.choice(known).id, state="terminated")
    elif act == 2 and known:
        machine = chance.choice(known)
        machines.change(machine.id, state="running" if machine.state == "stopped" else "stopped")
    elif act == 3:
        account.groups.resize("mine", chance.randrange(4))
    account.plane.instances.sync()


def _instance(chance: Random, account: Fleet) -> None:
    instances = list(account.plane.state.clusters["default"].instances.values())
    if not instances:
        return
    one, act = chance.choice(instances), chance.randrange(5)
    if act == 0:
        account.call(
            "UpdateContainerInstancesState", containerInstances=[one.arn], status="DRAINING"
        )
    elif act == 1:
        account.call("UpdateContainerInstancesState", containerInstances=[one.arn], status="ACTIVE")
    elif act == 2:
        account.plane.instances.disconnect(one)
    elif act == 3:
        account.plane.instances.connect(one)
    else:
        account.call("DeregisterContainerInstance", containerInstance=one.arn, force=True)


def _task(chance: Random, account: Fleet) -> None:
    family = chance.choice(["small", "large", "netted", "port", "gpu", "slow"])
    network = {"networkConfiguration": NETWORK} if family == "netted" else {}
    tasks = account.call("ListTasks")["taskArns"]
    if tasks and chance.random() < 0.4:
        account.call("StopTask", task=chance.choice(tasks))
    elif chance.random() < 0.5:
        account.go(chance.randrange(1, 6), family=family, **network)
    else:
        count = chance.randrange(1, 6)
        account.call("RunTask", taskDefinition=family, launchType="EC2", count=count, **network)


def _service(chance: Random, account: Fleet) -> None:
    where = chance.choice([{"launchType": "EC2"}, {"capacityProviderStrategy": MINE}])
    family, act = chance.choice(["small", "large", "port"]), chance.randrange(6)
    if act == 0:
        asked = {
            "serviceName": "site",
            "taskDefinition": family,
            "desiredCount": chance.randrange(7),
        }
        account.call("CreateService", **asked, **where)
    elif act == 1:
        asked = {"serviceName": "agent", "taskDefinition": "agent", "schedulingStrategy": "DAEMON"}
        account.call("CreateService", **asked, **where)
    elif act == 2:
        account.call("UpdateService", service="site", desiredCount=chance.randrange(7))
    elif act == 3:
        account.call("UpdateService", service="site", taskDefinition=family)
    elif act == 4:
        account.call("UpdateService", service="agent", forceNewDeployment=True)
    elif chance.random() < 0.3:
        account.call("DeleteService", service=chance.choice(["site", "agent"]), force=True)


def watch(account: Fleet) -> None:
    """What must hold at every moment, seen from outside the controllers."""
    cluster = account.plane.state.clusters["default"]
    for instance in cluster.instances.values():
        books_are_right(instance)
        daemons = [
            t
            for t in instance.tasks.values()
            if t.group == "service:agent" and t.desired == "RUNNING"
        ]
        assert len(daemons) <= 1, "a daemon service has one task on an instance"
    first_come_first_served(account)
    live = [t for t in cluster.tasks.values() if t.stage != Stage.STOPPED]
    assert {t.interface.id for t in live if t.interface} == set(account.network.interfaces)
    for task in live:
        assert task.instance or task.stage == Stage.PROVISIONING or task.desired == "STOPPED", (
            "every task is somewhere, or waits for a place"
        )


def clear(account):
    """Delete every service and stop every task, and wait until they have gone."""
    for name in ("site", "agent"):
        with suppress(AwsError):
            account.call("DeleteService", service=name, force=True)
    for task in account.call("ListTasks")["taskArns"]:
        account.call("StopTask", task=task)
    account.advance(400)


@pytest.mark.parametrize("seed", range(16))
def test_after_a_storm_on_instances_nothing_is_left_over(seed):
    """Facts, sections 3, 4, 5.1, 5.5 and 8: never over-committed; with
    everything deleted, all is given back.
    """
    account = storm(seed)
    clear(account)
    watch(account)
    assert account.network.interfaces == {}
    cluster = account.plane.state.clusters["default"]
    assert {t.stage for t in cluster.tasks.values()} <= {Stage.STOPPED}
    assert all(t.stopped_reason for t in cluster.tasks.values()), "every task that ended says why"
    for instance in cluster.instances.values():
        taken = (
            instance.cpu_taken,
            instance.memory_taken,
            instance.interfaces_taken,
            instance.tasks,
        )
        assert taken == (0, 0, 0, {})
        assert (
            instance.gpus_taken == instance.ports_taken == instance.inside == instance.queue == {}
        )


@pytest.mark.parametrize("seed", range(16, 28))
def test_after_a_storm_fresh_instances_bring_peace(seed):
    """Facts, sections 5.1 and 5.5: room in every zone, and a service is complete,
    balanced, with a daemon beside it everywhere.
    """
    account = storm(seed)
    clear(account)
    for instance in list(account.plane.state.clusters["default"].instances.values()):
        account.call("DeregisterContainerInstance", containerInstance=instance.arn, force=True)
    account.plane.neighbours.machines.launch(zone="us-east-1a")
    account.boot()
    asked = {"serviceName": "agent", "taskDefinition": "agent", "schedulingStrategy": "DAEMON"}
    account.call("CreateService", **asked, launchType="EC2")
    asked = {"serviceName": "site", "taskDefinition": "small", "desiredCount": 6}
    account.call("CreateService", **asked, launchType="EC2")
    account.advance(200)
    for zone in "bc":
        account.plane.neighbours.machines.launch(zone=f"us-east-1{zone}")
    account.boot(600)
    services = account.plane.state.clusters["default"].services
    where = sorted(
        t.instance.zone[-1] for t in services["site"].tasks.values() if t.desired == "RUNNING"
    )
    there = [
        i
        for i in account.plane.state.clusters["default"].instances.values()
        if i.status == "ACTIVE"
    ]
    assert all(where.count(zone) >= 1 for zone in ZONES)
    assert max(map(where.count, ZONES)) - min(map(where.count, ZONES)) <= 1
    assert len([t for t in services["agent"].tasks.values() if t.desired == "RUNNING"]) == len(
        there
    )
    assert account.plane.settled


@pytest.mark.parametrize("seed", [5, 21])
def test_the_same_storm_on_instances_twice_tells_the_same_story(seed):
    """The timeline is byte-identical on every run."""
    assert str(storm(seed).timeline) == str(storm(seed).timeline)
