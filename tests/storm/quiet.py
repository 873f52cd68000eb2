"""After `settle` nothing that the account has started is under way: an hour goes by in which only what is driven from outside happens."""

from collections.abc import Iterator

from ecslab.errors import LabError

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
    driven = list(_driven_from_outside(world))
    began = len(world.lab.timeline)
    world.lab.advance("1h")
    if not driven:
        lines = [str(event) for event in list(world.lab.timeline)[began:]]
        assert not lines, "after settle something went on by itself:\n" + "\n".join(lines[:10])


def _driven_from_outside(world: World) -> Iterator[str]:
    """What may begin something by itself: programs that end or fall ill, scaling policies and schedules."""
    for cluster in CLUSTERS:
        for task in world.tasks(cluster):
            family = task["taskDefinitionArn"].rpartition("/")[2].partition(":")[0]
            if task["lastStatus"] != "STOPPED" and family not in STEADY:
                yield family
        for service in world.services(cluster):
            family = service.get("taskDefinition", "").rpartition("/")[2].partition(":")[0]
            if family not in STEADY:
                yield family
    what = {"ServiceNamespace": "ecs"}
    yield from (
        t["ResourceId"] for t in world.call(SCALING, "describe_scalable_targets", **what)["ScalableTargets"]
    )


SCALING = "application-autoscaling"
