"""What ECS asks of moto's CloudWatch alarms: who watches what, and in which state each is."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from ecslab.aws.ports import alarm_announcements as alarm_news
from ecslab.aws.ports.backends import backend, backend_in_use
from ecslab.aws.ports.events import MotoBus
from ecslab.aws.ports.metrics import forgotten
from ecslab.cloudwatch.alarms import AlarmChange, Datapoint, MetricAlarm, MetricQuery
from ecslab.cloudwatch.metrics import Metric
from ecslab.cloudwatch.series import Sum
from ecslab.ground.clock import Clock


class MotoAlarms:
    """CloudWatch's alarms of one account and region; moto's
    CloudWatch is not loaded for a question.
    """

    def __init__(self, account: str, region: str, clock: Clock, bus: MotoBus) -> None:
        self._account, self._region, self._clock, self._bus = account, region, clock, bus
        self._seen: dict[str, tuple[Any, MetricAlarm]] = {}

    def known(self) -> Mapping[str, MetricAlarm]:
        """Every metric alarm by name; one that has not changed is the same object as before."""
        there = self._alarms()
        self._seen = {
            name: self._read(alarm) for name, alarm in there.items() if alarm.rule is None
        }
        return {name: alarm for name, (_, alarm) in self._seen.items()}

    def _read(self, alarm: Any) -> tuple[Any, MetricAlarm]:
        seen = self._seen.get(alarm.name)
        if seen is None or seen[0] is not alarm or seen[1].actions_enabled != alarm.actions_enabled:
            seen = (alarm, _metric_alarm(alarm))
        return seen

    def state(self, names: Collection[str]) -> dict[str, str | None]:
        """OK, ALARM or INSUFFICIENT_DATA of each; None for one that does not exist."""
        there = self._alarms()
        return {name: there[name].state_value if name in there else None for name in names}

    def reason(self, name: str) -> tuple[str, str]:
        """Why an alarm that exists is in its state, for people and as StateReasonData."""
        alarm = self._alarms()[name]
        return str(alarm.state_reason), str(alarm.state_reason_data or "{}")

    def change(self, to: AlarmChange) -> None:
        """Note a new state, and announce it."""
        self._alarms()[to.alarm.name].update_state(to.why, to.data, to.state)
        self.announce(to.alarm)

    def announce(self, alarm: MetricAlarm) -> None:
        """EventBridge and the alarm's SNS topics hear of the state it has come to
        (CloudWatch guide, "Alarm actions").
        """
        there = self._alarms()[alarm.name]
        news = alarm_news.News(alarm, *alarm_news.states(there)[-2:])
        if self._bus.listening:
            detail = alarm_news.event(news)
            self._bus.put(
                "CloudWatch Alarm State Change", [alarm.arn], detail, source="aws.cloudwatch"
            )
        topics = backend_in_use("sns", self._account, self._region)
        if topics is not None and alarm.actions_enabled:
            for action in (alarm.actions or {}).get(news.now.value, ()):
                if action in topics.topics:
                    message = alarm_news.message(news, self._account, self._region)
                    topics.publish(message, action, subject=alarm_news.subject(news, self._region))

    def datapoints(
        self, wanted: Collection[tuple[str, str]], after: int = 0
    ) -> tuple[int, Iterable[Datapoint]]:
        """What was published of these metrics after the first `after`
        datapoints, and how many there are now.
        """
        held = backend_in_use("cloudwatch", self._account, self._region)
        data = held.metric_data if held else []
        gone = forgotten(held) if held else 0
        new = data[max(0, after - gone) :] if after else data
        return len(data) + gone, self._datapoints(wanted, new)

    def _datapoints(
        self, wanted: Collection[tuple[str, str]], data: Sequence[Any]
    ) -> Iterator[Datapoint]:
        start, epoch_ms = self._clock.start, self._clock.epoch_ms
        for datum in data:
            if (datum.namespace, datum.name) in wanted:
                at = (
                    datum.timestamp
                    if datum.timestamp.tzinfo
                    else datum.timestamp.replace(tzinfo=UTC)
                )
                at_ms = round(epoch_ms + (at - start).total_seconds() * 1000)
                yield Datapoint(_metric(datum), at_ms, _sum(datum), datum.unit)

    def put(self, alarm: MetricAlarm) -> None:
        """Make an alarm of one metric or of an expression, or replace the one of that name."""
        cloudwatch = backend("cloudwatch", self._account, self._region)
        only = alarm.queries[0] if len(alarm.queries) == 1 else None
        cloudwatch.put_metric_alarm(
            name=alarm.name,
            namespace=only.metric[0] if only and only.metric else None,
            metric_name=only.metric[1] if only and only.metric else None,
            comparison_operator=alarm.comparison,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.needed if alarm.needed != alarm.periods else None,
            period=only.period_s if only else None,
            threshold=alarm.threshold,
            statistic=only.statistic if only and not only.statistic.startswith("p") else None,
            extended_statistic=only.statistic if only and only.statistic.startswith("p") else None,
            unit=only.unit if only else None,
            description=alarm.description,
            dimensions=[{"Name": n, "Value": v} for n, v in only.metric[2]]
            if only and only.metric
            else [],
            metric_data_queries=None
            if only
            else [_moto_query(q, alarm.watched) for q in alarm.queries],
            alarm_actions=list((alarm.actions or {}).get("ALARM", ())),
        )

    def delete(self, names: Sequence[str]) -> None:
        """Delete alarms; one that is not there is none the less gone."""
        held = backend_in_use("cloudwatch", self._account, self._region)
        if held is not None:
            held.delete_alarms(list(names))

    def _alarms(self) -> dict[str, Any]:
        held = backend_in_use("cloudwatch", self._account, self._region)
        return held.alarms if held else {}


def _metric_alarm(alarm: Any) -> MetricAlarm:
    if alarm.metric_data_queries:
        queries = tuple(_query(q) for q in alarm.metric_data_queries)
        watched = next(
            (q.id for q in alarm.metric_data_queries if q.return_data is not False), queries[-1].id
        )
    else:
        statistic = alarm.statistic or alarm.extended_statistic
        metric = (alarm.namespace, alarm.metric_name, _dimensions(alarm.dimensions))
        queries, watched = (
            (MetricQuery("m1", metric, statistic, int(alarm.period), alarm.unit),),
            "m1",
        )
    return MetricAlarm(
        name=alarm.name,
        arn=alarm.alarm_arn,
        queries=queries,
        watched=watched,
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        periods=int(alarm.evaluation_periods),
        needed=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        missing=alarm.treat_missing_data or "missing",
        actions={
            "ALARM": tuple(alarm.alarm_actions or ()),
            "OK": tuple(alarm.ok_actions or ()),
            "INSUFFICIENT_DATA": tuple(alarm.insufficient_data_actions or ()),
        },
        actions_enabled=bool(alarm.actions_enabled),
        description=alarm.description or "",
    )


def _query(query: Any) -> MetricQuery:
    if query.metric_stat is None:
        return MetricQuery(query.id, expression=query.expression)
    stat = query.metric_stat
    metric = (stat.metric.namespace, stat.metric.metric_name, _dimensions(stat.metric.dimensions))
    return MetricQuery(query.id, metric, stat.stat, int(stat.period), stat.unit)


def _moto_query(query: MetricQuery, watched: str) -> Any:
    from moto.cloudwatch import models  # noqa: PLC0415 - not loaded before somebody makes an alarm

    stat = None
    if query.metric:
        namespace, name, dimensions = query.metric
        metric = models.Metric(name, namespace, [models.Dimension(n, v) for n, v in dimensions])
        stat = models.MetricStat(metric, query.period_s, query.statistic, query.unit)
    return models.MetricDataQuery(query.id, None, None, query.id == watched, query.expression, stat)


def _metric(datum: Any) -> Metric:
    return datum.namespace, datum.name, _dimensions(datum.dimensions)


def _dimensions(dimensions: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((d.name, d.value) for d in dimensions))


def _sum(datum: Any) -> Sum:
    value = getattr(datum, "value", None)
    if value is None:
        return Sum(datum.sample_count, datum.sum, datum.min, datum.max)
    return Sum(1.0, value, value, value, [value])
