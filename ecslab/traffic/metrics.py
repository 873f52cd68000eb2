"""Adds up what requests met, a minute at a time, and publishes it as the
metrics of AWS/ApplicationELB and AWS/ECS.

Names and dimensions are those of facts sections 9.5 and 13 and of the ELB guide (CloudWatch metrics
for your Application Load Balancer); a count that is zero is not published, as there.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from ecslab.cloudwatch.metrics import Datum, Metrics
from ecslab.traffic.outcomes import Met, RequestOutcome
from ecslab.traffic.snapshot import Kind, Snapshot
from ecslab.world.load import Served, serve

MINUTE_S, SAMPLES = 60, 3  # of a minute, by which ECS measures (facts, section 9.5: every 20 s)
ALB, NLB, ECS = "AWS/ApplicationELB", "AWS/NetworkELB", "AWS/ECS"
# Load balancer, target group; the group is empty for the whole load balancer.
Where = tuple[str, str]


@dataclass(slots=True)
class Quantity:
    """A quantity over time: what it came to, and its extremes."""

    total: float = 0.0
    seconds: float = 0.0
    least: float = math.inf
    most: float = -math.inf

    def add(
        self, value: float, seconds: float, least: float | None = None, most: float | None = None
    ) -> None:
        """It had this value for so long; within it, these extremes."""
        self.total += value * seconds
        self.seconds += seconds
        self.least = min(self.least, value if least is None else least)
        self.most = max(self.most, value if most is None else most)

    @property
    def mean(self) -> float:
        """Its mean over time."""
        return self.total / self.seconds


@dataclass(slots=True)
class Tally:
    """Requests of one minute at one place."""

    requests: float = 0.0
    counts: dict[str, float] = field(default_factory=dict)  # by metric
    latency: Quantity = field(default_factory=Quantity)  # over requests instead of seconds

    def add(self, amount: float, found: RequestOutcome) -> None:
        """So many requests had this fate."""
        self.requests += amount if found.chosen else 0.0
        if found.chosen:
            self._count("HTTPCode_Target_2XX_Count", amount * found.well)
            self._count("HTTPCode_Target_4XX_Count", amount * found.client_errors)
            self._count("HTTPCode_Target_5XX_Count", amount * found.server_errors)
        if found.undelivered:
            self._count("HTTPCode_ELB_5XX_Count", amount * found.undelivered)
            self._count(f"HTTPCode_ELB_{found.status}_Count", amount * found.undelivered)
        if found.answered:
            self.latency.add(found.latency_s, amount * found.answered)

    def _count(self, name: str, amount: float) -> None:
        if amount:
            self.counts[name] = self.counts.get(name, 0.0) + amount


class MinuteMetrics:
    """One minute's accounts; `publish` closes them."""

    def __init__(self, *, metrics: Metrics) -> None:
        self._metrics = metrics
        self.used: dict[
            str, tuple[int, float, float]
        ] = {}  # by service: of which minute, percent of CPU, memory
        # Less than one request, carried on to the next minute.
        self._rest: dict[tuple[str, ...], float] = {}
        self._begin()

    def _begin(self) -> None:
        self._tallies: dict[Where, Tally] = {}
        self._hosts: dict[Where, tuple[Quantity, Quantity]] = {}
        self._services: dict[str, tuple[dict[str, str], int, Quantity, Quantity]] = {}

    def requests(self, met: Met) -> None:
        """So many requests of these streams had these fates."""
        for stream, amount, found in met:
            if stream.balancer:
                self._tally(stream.balancer, "").add(amount, found)
            if stream.group and found.chosen:
                self._tally(stream.balancer, stream.group).add(amount, found)

    def _tally(self, balancer: str, group: str) -> Tally:
        return self._tallies.setdefault((balancer, group), Tally())

    def lapse(self, scene: Snapshot, served: dict[Kind, Served], seconds: float) -> None:
        """So much time went by over a scene: how many targets were
        healthy, and what the tasks used.
        """
        for where, (healthy, unhealthy) in scene.hosts.items():
            well, ill = self._hosts.setdefault(where, (Quantity(), Quantity()))
            well.add(healthy, seconds)
            ill.add(unhealthy, seconds)
        for arn, (service, kinds) in scene.services.items():
            uses = [
                (kind.size, use.vcpus, min(use.memory_mib, kind.size.most_memory_mib), count)
                for kind, busy, idle in kinds
                for use, count in ((served.get(kind) or _idle(kind), busy), (_idle(kind), idle))
                if count
            ]
            if uses:
                tasks = sum(count for *_, count in uses)
                names = {"ClusterName": service.cluster.name, "ServiceName": service.name}
                _, _, cpu, memory = self._services.setdefault(
                    arn, (names, tasks, Quantity(), Quantity())
                )
                self._services[arn] = (names, tasks, cpu, memory)
                _spread(cpu, [(used, size.vcpus, count) for size, used, _, count in uses], seconds)
                _spread(
                    memory,
                    [(used, size.memory_mib, count) for size, _, used, count in uses],
                    seconds,
                )

    def publish(self, began_ms: int) -> None:
        """Publish the minute that began then, and begin the next."""
        hosts = {kind: list(self._of_hosts(kind)) for kind in (ALB, NLB)}
        for namespace, data in ((ALB, [*self._of_requests(), *hosts[ALB]]), (NLB, hosts[NLB])):
            if data:
                self._metrics.put_all(namespace, data, at_ms=began_ms)
        self.used = {
            arn: (began_ms, cpu.mean, mem.mean) for arn, (_, _, cpu, mem) in self._services.items()
        }
        used = list(self._of_services())
        if used:
            self._metrics.put_all(ECS, used, at_ms=began_ms)
        self._begin()

    def _of_requests(self) -> Iterator[Datum]:
        """A Network Load Balancer counts flows of bytes, not
        requests: those metrics are left out.
        """
        for (balancer, group), tally in self._tallies.items():
            if _namespace(balancer) == NLB:
                continue
            at = _dimensions(balancer, group)
            for name, amount in {"RequestCount": tally.requests, **tally.counts}.items():
                if group and name.startswith("HTTPCode_ELB"):
                    continue  # those are the load balancer's own
                if whole := self._whole(amount, name, balancer, group):
                    yield Datum(name, at, whole, whole, 1, 1, "Count")
            if group and tally.requests:
                targets = max(1.0, self._hosts[balancer, group][0].mean)
                each = tally.requests / targets
                for dimensions in (at, {"TargetGroup": at["TargetGroup"]}):
                    yield Datum("RequestCountPerTarget", dimensions, 1, each, each, each, "None")
            if tally.latency.seconds:
                seen = tally.latency
                count = max(1.0, round(seen.seconds))
                yield Datum(
                    "TargetResponseTime",
                    at,
                    count,
                    seen.mean * count,
                    seen.least,
                    seen.most,
                    "Seconds",
                )

    def _of_hosts(self, namespace: str) -> Iterator[Datum]:
        for (balancer, group), spreads in self._hosts.items():
            if _namespace(balancer) != namespace:
                continue
            for name, seen in zip(("HealthyHostCount", "UnHealthyHostCount"), spreads, strict=True):
                total = seen.mean * MINUTE_S
                yield Datum(
                    name,
                    _dimensions(balancer, group),
                    MINUTE_S,
                    total,
                    seen.least,
                    seen.most,
                    "Count",
                )

    def _of_services(self) -> Iterator[Datum]:
        for names, tasks, cpu, memory in self._services.values():
            count = SAMPLES * tasks
            for name, seen in (("CPUUtilization", cpu), ("MemoryUtilization", memory)):
                yield Datum(name, names, count, seen.mean * count, seen.least, seen.most, "Percent")

    def _whole(self, amount: float, *series: str) -> int:
        """Whole requests; what is left of one comes with the next minute's."""
        amount += self._rest.get(series, 0.0)
        whole = math.floor(amount + 1e-6)
        self._rest[series] = amount - whole
        return whole


def _idle(kind: Kind) -> Served:
    return serve(kind.behaviour, kind.size.most_vcpus, 0)


def _spread(spread: Quantity, uses: list[tuple[float, float, int]], seconds: float) -> None:
    """What all tasks together use in percent of what they ask for (facts, section
    9.5), and the lowest and the highest task.
    """
    asked = sum(size * count for _, size, count in uses)
    percents = [100 * used / size for used, size, _ in uses]
    spread.add(
        100 * sum(used * count for used, _, count in uses) / asked,
        seconds,
        min(percents),
        max(percents),
    )


def _namespace(balancer: str) -> str:
    return NLB if ":loadbalancer/net/" in balancer else ALB


def _dimensions(balancer: str, group: str) -> dict[str, str]:
    """As AWS writes them: what follows "loadbalancer/" in the ARN, and "targetgroup/…"."""
    found = {"TargetGroup": group.rpartition(":")[2]} if group else {}
    return found | {"LoadBalancer": balancer.partition(":loadbalancer/")[2]}
