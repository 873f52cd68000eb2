"""Has moto's CloudWatch read metrics as CloudWatch does.

moto's GetMetricStatistics takes a metric with more dimensions for the one that was asked for, and
lets periods begin at the first datapoint; its GetMetricData looks at every datapoint of the account
for every period; its ListMetrics lists a metric with several dimensions once for each datapoint. In
CloudWatch a metric is its namespace, name and exactly these dimensions, and periods begin at
multiples of their length (CloudWatch guide, "Dimensions" and "Periods").
"""

from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from ecslab.aws.changes import put_in_place


def teach(module: ModuleType) -> Callable[[], None]:
    """Teach `moto.cloudwatch.models`; what is returned makes it forget."""
    kind = module.CloudWatchBackend
    return put_in_place(
        [
            (kind, "get_metric_statistics", _statistics(module)),
            (kind, "get_metric_data", _data(kind.get_metric_data)),
            (kind, "get_filtered_metrics", _filtered),
        ]
    )


def _statistics(module: ModuleType) -> Callable[..., list[Any]]:
    def get_metric_statistics(  # noqa: PLR0917 - moto's signature
        backend: Any,
        namespace: str,
        metric_name: str,
        start_time: datetime,
        end_time: datetime,
        period: int,
        stats: list[str],
        dimensions: list[dict[str, str]],
        unit: str | None = None,
    ) -> list[Any]:
        if start_time >= end_time:
            raise module.InvalidParameterValue(
                "The parameter StartTime must be less than the parameter EndTime."
            )
        wanted = {(d["Name"], d["Value"]) for d in dimensions or ()}
        first, end = _period(start_time, period), end_time.replace(microsecond=0)
        found: dict[datetime, Any] = {}
        for datum in backend.get_all_metrics():
            if (datum.namespace, datum.name) != (namespace, metric_name) or unit not in {
                None,
                datum.unit,
            }:
                continue
            if (
                first <= datum.timestamp < end
                and {(d.name, d.value) for d in datum.dimensions} == wanted
            ):
                begins = _period(datum.timestamp, period)
                if begins not in found:
                    found[begins] = module.Statistics(stats, begins)
                    found[begins].unit = datum.unit
                found[begins].metric_data.append(datum)
        return [found[begins] for begins in sorted(found)]

    return get_metric_statistics


def _period(at: datetime, seconds: int) -> datetime:
    """When the period began that a moment is in."""
    since_1970 = int(at.replace(tzinfo=at.tzinfo or UTC).timestamp())
    return datetime.fromtimestamp(since_1970 - since_1970 % int(seconds), UTC).replace(
        tzinfo=at.tzinfo
    )


def _data(plain: Callable[..., Any]) -> Callable[..., Any]:
    def get_metric_data(
        backend: Any, queries: list[dict[str, Any]], *rest: Any, **named: Any
    ) -> Any:
        if any(q.get("Expression", "").startswith("SELECT") for q in queries):
            return plain(backend, queries, *rest, **named)
        asked = [q["MetricStat"]["Metric"] for q in queries if "MetricStat" in q]
        wanted = {(metric["Namespace"], metric["MetricName"]) for metric in asked}
        found = [
            datum for datum in backend.get_all_metrics() if (datum.namespace, datum.name) in wanted
        ]
        backend.get_all_metrics = lambda: found
        try:
            return plain(backend, queries, *rest, **named)
        finally:
            del backend.get_all_metrics

    return get_metric_data


def _filtered(
    backend: Any, metric_name: str | None, namespace: str | None, dimensions: list[dict[str, str]]
) -> list[Any]:
    """What ListMetrics lists: each metric once, in the order of its first datapoint."""
    wanted = [(d["Name"], d.get("Value")) for d in dimensions or ()]
    found: dict[Any, Any] = {}
    for datum in backend.get_all_metrics():
        if namespace not in {None, "", datum.namespace} or metric_name not in {
            None,
            "",
            datum.name,
        }:
            continue
        held = frozenset((d.name, d.value) for d in datum.dimensions)
        has = dict(held)
        if all(name in has and value in {None, "", has[name]} for name, value in wanted):
            found.setdefault((datum.namespace, datum.name, held), datum)
    return list(found.values())
