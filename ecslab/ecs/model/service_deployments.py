"""What an account remembers of a service's deployments: revisions, and the process from one to the
next.

A `Deployment` (deployments.py) is a revision's tasks; a `ServiceDeployment` is the
work of bringing a service to a revision, whose story can be read for 90 days (facts,
section 6.2). Times are lab milliseconds.
"""

from dataclasses import dataclass, field

from ecslab.ecs.model import Json
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ground.clock import Alarm

KEPT_MS = 90 * 24 * 3_600_000  # facts, section 6.2: the history covers 90 days

# Where a service deployment may go from each status (facts, section 6.2).
NEXT: dict[str, frozenset[str]] = {
    "PENDING": frozenset({"IN_PROGRESS", "ROLLBACK_REQUESTED", "STOP_REQUESTED", "STOPPED"}),
    "IN_PROGRESS": frozenset(
        {"SUCCESSFUL", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOPPED"}
    ),
    "STOP_REQUESTED": frozenset({"STOPPED"}),
    "ROLLBACK_REQUESTED": frozenset({"SUCCESSFUL", "ROLLBACK_IN_PROGRESS", "STOPPED"}),
    "ROLLBACK_IN_PROGRESS": frozenset({"ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}),
}
ONGOING = frozenset(NEXT)  # the others are final


@dataclass(slots=True, eq=False)
class ServiceRevision:
    """What a service's tasks shall be, as recorded when a deployment of it began."""

    number: str  # 19 digits
    arn: str
    definition: TaskDefinition
    settings: Json  # launchType, networkConfiguration, loadBalancers … in AWS's shape
    created_ms: int
    monitored: bool = False  # by GuardDuty: its tasks are born with an agent
    # Whether its first task turns tags into digests; not when it began with no task wanted.
    resolves: bool = True
    # By container, once a task has resolved its image.
    digests: dict[str, str] = field(default_factory=dict)
    failed_digests: int = 0  # attempts that found no image


@dataclass(slots=True)
class TrafficWeights:
    """The percentages of traffic that ECS has asked to go to a revision;
    None where nobody shifts traffic.
    """

    production: float | None = None
    test: float | None = None


@dataclass(slots=True)
class BreakerMonitor:
    """What the circuit breaker makes of one service deployment."""

    status: str = "DISABLED"  # MONITORING, MONITORING_COMPLETE, TRIGGERED
    failures: int = 0
    threshold: int = 0


@dataclass(slots=True)
class AlarmMonitor:
    """What the deployment alarms make of one service deployment."""

    status: str = "DISABLED"  # MONITORING, MONITORING_COMPLETE, TRIGGERED
    names: list[str] = field(default_factory=list)
    triggered: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rollback:
    """Why and when a service deployment turned back, and to what."""

    reason: str
    started_ms: int
    revision: ServiceRevision


@dataclass(slots=True)
class Hook:
    """A lifecycle hook that a service deployment has met (facts, section 7.1)."""

    id: str
    target_type: str  # AWS_LAMBDA, PAUSE
    status: str  # AWAITING_ACTION, IN_PROGRESS, SUCCEEDED, FAILED, TIMED_OUT
    target_arn: str | None = None
    expires_ms: int | None = None
    timeout_action: str | None = None  # CONTINUE, ROLLBACK
    stage: str = ""
    role_arn: str | None = None
    # hookDetails: what its function is told, and has kept.
    details: Json = field(default_factory=dict)
    execution: str = ""  # the id that its function is told
    reason: str = ""  # why it failed, in AWS's words
    called: int = 0  # how often its function has been called
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether its stage still waits for it."""
        return self.status in {"AWAITING_ACTION", "IN_PROGRESS"}


@dataclass(frozen=True, slots=True)
class TargetGroupPair:
    """One load balancer of a deployment that shifts traffic: ARNs of its rules, and
    of the target group of either revision.
    """

    production: str  # a rule, or a Network Load Balancer's listener
    test: str | None
    green: str
    blue: str
    role: str


@dataclass(slots=True)
class Shifting:
    """How far a service deployment has come that shifts traffic (facts, section
    7.1); shares are tenths of a percent.
    """

    target: str  # id of the deployment that is coming: green
    source: str | None  # and of the one it replaces: blue
    routes: tuple[TargetGroupPair, ...] = ()
    production: int = 0  # the share green has been given
    test: int = 0
    step: int = 0  # how many shifts of production traffic there have been
    interrupts: bool = False  # it takes over from one that was under way
    broken: str = ""  # why it cannot go on
    over: bool = False
    here: list[Hook] = field(default_factory=list)  # the hooks of the stage it is in


@dataclass(slots=True, eq=False)
class ServiceDeployment:
    """The work of bringing a service to a revision, and how far it has come."""

    id: str
    arn: str
    target: ServiceRevision
    sources: list[ServiceRevision]
    configuration: Json  # the deploymentConfiguration it began with
    created_ms: int
    updated_ms: int
    status: str = "PENDING"
    status_reason: str | None = None
    started_ms: int | None = None
    finished_ms: int | None = None
    stopped_ms: int | None = None
    stage: str | None = None  # the lifecycle stage of blue/green and its kin, and since when
    stage_since_ms: int | None = None
    hooks: list[Hook] = field(default_factory=list)
    weights: dict[str, TrafficWeights] = field(default_factory=dict)  # by revision number
    breaker: BreakerMonitor = field(default_factory=BreakerMonitor)
    alarms: AlarmMonitor = field(default_factory=AlarmMonitor)
    rollback: Rollback | None = None
    shifting: Shifting | None = None  # None under ROLLING
    # Of a rolling deployment that is ready and still watched by its alarms.
    bake_until_ms: int | None = None

    @property
    def ongoing(self) -> bool:
        """Whether it has not come to an end yet."""
        return self.status in ONGOING

    def become(self, status: str, now_ms: int, reason: str | None = None) -> None:
        """Move on to a status, at a time; only along the ways that AWS documents."""
        assert status in NEXT[self.status], (
            f"{self.status} leads to {sorted(NEXT[self.status])}, not {status}"
        )
        self.status, self.updated_ms = status, now_ms
        if reason is not None:
            self.status_reason = reason
        if status != "IN_PROGRESS":
            self._end_monitors()
        if status == "IN_PROGRESS":
            self.started_ms = now_ms
        elif status == "STOPPED":
            self.stopped_ms = self.finished_ms = now_ms
        elif status not in ONGOING:
            self.finished_ms = now_ms

    def _end_monitors(self) -> None:
        if self.breaker.status == "MONITORING":
            self.breaker.status = "MONITORING_COMPLETE"
        if self.alarms.status == "MONITORING":
            self.alarms.status = "MONITORING_COMPLETE"

    def enter(self, stage: str, now_ms: int) -> None:
        """Come to the next lifecycle stage."""
        self.stage, self.stage_since_ms, self.updated_ms = stage, now_ms, now_ms
