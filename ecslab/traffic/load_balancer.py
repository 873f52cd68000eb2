"""Hands a single request to a target, as a load balancer does: by the listener's weights, in
turn among healthy targets (facts, section 11).
"""

from ecslab.ecs import timing
from ecslab.ecs.model.tasks import TargetRegistration, Task
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.balancers import Balancers, Listener
from ecslab.ecs.targets.registrar import Targets
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.traffic.request import Reply, send

# ELB guide, HTTP errors: no registered target; the target closed the connection.
NO_TARGET, BAD_GATEWAY = 503, 502


class BalancerTurns:
    """Remembers whose turn it is at each listener and in each target group."""

    def __init__(
        self, *, clock: Clock, chance: Chance, balancers: Balancers, targets: Targets
    ) -> None:
        self._clock, self._chance, self._balancers = clock, chance, balancers
        self._targets = targets
        self._turns: dict[str, int] = {}

    def answer(self, listener: Listener, host: str, path: str) -> Reply:
        """What a client of the listener gets; it never sees the target itself."""
        try:
            route = self._balancers.route(listener.arn, host, path)
        except Unavailable as what:
            return _own(host, NO_TARGET, f"{what} is not simulated")
        if route is None or route.status:
            return _own(host, route.status if route else NO_TARGET, "the listener answers itself")
        group = self._group(listener.arn, route.weights)
        targets = self._serving(group) if group else []
        if not targets:
            return _own(host, NO_TARGET, "no target is registered")
        task, registration = targets[self._turn(group) % len(targets)]
        reply = send(self._clock, self._chance, task, registration.target.port)
        if reply.status is None:
            return Reply(
                reply.task, host, BAD_GATEWAY, reply.took_ms, f"HTTP {BAD_GATEWAY}: {reply.why}"
            )
        return reply

    def _turn(self, of: str) -> int:
        self._turns[of] = self._turns.get(of, -1) + 1
        return self._turns[of]

    def _group(self, listener: str, weights: dict[str, int]) -> str:
        """Smooth weighted round robin: of 9 : 1, each tenth request goes to the lighter
        group; empty when none has any weight.
        """
        total = sum(weights.values())
        if not total:
            return ""
        for group, weight in weights.items():
            self._turns[f"{listener} {group}"] = self._turns.get(f"{listener} {group}", 0) + weight
        chosen = max(weights, key=lambda group: self._turns[f"{listener} {group}"])
        self._turns[f"{listener} {chosen}"] -= total
        return chosen

    def _serving(self, group: str) -> list[tuple[Task, TargetRegistration]]:
        """The healthy targets; all, when none is (fail open); and those that have
        gone without every node knowing it.
        """
        held = list(self._targets.held(group).values())
        missed = [(task, registration) for task, registration, _ in self._targets.missed(group)]
        return ([pair for pair in held if pair[1].health.state == "healthy"] or held) + missed


def _own(host: str, status: int, why: str) -> Reply:
    return Reply(
        None, host, status, timing.ANSWER_MS, f"HTTP {status} from the load balancer: {why}"
    )
