"""What Application Auto Scaling holds of ECS services: targets, policies, scheduled actions,
activities.

Times are lab milliseconds. Configurations keep AWS's shape.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ecslab.autoscaling.schedule import Schedule
from ecslab.ground.clock import Alarm

Json = dict[str, Any]

NAMESPACE, DIMENSION = "ecs", "ecs:service:DesiredCount"  # facts, section 9.1
# Activities of the last six weeks are told (botocore, DescribeScalingActivities)
KEPT_MS = 42 * 86_400_000


@dataclass(slots=True)
class ScalingPolicy:
    """A scaling policy of a target."""

    name: str
    arn: str
    kind: str  # TargetTrackingScaling, StepScaling
    config: Json
    created_ms: int
    # Those made for it: High and Low, and their names.
    alarms: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class ScheduledAction:
    """New bounds for a target at certain times."""

    name: str
    arn: str
    expression: str
    zone: str | None
    start: float | None  # seconds since 1970, as asked
    end: float | None
    bounds: Json  # MinCapacity, MaxCapacity or both
    created_ms: int
    schedule: Schedule
    wake: Alarm | None = None


@dataclass(slots=True)
class Pause:
    """A cooldown: until when, and how many tasks ran before what it follows."""

    until_ms: int
    running: int = 0


@dataclass(slots=True)
class ScalableTarget:
    """A service whose desired count is scaled between a minimum and a maximum."""

    resource: str  # service/CLUSTER/SERVICE
    arn: str
    minimum: int
    maximum: int
    created_ms: int
    role: str
    suspended: Json = field(default_factory=dict)
    policies: dict[str, ScalingPolicy] = field(default_factory=dict)
    actions: dict[str, ScheduledAction] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    out: Pause | None = None  # since the last scale-out
    in_: Pause | None = None  # since the last scale-in
    said: str = ""  # why it was not scaled when it was last looked at

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.resource.split("/")[1]

    @property
    def service(self) -> str:
        """The service's name."""
        return self.resource.split("/")[2]

    def is_suspended(self, what: str) -> bool:
        """Whether DynamicScalingIn, DynamicScalingOut or ScheduledScaling is suspended."""
        return bool(self.suspended.get(f"{what}Suspended"))


@dataclass(slots=True)
class Activity:
    """Something that scaling did or did not do."""

    id: str
    resource: str
    description: str
    cause: str
    start_ms: int
    status: str  # InProgress, Successful, Overridden, Unfulfilled, Failed
    message: str
    wanted: int | None = None
    end_ms: int | None = None
    reasons: list[Json] = field(default_factory=list)  # why nothing was scaled

    @property
    def scaled(self) -> bool:
        """Whether it is one of those that are told without being asked for."""
        return not self.reasons


@dataclass(slots=True)
class Scalable:
    """All of an account's and region's."""

    targets: dict[str, ScalableTarget] = field(default_factory=dict)  # by resource
    # Newest first.
    activities: deque[Activity] = field(default_factory=lambda: deque(maxlen=10_000))
