"""What happens to services, and what their scheduler does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecslab.timeline.event import Event
from ecslab.timeline.refs import DeploymentRef, Ref, ServiceRef


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutService(Event):
    """Something about a service."""

    service: ServiceRef

    def about(self) -> Ref:
        """The service."""
        return self.service


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCreated(AboutService):
    """A service exists: how many tasks it wants, and of what."""

    kinds = ("created",)
    says = "{desired} of {of} wanted"
    desired: int
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUpdated(AboutService):
    """A service wants another number of tasks."""

    kinds = ("updated",)
    says = "{desired} wanted instead of {before}"
    desired: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDeleting(AboutService):
    """Nobody wants a service any more: it is DRAINING."""

    kinds = ("deleting",)
    says = "DeleteService was called"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInactive(AboutService):
    """A deleted service is over."""

    kinds = ("inactive",)
    says = "none of its tasks runs any more"
    deployment: DeploymentRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksStarted(AboutService):
    """The scheduler has started tasks (their ids): some in place of ill ones, or in a zone to rebalance."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSteady(AboutService):
    """Everything wanted is there and well, and nothing else."""

    kinds = ("steady",)
    says = "{healthy} of {healthy} healthy"
    deployment: DeploymentRef
    healthy: int
    scale: float | None = None  # of the task set that stands for it, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStuck(AboutService):
    """The strategy can neither start nor stop a task."""

    kinds = ("stuck",)
    trouble = True
    deployment: DeploymentRef
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartsThrottled(AboutService):
    """Starts have failed again and again: the scheduler waits before the next."""

    kinds = ("throttled",)
    says = "{failures} failed starts in a row: waits {wait_s:g} s"
    trouble = True
    deployment: DeploymentRef
    failures: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchFailed(AboutService):
    """No task could even be made, for AWS's error."""

    kinds = ("failed to launch",)
    says = "{error}"
    trouble = True
    deployment: DeploymentRef
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementFailed(AboutService):
    """No place for a task: AWS's code, and why in words; in one zone, when it is rebalanced."""

    kinds = ("placement failed",)
    trouble = True
    deployment: DeploymentRef
    code: str
    because: str
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalancingStarted(AboutService):
    """Tasks are moved into emptier zones; `zones` as AWS's events list them."""

    kinds = ("rebalancing",)
    says = "{zones}"
    deployment: DeploymentRef
    zones: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalancingCompleted(AboutService):
    """The zones have their shares."""

    kinds = ("rebalanced",)
    says = "{zones}"
    deployment: DeploymentRef
    zones: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalancingStopped(AboutService):
    """Rebalancing ends before its time."""

    kinds = ("rebalancing stopped",)
    deployment: DeploymentRef
    because: str
