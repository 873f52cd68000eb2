"""Finds out who would answer a request now: listener, rule, weights,
targets, revision; looks, never changes.

Every request is somebody new: stickiness keeps nobody anywhere, and the zones of
a load balancer's nodes do not matter.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Container, Stage, TargetRegistration, Task
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.balancers import Balancers, Listener, Target
from ecslab.ecs.targets.ports import container_of
from ecslab.ecs.targets.registrar import Targets
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text
from ecslab.traffic.flows import Goal
from ecslab.traffic.snapshot import PLAIN, Kind, Snapshot, Stream, size_of
from ecslab.world.answers import REFUSED, Answer, answer_now
from ecslab.world.images import Behaviour
from ecslab.world.load import alone_s

SLOW_LOOK_MS = 10_000  # pedagogical: how often the shares of targets in slow start are looked at
NO_TARGET = 503
LEAST_OUTSTANDING = "least_outstanding_requests"


class Routing:
    """One look at everything that answers; `scene(goals)` is what it saw."""

    def __init__(self, *, clock: Clock, balancers: Balancers, targets: Targets) -> None:
        self._balancers, self._targets = balancers, targets
        self._now_ms = clock.now_ms
        self._kinds: dict[tuple[object, ...], Kind] = {}
        self._pools: dict[str, list[tuple[Kind, float]]] = {}
        self._others: dict[str, frozenset[Target]] = {}
        self._scene = Snapshot()
        self._busy = self._scene.busy
        self._reached: dict[str, Service] = {}

    def scene(self, goals: Iterable[Goal]) -> Snapshot:
        """The shares of every flow, and the tasks of every service that is reached."""
        for goal in goals:
            found = (
                self._by_listener(goal, goal.listener) if goal.listener else self._straight(goal)
            )
            self._scene.streams.append(list(found))
        for arn, service in self._reached.items():
            self._scene.services[arn] = (service, list(self._running(service)))
        return self._scene

    def _straight(self, goal: Goal) -> Iterator[Stream]:
        service = goal.service
        assert service is not None, "traffic without a listener goes to a service"
        self._reached[service.arn] = service
        running = [
            t for t in service.tasks.values() if t.stage == Stage.RUNNING and t.desired == "RUNNING"
        ]
        for kind, count in Counter(self._chosen(task, _front(task)) for task in running).items():
            yield Stream(count / len(running), kind)
        if not running:
            yield Stream(
                1, status=NO_TARGET, why=Text("no task of {name} is RUNNING", name=service.name)
            )

    def _by_listener(self, goal: Goal, listener: Listener) -> Iterator[Stream]:
        balancers, balancer = self._balancers, listener.balancer
        try:
            route = balancers.route(listener.arn, goal.host, goal.path)
        except Unavailable as what:
            yield Stream(
                1,
                balancer=balancer,
                status=NO_TARGET,
                why=Text("{what} is not simulated", what=what),
            )
            return
        if route is None:
            yield Stream(1, balancer=balancer, status=NO_TARGET, why=Text("the listener is gone"))
        elif route.status:
            yield Stream(
                1, balancer=balancer, status=route.status, why=Text("the listener answers itself")
            )
        else:
            total = sum(route.weights.values())
            if not total:
                yield Stream(
                    1,
                    balancer=balancer,
                    status=NO_TARGET,
                    why=Text("no target group has any weight"),
                )
            for group, weight in route.weights.items():
                yield from self._by_group(balancer, group, weight / total if total else 0)

    def _by_group(self, balancer: str, arn: str, share: float) -> Iterator[Stream]:
        if arn not in self._pools:
            self._pools[arn] = list(self._pool(arn))
        pool = self._pools[arn]
        self._scene.hosts[balancer, arn] = self._hosts(arn)
        total = sum(weight for _, weight in pool)
        if not total and share:
            name = arn.split("/")[-2] if "/" in arn else arn
            yield Stream(
                share,
                balancer=balancer,
                group=arn,
                status=NO_TARGET,
                why=Text("no target is registered in {name}", name=name),
            )
        elif share:
            weights: dict[Kind, float] = {}
            for kind, weight in pool:
                weights[kind] = weights.get(kind, 0) + weight
            for kind, weight in weights.items():
                yield Stream(share * weight / total, kind, balancer, arn)

    def _pool(self, arn: str) -> Iterator[tuple[Kind, float]]:
        """The targets that get requests, and their weights: the healthy ones; all, when
        none is (facts, section 11, fail open).

        Those with the fewest requests under way get more: one over their latency
        without load, which is an approximation.
        """
        held = self._targets.held(arn)
        by_hand = self._by_hand(arn)
        healthy = [pair for pair in held.values() if pair[1].health.state == "healthy"]
        for _ in by_hand:
            yield self._somebody(), 1.0
        for task, registration, until_ms in self._targets.missed(arn):
            self._scene.until_ms = min(self._scene.until_ms, until_ms)
            container = container_of(task, registration.container)
            yield self._chosen(task, container, registration.container_port), 1.0
        chosen = healthy or ([] if by_hand else list(held.values()))
        group = self._balancers.group(arn)
        outstanding = group is not None and group.algorithm == LEAST_OUTSTANDING
        slow_ms = 1000 * group.slow_start_s if group else 0
        waking = [self._waking(registration, slow_ms) for _, registration in chosen]
        # A group that was empty has none (ELB guide, slow start mode)
        if all(share < 1 for share in waking):
            waking = [1.0] * len(chosen)
        for (task, registration), share in zip(chosen, waking, strict=True):
            container = container_of(task, registration.container)
            kind = self._chosen(task, container, registration.container_port, slow=share < 1)
            yield (
                kind,
                share / alone_s(kind.behaviour, kind.size.most_vcpus) if outstanding else share,
            )

    def _waking(self, registration: TargetRegistration, slow_ms: int) -> float:
        """The share of a full one that a target in slow start gets: it grows in a
        straight line (ELB guide, slow start mode).
        """
        since_ms = registration.healthy_since_ms
        if not slow_ms or since_ms is None or self._now_ms >= since_ms + slow_ms:
            return 1.0
        self._scene.until_ms = min(self._scene.until_ms, self._now_ms + SLOW_LOOK_MS)
        return (self._now_ms - since_ms + SLOW_LOOK_MS / 2) / slow_ms

    def _hosts(self, arn: str) -> tuple[int, int]:
        states = [registration.health.state for _, registration in self._targets.held(arn).values()]
        return states.count("healthy") + len(self._by_hand(arn)), states.count("unhealthy")

    def _by_hand(self, arn: str) -> frozenset[Target]:
        """The targets of a group that ECS knows nothing of."""
        if arn not in self._others:
            there = self._balancers.registered(arn)
            self._others[arn] = there - self._targets.held(arn).keys()
        return self._others[arn]

    def _running(self, service: Service) -> Iterator[tuple[Kind, int, int]]:
        """The kinds of a service's tasks that run, how many of each get
        requests, and how many do not.
        """
        counted: dict[Kind, list[int]] = {}
        for task in service.tasks.values():
            if Stage.RUNNING <= task.stage <= Stage.DEACTIVATING:
                kind = self._busy.get(task.id)
                idle = kind is None
                counted.setdefault(kind or self._kind(task, _front(task)), [0, 0])[idle] += 1
        yield from ((kind, busy, idle) for kind, (busy, idle) in counted.items())

    def _chosen(
        self, task: Task, container: Container, port: int | None = None, *, slow: bool = False
    ) -> Kind:
        kind = self._kind(task, container, port, slow=slow)
        if task.id not in self._busy:  # in two target groups it is one task all the same
            self._busy[task.id] = kind
            kind.count += 1
        return kind

    def _kind(
        self, task: Task, container: Container, port: int | None = None, *, slow: bool = False
    ) -> Kind:
        if task.service is not None:
            self._reached.setdefault(task.service.arn, task.service)
        answer = self._answer(container, port)
        deployment = task.deployment.id if task.deployment else ""
        size = size_of(task)
        key = (
            task.definition.name,
            deployment,
            container.image_digest,
            answer,
            size,
            slow and task.id,
        )
        if key not in self._kinds:
            self._kinds[key] = Kind(
                task.definition.name, deployment, container.behaviour, size, answer
            )
        return self._kinds[key]

    def _somebody(self) -> Kind:
        """A target that ECS knows nothing of."""
        kind = self._kinds.setdefault(
            ("somebody",), Kind("(not ECS)", "", Behaviour(), PLAIN, Answer(200))
        )
        kind.count += 1
        return kind

    def _answer(self, container: Container, port: int | None) -> Answer:
        """What a client gets from a container now; when that changes by itself, the scene ends."""
        if not container.serves:
            return REFUSED
        assert container.started_ms is not None, "a program that serves has started"
        ran_s = (self._now_ms - container.started_ms) / 1000
        answer, until_s = answer_now(
            container.behaviour, port or container.behaviour.listens_on or 0, ran_s
        )
        if until_s is not None:
            self._scene.until_ms = min(self._scene.until_ms, container.started_ms + 1000 * until_s)
        return answer


def _front(task: Task) -> Container:
    """The container that clients mean: the first essential one with a port, else the first."""
    return next((c for c in task.essential if c.definition.get("portMappings")), task.containers[0])
