"""Sees a service's tasks as a deployment strategy sees them: how many, of
which deployment, how well, where.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ecslab.ecs.deployments.fleet import Copy, Fleet, early_count
from ecslab.ecs.deployments.shifting.stages import rollout_of
from ecslab.ecs.model import Json
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.services import Service, is_minded
from ecslab.ecs.model.tasks import Stage, Task, runs_well
from ecslab.ecs.placement.daemons import daemon_places, is_daemon
from ecslab.ecs.placement.stop_order import stop_order
from ecslab.ground.chance import Chance


def fleet(service: Service, now_ms: int, chance: Chance) -> Fleet:
    """The service's tasks; those told to stop are gone already."""
    wanted = [t for t in service.tasks.values() if t.desired == "RUNNING"]
    config = service.settings["deploymentConfiguration"]
    homes = {i.id for i in _homes(service)}
    draw = chance.stream("which task stops").randrange
    on_instances = any(t.instance for t in wanted)
    return Fleet(
        desired=service.desired,
        target="" if service.uses_task_sets else service.primary.id,
        copies=tuple(_copy(service, t, homes, now_ms) for t in wanted),
        minimum_percent=config["minimumHealthyPercent"],
        maximum_percent=config["maximumPercent"],
        keeps={d.id: d.desired for d in service.deployments[1:] if not d.task_set},
        enough=_enough(service),
        halted=frozenset(d.id for d in service.deployments if d.rollout == "FAILED"),
        pick=draw,
        choose=StopOrder(wanted, service.settings["placementStrategy"], draw)
        if on_instances
        else None,
        strategy=() if service.uses_task_sets or is_daemon(service) else _shared(service.primary),
        shares={d.id: d.desired for d in service.deployments if d.task_set},
        strategies={d.id: _shared(d) for d in service.deployments if d.task_set},
        rollout=rollout_of(service, now_ms),
    )


def _copy(service: Service, task: Task, homes: Collection[str], now_ms: int) -> Copy:
    assert task.deployment is not None, "a service's task belongs to a deployment"
    running = task.stage == Stage.RUNNING
    unhealthy = is_minded(service, task, now_ms)
    return Copy(
        id=task.id,
        deployment=task.deployment.id,
        running=running,
        healthy=runs_well(task, now_ms) and not unhealthy,
        unhealthy=unhealthy,
        leaving=task.instance is not None and task.instance.id not in homes,
        zone=task.zone,
        provider=task.capacity_provider,
    )


def _enough(service: Service) -> int | None:
    """With early success that waits for its sources to be gone, they may go as soon
    as it is there (facts, section 6.3).
    """
    early = service.settings["deploymentConfiguration"].get("earlySuccessCriteria") or {}
    if not early.get("enable") or early["sourceServiceRevisionCleanup"] != "BLOCKING":
        return None
    return early_count(service.desired, early)


def keep(service: Service, deployment: Deployment, now_ms: int) -> int:
    """How many tasks a deployment shall keep while a newer one replaces it (facts, section 5.1).

    Of one that was COMPLETED all that are not unhealthy; of one that never was only
    those that serve: that limit is ours.
    """
    homes = {i.id for i in _homes(service)}
    mine = [
        _copy(service, t, homes, now_ms)
        for t in service.tasks.values()
        if t.deployment is deployment and t.desired == "RUNNING"
    ]
    worked = deployment.rollout == "COMPLETED"
    return sum(c.healthy or (worked and not c.unhealthy) for c in mine)


@dataclass(frozen=True)
class StopOrder:
    """Which copies on instances stop first: the placement strategies
    backwards (facts, sections 4 and 5.1).
    """

    live: Sequence[Task]
    strategies: Sequence[Json]
    draw: Callable[[int], int]

    def __call__(self, copies: Sequence[Copy], count: int) -> list[Copy]:
        """So many of the copies."""
        by_id = {c.id: c for c in copies}
        # On Fargate, or waiting for an instance.
        nowhere = [t for t in self.live if t.id in by_id and not t.instance]
        placed = [t for t in self.live if t.instance]
        candidates = [t for t in placed if t.id in by_id]
        order = stop_order(candidates, placed, self.strategies, draw=self.draw)
        return [by_id[t.id] for t in [*nowhere, *order][:count]]


def _homes(service: Service) -> list[ContainerInstance]:
    """Where its tasks may stay: not on draining instances; those of a
    daemon service where one is wanted.
    """
    if is_daemon(service):
        return daemon_places(service)
    return [i for i in service.cluster.instances.values() if i.status != "DRAINING"]


def _shared(deployment: Deployment) -> Sequence[Json]:
    """The strategy by which capacity providers share a deployment's
    tasks, when there is more than one.
    """
    used = deployment.settings.get("capacityProviderStrategy") or []
    return used if len(used) > 1 else ()
