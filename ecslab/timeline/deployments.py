"""What happens to a service's deployments and task sets, whether ECS or CodeDeploy deploys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecslab.ground.text import Text
from ecslab.timeline.refs import DeploymentRef
from ecslab.timeline.services import AboutService

CODE_DEPLOY = "CODE_DEPLOY"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutDeployment(AboutService):
    """Something about a deployment; `work` is the id of the service
    deployment, or of CodeDeploy's.
    """

    derives = ("service_deployment", "release", "controller")
    deployment: DeploymentRef | None = None  # None where CodeDeploy tells: it drives task sets
    by: str = "ECS"
    work: str | None = None

    def derived(self) -> Mapping[str, Any]:
        """Under which name programs find the work."""
        if self.by == CODE_DEPLOY:
            return {"release": self.work, "controller": CODE_DEPLOY}
        return {"service_deployment": self.work}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeploymentStarted(AboutDeployment):
    """A revision is deployed: between which percentages, or by which
    configuration of CodeDeploy's.
    """

    kinds = ("deployment started",)
    says = "{of}"
    of: str  # family:revision
    desired: int | None = None
    bounds: tuple[int, int] | None = None  # percent
    creator: str | None = None
    config: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LimitsChanged(AboutService):
    """The percentages between which tasks are replaced change without a deployment."""

    kinds = ("limits changed",)
    desired: int
    before: tuple[int, int]
    bounds: tuple[int, int]

    @property
    def why(self) -> Text:
        """Both, in percent."""
        now, before = ("/".join(map(str, pair)) for pair in (self.bounds, self.before))
        return Text("{now} % instead of {before} %", now=now, before=before)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StageEntered(AboutDeployment):
    """A lifecycle stage begins; it lasts until the next one, or the end of the deployment."""

    kinds = ("stage",)
    stage: str
    step: int | None = None
    back: bool
    because: str = ""

    @property
    def why(self) -> Text:
        """The stage, and why it begins."""
        if self.because:
            return Text("{stage}: {because}", stage=self.stage, because=self.because)
        return Text("{stage}", stage=self.stage)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class HookChanged(AboutDeployment):
    """A lifecycle hook is called, or has come to something."""

    kinds = ("hook",)
    says = "{stage}: {because}"
    stage: str
    hook: str | None = None  # its id
    target_type: str | None = None
    target: str | None
    status: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TrafficShifted(AboutDeployment):
    """A route sends its traffic otherwise: percents by deployment or
    task set, and by task definition.
    """

    kinds = ("traffic shifted",)
    says = "{traffic}: {told}"
    stage: str | None = None
    traffic: str  # production or test
    weights: Mapping[str, float]
    shares: Mapping[str, int] | None = None
    told: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class BakeStarted(AboutDeployment):
    """A deployment that is ready is watched for a while by alarms."""

    kinds = ("baking",)
    bake_ms: int
    alarms: tuple[str, ...]

    @property
    def why(self) -> Text:
        """For how long, and by which."""
        names = ", ".join(self.alarms)
        return Text(
            "{bake_s:g} s under the eyes of {alarms}", bake_s=self.bake_ms / 1000, alarms=names
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AlarmsIgnored(AboutDeployment):
    """An alarm rings already: it cannot tell whether the deployment is to blame."""

    kinds = ("alarms ignored",)
    ringing: tuple[str, ...]

    @property
    def why(self) -> Text:
        """Which."""
        return Text("{ringing} in ALARM already", ringing=", ".join(self.ringing))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AlarmsMissing(AboutDeployment):
    """A deployment names alarms that nobody has made."""

    kinds = ("alarms missing",)
    missing: tuple[str, ...]

    @property
    def why(self) -> Text:
        """Which."""
        return Text("{missing}: such an alarm never rings", missing=", ".join(self.missing))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class BreakerTripped(AboutDeployment):
    """The circuit breaker ends a deployment: after failures, or after
    `attempts` to find image digests.
    """

    kinds = ("circuit breaker",)
    trouble = True
    failures: int
    threshold: int
    attempts: int | None = None

    @property
    def why(self) -> Text:
        """After what."""
        if self.attempts is not None:
            return Text("{attempts} attempts to find image digests failed", attempts=self.attempts)
        return Text(
            "{failures} of {threshold} failures", failures=self.failures, threshold=self.threshold
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RollbackRequested(AboutDeployment):
    """Somebody stops a service deployment: AWS's reason."""

    kinds = ("rollback requested",)
    says = "{reason}"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RollingBack(AboutDeployment):
    """A deployment has failed, and the one before takes over again."""

    kinds = ("rolling back",)
    says = "to {of}: {reason}"
    of: str  # family:revision
    reason: str | None  # AWS's
    creator: str | None = None
    config: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeploymentStalled(AboutDeployment):
    """A deployment has failed, and there is none to go back to."""

    kinds = ("stalled",)
    says = "no completed deployment to go back to"
    trouble = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeploymentEnded(AboutDeployment):
    """A deployment is over; `status` is CodeDeploy's word."""

    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeploymentCompleted(DeploymentEnded):
    """A deployment has what it wanted: so many tasks run; CodeDeploy's says its own id."""

    kinds = ("deployment completed",)
    running: int | None = None
    wanted: int | None = None

    @property
    def why(self) -> Text:
        """With how many."""
        if self.deployment is None:
            return Text("{work}", work=self.work)
        return Text(
            "{running} of {wanted} run {definition}",
            running=self.running,
            wanted=self.wanted,
            definition=self.deployment.definition,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeploymentFailed(DeploymentEnded):
    """A deployment is given up, for AWS's reason."""

    kinds = ("deployment failed",)
    says = "{reason}"
    trouble = True
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DeploymentStopped(DeploymentEnded):
    """Somebody has stopped a deployment, for AWS's reason."""

    kinds = ("deployment stopped",)
    says = "{reason}"
    reason: str


# Task sets


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AboutTaskSet(AboutService):
    """Something about a task set; its scale in percent of what the service wants."""

    deployment: DeploymentRef
    scale: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskSetCreated(AboutTaskSet):
    """A task set exists."""

    kinds = ("task set created",)
    says = "{definition} at {scale:g} %"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskSetScaled(AboutTaskSet):
    """A task set gets another share."""

    kinds = ("task set scaled",)
    says = "{definition} from {before:g} to {scale:g} %"
    before: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskSetMadePrimary(AboutTaskSet):
    """A task set stands for the service from now on."""

    kinds = ("task set primary",)
    instead_of: str | None  # family:revision

    @property
    def why(self) -> Text:
        """It, and the one before."""
        if self.instead_of:
            return Text(
                "{definition} instead of {before}",
                definition=self.deployment.definition,
                before=self.instead_of,
            )
        return Text("{definition}", definition=self.deployment.definition)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskSetDraining(AboutTaskSet):
    """A task set is deleted: its tasks stop."""

    kinds = ("task set draining",)
    says = "{definition} was deleted"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskSetDeleted(AboutTaskSet):
    """A task set is gone."""

    kinds = ("task set deleted",)
    says = "none of its tasks is left"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TaskSetSteady(AboutTaskSet):
    """A task set has what its scale comes to."""

    kinds = ("task set steady",)
    says = "{running} of {running} run {definition}"
    running: int
