"""How many requests come when: shapes of traffic, pure functions of time, in requests per second.

Every shape is a curve of straight pieces, so that the number of
requests between two moments is exact.
"""

import csv
import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from ecslab.ground.clock import Duration, milliseconds
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

DAY_S = 86_400
_PIECES = 96  # of a day's curve: one a quarter of an hour
_ROWS = "time,rate"


@dataclass(frozen=True)
class Curve:
    """Requests per second over time, straight between its points (seconds,
    rate); two points at one time are a jump.

    Before its first point the rate is the first one's, after its last the last one's. With
    `period_s` it comes again and again. `by_clock`: time counts from the midnight (UTC) before the
    traffic begins, otherwise from the traffic's beginning.
    """

    points: tuple[tuple[float, float], ...]
    period_s: float | None = None
    by_clock: bool = False
    lasts_s: float | None = None  # until nobody comes any more, unless somebody says otherwise

    def rate(self, at_s: float) -> float:
        """Requests per second at a moment; at a jump, those after it."""
        return self._once(at_s % self.period_s if self.period_s else at_s)

    def _once(self, at_s: float) -> float:
        times = self._times
        after = bisect_right(times, at_s)
        if after in {0, len(times)}:
            return self.points[0 if after == 0 else -1][1]
        (t0, r0), (t1, r1) = self.points[after - 1], self.points[after]
        return r0 + (r1 - r0) * (at_s - t0) / (t1 - t0)

    def requests(self, from_s: float, until_s: float) -> float:
        """How many come between two moments: the area under the curve."""
        return self._before(until_s) - self._before(from_s)

    def next_edge(self, after_s: float) -> float:
        """When the curve bends or jumps next, or infinity."""
        if self.period_s:
            begin = after_s - after_s % self.period_s
            inside = self._next(after_s - begin)
            return begin + (inside if inside < math.inf else self.period_s)
        return self._next(after_s)

    def _next(self, after_s: float) -> float:
        later = bisect_right(self._times, after_s)
        return self._times[later] if later < len(self._times) else math.inf

    def _before(self, at_s: float) -> float:
        """The area from time 0 on."""
        if self.period_s:
            whole, rest = divmod(at_s, self.period_s)
            return whole * self._area(self.period_s) + self._area(rest)
        return self._area(at_s)

    def _area(self, at_s: float) -> float:
        times = self._times
        after = bisect_right(times, at_s)
        if after == 0:
            return at_s * self.points[0][1]
        t0, r0 = self.points[after - 1]
        return (
            self._areas[after - 1] + (at_s - t0) * (r0 + self._once(at_s) if at_s > t0 else 0) / 2
        )

    @cached_property
    def _times(self) -> list[float]:
        return [at_s for at_s, _ in self.points]

    @cached_property
    def _areas(self) -> list[float]:
        """The area from 0 to each point."""
        (t0, r0), found = self.points[0], [self.points[0][0] * self.points[0][1]]
        for t1, r1 in self.points[1:]:
            found.append(found[-1] + (t1 - t0) * (r0 + r1) / 2)
            t0, r0 = t1, r1
        return found


def steady(rate: float) -> Curve:
    """The same number of requests every second."""
    return Curve(((0, _rate("steady", rate)),))


def ramp(start: float, end: float, over: Duration) -> Curve:
    """From one rate to another in a straight line, and there it
    stays: `ramp(10, 200, over="30m")`.
    """
    return Curve(((0, _rate("ramp", start)), (_seconds(over), _rate("ramp", end))))


def spike(base: float, peak: float, at: Duration, lasting: Duration) -> Curve:
    """A steady rate with one sudden peak: `spike(20, 200, at="10m", lasting="5m")`."""
    base, peak, begins, ends = (
        _rate("spike", base),
        _rate("spike", peak),
        _seconds(at),
        _seconds(at) + _seconds(lasting),
    )
    return Curve(((0, base), (begins, base), (begins, peak), (ends, peak), (ends, base)))


def daily(low: float, high: float, peak: str = "14:00") -> Curve:
    """A day like any other: most at `peak` (UTC), least twelve hours later,
    a cosine in between (pedagogical).
    """
    low, high = _rate("daily", low), _rate("daily", high)
    top_s = _time_of_day(peak)
    points = []
    for piece in range(_PIECES + 1):
        at_s = piece * DAY_S / _PIECES
        share = (1 + math.cos((at_s - top_s) / DAY_S * 2 * math.pi)) / 2
        points.append((at_s, low + (high - low) * share))
    return Curve(tuple(points), period_s=DAY_S, by_clock=True)


def replay(source: str | Path | Iterable[Sequence[float | str]]) -> Curve:
    """A recorded curve: a CSV file with the columns `time,rate`, or pairs
    of them; it ends with its last row.

    Times are seconds from the beginning, or lengths of time such as "5m", in order; rates are
    requests per second. Raises LabError for rows that cannot be read.
    """
    rows = (
        list(csv.reader(Path(source).read_text().splitlines()))
        if isinstance(source, str | Path)
        else list(source)
    )
    if rows and [str(cell).strip() for cell in rows[0]] == _ROWS.split(","):
        rows = rows[1:]
    points = [_point(number, row) for number, row in enumerate(rows, 1)]
    if not points or any(a[0] > b[0] for a, b in pairwise(points)):
        raise LabError(
            Text("a replay needs rows, with times that never go back."),
            wrong="",
            right=f"{_ROWS}\n0,10\n60,25",
        )
    return Curve(tuple(points), lasts_s=points[-1][0])


def curve(shape: object) -> Curve:
    """A curve as it is, a number as a steady rate; raises LabError for anything else."""
    if isinstance(shape, Curve):
        return shape
    if isinstance(shape, int | float) and not isinstance(shape, bool):
        return steady(shape)
    raise LabError(
        Text("{shape!r} is not a shape of traffic.", shape=shape),
        wrong=f"lab.traffic(to, {shape!r})",
        right=Text(
            "lab.traffic(to, 50)   # requests per second; or daily(5, 80), ramp(10, 200, "
            "over='30m')"
        ),
    )


def _point(number: int, row: Sequence[float | str]) -> tuple[float, float]:
    try:
        at, rate = row
        at_s = float(at) if _is_number(at) else _seconds(str(at).strip())
        return at_s, _rate("replay", float(rate))
    except (ValueError, LabError) as wrong:
        raise LabError(
            Text(
                "row {number} of the replay is {row!r}, not a time and a rate.",
                number=number,
                row=list(row),
            ),
            wrong=str(list(row)),
            right="60,25",
        ) from wrong


def _is_number(cell: float | str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _rate(shape: str, rate: object) -> float:
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 <= rate < math.inf:
        raise LabError(
            Text("{rate!r} is not a number of requests per second.", rate=rate),
            wrong=f"{shape}({rate!r}, …)",
            right=f"{shape}(50, …)",
        )
    return float(rate)


def _seconds(duration: Duration) -> float:
    return milliseconds(duration) / 1000


def _time_of_day(text: str) -> float:
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{1,2})", str(text))
    hours, minutes = map(int, found.groups()) if found else (24, 0)
    if not (hours < 24 and minutes < 60):  # noqa: PLR2004 - a clock
        raise LabError(
            Text("{text!r} is not a time of day.", text=text),
            wrong=f"peak={text!r}",
            right='peak="14:00"',
        )
    return hours * 3600.0 + minutes * 60.0
