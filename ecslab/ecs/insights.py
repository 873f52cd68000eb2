"""Container Insights: once a minute the counts and reservations of clusters
that have it on (facts, section 13).

A cluster without it costs nothing: AWS/ECS's reservations and LiveTaskCount, which AWS publishes of
every cluster, come with it here, so that an idle account rings no alarm. `enhanced` publishes what
`enabled` does: metrics of single tasks and containers are not simulated.
"""

from collections.abc import Callable, Iterator

from ecslab.cloudwatch.metrics import Datum, Metrics
from ecslab.ecs.api.shapes import counts
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ground.clock import Alarm, Clock

NAMESPACE, ECS = "ECS/ContainerInsights", "AWS/ECS"
MINUTE_MS = 60_000
AFTER_TRAFFIC = 4  # the clock's priority: what requests used in the minute is known by then
ALIVE = {"ACTIVE", "DRAINING"}


# Percent of CPU and memory that a service used in the minute that began then.
Utilisation = Callable[[str, int], tuple[float, float] | None]


class Insights:
    """Sleeps while no cluster has Container Insights on."""

    def __init__(self, *, clock: Clock, state: AccountState, metrics: Metrics) -> None:
        self._state, self._metrics = state, metrics
        # Nothing, where no requests are known of.
        self.utilisation: Utilisation = lambda _service, _began_ms: None
        self._clock = clock
        self._alarm: Alarm | None = None

    def wake(self) -> None:
        """A cluster was made, changed or deleted: publish from the
        next full minute on, or no more.
        """
        if not any(map(_on, self._state.clusters.values())):
            self._clock.cancel(self._alarm)
            self._alarm = None
        elif self._alarm is None:
            wait_ms = MINUTE_MS - self._clock.since_1970_ms % MINUTE_MS
            self._alarm = self._clock.after(wait_ms, self._publish, priority=AFTER_TRAFFIC)

    def _publish(self) -> None:
        began_ms = self._clock.now_ms - MINUTE_MS
        put_all = self._metrics.put_all
        for cluster in filter(_on, self._state.clusters.values()):
            put_all(NAMESPACE, list(self._of_cluster(cluster, began_ms)), at_ms=began_ms)
            if of_ecs := [*_reservations(cluster), *_live(cluster)]:
                put_all(ECS, of_ecs, at_ms=began_ms)
        self._alarm = None
        self.wake()

    def _of_cluster(self, cluster: Cluster, began_ms: int) -> Iterator[Datum]:
        services = [s for s in cluster.services.values() if s.status != "INACTIVE"]
        name = {"ClusterName": cluster.name}
        instances = sum(i.status in ALIVE for i in cluster.instances.values())
        tasks = sum(t.stage == Stage.RUNNING for t in cluster.tasks.values())
        yield _count("ContainerInstanceCount", name, instances)
        yield _count("ServiceCount", name, len(services))
        yield _count("TaskCount", name, tasks)
        for service in services:
            yield from self._of_service(service, name | {"ServiceName": service.name}, began_ms)

    def _of_service(self, service: Service, name: dict[str, str], began_ms: int) -> Iterator[Datum]:
        running, pending = counts(list(service.tasks.values()))
        sets = sum(d.task_set is not None for d in service.deployments)
        yield _count("DesiredTaskCount", name, service.desired)
        yield _count("RunningTaskCount", name, running)
        yield _count("PendingTaskCount", name, pending)
        yield _count("DeploymentCount", name, len(service.deployments) - sets)
        yield _count("TaskSetCount", name, sets)
        busy = [t for t in service.tasks.values() if t.stage == Stage.RUNNING]
        if not busy:  # facts, section 13: without a RUNNING task there is no metric
            return
        cpu, memory = sum(map(_cpu, busy)), sum(map(_memory, busy))
        yield _count("CpuReserved", name, cpu, "None")
        yield _count("MemoryReserved", name, memory, "Megabytes")
        used = self.utilisation(service.arn, began_ms)
        if used is not None:
            yield _count("CpuUtilized", name, cpu * used[0] / 100, "None")
            yield _count("MemoryUtilized", name, memory * used[1] / 100, "Megabytes")


def _on(cluster: Cluster) -> bool:
    wanted = ({"name": "containerInsights", "value": value} for value in ("enabled", "enhanced"))
    return cluster.status == "ACTIVE" and any(setting in cluster.settings for setting in wanted)


def _count(name: str, dimensions: dict[str, str], value: float, unit: str = "Count") -> Datum:
    return Datum(name, dimensions, 1, value, value, value, unit)


def _cpu(task: Task) -> int:
    """Units that a task has reserved: the task's, else its containers' (facts, section 4)."""
    return int(task.cpu) if task.cpu else sum(c.definition.get("cpu", 0) for c in task.containers)


def _memory(task: Task) -> int:
    """MiB that a task has reserved."""
    if task.memory:
        return int(task.memory)
    return sum(
        c.definition.get("memoryReservation") or c.definition.get("memory", 0)
        for c in task.containers
    )


def _live(cluster: Cluster) -> Iterator[Datum]:
    """LiveTaskCount: tasks that are ACTIVATING, RUNNING or DEACTIVATING (facts, section 13)."""
    for service in cluster.services.values():
        live = sum(
            Stage.ACTIVATING <= t.stage <= Stage.DEACTIVATING for t in service.tasks.values()
        )
        if service.status != "INACTIVE" and live:
            yield _count(
                "LiveTaskCount", {"ClusterName": cluster.name, "ServiceName": service.name}, live
            )


def _reservations(cluster: Cluster) -> Iterator[Datum]:
    """What share of the instances is reserved, in percent: EC2 only, ACTIVE
    and DRAINING ones (facts, section 13).
    """
    instances = [i for i in cluster.instances.values() if i.status in ALIVE and not i.external]
    if not instances:
        return
    name = {"ClusterName": cluster.name}
    for metric, taken, there in (
        ("CPUReservation", sum(i.cpu_taken for i in instances), sum(i.cpu for i in instances)),
        (
            "MemoryReservation",
            sum(i.memory_taken for i in instances),
            sum(i.memory for i in instances),
        ),
    ):
        yield _count(metric, name, 100 * taken / there, "Percent")
