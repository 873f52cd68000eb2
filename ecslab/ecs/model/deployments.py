"""Deployments: a revision's tasks within a service, and task sets."""

from dataclasses import dataclass, field

from ecslab.ecs.model import Json
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.service_deployments import ServiceRevision
from ecslab.ecs.ports.discovery import Registry
from ecslab.timeline.refs import DeploymentRef


@dataclass(slots=True)
class TaskSet:
    """What a deployment is besides when somebody else than ECS decides how
    many tasks it has (facts, section 7.3).
    """

    arn: str
    scale: float  # percent of the service's desired count
    stability_ms: int  # since when it is stable, or is not
    stable: bool = False  # STEADY_STATE, otherwise STABILIZING
    external_id: str | None = None
    started_by: str | None = None
    tags: list[Json] = field(default_factory=list)
    request: Json = field(default_factory=dict)  # what it was created with, for its clientToken


@dataclass(frozen=True, slots=True, order=True)
class ServiceConnectEndpoint:
    """A name and port of a client alias, and the Cloud Map service behind it."""

    dns_name: str
    port: int
    discovery_name: str
    namespace: str  # its ARN
    speaks_http: bool = False  # appProtocol http, http2 or grpc: the proxy understands the requests
    request_timeout_s: int = 0  # 0: none


@dataclass(slots=True, eq=False)
class Deployment:
    """One rollout of a service: a revision, and how far it has come
    (`deployments[]`, or `taskSets[]`).
    """

    id: str
    definition: TaskDefinition
    settings: Json  # launchType, networkConfiguration, platformVersion … as of this deployment
    created_ms: int
    updated_ms: int
    revision: ServiceRevision | None = None  # None: nobody deploys it (a task set)
    status: str = "PRIMARY"  # PRIMARY, ACTIVE, INACTIVE; of a task set PRIMARY, ACTIVE, DRAINING
    # Of a task set: what its scale has come to; of an older deployment: what it shall still have.
    desired: int = 0
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
    reaches: tuple[
        ServiceConnectEndpoint, ...
    ] = ()  # of Service Connect: what its tasks' proxies know
    task_set: TaskSet | None = None

    @property
    def ref(self) -> DeploymentRef:
        """What lines of its service say of it."""
        return DeploymentRef(label=self.id, definition=self.definition.name)
