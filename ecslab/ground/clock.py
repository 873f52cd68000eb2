"""Time: virtual, in whole milliseconds, and it moves only when somebody moves it."""

import heapq
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # a Monday morning; any fixed instant would do

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST_S = 1e12  # more than 30,000 years; infinity and not-a-number fall out here too
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")

Duration = int | float | str | timedelta
Alarm = list[Any]  # [due_ms, priority, sequence, action]; cancelling empties the action


def milliseconds(duration: Duration) -> int:
    """Read "90s", "5m", "1h30m", a number of seconds, or a timedelta, as whole milliseconds."""
    if isinstance(duration, timedelta):
        amount = round(duration.total_seconds() * 1000)
    elif (
        isinstance(duration, int | float)
        and not isinstance(duration, bool)
        and abs(duration) < _LONGEST_S
    ):
        amount = round(duration * 1000)
    elif isinstance(duration, str) and re.fullmatch(rf"(?:{_PART.pattern}\s*)+", duration.strip()):
        amount = round(sum(float(n) * _UNITS_MS[unit] for n, unit in _PART.findall(duration)))
    else:
        raise LabError(
            Text("{got!r} is not a length of time; the units are ms, s, m, h and d.", got=duration),
            wrong=f"lab.advance({duration!r})",
            right=Text('lab.advance("90s")   # or "5m", "1h30m", 90, timedelta(minutes=5)'),
        )
    if amount < 0:
        wrong = f"lab.advance({duration!r})"
        raise LabError(Text("time only moves forward."), wrong=wrong, right='lab.advance("1s")')
    return amount


class Clock:
    """Virtual time and what is due: a heap ordered by (time, priority, order of asking)."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.now_ms = 0
        self.epoch_ms = round(start.timestamp() * 1000)
        self._due: list[Alarm] = []
        self._asked = 0

    @property
    def now(self) -> datetime:
        """The instant it is in the lab."""
        return self.start + timedelta(milliseconds=self.now_ms)

    @property
    def since_1970_ms(self) -> int:
        """The lab's time now, in milliseconds since 1970."""
        return self.epoch_ms + self.now_ms

    def timestamp(self, at_ms: int | None = None) -> float:
        """Seconds since 1970 for a lab time, the form AWS's JSON protocol carries."""
        return (self.epoch_ms + (self.now_ms if at_ms is None else at_ms)) / 1000

    def timestamp_of(self, at_ms: int | None) -> float | None:
        """The same for something that may not have happened yet: None then."""
        return None if at_ms is None else self.timestamp(at_ms)

    def after(self, delay_ms: int, action: Callable[[], None], priority: int = 0) -> Alarm:
        """Run `action` in `delay_ms`; among equals the lower priority, then who asked earlier."""
        assert delay_ms >= 0, "an alarm is never set in the past"
        self._asked += 1
        alarm: Alarm = [self.now_ms + delay_ms, priority, self._asked, action]
        heapq.heappush(self._due, alarm)
        return alarm

    @staticmethod
    def cancel(alarm: Alarm | None) -> None:
        """Forget an alarm; cancelling twice, or one that rang, is harmless."""
        if alarm is not None:
            alarm[3] = None

    def next_due_ms(self) -> int | None:
        """When the next alarm rings, or None when nothing is waiting."""
        while self._due and self._due[0][3] is None:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def step(self) -> bool:
        """Ring the next alarm, jumping to its time; False when nothing is waiting."""
        due = self._due
        while due:
            at_ms, _, _, action = heapq.heappop(due)
            if action is not None:
                self.now_ms = at_ms
                action()
                return True
        return False

    def run_until(self, until_ms: int) -> None:
        """Ring everything due up to and including `until_ms`, then stand at `until_ms`."""
        while (due_ms := self.next_due_ms()) is not None and due_ms <= until_ms:
            self.step()
        self.now_ms = max(self.now_ms, until_ms)
