"""Divides lab time for the eye and writes it down."""

from dataclasses import dataclass

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_STEPS_MS = (
    *(100, 200, 500),
    *(n * _SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 28)),
)
# As long as a learner compares with the timeline, which prints seconds.
SECONDS_UP_TO_MS = 10 * _MINUTE


def step_ms(length_ms: int, most: int) -> int:
    """The smallest round step that divides a length of time into at most so many parts."""
    for step in _STEPS_MS:
        if step * most >= length_ms:
            return step
    return -(-length_ms // (most * _DAY)) * _DAY


def ticks(begin_ms: int, end_ms: int, most: int) -> list[int]:
    """Round times from begin to end, both included when they are round."""
    step = step_ms(end_ms - begin_ms, most)
    return list(range(-(-begin_ms // step) * step, end_ms + 1, step))


def written(at_ms: int, like_ms: int | None = None) -> str:
    """A time or a length of time as people, and `lab.advance`, write it: 0s, 92.5s, 15m, 1h30m, 2d.

    `like_ms` is another time in whose manner to write, so that the ticks of an axis agree.
    """
    tenths = (at_ms + 50) // 100
    if (at_ms if like_ms is None else like_ms) < SECONDS_UP_TO_MS or tenths == 0:
        return f"{tenths // 10}s" if tenths % 10 == 0 else f"{tenths / 10:.1f}s"
    seconds, tenth = divmod(tenths, 10)
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    if seconds or tenth:
        parts.append(f"{seconds}.{tenth}s" if tenth else f"{seconds}s")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Unit:
    """What one step of an axis counts, for an axis that a reader may zoom."""

    name: str
    suffix: str
    ms: int

    def of(self, ms: int) -> float:
        """How many steps a time in milliseconds is."""
        return round(ms / self.ms, 4)


def unit(length_ms: int) -> Unit:
    """Seconds for the first ten minutes, then minutes, then hours, then days."""
    if length_ms <= SECONDS_UP_TO_MS:
        return Unit("seconds", "s", _SECOND)
    if length_ms <= 3 * _HOUR:
        return Unit("minutes", "m", _MINUTE)
    return Unit("hours", "h", _HOUR) if length_ms <= 4 * _DAY else Unit("days", "d", _DAY)
