"""What happens to services, and what their scheduler does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ecslab.timeline.event import Event
from ecslab.timeline.refs import DeploymentRef, Ref, ServiceRef


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutService(Event):
    """Something about a service."""

    service: ServiceRef

    def about(self) -> Ref:
        """The service."""
        return self.service


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ServiceCreated(AboutService):
    """A service exists: how many tasks it wants, and of what."""

    kinds = ("created",)
    says = "{desired} of {of} wanted"
    desired: int
    of: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ServiceUpdated(AboutService):
    """A service wants another number of tasks."""

    kinds = ("updated",)
    says = "{desired} wanted instead of {before}"
    desired: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ServiceDeleting(AboutService):
    """Nobody wants a service any more: it is DRAINING."""

    kinds = ("deleting",)
    says = "DeleteService was called"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ServiceInactive(AboutService):
    """A deleted service is over."""

    kinds = ("inactive",)
    says = "none of its tasks runs any more"
    deployment: DeploymentRef | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TasksStarted(AboutService):
    """The scheduler has started tasks (their ids): some in place of unhealthy
    ones, or in a zone to rebalance.
    """

    kinds = ("started tasks",)
    derives = ("count",)
    deployment: DeploymentRef
    tasks: tuple[str, ...]
    because: str
    replaces: int = 0
    zone: str | None = None

    def derived(self) -> Mapping[str, Any]:
        """How many."""
        return {"count": len(self.tasks)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TasksStopped(AboutService):
    """The scheduler has stopped tasks (their ids): those that ran, and those that did not yet."""

    kinds = ("stopped tasks",)
    derives = ("count",)
    deployment: DeploymentRef
    running: tuple[str, ...]
    pending: tuple[str, ...]
    because: str
    zone: str | None = None

    def derived(self) -> Mapping[str, Any]:
        """How many."""
        return {"count": len(self.running) + len(self.pending)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ServiceSteady(AboutService):
    """Everything wanted is there and well, and nothing else."""

    kinds = ("steady",)
    says = "{healthy} of {healthy} healthy"
    deployment: DeploymentRef
    healthy: int
    scale: float | None = None  # of the task set that stands for it, percent


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ServiceStuck(AboutService):
    """The strategy can neither start nor stop a task."""

    kinds = ("stuck",)
    trouble = True
    deployment: DeploymentRef
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StartsThrottled(AboutService):
    """Starts have failed again and again: the scheduler waits before the next."""

    kinds = ("throttled",)
    says = "{failures} failed starts in a row: waits {wait_s:g} s"
    trouble = True
    deployment: DeploymentRef
    failures: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LaunchFailed(AboutService):
    """No task could even be made, for AWS's error."""

    kinds = ("failed to launch",)
    says = "{error}"
    trouble = True
    deployment: DeploymentRef
    error: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PlacementFailed(AboutService):
    """No place for a task: AWS's code, and why in words; in one zone, when it is rebalanced."""

    kinds = ("placement failed",)
    trouble = True
    deployment: DeploymentRef
    code: str
    because: str
    message: str  # AWS's, without the service's name
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RebalancingStarted(AboutService):
    """Tasks are moved into emptier zones; `zones` as AWS's events list them."""

    kinds = ("rebalancing",)
    says = "{zones}"
    deployment: DeploymentRef
    zones: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RebalancingCompleted(AboutService):
    """The zones have their shares."""

    kinds = ("rebalanced",)
    says = "{zones}"
    deployment: DeploymentRef
    zones: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RebalancingStopped(AboutService):
    """Rebalancing ends before its time."""

    kinds = ("rebalancing stopped",)
    deployment: DeploymentRef
    because: str


# What is no line: AWS tells others of it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Unprinted(AboutService):
    """Something that only others are told of: a line of
    `services[].events`, or an event for EventBridge.
    """

    says: ClassVar[str] = ""
    printed: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SteadyRepeated(Unprinted):
    """A service is still steady after six hours."""

    kinds = ("still steady",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StartsImpaired(Unprinted):
    """A service that should start tasks waits, because starts have failed."""

    kinds = ("starts impaired",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TasksNotLaunched(Unprinted):
    """So many tasks of a deployment found no place: AWS's code."""

    kinds = ("tasks not launched",)
    deployment: DeploymentRef
    count: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskFailedChecks(Unprinted):
    """The scheduler stops a task (its id) that its health checks failed."""

    kinds = ("task failed checks",)
    task: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TargetsCounted(Unprinted):
    """What happened to so many targets of a group, or tasks, in one instant:
    registered, deregistered or draining.
    """

    kinds = ("targets counted",)
    change: str
    count: int
    target_group: str = ""
    task_set: str = ""  # the deployment that AWS names as one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TargetComplained(Unprinted):
    """A target is unhealthy, and nobody has to ignore it: AWS's message."""

    kinds = ("target complained",)
    message: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DiscoveryUnhealthy(Unprinted):
    """An unhealthy task (its id) is found no more."""

    kinds = ("discovery unhealthy",)
    task: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskSetCounted(Unprinted):
    """A task set's scale comes to another number of tasks."""

    kinds = ("task set counted",)
    deployment: DeploymentRef
    desired: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeploymentCondemned(Unprinted):
    """What watches a deployment ends it: AWS's message."""

    kinds = ("deployment condemned",)
    deployment: DeploymentRef
    message: str
