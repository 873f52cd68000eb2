"""What Application Auto Scaling does to services, and what alarms say."""

from dataclasses import dataclass

from ecslab.ground.text import Text
from ecslab.timeline.event import Event
from ecslab.timeline.refs import AlarmRef, Ref
from ecslab.timeline.services import AboutService


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ServiceScaled(AboutService):
    """A service wants another number of tasks: by a policy and its
    alarm, or because its bounds were set.
    """

    kinds = ("scaled",)
    before: int
    after: int
    because: str
    policy: str | None = None
    policy_type: str | None = None
    alarm: str | None = None
    value: float | None = None  # of the alarm's metric

    @property
    def why(self) -> Text:
        """How many, why, and by which policy."""
        told = {"before": self.before, "after": self.after, "because": self.because}
        if self.policy is not None:
            return Text("{before} → {after}: {because} ({policy})", **told, policy=self.policy)
        return Text("{before} → {after}: {because}", **told)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ScalingHeld(AboutService):
    """A policy or a scheduled action leaves a service as it is."""

    kinds = ("not scaled",)
    because: str
    policy: str | None = None
    alarm: str | None = None
    value: float | None = None
    scheduled_action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class BoundsSet(AboutService):
    """A scheduled action has set how many tasks a service may have."""

    kinds = ("bounds set",)
    says = "{scheduled_action}: {minimum} to {maximum} tasks"
    scheduled_action: str
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AlarmChanged(Event):
    """A CloudWatch alarm has another state, for AWS's reason; the
    value and threshold of its metric.
    """

    kinds = ("ok", "in alarm", "insufficient data")
    says = "{reason}"
    alarm: AlarmRef
    state: str
    before: str
    value: float | None
    threshold: float | None
    reason: str

    def about(self) -> Ref:
        """The alarm."""
        return self.alarm

    @property
    def kind(self) -> str:
        """The state."""
        return {"OK": "ok", "ALARM": "in alarm"}.get(self.state, "insufficient data")
