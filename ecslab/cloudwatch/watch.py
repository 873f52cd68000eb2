"""One alarm as it is looked at: its rule, the datapoints in its range, and
whether another look could change anything.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ecslab.cloudwatch.alarms import MetricAlarm
from ecslab.cloudwatch.expression import formulas
from ecslab.cloudwatch.feed import Published
from ecslab.cloudwatch.rule import Point, Rule
from ecslab.cloudwatch.series import MetricWindow, step_of
from ecslab.ground.clock import Alarm as Wake


@dataclass(slots=True)
class AlarmWatch:
    """One alarm, and what is needed to look at it."""

    alarm: MetricAlarm
    rule: Rule
    series: list[MetricWindow]
    points: Callable[[int], list[Point]]  # those of its range before a time, oldest first
    period_s: int
    step_ms: int
    state: str
    wake: Wake | None = None

    def could_change(self, now_ms: int) -> bool:
        """Whether a datapoint is in its range, or still to come."""
        oldest = now_ms // self.step_ms - self.rule.range * self.period_s * 1000 // self.step_ms
        return any(series.newest >= oldest for series in self.series)


def watch_of(alarm: MetricAlarm, published: Published, state: str) -> AlarmWatch:
    """What is needed to look at an alarm that is in this state; its series
    are kept as long as it looks back.
    """
    rule = Rule(alarm.comparison, alarm.threshold, alarm.periods, alarm.needed, alarm.missing)
    stats = [q for q in alarm.queries if q.metric is not None]
    period_s = max(q.period_s for q in stats)
    step_ms = min(step_of(q.period_s) for q in stats)
    keep_ms = rule.range * period_s * 1000
    made = {q.id: published.series(alarm.name, q, step_ms, keep_ms) for q in stats}
    return AlarmWatch(
        alarm=alarm,
        rule=rule,
        series=list(made.values()),
        points=_reader(alarm, rule.range, made),
        period_s=period_s,
        step_ms=step_ms,
        state=state,
    )


def _reader(
    alarm: MetricAlarm, count: int, series: dict[str, MetricWindow]
) -> Callable[[int], list[Point]]:
    """What reads the alarm's last `count` periods before a time, oldest first."""
    if len(alarm.queries) == 1:
        only = alarm.queries[0]
        found = series[only.id]
        return lambda until_ms: found.points(until_ms, only.period_s, count, only.statistic)
    by_id = {q.id: q for q in alarm.queries}
    compute = formulas(
        {q.id: q.expression for q in alarm.queries if q.expression is not None}, series
    )

    def points(until_ms: int) -> list[Point]:
        columns = {
            name: s.points(until_ms, by_id[name].period_s, count, by_id[name].statistic)
            for name, s in series.items()
        }
        result: list[Point] = []
        for n in range(count):
            at = {name: column[n] for name, column in columns.items()}
            for name, value in compute:
                at[name] = value(at)
            result.append(at[alarm.watched])
        return result

    return points
