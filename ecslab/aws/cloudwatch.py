"""The only place where ECS meets moto's CloudWatch metrics."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from ecslab.aws.moto_backends import backend
from ecslab.clock import Clock
from ecslab.ecs.neighbours import Datum


class MotoMetrics:
    """CloudWatch of one account and region."""

    def __init__(self, account: str, region: str, clock: Clock) -> None:
        self._account, self._region, self._clock = account, region, clock
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
        backend("cloudwatch", self._account, self._region).put_metric_data(namespace, [datum])
        for hear in self.on_put:
            hear()

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
        backend("cloudwatch", self._account, self._region).put_metric_data(namespace, rows)
        for hear in self.on_put:
            hear()
