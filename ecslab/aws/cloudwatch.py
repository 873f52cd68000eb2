"""The only place where ECS meets moto's CloudWatch metrics."""

from ecslab.aws.moto_backends import backend
from ecslab.clock import Clock


class MotoMetrics:
    """CloudWatch of one account and region."""

    def __init__(self, account: str, region: str, clock: Clock) -> None:
        self._account, self._region, self._clock = account, region, clock

    def put(self, namespace: str, name: str, dimensions: dict[str, str], value: float) -> None:
        """Publish one datapoint, now."""
        datum = {
            "MetricName": name,
            "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
            "Value": value,
            "Unit": "Percent",
            "Timestamp": self._clock.now.replace(tzinfo=None),  # UTC, as moto compares it
        }
        backend("cloudwatch", self._account, self._region).put_metric_data(namespace, [datum])
