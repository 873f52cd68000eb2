"""The datapoints that alarms watch, taken in once each as they are
published, and the series made of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ecslab.cloudwatch.alarms import Alarms as AlarmsPort
from ecslab.cloudwatch.alarms import MetricQuery
from ecslab.cloudwatch.metrics import Metric
from ecslab.cloudwatch.series import MetricWindow


@dataclass(slots=True)
class _Listening:
    """A series of one metric's datapoints in a unit (None: in any),
    and the alarms that look at it.
    """

    unit: str | None
    series: MetricWindow
    names: list[str] = field(default_factory=list)


class Published:
    """Listens to the metrics that somebody watches, and to no other."""

    def __init__(self, port: AlarmsPort) -> None:
        self._port = port
        self._listening: dict[Metric, list[_Listening]] = {}
        self._wanted: set[tuple[str, str]] = set()  # the namespaces and names of these metrics
        self._read = 0  # how many datapoints have been taken in

    def hear(self) -> Iterator[tuple[str, int]]:
        """Take in what is new, and say which alarm each datapoint concerns
        and when it was (ms since 1970).
        """
        if not self._listening:
            return
        self._read, fresh = self._port.datapoints(self._wanted, self._read)
        for datapoint in fresh:
            for listening in self._listening.get(datapoint.metric, ()):
                if listening.unit in {None, datapoint.unit}:
                    listening.series.add(datapoint.at_ms, datapoint.seen)
                    for name in listening.names:
                        yield name, datapoint.at_ms

    def series(self, name: str, query: MetricQuery, step_ms: int, keep_ms: int) -> MetricWindow:
        """The series of a query's metric for one alarm, shared where it can be; call `hear` first.

        A new one begins with what was published before.
        """
        assert query.metric is not None, "an expression has no series of its own"
        listeners = self._listening.setdefault(query.metric, [])
        for found in listeners:
            if (
                found.unit == query.unit
                and found.series.step_ms == step_ms
                and found.series.reaches(keep_ms)
            ):
                break
        else:
            found = _Listening(query.unit, self._begin(query, query.metric, step_ms, keep_ms))
            listeners.append(found)
        found.names.append(name)
        return found.series

    def _begin(
        self, query: MetricQuery, metric: Metric, step_ms: int, keep_ms: int
    ) -> MetricWindow:
        series = MetricWindow(step_ms, keep_ms)
        self._wanted.add(metric[:2])
        self._read, everything = self._port.datapoints({metric[:2]})
        for datapoint in everything:
            if datapoint.metric == metric and query.unit in {None, datapoint.unit}:
                series.add(datapoint.at_ms, datapoint.seen)
        return series

    def forget(self, name: str) -> None:
        """An alarm is gone: nobody listens for it any more."""
        for metric, listeners in list(self._listening.items()):
            for listening in listeners:
                listening.names = [n for n in listening.names if n != name]
            listeners[:] = [listening for listening in listeners if listening.names]
            if not listeners:
                del self._listening[metric]
        self._wanted = {metric[:2] for metric in self._listening}
