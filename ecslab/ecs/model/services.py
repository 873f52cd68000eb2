"""Services: what somebody wants kept running."""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ecslab.ecs.model import Json
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.service_deployments import ServiceDeployment, ServiceRevision
from ecslab.ecs.model.tasks import Task, is_unhealthy
from ecslab.ground.clock import Alarm
from ecslab.timeline.refs import DeploymentRef, ServiceRef
from ecslab.timeline.services import AboutService

if TYPE_CHECKING:
    from ecslab.ecs.model.clusters import Cluster

REPEAT_MS = 6 * 3_600_000  # an identical event is held back for six hours (facts, section 5.1)


@dataclass(slots=True)
class Rebalance:
    """A service's rebalancing over Availability Zones that goes on, and what
    it began with (facts, section 5.5).
    """

    deployment: str
    desired: int
    # Ids of tasks, empty between two steps: those that were started in emptier
    # zones, and those that go for them.
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
    ref: ServiceRef  # what lines about it are about
    # As it was created: the same request again is answered with the same service.
    request: Json = field(default_factory=dict)
    status: str = "ACTIVE"  # → DRAINING → INACTIVE
    # The wanted one first, then newest first.
    deployments: list[Deployment] = field(default_factory=list)
    completed: Deployment | None = None  # the last that was COMPLETED: what a rollback goes back to
    # Newest first, of 90 days.
    service_deployments: list[ServiceDeployment] = field(default_factory=list)
    revisions: list[ServiceRevision] = field(default_factory=list)  # newest first
    tasks: dict[str, Task] = field(default_factory=dict)  # those not yet STOPPED
    events: deque[ServiceEvent] = field(default_factory=lambda: deque(maxlen=100))  # newest first
    tags: list[Json] = field(default_factory=list)
    looked_at: bool = False  # by the scheduler, at least once
    steady: bool = False
    blocked: str = ""  # why the scheduler has nothing to do although the service is not steady
    # When what was last told, by its content, so that it is not repeated.
    told: dict[tuple[Any, ...], int] = field(default_factory=dict)
    rebalance: Rebalance | None = None
    unbalanced: bool = False  # a zone with too few of its tasks had no room
    spot_again_ms: int = 0  # when Fargate Spot, which had no capacity, is asked again
    wake: Alarm | None = None  # its next round
    asked: bool = False  # something has happened since the scheduler last looked
    reminder: Alarm | None = None

    @property
    def primary(self) -> Deployment:
        """The deployment that is wanted: the newest, or the one that is rolled back to."""
        return self.deployments[0]

    def deployment(self, id_: str) -> DeploymentRef:
        """What lines say of one of its deployments, one that it remembers no more included."""
        found = next((d for d in self.deployments if d.id == id_), None)
        work = next(
            (w for w in self.service_deployments if f"ecs-svc/{w.target.number}" == id_), None
        )
        if found is None and work is not None:
            return DeploymentRef(label=id_, definition=work.target.definition.name)
        return found.ref if found else DeploymentRef(label=id_, definition="")

    def is_news(self, event: AboutService, now_ms: int) -> bool:
        """Whether nothing of the same content was told within six hours whose cause
        has not gone since; it is told now.
        """
        last = self.told.get(event.content)
        if last is not None and now_ms - last < REPEAT_MS:
            return False
        self.told[event.content] = now_ms
        return True

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
        """The task set that serves production traffic; None until one is
        made primary (facts, section 7.3).
        """
        return next((d for d in self.deployments if d.status == "PRIMARY"), None)

    @property
    def service_deployment(self) -> ServiceDeployment | None:
        """The newest service deployment, ongoing or not; None where
        something else than ECS deploys.
        """
        return self.service_deployments[0] if self.service_deployments else None


def is_minded(service: Service, task: Task, now_ms: int) -> bool:
    """Whether a task is unhealthy and its service minds: in its grace period that is ignored,
    whatever is asked (facts, section 5.6).
    """
    return is_unhealthy(task) and now_ms >= grace_ends_ms(service, task)


def unhealthy_reason(service: Service, task: Task, now_ms: int) -> str | None:
    """Why a task whose state its service minds is stopped, in AWS's
    words (facts, section 1.2), or None.
    """
    if not is_minded(service, task, now_ms):
        return None
    if task.health == "UNHEALTHY":
        return "Task failed container health checks"
    unhealthy = next((t for t in task.targets if t.health.state == "unhealthy"), None)
    return (
        f"Task failed ELB health checks in (target-group {unhealthy.group})" if unhealthy else None
    )


def grace_ends_ms(service: Service, task: Task) -> int:
    """Unhealthy checks are ignored for so long after a task started (facts, section 5.6)."""
    return (task.started_ms or 0) + int(
        service.settings.get("healthCheckGracePeriodSeconds") or 0
    ) * 1000
