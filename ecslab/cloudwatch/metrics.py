"""CloudWatch's metrics, as ECS publishes them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

# Namespace, name, dimensions in the order of their names.
Metric = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Datum:
    """What a number of samples of one metric came to."""

    name: str
    dimensions: dict[str, str]
    count: float
    total: float
    least: float
    most: float
    unit: str


class Metrics(Protocol):
    """CloudWatch's metrics."""

    on_put: list[Callable[[], None]]  # who hears, after each

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
        """Publish one datapoint, of now or of an earlier lab time: AWS's own
        metrics carry the time their minute began.
        """

    def put_all(self, namespace: str, data: Sequence[Datum], *, at_ms: int) -> None:
        """Publish what many samples of an earlier time came to, of several
        metrics at once; who hears, hears once.
        """
