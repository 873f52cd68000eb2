"""Finds out what somebody meets who connects to a task, or to an
address at which a task once was.
"""

from dataclasses import dataclass

from ecslab.ecs import timing
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.tasks import Container, Stage, Task
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.world.answers import Answer, answer_now

GOOD, BROKEN = range(200, 400), 500


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one connection: an HTTP status, or None when there was no answer."""

    task: str | None  # its label
    address: str
    status: int | None
    took_ms: int
    why: str

    def __str__(self) -> str:
        who = self.task or self.address
        return f"{who}: {self.why}" if who else self.why


def send_to(clock: Clock, chance: Chance, state: AccountState, address: str, port: int) -> Reply:
    """Connect to an address and a port of the VPC; nobody there means
    waiting until the client's patience ends.
    """
    for cluster in state.clusters.values():
        for task in cluster.tasks.values():
            if task.stage < Stage.STOPPED and _lives_at(task, address, port):
                return send(clock, chance, task, port)
    return Reply(
        None,
        address,
        None,
        timing.CONNECT_TIMEOUT_MS,
        "timed out: nobody has this address any more",
    )


def send(clock: Clock, chance: Chance, task: Task, port: int) -> Reply:
    """Connect to a port of a task, that of its instance where it has no address of its own."""
    address, container = address_of(task), _listener(task, port)
    answer = _answer(container, port, clock.now_ms) if container else None
    if container is None or answer is None or answer.status is None:
        why = f"connection refused: nothing listens on port {port}"
        return Reply(task.label, address, None, timing.REFUSED_MS, why)
    status, bugs = answer.status, container.behaviour.error_rate
    if bugs and status in GOOD and chance.stream("calls").random() < bugs:
        status = BROKEN
    took_ms = timing.ANSWER_MS + round(1000 * answer.in_s)
    return Reply(task.label, address, status, took_ms, f"HTTP {status}")


def _answer(container: Container, port: int, now_ms: int) -> Answer:
    """What its program answers now."""
    assert container.started_ms is not None, "a RUNNING container has started"
    inside = next((b["containerPort"] for b in container.bindings if b["hostPort"] == port), port)
    return answer_now(container.behaviour, inside, (now_ms - container.started_ms) / 1000)[0]


def address_of(task: Task) -> str:
    """A task's own address with awsvpc, its instance's otherwise; empty when it has none yet."""
    if task.interface:
        return task.interface.private_ip
    return (task.instance and task.instance.private_ip) or ""


def _lives_at(task: Task, address: str, port: int) -> bool:
    if address_of(task) != address:
        return False
    return bool(task.network) or any(
        b["hostPort"] == port for c in task.containers for b in c.bindings
    )


def _listener(task: Task, port: int) -> Container | None:
    """The RUNNING container that listens on a port; without port mappings a
    program of awsvpc listens where it likes.
    """
    for container in task.containers:
        if not container.serves:
            continue
        mapped = container.definition.get("portMappings", [])
        bound = {b["hostPort"] for b in container.bindings}
        open_ports = bound or {m.get("containerPort") for m in mapped}
        if port in open_ports or (
            task.network and not mapped and container.behaviour.listens_on in {None, port}
        ):
            return container
    return None
