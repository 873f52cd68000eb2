"""Tasks: how far each has come, its containers, its place and its targets."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from ecslab.ecs import timing
from ecslab.ecs.model import Json
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.instances import ContainerInstance, Port
from ecslab.ecs.ports.balancers import Target, TargetGroup, TargetHealth
from ecslab.ecs.ports.discovery import Registry
from ecslab.ecs.ports.network import Interface
from ecslab.ground.clock import Alarm
from ecslab.timeline.refs import ContainerRef, TaskRef
from ecslab.world.answers import Answer
from ecslab.world.images import Behaviour

if TYPE_CHECKING:
    from ecslab.ecs.model.clusters import Cluster
    from ecslab.ecs.model.deployments import Deployment
    from ecslab.ecs.model.services import Service


class Stage(IntEnum):
    """A task's lastStatus, in the only order it can move (facts, section 1.1)."""

    PROVISIONING = 1
    PENDING = 2
    ACTIVATING = 3
    RUNNING = 4
    DEACTIVATING = 5
    STOPPING = 6
    DEPROVISIONING = 7
    STOPPED = 8


@dataclass(slots=True)
class Container:
    """One container of one task: its definition with overrides applied, and how far it has come."""

    name: str
    arn: str
    definition: Json
    image: str
    essential: bool
    status: str = "PENDING"  # what the API shows: PENDING, RUNNING, STOPPED
    behaviour: Behaviour = field(default_factory=Behaviour)
    image_digest: str | None = None
    runtime_id: str | None = None
    pulled: bool = False
    starting: bool = False
    started_ms: int | None = None
    stopped_ms: int | None = None
    terminating: bool = False  # SIGTERM has been sent
    exit_code: int | None = None
    reason: str | None = None
    health: str = "UNKNOWN"
    bindings: list[Json] = field(default_factory=list)  # networkBindings: bridge and host mode
    gpu_ids: list[str] = field(default_factory=list)
    restarts: int = 0
    log_stream: str | None = None
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def has_health_check(self) -> bool:
        """Whether the definition asks ECS to check this container's health."""
        return bool(self.definition.get("healthCheck"))

    @property
    def serves(self) -> bool:
        """Whether its program takes connections: from its start until SIGTERM."""
        return self.status == "RUNNING" and self.started_ms is not None and not self.terminating


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the checks of a target have come: so many in a row, up to
    `at_ms`, speak against its state.
    """

    state: str
    begins_ms: int  # a check begins at every whole interval from here
    at_ms: int
    in_a_row: int = 0


@dataclass(slots=True)
class TargetRegistration:
    """One target of one task in one target group, and what its health checks have found."""

    group: str  # ARN
    target: Target
    container: str
    container_port: int
    health: TargetHealth
    progress: Progress  # of its health checks
    healthy_since_ms: int | None = None  # without a break
    draining: bool = False
    # What its checks go by, and will meet.
    watch: tuple[TargetGroup, list[tuple[float, Answer]]] | None = None
    alarm: Alarm | None = None  # when its health changes next
    grace: Alarm | None = None  # when somebody is told that it is unhealthy

    @property
    def checked(self) -> bool:
        """Whether somebody finds out how well it is: nobody does while no
        listener forwards to its group.
        """
        return self.health.state != "unused"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a task takes of an instance while it lives (facts, section 4, reservation)."""

    cpu: int
    memory: int
    ports: tuple[Port, ...]  # static host ports; dynamic ones are found at start
    interface: bool  # awsvpc
    attributes: tuple[str, ...]  # requiresAttributes
    gpus: int = 0


@dataclass(slots=True)
class Sidecar:
    """A container that AWS adds beside those of the task definition: GuardDuty's
    agent, or the proxy of Service Connect.
    """

    name: str
    arn: str
    attachment_id: str | None = None  # of a proxy: what DescribeTasks lists as an attachment
    # Until it leaves its endpoints; what AWS shows before it runs is not known.
    attachment_status: str = "ATTACHED"

    def status(self, task: "Task") -> str:
        """What the API shows: it lives as long as the task does."""
        if task.stage < Stage.RUNNING:
            return "PENDING"
        return "RUNNING" if task.stage < Stage.STOPPING else "STOPPED"


@dataclass(slots=True)
class Task:
    """One running copy of a task definition."""

    id: str
    arn: str
    label: str  # task/1, task/2, … in order of birth: what the timeline calls it
    cluster: "Cluster"
    definition: TaskDefinition
    spec: Json  # the definition's, with the overrides of this launch put in
    group: str
    started_by: str | None
    launch_type: str
    containers: list[Container]
    network: Json | None  # the awsvpcConfiguration asked for
    overrides: Json
    created_ms: int
    capacity_provider: str | None = None
    instance: ContainerInstance | None = None
    needs: Needs | None = None  # of an instance
    cpu: str | None = None
    memory: str | None = None
    platform_version: str | None = None
    platform_family: str | None = None
    ephemeral_gib: int = 20
    execute_command: bool = False
    tags: list[Json] = field(default_factory=list)
    attributes: list[Json] = field(default_factory=list)
    service: "Service | None" = None
    deployment: "Deployment | None" = None
    stage: Stage = Stage.PROVISIONING
    desired: str = "RUNNING"
    version: int = 1
    zone: str | None = None
    subnet: str | None = None
    interface: Interface | None = None
    trusted_way: str = ""  # the way that it takes although where it leads is not simulated
    attachment_id: str | None = None
    attachment_status: str = "PRECREATED"
    connectivity_ms: int | None = None
    pull_started_ms: int | None = None
    pull_stopped_ms: int | None = None
    started_ms: int | None = None
    stopping_ms: int | None = None
    over_by_ms: int | None = None  # what it runs on is gone then
    execution_stopped_ms: int | None = None
    stopped_ms: int | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    health: str = "UNKNOWN"
    # In target groups, draining ones included.
    targets: list[TargetRegistration] = field(default_factory=list)
    counted_as_failed: bool = False  # towards its deployment's failedTasks
    proved: bool = False  # it was well, at least once
    # Where others find it, and on which port.
    registered: list[tuple[Registry, int | None]] = field(default_factory=list)
    sidecars: list[Sidecar] = field(default_factory=list)
    monitored_by: str | None = None  # GuardDuty's detector
    watched: bool = False  # its agent has begun to look
    told: TaskRef | None = None  # what lines say of it, as last asked for
    start_limit: Alarm | None = None  # until when all containers must have started
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def ref(self) -> TaskRef:
        """Whom lines about it are about, now; the same object while nothing of it changes."""
        deployment = self.deployment.id if self.deployment else None
        if self.told is None or (self.told.zone, self.told.deployment) != (self.zone, deployment):
            self.told = TaskRef(
                label=self.label,
                id=self.id,
                cluster=self.cluster.ref,
                service=self.service.ref if self.service else None,
                definition=self.definition.name,
                deployment=deployment,
                zone=self.zone,
            )
        return self.told

    def part(self, container: Container) -> ContainerRef:
        """Whom lines about one of its containers are about."""
        return ContainerRef(
            label=f"{self.label}/{container.name}", name=container.name, task=self.ref
        )

    @property
    def last_status(self) -> str:
        """The word the API shows."""
        return self.stage.name

    @property
    def essential(self) -> list[Container]:
        """The containers whose end ends the task."""
        return [c for c in self.containers if c.essential]


def is_checked(task: Task) -> bool:
    """Whether anything tells how well the task is; otherwise it counts a while
    after it has started (facts, section 5.1).
    """
    return any(c.has_health_check for c in task.essential) or any(t.checked for t in task.targets)


def is_well(task: Task) -> bool:
    """Whether everything that checks a task has found it healthy: its
    containers' checks and its target groups'.
    """
    containers = all(c.health == "HEALTHY" for c in task.essential if c.has_health_check)
    return containers and all(t.health.state == "healthy" for t in task.targets if t.checked)


def runs_well(task: Task, now_ms: int) -> bool:
    """Whether a task runs and is well; one that nobody checks, once it has
    run for a while (facts, section 5.1).
    """
    if task.stage != Stage.RUNNING:
        return False
    return (
        is_well(task)
        if is_checked(task)
        else now_ms - (task.started_ms or 0) >= timing.COUNTS_AS_HEALTHY_MS
    )


def is_unhealthy(task: Task) -> bool:
    """Whether something that checks a task has found it unhealthy; nobody minds
    before it runs (facts 2, section 31, row 4).
    """
    if task.started_ms is None:
        return False
    return task.health == "UNHEALTHY" or any(t.health.state == "unhealthy" for t in task.targets)


def is_held(task: Task) -> bool:
    """Whether a task that was told to stop still answers requests that were under way:
    its targets drain (facts, section 5.7).
    """
    return bool(task.targets) and task.stage == Stage.DEACTIVATING
