"""What the three layers of an account are at a moment, read from its state and its timeline."""

from dataclasses import dataclass, field

from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Task
from ecslab.ground.clock import Clock
from ecslab.timeline.clusters import (
    ClusterCreated,
    ClusterDeleted,
    DefinitionDeregistered,
    DefinitionRegistered,
)
from ecslab.timeline.deployments import LimitsChanged
from ecslab.timeline.event import Event, looked_up
from ecslab.timeline.services import ServiceCreated, ServiceDeleting, ServiceUpdated
from ecslab.timeline.tasks import TaskProvisioning, TaskStopWanted
from ecslab.timeline.timeline import Timeline
from ecslab.view.axis import written

ASKED = 6  # requests that are shown, the latest

# Which API operation a line of the timeline comes from.
_OPERATIONS: dict[type[Event], str] = {
    ClusterCreated: "CreateCluster",
    ClusterDeleted: "DeleteCluster",
    DefinitionRegistered: "RegisterTaskDefinition",
    DefinitionDeregistered: "DeregisterTaskDefinition",
    ServiceCreated: "CreateService",
    ServiceUpdated: "UpdateService",
    LimitsChanged: "UpdateService",
    ServiceDeleting: "DeleteService",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked ECS for, and when."""

    operation: str
    name: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class TaskBox:
    """A task where it runs: its label, what it is, how far it has come, its address."""

    label: str
    definition: str
    status: str
    address: str


@dataclass(frozen=True, slots=True)
class Want:
    """What the controller keeps true for one service, or what else runs in a cluster."""

    name: str
    definition: str
    running: int
    desired: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Layers:
    """The three layers at one moment."""

    title: str
    requests: list[Request] = field(default_factory=list)
    clusters: dict[str, list[Want]] = field(default_factory=dict)
    zones: dict[str, list[TaskBox]] = field(default_factory=dict)


def read(clock: Clock, state: AccountState, timeline: Timeline) -> Layers:
    """Look at a control plane: its active clusters, the services in them,
    the tasks that have not stopped.
    """
    clusters = [cluster for cluster in state.clusters.values() if cluster.status == "ACTIVE"]
    tasks = [
        task
        for cluster in clusters
        for task in cluster.tasks.values()
        if task.last_status != "STOPPED"
    ]
    zones: dict[str, list[TaskBox]] = {}
    for task in sorted(tasks, key=lambda task: task.zone or "~"):
        zones.setdefault(task.zone or "not placed yet", []).append(_copy(task))
    return Layers(
        title=f"The three layers of ECS in {state.region}, at {written(clock.now_ms)}",
        requests=[request for request in map(_request, timeline) if request][-ASKED:],
        clusters={cluster.name: _wants(cluster) for cluster in clusters},
        zones=zones,
    )


def _request(event: Event) -> Request | None:
    name = event.subject.partition("/")[2]
    operation = looked_up(event, _OPERATIONS)
    if isinstance(event, TaskProvisioning) and event.task.service is None:
        operation, name = "RunTask", event.task.definition
    elif isinstance(event, TaskStopWanted) and event.stop_code == "UserInitiated":
        operation, name = "StopTask", event.subject
    return Request(operation, name, event.at_ms) if operation else None


def _wants(cluster: Cluster) -> list[Want]:
    services = [
        _want(service) for service in cluster.services.values() if service.status != "INACTIVE"
    ]
    alone = [
        task
        for task in cluster.tasks.values()
        if task.service is None and task.last_status != "STOPPED"
    ]
    running = sum(task.last_status == "RUNNING" for task in alone)
    others = Want(
        "tasks of no service",
        ", ".join(dict.fromkeys(task.definition.name for task in alone)),
        running,
        None,
        "run once",
    )
    return services + [others] * bool(alone)


def _want(service: Service) -> Want:
    running = sum(task.last_status == "RUNNING" for task in service.tasks.values())
    revisions = " → ".join(
        deployment.definition.name for deployment in reversed(service.deployments)
    )
    state = (
        "being deleted"
        if service.status == "DRAINING"
        else "steady"
        if service.steady
        else "working"
    )
    return Want(f"service {service.name}", revisions, running, service.desired, state)


def _copy(task: Task) -> TaskBox:
    return TaskBox(
        task.label,
        task.definition.name,
        task.last_status,
        task.interface.private_ip if task.interface else "",
    )


def text(now: Layers) -> str:
    """The three layers in words, top to bottom."""
    asked = [
        f"{request.operation} {request.name} at {written(request.at_ms)}"
        for request in now.requests
    ] or ["nothing yet"]
    kept = [
        f"cluster {name}: {'; '.join(map(said, wants)) or 'empty'}"
        for name, wants in now.clusters.items()
    ] or ["no cluster yet"]
    where = [
        f"{zone}: {', '.join(_standing(copy) for copy in copies)}"
        for zone, copies in now.zones.items()
    ] or ["no task yet"]
    lines = [now.title]
    for name, said_ in (("provisioning", asked), ("controller", kept), ("capacity", where)):
        lines += [f"{name if number == 0 else '':<13} {line}" for number, line in enumerate(said_)]
    return "\n".join(lines)


def said(want: Want) -> str:
    """What is wanted, in a few words: service web, 2 of 3 running web:1, working."""
    count = (
        f"{want.running} running"
        if want.desired is None
        else f"{want.running} of {want.desired} running"
    )
    return f"{want.name}, {count} {want.definition}, {want.state}"


def _standing(copy: TaskBox) -> str:
    return " ".join(
        part
        for part in (
            copy.label,
            copy.definition,
            copy.status,
            copy.address and f"at {copy.address}",
        )
        if part
    )
