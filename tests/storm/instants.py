"""What must hold at every instant at which something happens: floor and
ceiling, and nobody who stays ill.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ecslab.ecs.deployments import observation as fleets
from ecslab.ecs.model.services import Service, grace_ends_ms
from ecslab.ecs.model.tasks import Stage, Task

from .world import World

ROUNDS_MS = 20_000  # two rounds of the scheduler


@dataclass(slots=True)
class Seen:
    """A service as it was an instant ago."""

    live: set[str] = field(default_factory=set)  # ids of tasks that are wanted
    healthy: set[str] = field(default_factory=set)
    percents: tuple[int, int, int] = (0, 0, 0)  # desired, minimum, maximum


class Instants:
    """Looks at every service between two events of the clock; it reads what the
    account holds, and decides nothing by itself.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._before: dict[str, Seen] = {}
        self._ill_since: dict[str, int] = {}
        self._resumed_ms = 0  # what was there then may have been ill for long

    def resume(self) -> None:
        """Look on after time has passed without a look at every instant."""
        self._before.clear()
        self._ill_since.clear()
        self._resumed_ms = self._world.lab.clock.now_ms
        self.look()

    def look(self) -> None:
        """Check every service; raises AssertionError with a sentence."""
        for service in self._services():
            now = self._seen(service)
            before = self._before.get(service.arn)
            if (
                before
                and before.percents == now.percents
                and service.status == "ACTIVE"
                and _rolls(service)
            ):
                self._ceiling(service, before, now)
                self._floor(service, before, now)
            self._before[service.arn] = now
            if service.status == "ACTIVE":
                self._illness(service)

    def _services(self) -> Iterator[Service]:
        for cluster in self._world.lab.plane().state.clusters.values():
            yield from (s for s in cluster.services.values() if s.status != "INACTIVE")

    def _seen(self, service: Service) -> Seen:
        ecs = self._world.lab.plane()
        fleet = fleets.fleet(service, ecs.clock.now_ms, ecs.chance)
        return Seen(
            live={c.id for c in fleet.copies},
            healthy={c.id for c in fleet.copies if c.healthy},
            percents=(fleet.desired, fleet.minimum_percent, fleet.maximum_percent),
        )

    def _ceiling(self, service: Service, before: Seen, now: Seen) -> None:
        desired, _, maximum = now.percents
        most = max(desired, desired * maximum // 100)
        if now.live - before.live:
            assert len(now.live) <= most, (
                f"{_name(service)}: {len(now.live)} tasks where {most} are the ceiling"
            )

    def _floor(self, service: Service, before: Seen, now: Seen) -> None:
        desired, minimum, _ = now.percents
        by_scheduler = {i for i in before.healthy - now.live if _stopped_by_scheduler(service, i)}
        if by_scheduler:
            least = min(desired, -(-desired * minimum // 100))
            left = len((before.healthy & now.live) | now.healthy)
            assert left >= least, (
                f"{_name(service)}: healthy tasks were stopped, {left} stay, {least} are the floor"
            )

    def _illness(self, service: Service) -> None:
        """Two rounds after its grace period a task that stays ill is being
        replaced, or something stands in the way.
        """
        now_ms = self._world.lab.clock.now_ms
        for task in service.tasks.values():
            if not (_is_ill(task) and task.desired == "RUNNING" and task.stage == Stage.RUNNING):
                self._ill_since.pop(task.id, None)
                continue
            since_ms = self._ill_since.setdefault(task.id, now_ms)
            ends_ms = grace_ends_ms(service, task)
            late_ms = max(since_ms, ends_ms) + ROUNDS_MS
            asked_ms = ends_ms if since_ms <= self._resumed_ms else since_ms
            # Nothing stands in the way, and no round is due.
            idle = not service.blocked and not service.asked
            if now_ms > late_ms and idle and not _replaced(service, task, asked_ms):
                raise AssertionError(
                    f"{_name(service)}: {task.label} is ill since {since_ms / 1000:g} s and "
                    "nothing happens"
                )


def _is_ill(task: Task) -> bool:
    return task.health == "UNHEALTHY" or any(t.health.state == "unhealthy" for t in task.targets)


def _rolls(service: Service) -> bool:
    under_way = service.service_deployment
    config = (
        under_way.configuration
        if under_way and under_way.ongoing
        else service.settings["deploymentConfiguration"]
    )
    return service.controller == "ECS" and config["strategy"] == "ROLLING"


def _stopped_by_scheduler(service: Service, task_id: str) -> bool:
    task = service.cluster.tasks.get(task_id)
    return task is not None and task.stop_code == "ServiceSchedulerInitiated" and not _is_ill(task)


def _replaced(service: Service, ill: Task, since_ms: int) -> bool:
    """Whether another has been asked for since, or is still on its way up: the ill one goes
    when it is healthy, or when there is room.
    """
    others = [t for t in service.cluster.tasks.values() if t.service is service and t is not ill]
    return any(
        t.created_ms >= since_ms or (t.desired == "RUNNING" and not t.proved) for t in others
    )


def _name(service: Service) -> str:
    return f"{service.cluster.name}/{service.name}"
