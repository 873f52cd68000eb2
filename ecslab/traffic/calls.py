"""Calls a service as one of its clients would: by DNS and a cache, through a load balancer, or
through its task's Service Connect proxy (facts, section 10).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ecslab.cloudwatch.metrics import Metrics
from ecslab.ecs import timing
from ecslab.ecs.connect import dns
from ecslab.ecs.connect.dns import Cache
from ecslab.ecs.connect.proxy import RETRIES, Proxy
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.deployments import ServiceConnectEndpoint
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ecs.ports.discovery import Discovery, Name
from ecslab.ecs.targets.registrar import Targets
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.traffic.load_balancer import BalancerTurns
from ecslab.traffic.proxy_metrics import ProxyMetrics
from ecslab.traffic.request import GOOD, Reply, send, send_to

HTTP, UNAVAILABLE, TIMED_OUT = 80, 503, 504
_ADDRESS = re.compile(r"\d+(\.\d+){3}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request and what its sender saw; `attempts` are what its proxy met
    on the way, the last one included.
    """

    at_ms: int
    url: str
    via: str  # "Service Connect", "load balancer", "DNS" or "address"
    reply: Reply
    attempts: tuple[Reply, ...] = ()
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the sender got a good answer."""
        return self.reply.status in GOOD

    @property
    def took_ms(self) -> int:
        """How long the sender waited, failed attempts included."""
        return sum(attempt.took_ms for attempt in self.attempts) or self.reply.took_ms

    @property
    def by(self) -> str | None:
        """The task that answered, or was called last."""
        return self.reply.task

    def __str__(self) -> str:
        said = "; ".join(filter(None, [*map(str, self.attempts or [self.reply]), self.note]))
        return (
            f"{self.at_ms / 1000:>9.1f}s  {'ok' if self.ok else 'FAILED':<7} {self.via:<16} "
            f"{self.took_ms:>6} ms  {said}"
        )

    __repr__ = __str__


@dataclass(slots=True)
class _Client:
    """What one client task remembers."""

    cache: Cache = field(default_factory=Cache)
    proxies: dict[str, Proxy] = field(default_factory=dict)  # by endpoint


class Callers:
    """Every client task has a cache and a proxy of its own; somebody outside ECS has a cache."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        state: AccountState,
        balancers: Balancers,
        discovery: Discovery,
        metrics: Metrics,
        targets: Targets,
    ) -> None:
        self._clock, self._chance, self._state = clock, chance, state
        self._balancers, self._discovery = balancers, discovery
        self._clients: dict[str, _Client] = {}
        self._desk, self._books = (
            BalancerTurns(clock=clock, chance=chance, balancers=balancers, targets=targets),
            ProxyMetrics(clock=clock, metrics=metrics),
        )

    def call(self, sender: Service | None, url: str) -> Call:
        """Send one request from the oldest RUNNING task of a service, or from
        outside ECS, and see what comes back.
        """
        client = self._sender(sender)
        now_ms, parts = self._clock.now_ms, urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTP
        if sender is not None and client is None:
            reply = Reply(None, "", None, 0, f"{sender.name} has no RUNNING task that could call")
            return Call(now_ms, url, "nobody", reply)
        memory = self._clients.setdefault(client.id if client else "", _Client())
        known = client.deployment.reaches if client and client.deployment else ()
        endpoint = next((e for e in known if (e.dns_name, e.port) == (host, port)), None)
        if endpoint:
            assert client is not None, "only a task knows endpoints"
            return self._through_proxy(client, memory, endpoint, url)
        if listener := self._balancers.listener(host, parts.port):
            reply = self._desk.answer(listener, host, parts.path or "/")
            return Call(now_ms, url, "load balancer", reply)
        if _ADDRESS.fullmatch(host):
            return Call(
                now_ms, url, "address", send_to(self._clock, self._chance, self._state, host, port)
            )
        return self._by_dns(memory, url, host, parts.port)

    def _sender(self, service: Service | None) -> Task | None:
        running = (
            (t for t in service.tasks.values() if t.stage == Stage.RUNNING) if service else iter(())
        )
        return next(running, None)

    # Service Connect

    def _through_proxy(
        self, client: Task, memory: _Client, endpoint: ServiceConnectEndpoint, url: str
    ) -> Call:
        proxy, now_ms = (
            memory.proxies.setdefault(endpoint.dns_name, Proxy()),
            self._clock.now_ms,
        )
        behind = {task.label: (task, port) for task, port in self._behind(endpoint)}
        attempts: list[Reply] = []
        notes: list[str] = []
        for _ in range(1 + RETRIES):
            chosen = proxy.choose(list(behind), now_ms, [a.task for a in attempts if a.task])
            if chosen is None:
                break
            attempts.append(_in_time(send(self._clock, self._chance, *behind[chosen]), endpoint))
            if attempts[-1].status is not None:
                break
            if avoided_ms := proxy.failed(chosen, now_ms):
                notes.append(f"{chosen} is avoided for {avoided_ms // 1000} s")
        server = next(
            (t for t, _ in behind.values() if attempts and t.label == attempts[-1].task), None
        )
        if not attempts:
            attempts = [
                Reply(None, "", UNAVAILABLE, timing.ANSWER_MS, "the proxy knows no task behind it")
            ]
        self._books.note(client, server, endpoint, attempts[-1])
        return Call(now_ms, url, "Service Connect", attempts[-1], tuple(attempts), "; ".join(notes))

    def _behind(self, endpoint: ServiceConnectEndpoint) -> Iterator[tuple[Task, int]]:
        """The tasks that are entered under an endpoint, and the port on which each listens."""
        for cluster in self._state.clusters.values():
            for task in cluster.tasks.values():
                for registry, port in task.registered:
                    if (registry.name, registry.namespace.arn) == (
                        endpoint.discovery_name,
                        endpoint.namespace,
                    ):
                        yield task, port or HTTP

    # Service discovery

    def _by_dns(self, memory: _Client, url: str, host: str, port: int | None) -> Call:
        now_ms = self._clock.now_ms
        if self._discovery.lookup(host) is None:
            return Call(
                now_ms, url, "DNS", Reply(None, host, None, 0, f"could not resolve host {host}")
            )
        instance, age_ms = memory.cache.next(host, now_ms, lambda: self._ask(host))
        said = f"answer of DNS {age_ms / 1000:g} s old"
        if instance is None:
            return Call(
                now_ms, url, "DNS", Reply(None, host, None, 0, f"{host} has no address"), note=said
            )
        reply = send_to(
            self._clock, self._chance, self._state, instance.address, port or instance.port or HTTP
        )
        return Call(now_ms, url, "DNS", reply, note=said)

    def _ask(self, host: str) -> Name:
        """One query: up to eight instances, chosen by chance when there are more."""
        known = self._discovery.lookup(host)
        assert known is not None, "a name that was looked up is there"
        draw = self._chance.stream("dns answers").randrange
        return Name(dns.answer(known, draw), known.routing, known.ttl_s)


def _in_time(reply: Reply, endpoint: ServiceConnectEndpoint) -> Reply:
    """An answer that takes longer than the endpoint allows is cut off by the proxy:
    504 (facts, section 10.1, timeouts).
    """
    limit_ms = 1000 * endpoint.request_timeout_s
    if not limit_ms or reply.status is None or reply.took_ms <= limit_ms:
        return reply
    why = f"HTTP {TIMED_OUT} from the proxy: no answer within {endpoint.request_timeout_s} s"
    return Reply(reply.task, reply.address, TIMED_OUT, limit_ms, why)
