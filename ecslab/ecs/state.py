"""The only place for what an ECS account holds: clusters, task definitions, tasks, services.

Times are lab milliseconds (`Clock.now_ms`). Nested AWS structures that ECS stores and returns unchanged keep their AWS shape.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from ecslab.clock import Alarm
from ecslab.ecs.neighbours.balancers import Target, TargetGroup, TargetHealth
from ecslab.ecs.neighbours.discovery import Registry
from ecslab.ecs.neighbours.network import Interface
from ecslab.ecs.policy.connection.endpoints import Endpoint
from ecslab.ecs.policy.target_health import Progress
from ecslab.ecs.rollout_state import ServiceDeployment, ServiceRevision
from ecslab.world.answers import Answer
from ecslab.world.images import Behaviour

Json = dict[str, Any]


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
class TaskDefinition:
    """One revision of a family; `spec` is the registered request with ECS's defaults filled in."""

    family: str
    revision: int
    arn: str
    spec: Json
    registered_ms: int
    registered_by: str
    status: str = "ACTIVE"  # → INACTIVE → DELETE_IN_PROGRESS
    deregistered_ms: int | None = None
    delete_requested_ms: int | None = None
    tags: list[Json] = field(default_factory=list)

    @property
    def name(self) -> str:
        """family:revision, the short form that people read."""
        return f"{self.family}:{self.revision}"

    @property
    def containers(self) -> list[Json]:
        """The container definitions, in AWS's shape."""
        return self.spec["containerDefinitions"]  # type: ignore[no-any-return]


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


Port = tuple[str, int]  # ("tcp", 80)


@dataclass(slots=True)
class ContainerInstance:
    """A machine on which tasks of the EC2 or EXTERNAL launch type run, and what of it is taken."""

    id: str
    arn: str
    label: str  # instance/1, instance/2, … in order of registration
    cluster: "Cluster"
    ec2_id: str  # i-…, or mi-… for an EXTERNAL one
    external: bool
    cpu: int  # units registered: 1,024 a vCPU
    memory: int  # MiB registered
    interfaces: int  # how many awsvpc tasks may have a network interface here
    reserved_ports: frozenset[Port]  # never given to a task: the agent's own
    attributes: dict[str, str | None]
    registered_ms: int
    zone: str | None = None
    subnet: str | None = None
    vpc: str | None = None
    private_ip: str | None = None
    capacity_provider: str | None = None
    status: str = "ACTIVE"  # REGISTERING, REGISTRATION_FAILED, ACTIVE, DRAINING, DEREGISTERING, INACTIVE
    status_reason: str | None = None
    connected: bool = True  # its agent
    version: int = 1
    agent_version: str = "1.105.1"
    gpus: tuple[str, ...] = ()  # their ids
    tags: list[Json] = field(default_factory=list)
    tasks: dict[str, "Task"] = field(default_factory=dict)  # those that hold resources here
    cpu_taken: int = 0
    memory_taken: int = 0
    interfaces_taken: int = 0
    ports_taken: dict[Port, str] = field(default_factory=dict)  # by which task
    gpus_taken: dict[str, str] = field(default_factory=dict)  # by which task


@dataclass(slots=True)
class Registration:
    """One target of one task in one target group, and what its health checks have found."""

    group: str  # ARN
    target: Target
    container: str
    container_port: int
    health: TargetHealth
    progress: Progress  # of its health checks
    healthy_since_ms: int | None = None  # without a break
    draining: bool = False
    watch: tuple[TargetGroup, list[tuple[float, Answer]]] | None = (
        None  # what its checks go by, and will meet
    )
    alarm: Alarm | None = None  # when its health changes next
    grace: Alarm | None = None  # when somebody is told that it is unhealthy

    @property
    def checked(self) -> bool:
        """Whether somebody finds out how well it is: nobody does while no listener forwards to its group."""
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
class Task:
    """One running copy of a task definition."""

    id: str
    arn: str
    label: str  # task/1, task/2, … in order of birth: what the timeline calls it
    cluster: "Cluster"
    definition: TaskDefinition
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
    attachment_id: str | None = None
    attachment_status: str = "PRECREATED"
    connectivity_ms: int | None = None
    pull_started_ms: int | None = None
    pull_stopped_ms: int | None = None
    started_ms: int | None = None
    stopping_ms: int | None = None
    execution_stopped_ms: int | None = None
    stopped_ms: int | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    health: str = "UNKNOWN"
    targets: list[Registration] = field(default_factory=list)  # in target groups, draining ones included
    counted_as_failed: bool = False  # towards its deployment's failedTasks
    proved: bool = False  # it was well, at least once
    registered: list[tuple[Registry, int | None]] = field(
        default_factory=list
    )  # where others find it, and on which port
    sidecars: list[Json] = field(
        default_factory=list
    )  # what AWS adds beside the task definition's containers
    monitored_by: str | None = None  # GuardDuty's detector
    watched: bool = False  # its agent has begun to look
    connect_attachments: list[Json] = field(default_factory=list)  # of Service Connect, in AWS's shape
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def last_status(self) -> str:
        """The word the API shows."""
        return self.stage.name

    @property
    def essential(self) -> list[Container]:
        """The containers whose end ends the task."""
        return [c for c in self.containers if c.essential]


@dataclass(slots=True)
class TaskSet:
    """What a deployment is besides when somebody else than ECS decides how many tasks it has (facts, section 7.3)."""

    arn: str
    scale: float  # percent of the service's desired count
    stability_ms: int  # since when it is stable, or is not
    stable: bool = False  # STEADY_STATE, otherwise STABILIZING
    external_id: str | None = None
    started_by: str | None = None
    tags: list[Json] = field(default_factory=list)
    request: Json = field(default_factory=dict)  # what it was created with, for its clientToken


@dataclass(slots=True, eq=False)
class Deployment:
    """One rollout of a service: a revision, and how far it has come (`deployments[]`, or `taskSets[]`)."""

    id: str
    definition: TaskDefinition
    settings: Json  # launchType, networkConfiguration, platformVersion … as of this deployment
    created_ms: int
    updated_ms: int
    revision: ServiceRevision | None = None  # None: nobody deploys it (a task set)
    status: str = "PRIMARY"  # PRIMARY, ACTIVE, INACTIVE; of a task set PRIMARY, ACTIVE, DRAINING
    desired: int = (
        0  # of a task set: what its scale has come to; of an older deployment: what it shall still have
    )
    failed_tasks: int = 0
    one_ran: bool = False  # one of its tasks was RUNNING, at least once
    rollout: str = "IN_PROGRESS"  # COMPLETED, FAILED
    rollout_reason: str = ""
    new_failures: int = 0  # failed starts since the scheduler last looked
    failed_rounds: int = 0  # rounds in a row that met one: what the start throttle looks at
    next_start_ms: int = 0  # no task is started before then
    offers: tuple[
        Registry, ...
    ] = ()  # of Service Connect: the Cloud Map services that its tasks are entered in
    reaches: tuple[Endpoint, ...] = ()  # of Service Connect: what its tasks' proxies know
    task_set: TaskSet | None = None


@dataclass(slots=True)
class Rebalance:
    """A service's rebalancing over Availability Zones that goes on, and what it began with (facts, section 5.5)."""

    deployment: str
    desired: int
    # Ids of tasks, empty between two steps: those that were started in emptier zones, and those that go for them.
    started: list[str] = field(default_factory=list)
    going: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ServiceEvent:
    """One line of `services[].events`."""

    id: str
    at_ms: int
    message: str


@dataclass(slots=True)
class Service:
    """What somebody wants kept running, and what the scheduler has done about it."""

    name: str
    arn: str
    cluster: "Cluster"
    desired: int
    settings: Json  # the members of CreateService that ECS stores and returns unchanged
    created_ms: int
    created_by: str
    request: Json = field(
        default_factory=dict
    )  # as it was created: the same request again is answered with the same service
    status: str = "ACTIVE"  # → DRAINING → INACTIVE
    deployments: list[Deployment] = field(default_factory=list)  # the wanted one first, then newest first
    completed: Deployment | None = None  # the last that was COMPLETED: what a rollback goes back to
    service_deployments: list[ServiceDeployment] = field(default_factory=list)  # newest first, of 90 days
    revisions: list[ServiceRevision] = field(default_factory=list)  # newest first
    tasks: dict[str, Task] = field(default_factory=dict)  # those not yet STOPPED
    events: deque[ServiceEvent] = field(default_factory=lambda: deque(maxlen=100))  # newest first
    tags: list[Json] = field(default_factory=list)
    looked_at: bool = False  # by the scheduler, at least once
    steady: bool = False
    blocked: str = ""  # why the scheduler has nothing to do although the service is not steady
    said: dict[str, int] = field(
        default_factory=dict
    )  # when an event was last written, so that it is not repeated
    rebalance: Rebalance | None = None
    unbalanced: bool = False  # a zone with too few of its tasks had no room
    wake: Alarm | None = None
    reminder: Alarm | None = None

    @property
    def primary(self) -> Deployment:
        """The deployment that is wanted: the newest, or the one that is rolled back to."""
        return self.deployments[0]

    @property
    def waits_for_room(self) -> bool:
        """Whether room on an instance is news to it."""
        return bool(self.blocked) or self.unbalanced

    @property
    def controller(self) -> str:
        """Who decides how its tasks are replaced: ECS, CODE_DEPLOY or EXTERNAL."""
        return str(self.settings["deploymentController"]["type"])

    @property
    def uses_task_sets(self) -> bool:
        """Whether its deployments are task sets, several side by side, or none at all."""
        return self.controller != "ECS"

    @property
    def serving(self) -> Deployment | None:
        """The task set that serves production traffic; None until one is made primary (facts, section 7.3)."""
        return next((d for d in self.deployments if d.status == "PRIMARY"), None)

    @property
    def service_deployment(self) -> ServiceDeployment | None:
        """The newest service deployment, ongoing or not; None where something else than ECS deploys."""
        return self.service_deployments[0] if self.service_deployments else None


@dataclass(slots=True)
class Cluster:
    """A named group of services and tasks, and its settings."""

    name: str
    arn: str
    status: str = "ACTIVE"  # → INACTIVE
    settings: list[Json] = field(default_factory=list)
    configuration: Json | None = None
    capacity_providers: list[str] = field(default_factory=list)
    default_strategy: list[Json] = field(default_factory=list)
    service_connect: Json | None = None
    tags: list[Json] = field(default_factory=list)
    services: dict[str, Service] = field(default_factory=dict)
    instances: dict[str, ContainerInstance] = field(default_factory=dict)  # INACTIVE ones are gone
    tasks: dict[str, Task] = field(default_factory=dict)  # stopped ones too, for an hour
    client_tokens: dict[str, tuple[Json, list[str]]] = field(default_factory=dict)
    request: Json = field(
        default_factory=dict
    )  # what it was created with; creating it again must ask for the same


@dataclass(slots=True)
class CapacityProvider:
    """An Auto Scaling group whose instances run tasks, and how ECS scales it."""

    name: str
    arn: str
    group: str  # the Auto Scaling group's name
    group_arn: str
    scaling: Json  # managedScaling, defaults filled in
    protection: bool  # managed termination protection
    draining: bool  # managed draining
    attachment: str  # the id of what ECS makes to scale it
    status: str = "ACTIVE"  # → INACTIVE
    update_status: str | None = None
    update_reason: str | None = None
    tags: list[Json] = field(default_factory=list)

    @property
    def managed(self) -> bool:
        """Whether ECS sets the group's size."""
        return bool(self.scaling["status"] == "ENABLED")
