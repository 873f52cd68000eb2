"""What CodeDeploy holds of an account in one region: applications,
groups, configurations, deployments.

Times are lab milliseconds. What CodeDeploy stores and returns unchanged keeps its AWS shape.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from ecslab.codedeploy.appspec import AppSpec
from ecslab.ground.clock import Alarm

Json = dict[str, Any]

ROLLBACK = "codeDeployRollback"  # who makes rollbacks
ENDED = frozenset({"Succeeded", "Failed", "Stopped"})


@dataclass(slots=True)
class Revision:
    """An AppSpec as it was handed in."""

    content: str
    sha256: str
    registered_ms: int
    description: str = ""
    first_used_ms: int | None = None
    last_used_ms: int | None = None
    groups: list[str] = field(default_factory=list)  # those that were deployed with it

    @property
    def location(self) -> Json:
        """The RevisionLocation that answers show: without the content (BC-cd:GetDeployment)."""
        return {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": self.sha256}}


@dataclass(slots=True)
class Config:
    """A deployment configuration: how traffic moves to the replacement."""

    id: str
    name: str
    created_ms: int
    routing: Json  # trafficRoutingConfig


@dataclass(slots=True)
class DeploymentGroup:
    """A deployment group: one ECS service, its listeners, and what happens around a deployment."""

    id: str
    name: str
    settings: Json  # the request's members that are stored and returned, defaults filled in
    tags: list[Json] = field(default_factory=list)
    revision: Revision | None = None  # the last one that was deployed
    succeeded: "Deployment | None" = None
    attempted: "Deployment | None" = None

    @property
    def production(self) -> str:
        """The production listener's ARN."""
        return str(self._pair["prodTrafficRoute"]["listenerArns"][0])

    @property
    def test(self) -> str | None:
        """The test listener's ARN, when there is one."""
        route = self._pair.get("testTrafficRoute", {}).get("listenerArns")
        return route[0] if route else None

    @property
    def target_groups(self) -> list[str]:
        """The names of its two target groups."""
        return [group["name"] for group in self._pair["targetGroups"]]

    @property
    def _pair(self) -> Json:
        pairs: list[Json] = self.settings["loadBalancerInfo"]["targetGroupPairInfoList"]
        return pairs[0]


@dataclass(slots=True)
class Application:
    """What groups belong to, and revisions."""

    id: str
    name: str
    created_ms: int
    tags: list[Json] = field(default_factory=list)
    groups: dict[str, DeploymentGroup] = field(default_factory=dict)
    revisions: dict[str, Revision] = field(default_factory=dict)  # by sha256


@dataclass(slots=True)
class LifecycleEvent:
    """One step of a deployment, and how it went (facts, section 7.2, hook order)."""

    name: str
    status: str = "Pending"
    started_ms: int | None = None
    ended_ms: int | None = None
    function: str | None = None
    execution: str | None = None  # what its function reports with
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Until:
    """What a deployment waits for: a signal, or until so many milliseconds have passed."""

    signal: str = ""
    ms: int | None = None


Story = Generator[Until, str, None]


@dataclass(slots=True)
class Deployment:
    """One deployment of one revision to one group."""

    id: str
    application: Application
    group: DeploymentGroup
    config: Config
    revision: Revision
    spec: AppSpec
    created_ms: int
    cluster: str  # names
    service: str
    # As it was created: autoRollbackConfiguration, alarmConfiguration, description ….
    settings: Json
    creator: str = "user"
    status: str = "Created"
    started_ms: int | None = None
    ended_ms: int | None = None
    updated_ms: int = 0
    error: Json | None = None
    rollback: Json | None = None  # rollbackInfo
    events: list[LifecycleEvent] = field(default_factory=list)
    target_status: str = "Pending"
    blue: str | None = None  # the task set that served when it began
    green: str | None = None
    blue_group: str = ""  # target groups' ARNs
    green_group: str = ""
    story: Story | None = None
    waits_for: str = ""  # a signal, READY_WAIT and TERMINATION_WAIT among them
    alarm: Alarm | None = None  # when it stops waiting
    unsteady: Alarm | None = None  # when a scaling event has taken too long
    # Computed desired counts while traffic shifts.
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.status in ENDED

    @property
    def alarms(self) -> Json:
        """The alarms that stop it: its own, otherwise its group's."""
        found: Json = (
            self.settings.get("overrideAlarmConfiguration")
            or self.group.settings.get("alarmConfiguration")
            or {}
        )
        return found

    def event(self, name: str) -> LifecycleEvent:
        """One of its lifecycle events by name."""
        return next(e for e in self.events if e.name == name)
