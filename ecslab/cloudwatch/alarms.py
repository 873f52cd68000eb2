"""CloudWatch's alarms: what they watch, and what state they are in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ecslab.cloudwatch.metrics import Metric
from ecslab.cloudwatch.series import Sum


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One line of what an alarm watches: a statistic of a metric, or
    an expression over other lines.
    """

    id: str
    metric: Metric | None = None
    statistic: str = "Average"
    period_s: int = 60
    unit: str | None = None
    expression: str | None = None


@dataclass(frozen=True, slots=True)
class MetricAlarm:
    """A metric alarm as somebody asked for it; CloudWatch's words where it has some."""

    name: str
    arn: str
    queries: tuple[MetricQuery, ...]
    watched: str  # the id of the query whose value is compared
    comparison: str
    threshold: float
    periods: int
    needed: int  # DatapointsToAlarm
    missing: str = "missing"  # TreatMissingData
    actions: Mapping[str, tuple[str, ...]] | None = None  # by the state that calls for them
    actions_enabled: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True)
class Datapoint:
    """What was published of one metric at one time."""

    metric: Metric
    at_ms: int  # since 1970
    seen: Sum
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm went from one state to another, or was looked at and stayed in it."""

    alarm: MetricAlarm
    before: str
    state: str  # OK, ALARM, INSUFFICIENT_DATA
    why: str
    data: str = "{}"  # the StateReasonData
    value: float | None = None  # the newest datapoint
    fresh: bool = True  # whether that is of the period that has just ended
    told: bool = False  # whether SetAlarmState's StateReasonData said it: no metric need have it


class Alarms(Protocol):
    """CloudWatch's alarms."""

    def known(self) -> Mapping[str, MetricAlarm]:
        """Every metric alarm by name; one that has not changed is the same object as before."""

    def state(self, names: Collection[str]) -> dict[str, str | None]:
        """What state each alarm is in: OK, ALARM or INSUFFICIENT_DATA;
        None for one that does not exist.
        """

    def reason(self, name: str) -> tuple[str, str]:
        """Why an alarm that exists is in its state, for people and as StateReasonData."""

    def change(self, to: AlarmChange) -> None:
        """Note a new state, and announce it."""

    def announce(self, alarm: MetricAlarm) -> None:
        """Tell those who are to hear of it that the alarm has come to the state
        it is in: somebody set it by hand.
        """

    def datapoints(
        self, wanted: Collection[tuple[str, str]], after: int = 0
    ) -> tuple[int, Iterable[Datapoint]]:
        """What was published of these metrics (namespace and name) after the first `after`
        datapoints, and how many there are now.
        """

    def put(self, alarm: MetricAlarm) -> None:
        """Make an alarm, or replace the one of that name."""

    def delete(self, names: Sequence[str]) -> None:
        """Delete alarms; one that is not there is none the less gone."""
