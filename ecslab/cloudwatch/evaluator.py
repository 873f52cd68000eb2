"""CloudWatch's alarms on virtual time: each is looked at when a period ends, for
as long as that could change anything.

An alarm sleeps once no datapoint is left in the periods that it looks at: then
only a new datapoint changes its state.
"""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import partial

from ecslab.cloudwatch import reasons as words
from ecslab.cloudwatch.alarms import AlarmChange, Alarms, MetricAlarm
from ecslab.cloudwatch.feed import Published
from ecslab.cloudwatch.metrics import Metrics
from ecslab.cloudwatch.rule import INSUFFICIENT_DATA, AlarmVerdict, Point, judge
from ecslab.cloudwatch.watch import AlarmWatch, watch_of
from ecslab.ground.clock import Clock
from ecslab.timeline.scaling import AlarmChanged
from ecslab.timeline.teller import Teller

AFTER_ALL_ELSE = 5  # the clock's priority: what is published in the same instant is seen
# At the end of the names that AWS makes.
_UUID = re.compile(r"-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


class AlarmEvaluator:
    """Every metric alarm of the account and region.

    `state(["high", "low"])` is what CloudWatch shows now: {"high": "ALARM", "low": None}, None for
    one that does not exist. `on_change` are the callables that hear of each change of state,
    evaluated or set by hand; `on_look` those that hear of every evaluation. Both get an
    `AlarmChange`: alarm, before, state, why, value.
    """

    def __init__(self, *, clock: Clock, story: Teller, alarms: Alarms, metrics: Metrics) -> None:
        self._clock, self._story, self._port = clock, story, alarms
        self._watches: dict[str, AlarmWatch] = {}
        self._published = Published(self._port)
        self.on_change: list[Callable[[AlarmChange], None]] = []
        self.on_look: list[Callable[[AlarmChange], None]] = []
        metrics.on_put.append(self.hear)

    def state(self, names: Collection[str]) -> dict[str, str | None]:
        """What state each alarm is in; None for one that does not exist."""
        return self._port.state(names)

    def latest(self, name: str, statistic: str) -> float | None:
        """The newest datapoint of an alarm's metric by another statistic; None where the
        alarm watches an expression or has none.
        """
        watch = self._watches[name]
        only = watch.alarm.queries[0]
        if len(watch.alarm.queries) > 1:
            return None
        points = watch.series[0].points(
            self._clock.since_1970_ms, only.period_s, watch.rule.range, statistic
        )
        return next((p for p in reversed(points) if p is not None), None)

    def put(self, alarm: MetricAlarm) -> None:
        """Make an alarm, or replace the one of that name."""
        self._port.put(alarm)
        self.sync()

    def delete(self, names: Sequence[str]) -> None:
        """Delete alarms; one that is not there is none the less gone."""
        self._port.delete(names)
        self.sync()

    def calling(self, arn: str) -> list[MetricAlarm]:
        """The alarms that have something as an action, by its ARN or a
        longer one that begins with it.
        """
        found = self._port.known().values()
        return [
            a
            for a in found
            if any(x.startswith(arn) for xs in (a.actions or {}).values() for x in xs)
        ]

    # Hearing

    def sync(self) -> None:
        """CloudWatch may have changed: alarms that were made, changed or
        deleted, datapoints, a state set by hand.
        """
        known = self._port.known()
        for name in [n for n in self._watches if n not in known]:
            self._forget(name)
        self.hear()
        for name, alarm in known.items():
            watch = self._watches.get(name)
            if watch is None or watch.alarm is not alarm:
                self._watch(alarm)
        self._heed_hands()

    def hear(self) -> None:
        """Datapoints may have been published: take in those that an alarm watches, and wake it."""
        for name, at_ms in self._published.hear():
            self._rouse(self._watches[name], at_ms)

    def _heed_hands(self) -> None:
        """SetAlarmState holds until the alarm is next looked at (CloudWatch API, SetAlarmState)."""
        shown = self._port.state(self._watches)
        for name, watch in list(self._watches.items()):
            state = shown[name]
            if state is not None and state != watch.state:
                change = self._by_hand(watch, state)
                self._port.announce(watch.alarm)
                self._changed(watch, change, f"set by hand: {change.why}")
                self._ring(
                    watch,
                    self._clock.since_1970_ms // watch.step_ms * watch.step_ms + watch.step_ms,
                )
                for tell in self.on_look:
                    tell(change)

    def _by_hand(self, watch: AlarmWatch, state: str) -> AlarmChange:
        """A policy acts on the datapoint that StateReasonData tells of
        (botocore, SetAlarmState$StateReasonData).

        Without one it acts on the newest of the metric: what it does in AWS then was found nowhere.
        """
        why, data = self._port.reason(watch.alarm.name)
        told = words.datapoint(data)
        points = watch.points(self._clock.since_1970_ms) if told is None else [told]
        value = next((p for p in reversed(points) if p is not None), None)
        return AlarmChange(watch.alarm, watch.state, state, why, data, value, told=told is not None)

    # Watching

    def _watch(self, alarm: MetricAlarm) -> None:
        before = self._watches.get(alarm.name)
        if before is not None:
            self._forget(alarm.name)
        state = self._port.state([alarm.name])[alarm.name] or INSUFFICIENT_DATA
        watch = watch_of(alarm, self._published, before.state if before else state)
        self._watches[alarm.name] = watch
        self._ring(
            watch, self._clock.since_1970_ms // watch.step_ms * watch.step_ms + watch.step_ms
        )

    def _forget(self, name: str) -> None:
        self._clock.cancel(self._watches.pop(name).wake)
        self._published.forget(name)

    # Looking

    def _rouse(self, watch: AlarmWatch, at_ms: int) -> None:
        """A datapoint of that time came: look when its step is over; an alarm that is
        looked at within a step looks then anyway.

        One that sleeps until a datapoint that bears a later time is woken by an earlier one.
        """
        step, now = watch.step_ms, self._clock.since_1970_ms
        if watch.wake is None or watch.wake[0] > self._clock.now_ms + step:
            self._ring(watch, max(-(-now // step), at_ms // step + 1) * step)

    def _ring(self, watch: AlarmWatch, due_ms: int) -> None:
        self._clock.cancel(watch.wake)
        watch.wake = self._clock.after(
            due_ms - self._clock.since_1970_ms, partial(self._look, watch), AFTER_ALL_ELSE
        )

    def _look(self, watch: AlarmWatch) -> None:
        now, before = self._clock.since_1970_ms, watch.state
        watch.wake = None
        points = watch.points(now)
        verdict = judge(points, watch.rule, before)
        if watch.could_change(now):
            self._ring(watch, now + watch.step_ms)
        value = next((p for p in reversed(points) if p is not None), None)
        why, data = ("", "{}") if verdict.state == before else self._reason(watch, verdict, points)
        change = AlarmChange(
            watch.alarm, before, verdict.state, why, data, value, points[-1] is not None
        )
        if verdict.state != before:
            self._port.change(change)
            self._changed(watch, change, words.brief(verdict, watch.rule, value))
        for tell in self.on_look:
            tell(change)

    def _reason(
        self, watch: AlarmWatch, verdict: AlarmVerdict, points: list[Point]
    ) -> tuple[str, str]:
        """The StateReason and its data: the datapoints that decided, with
        the times their periods began.
        """
        now_s, period_s, rule = self._clock.since_1970_ms / 1000, watch.period_s, watch.rule
        stamped = [
            (datetime.fromtimestamp(now_s - age * period_s, UTC), p)
            for age, p in enumerate(reversed(points), 1)
            if p is not None
        ][: rule.periods]
        statistic = watch.alarm.queries[0].statistic if len(watch.alarm.queries) == 1 else None
        data = words.reason_data(self._clock.now, rule, stamped, period_s, statistic)
        return words.reason(watch.state, verdict, rule, stamped), data

    def _changed(self, watch: AlarmWatch, change: AlarmChange, why: str) -> None:
        watch.state = change.state
        self._story.say(
            AlarmChanged(
                alarm=self._story.alarm(change.alarm.name, _UUID.sub("", change.alarm.name)),
                state=change.state,
                before=change.before,
                value=change.value,
                threshold=change.alarm.threshold,
                reason=why,
            )
        )
        for tell in self.on_change:
            tell(change)
