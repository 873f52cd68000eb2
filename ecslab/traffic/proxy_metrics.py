"""Publishes what the proxies of Service Connect saw, once a minute in which
somebody called (facts, sections 10.1 and 13).
"""

from collections import Counter

from ecslab.cloudwatch.metrics import Datum, Metrics
from ecslab.ecs.model.deployments import ServiceConnectEndpoint
from ecslab.ecs.model.tasks import Task
from ecslab.ground.clock import Alarm, Clock
from ecslab.traffic.request import Reply

ECS, MINUTE_MS, AFTER_ALL = "AWS/ECS", 60_000, 3


class ProxyMetrics:
    """One minute's calls; nothing rings while nobody calls."""

    def __init__(self, *, clock: Clock, metrics: Metrics) -> None:
        self._clock, self._metrics = clock, metrics
        self._counts: Counter[tuple[tuple[tuple[str, str], ...], str]] = Counter()
        self._times: dict[tuple[tuple[str, str], ...], list[float]] = {}
        self._alarm: Alarm | None = None

    def note(
        self, client: Task, server: Task | None, endpoint: ServiceConnectEndpoint, reply: Reply
    ) -> None:
        """One request that a client's proxy sent, and what came back
        from the server it met last.
        """
        of_client = _both({"DiscoveryName": endpoint.discovery_name}, client)
        for where in of_client:
            self._counts[where, "RequestCount"] += 1
            self._counts[where, "NewConnectionCount"] += 1
        if server is not None and reply.status is not None:
            for where in _both({"TargetDiscoveryName": endpoint.discovery_name}, server):
                if endpoint.speaks_http:
                    self._counts[where, f"HTTPCode_Target_{reply.status // 100}XX_Count"] += 1
                self._times.setdefault(where, []).append(reply.took_ms / 1000)
        if self._alarm is None:
            wait_ms = MINUTE_MS - self._clock.since_1970_ms % MINUTE_MS
            self._alarm = self._clock.after(wait_ms, self._publish, priority=AFTER_ALL)

    def _publish(self) -> None:
        data = [
            Datum(name, dict(where), count, count, 1, 1, "Count")
            for (where, name), count in self._counts.items()
        ]
        data += [
            Datum("TargetResponseTime", dict(where), len(t), sum(t), min(t), max(t), "Seconds")
            for where, t in self._times.items()
        ]
        began_ms = self._clock.now_ms - MINUTE_MS
        self._metrics.put_all(ECS, data, at_ms=began_ms)
        self._counts.clear()
        self._times.clear()
        self._alarm = None


def _both(name: dict[str, str], task: Task) -> list[tuple[tuple[str, str], ...]]:
    """The two sets of dimensions that AWS publishes: the discovery
    name alone, and with the service.
    """
    assert task.service is not None, "only tasks of services have a proxy"
    of_service = {"ServiceName": task.service.name, "ClusterName": task.cluster.name}
    return [tuple(sorted(name.items())), tuple(sorted((name | of_service).items()))]
