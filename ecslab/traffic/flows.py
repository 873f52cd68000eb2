"""One flow of requests: where it goes, how many come when, and what became of them."""

import math
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports.balancers import Balancers, Listener
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.traffic.log import TrafficLog
from ecslab.world.traffic import Curve

# Pedagogical: a bend of the curve sooner than this after the last step makes no step of its own.
SHORTEST_MS = 5_000


class Control(Protocol):
    """Who lets flows flow."""

    def stop(self, flow: "Flow") -> None:
        """End a flow."""

    def so_far(self, flow: "Flow") -> TrafficLog:
        """A flow's log up to now."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Where requests are sent: to a listener, or straight at a service's tasks."""

    listener: Listener | None = None
    service: Service | None = None
    host: str = ""
    path: str = "/"


def goal(state: AccountState, balancers: Balancers, to: object) -> Goal:
    """Read where somebody wants to send requests: an ARN, a DNS name, a
    URL, a service; raises LabError.
    """
    text, port, path = to if isinstance(to, str) else "", None, "/"
    host = text
    if not text.startswith("arn:"):
        parts = urlsplit(text if "://" in text else f"//{text}")
        host, port, path = parts.hostname or "", parts.port, parts.path or "/"
    found = balancers.listener(host, port) if host else None
    if found:
        return Goal(found, host=host, path=path)
    services = state.service_called(text) if "." not in host else []
    if len(services) == 1:
        return Goal(service=services[0])
    raise LabError(
        Text(
            "{to!r} is neither the ARN of a listener, nor the ARN or DNS name of a load balancer "
            "(with a port when it has several listeners), nor one service.",
            to=to,
        ),
        wrong=f"lab.traffic({to!r}, 50)",
        right=Text('lab.traffic(load_balancer["DNSName"], 50)   # or a listener\'s ARN, or "web"'),
    )


class Flow:
    """Requests that somebody sends; `log` is what became of them so far, `stop()` ends them."""

    def __init__(self, label: str, curve: Curve, to: Goal, control: "Control") -> None:
        self.label, self.curve, self.goal, self._control = label, curve, to, control
        self.begins_ms, self.ends_ms, self._zero_ms = 0, math.inf, 0
        self.written = TrafficLog()

    def begin(self, now_ms: int, lasting_ms: int | None, midnight_ms: int) -> None:
        """Let it flow from now on; curves that go by the clock count from midnight."""
        if lasting_ms is None:
            lasting_ms = None if self.curve.lasts_s is None else round(1000 * self.curve.lasts_s)
        self.begins_ms, self.ends_ms = (
            now_ms,
            math.inf if lasting_ms is None else now_ms + lasting_ms,
        )
        self._zero_ms = midnight_ms if self.curve.by_clock else now_ms

    def stop(self) -> None:
        """End it now; stopping twice is harmless."""
        self._control.stop(self)

    @property
    def log(self) -> TrafficLog:
        """What became of its requests up to now, in rows of `Row`; the
        last ones are still being written.
        """
        return self._control.so_far(self)

    @property
    def requests(self) -> int:
        """How many requests there have been."""
        return self.log.requests

    @property
    def errors(self) -> int:
        """How many of them failed."""
        return self.log.errors

    def rate(self, at_ms: int) -> float:
        """Requests per second at a moment."""
        return self.curve.rate(self._at(at_ms)) if self.begins_ms <= at_ms < self.ends_ms else 0.0

    def between(self, from_ms: int, until_ms: int) -> float:
        """How many requests come between two moments."""
        first, last = max(from_ms, self.begins_ms), min(until_ms, self.ends_ms)
        return self.curve.requests(self._at(first), self._at(last)) if last > first else 0.0

    def next_edge(self, now_ms: int) -> float:
        """When its rate bends next, or it ends."""
        if now_ms >= self.ends_ms:
            return math.inf
        edge_s = self.curve.next_edge(self._at(now_ms + SHORTEST_MS))
        edge_ms = self._zero_ms + math.ceil(1000 * edge_s) if edge_s < math.inf else math.inf
        return min(edge_ms, self.ends_ms)

    def _at(self, at_ms: float) -> float:
        return (at_ms - self._zero_ms) / 1000

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{name or 'nobody'} {n} ({e} failed)"
            for name, (n, e) in self.log.by_revision().items()
        )
        return f"<{self.label}: {self.requests} requests, {self.errors} failed; {parts}>"
