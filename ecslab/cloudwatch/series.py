"""The recent datapoints of one metric, kept in short steps, and any
statistic of any period made of them.
"""

import math
from dataclasses import dataclass, field

MINUTE_MS, TEN_SECONDS_MS = 60_000, 10_000

Point = float | None


@dataclass(slots=True)
class Sum:
    """What one step has seen."""

    count: float = 0.0
    total: float = 0.0
    least: float = math.inf
    most: float = -math.inf
    values: list[float] = field(default_factory=list)  # without those that came as statistics

    def add(self, other: "Sum") -> None:
        """Take what another one has seen too."""
        self.count += other.count
        self.total += other.total
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self.values += other.values

    def read(self, statistic: str) -> Point:
        """A statistic; None where it cannot be had: a percentile of
        datapoints that came as statistics.
        """
        if statistic == "Average":
            return self.total / self.count if self.count else None
        if statistic.startswith("p"):
            return self._percentile(float(statistic[1:]))
        known = {
            "Sum": self.total,
            "Minimum": self.least,
            "Maximum": self.most,
            "SampleCount": self.count,
        }
        return known[statistic]

    def _percentile(self, percent: float) -> Point:
        """The smallest value that so many percent do not exceed; how
        CloudWatch interpolates is not published.
        """
        if len(self.values) < self.count:
            return None
        rank = max(1, math.ceil(len(self.values) * percent / 100))
        return sorted(self.values)[rank - 1]


def step_of(period_s: int) -> int:
    """How often an alarm of this period is evaluated, in ms: every minute, or every
    ten seconds below one (CloudWatch guide).
    """
    return MINUTE_MS if period_s * 1000 >= MINUTE_MS else TEN_SECONDS_MS


class MetricWindow:
    """A window that slides over one metric's datapoints; times are milliseconds since 1970."""

    def __init__(self, step_ms: int, keep_ms: int) -> None:
        self.step_ms = step_ms
        self._keep = keep_ms // step_ms + 2
        self._steps: dict[int, Sum] = {}
        self.newest = -1  # the last step that has data

    def reaches(self, keep_ms: int) -> bool:
        """Whether it keeps at least so much."""
        return self._keep >= keep_ms // self.step_ms + 2

    def add(self, at_ms: int, seen: Sum) -> None:
        """Take a datapoint in."""
        step = at_ms // self.step_ms
        there = self._steps.get(step)
        if there is None:
            self._steps[step] = there = Sum()
            self.newest = max(self.newest, step)
            if len(self._steps) > 2 * self._keep:
                oldest = self.newest - self._keep
                self._steps = {s: seen for s, seen in self._steps.items() if s >= oldest}
        there.add(seen)

    def points(self, until_ms: int, period_s: int, count: int, statistic: str) -> list[Point]:
        """The last `count` periods before `until_ms`, oldest first."""
        width, end = period_s * 1000 // self.step_ms, until_ms // self.step_ms
        steps = self._steps
        if width == 1:
            there = (steps.get(step) for step in range(end - count, end))
            return [None if seen is None else seen.read(statistic) for seen in there]
        return [self._period(end - n * width, width, statistic) for n in range(count, 0, -1)]

    def _period(self, begin: int, width: int, statistic: str) -> Point:
        seen = [
            s for step in range(begin, begin + width) if (s := self._steps.get(step)) is not None
        ]
        if not seen:
            return None
        whole = Sum()
        for part in seen:
            whole.add(part)
        return whole.read(statistic)
