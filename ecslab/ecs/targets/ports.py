"""Where the targets of a task are, and what health checks will meet there (facts, section 11)."""

import math
from dataclasses import replace

from ecslab.ecs.model import Json
from ecslab.ecs.model.tasks import Container, TargetRegistration, Task
from ecslab.ecs.ports.balancers import Target, TargetGroup
from ecslab.world.answers import REFUSED, Answer, answers


def expected_answers(
    group: TargetGroup, task: Task, registration: TargetRegistration, late_s: float
) -> list[tuple[float, Answer]]:
    """What the checks of a target will meet, as (lab milliseconds, from then
    on), while other requests take `late_s`.
    """
    port = _checked_port(group, task, registration)
    container = next(
        (c for c in task.containers if port in _ports(c)),
        container_of(task, registration.container),
    )
    if not container.serves:
        return [(-math.inf, REFUSED)]
    assert container.started_ms is not None, "a program that serves has started"
    begins_ms = container.started_ms
    coming = answers(container.behaviour, group.check_path, port)
    met = [(begins_ms + 1000 * at_s, _delayed(answer, late_s)) for at_s, answer in coming]
    return [(-math.inf, REFUSED), *met]


def _delayed(answer: Answer, late_s: float) -> Answer:
    """A check waits behind everybody else's requests."""
    return replace(answer, in_s=late_s) if answer.status and late_s > answer.in_s else answer


def _checked_port(group: TargetGroup, task: Task, registration: TargetRegistration) -> int:
    """The container port at which a check arrives; 0, where nobody listens,
    for a host port that leads nowhere.
    """
    if group.check_port == "traffic-port":
        return registration.container_port
    asked = int(group.check_port)
    if task.interface:
        return asked
    return next(
        (b["containerPort"] for c in task.containers for b in c.bindings if b["hostPort"] == asked),
        0,
    )


def _ports(container: Container) -> list[int]:
    return [m.get("containerPort", 0) for m in container.definition.get("portMappings", [])]


def target_of(task: Task, container: Container, port: int) -> Target | None:
    """The task's own address and the container's port, or its instance and the
    port bound there (facts, section 11).

    None on an instance for a container that never ran: it has no port there.
    """
    if task.interface:
        return Target(task.interface.private_ip, port)
    assert task.instance is not None, "a task without an interface of its own is on an instance"
    host_port = port_of(container.bindings, port)
    return None if host_port is None else Target(task.instance.ec2_id, host_port)


def container_of(task: Task, name: str) -> Container:
    """The container of that name, which the task has."""
    return next(c for c in task.containers if c.name == name)


def load_balancers_of(task: Task) -> list[Json]:
    """The `loadBalancers` of the deployment that a task belongs to."""
    return (task.deployment.settings.get("loadBalancers") or []) if task.deployment else []


def port_of(bound: list[Json], container_port: int) -> int | None:
    """The instance's port that a container's port is bound to, of its
    `networkBindings`; None when it never ran.
    """
    return next((int(b["hostPort"]) for b in bound if b["containerPort"] == container_port), None)
