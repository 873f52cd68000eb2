"""Acts on tasks and on what they run on."""

from random import Random

from . import network
from .world import CLUSTERS, FAMILIES, Place, World


def stop(world: World, place: Place, chance: Random) -> None:
    """Stop a task."""
    if tasks := world.task_arns(place.cluster):
        world.ecs("stop_task", cluster=place.cluster, task=chance.choice(tasks))


OVERRIDES = [
    {},
    {"cpu": "512", "memory": "1024"},
    {"cpu": "512", "memory": "512"},  # no pair that Fargate has
    {"cpu": "abc"},
    {"containerOverrides": [{"name": "app", "command": ["true"], "memory": 300}]},
    {"containerOverrides": [{"name": "app", "memory": 9000}]},
    {"ephemeralStorage": {"sizeInGiB": 5000}},
]


def run(world: World, place: Place, chance: Random) -> None:
    """Run tasks that no service keeps."""
    world.ecs(
        "run_task",
        cluster=place.cluster,
        taskDefinition=chance.choice(FAMILIES[:-1]),
        launchType="FARGATE",
        networkConfiguration=network.where(world, chance),
        count=chance.randrange(1, 4),
        overrides=chance.choice(OVERRIDES),
        startedBy=chance.choice(["", "the night shift", "ci/42"]),
    )


def interrupt(world: World, place: Place, chance: Random) -> None:
    """Take Fargate Spot capacity back from a task, or have none for a while."""
    if chance.random() < 0.3:
        world.lab.set_spot_capacity(available=chance.random() < 0.6)
    spot = [
        t
        for t in world.tasks(place.cluster)
        if t.get("capacityProviderName") == "FARGATE_SPOT"
        and t["desiredStatus"] == "RUNNING"
        and t["lastStatus"] == "RUNNING"
    ]
    if spot:
        world.log.append(
            f"{world.lab.clock.now_ms / 1000:>9.1f}s  lab.interrupt_spot({spot[0]['taskArn']})"
        )
        world.lab.interrupt_spot(chance.choice(spot)["taskArn"])


def machines(world: World, place: Place, chance: Random) -> None:
    """Another number of EC2 instances, or one drains, comes back or ends."""
    act = chance.randrange(5)
    if act <= 1:
        group = chance.choice([place.group, place.managed])
        asked = {"AutoScalingGroupName": group, "DesiredCapacity": chance.randrange(4)}
        world.call("autoscaling", "set_desired_capacity", **asked)
        return
    arns = world.ecs("list_container_instances", cluster=place.cluster)["containerInstanceArns"]
    if not arns:
        return
    one = chance.choice(arns)
    if act == 2:
        status = chance.choice(["DRAINING", "ACTIVE"])
        world.ecs(
            "update_container_instances_state",
            cluster=place.cluster,
            containerInstances=[one],
            status=status,
        )
    elif act == 3:
        world.ecs(
            "deregister_container_instance",
            cluster=place.cluster,
            containerInstance=one,
            force=True,
        )
    else:
        found = world.ecs(
            "describe_container_instances", cluster=place.cluster, containerInstances=[one]
        )
        world.call(
            "ec2",
            "terminate_instances",
            InstanceIds=[found["containerInstances"][0]["ec2InstanceId"]],
        )


def nodes(world: World, place: Place, chance: Random) -> None:
    """Run tasks on instances."""
    world.ecs(
        "run_task",
        cluster=place.cluster,
        taskDefinition="node",
        launchType="EC2",
        count=chance.randrange(1, 4),
    )


def cross(world: World, place: Place, chance: Random) -> None:
    """Ask one cluster for what belongs to the other."""
    other = next(c for c in CLUSTERS if c != place.cluster)
    if tasks := world.task_arns(other):
        world.ecs("stop_task", cluster=place.cluster, task=chance.choice(tasks))
