"""After `settle` nothing that the account has started is under way: an hour goes by in
which only what is driven from outside happens.
"""

from collections.abc import Iterator
from typing import Any

from ecslab.ground.errors import LabError

from .world import CLUSTERS, STEADY, World


def watch_an_hour(world: World) -> None:
    """Settle, if that is possible, then let an hour pass in which nobody has anything to do."""
    for flow in world.flows:
        flow.stop()
    world.flows.clear()
    world.log.append(f"{world.lab.clock.now_ms / 1000:>9.1f}s  lab.settle()")
    try:
        world.lab.settle("1h")
    except LabError:  # a crash loop, a dependency that never comes, a pause
        return
    _found_by_name(world)
    driven = list(_driven_from_outside(world))
    began = len(world.lab.timeline)
    world.lab.advance("1h")
    if not driven:
        told = list(world.lab.timeline)[began:]
        lines = [str(event) for event in told if not event.subject.startswith(RECURRING)]
        assert not lines, "after settle something went on by itself:\n" + "\n".join(lines[:10])


def _found_by_name(world: World) -> None:
    """Everybody who runs for a service in service discovery is found
    there, once nothing is under way.
    """
    for cluster in CLUSTERS:
        for service in world.services(cluster):
            for registry in service.get("serviceRegistries", []):
                _found_in(world, service, cluster, registry["registryArn"].rpartition("/")[2])


def _found_in(world: World, service: dict[str, Any], cluster: str, registry: str) -> None:
    told = world.call("servicediscovery", "list_instances", ServiceId=registry)["Instances"]
    named = {i["Attributes"]["AWS_INSTANCE_IPV4"] for i in told}
    running = {
        d["value"]
        for task in world.tasks(cluster)
        if task["group"] == f"service:{service['serviceName']}" and task["lastStatus"] == "RUNNING"
        for a in task["attachments"]
        for d in a["details"]
        if d["name"] == "privateIPv4Address"
    }
    assert running <= named, (
        f"{cluster}/{service['serviceName']}: Cloud Map does not know {sorted(running - named)}"
    )


def _driven_from_outside(world: World) -> Iterator[str]:
    """What may begin something by itself: programs that end or fall ill, scaling policies
    and schedules, managed scaling's metrics, alarms of a deployment that waits for room.
    """
    for cluster in CLUSTERS:
        for task in world.tasks(cluster):
            family = task["taskDefinitionArn"].rpartition("/")[2].partition(":")[0]
            if task["lastStatus"] != "STOPPED" and family not in STEADY:
                yield family
        for service in world.services(cluster):
            family = service.get("taskDefinition", "").rpartition("/")[2].partition(":")[0]
            if family not in STEADY:
                yield family
            if _waits_under_alarms(service):
                yield f"the datapoints that {service['serviceName']}'s alarms are about to look at"
    names = [place.managed for place in world.places.values()]
    groups = world.call("autoscaling", "describe_auto_scaling_groups", AutoScalingGroupNames=names)
    yield from (
        g["AutoScalingGroupName"] for g in groups["AutoScalingGroups"] if g["DesiredCapacity"]
    )
    what = {"ServiceNamespace": "ecs"}
    yield from (
        t["ResourceId"]
        for t in world.call(SCALING, "describe_scalable_targets", **what)["ScalableTargets"]
    )


def _waits_under_alarms(service: dict[str, Any]) -> bool:
    """Whether a deployment that cannot go on would be failed by an alarm: settle does not wait
    for what metrics come to.
    """
    watched = service.get("deploymentConfiguration", {}).get("alarms", {}).get("enable")
    under_way = any(d.get("rolloutState") == "IN_PROGRESS" for d in service["deployments"])
    return bool(watched and under_way)


# Metrics of managed scaling, once a minute, and their alarms.
RECURRING = ("capacity-provider/", "alarm/")
SCALING = "application-autoscaling"
