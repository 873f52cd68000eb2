"""What ECS asks of moto's CloudWatch metrics."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from ecslab.aws.ports.backends import backend
from ecslab.cloudwatch.metrics import Datum
from ecslab.ground.clock import Clock

FORGOTTEN = "ecslab_forgotten"  # an attribute of moto's backend, which goes with it


class MotoMetrics:
    """CloudWatch of one account and region; with `keep` it forgets its oldest
    datapoints, a quarter of that at a time.
    """

    def __init__(self, account: str, region: str, clock: Clock, keep: int | None = None) -> None:
        self._account, self._region, self._clock, self._keep = account, region, clock, keep
        self.on_put: list[Callable[[], None]] = []

    def put(
        self,
        namespace: str,
        name: str,
        dimensions: dict[str, str],
        value: float,
        *,
        unit: str = "Percent",
        at_ms: int | None = None,
    ) -> None:
        """Publish one datapoint, of now or of an earlier lab time."""
        clock = self._clock
        at = clock.now if at_ms is None else clock.start + timedelta(milliseconds=at_ms)
        datum = {
            "MetricName": name,
            "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
            "Value": value,
            "Unit": unit,
            "Timestamp": at.replace(tzinfo=None),  # UTC, as moto compares it
        }
        self._take(namespace, [datum])

    def put_all(self, namespace: str, data: Sequence[Datum], *, at_ms: int) -> None:
        """Publish what many samples of an earlier time came to, of several metrics at once."""
        at = (self._clock.start + timedelta(milliseconds=at_ms)).replace(tzinfo=None)
        rows = [
            {
                "MetricName": datum.name,
                "Dimensions": [{"Name": k, "Value": v} for k, v in datum.dimensions.items()],
                "StatisticValues": {
                    "SampleCount": datum.count,
                    "Sum": datum.total,
                    "Minimum": datum.least,
                    "Maximum": datum.most,
                },
                "Unit": datum.unit,
                "Timestamp": at,
            }
            for datum in data
        ]
        self._take(namespace, rows)

    def _take(self, namespace: str, rows: list[dict[str, Any]]) -> None:
        held = backend("cloudwatch", self._account, self._region)
        held.put_metric_data(namespace, rows)
        for hear in self.on_put:
            hear()
        if self._keep is not None and len(held.metric_data) > self._keep + self._keep // 4:
            surplus = len(held.metric_data) - self._keep
            del held.metric_data[:surplus]
            setattr(held, FORGOTTEN, forgotten(held) + surplus)


def forgotten(held: Any) -> int:
    """How many datapoints moto's CloudWatch has been made to forget."""
    return int(getattr(held, FORGOTTEN, 0))
