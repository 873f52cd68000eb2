"""When a scheduled action is due: at(…), rate(…) and cron(…) expressions (facts, section 9.4).

A cron expression has AWS's six fields: minutes, hours, day of month,
month, day of week (1 is Sunday), year.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ecslab.ground.errors import AwsError
from ecslab.ground.numerals import whole

_FORM = re.compile(r"(at|rate|cron)\((.*)\)")
_RATE = re.compile(r"([1-9][0-9]{0,5}) (minute|minutes|hour|hours|day|days)")
_MONTHS = {
    m: n
    for n, m in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_DAYS = {d: n for n, d in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 1)}
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6  # as date.weekday() counts

Next = Callable[[datetime], datetime | None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Moments at which something is due; `once` says that there is only one."""

    after: Next  # the first moment later than a moment, or None
    once: bool = False


def schedule(expression: str, zone: str | None, start: datetime) -> Schedule:
    """Read an expression; `start` (UTC) is what a rate counts from.

    Raises ValidationException for an expression or a time zone that
    cannot be read; the wording is ours.
    """
    form = _FORM.fullmatch(expression.strip())
    if form is None:
        raise _invalid(expression)
    where = _zone(zone)
    if form[1] == "rate":
        if zone is not None:
            raise AwsError("ValidationException", "A rate expression has no time zone.")
        return Schedule(_rate(form[2], expression, start))
    if form[1] == "at":
        return Schedule(_at(form[2], expression, where), once=True)
    return Schedule(_Cron(form[2], expression, where).after)


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise AwsError("ValidationException", f"{name} is not a time zone.") from None


def _rate(text: str, expression: str, start: datetime) -> Next:
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise _invalid(expression)
    unit = found[2].rstrip("s")
    every = int(found[1]) * timedelta(**{f"{unit}s": 1})

    def after(moment: datetime) -> datetime:
        return start if moment < start else start + ((moment - start) // every + 1) * every

    return after


def _at(text: str, expression: str, zone: ZoneInfo) -> Next:
    try:
        due = (
            datetime.strptime(text.strip(), "%Y-%m-%dT%H:%M:%S")
            .replace(tzinfo=zone)
            .astimezone(UTC)
        )
    except ValueError:
        raise _invalid(expression) from None
    return lambda moment: due if moment < due else None


class _Cron:
    """A cron expression in a time zone."""

    def __init__(self, text: str, expression: str, zone: ZoneInfo) -> None:
        fields = text.split()
        if len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):  # noqa: PLR2004 - AWS's six
            raise _invalid(expression)
        self._zone = zone
        try:
            self._minutes = _numbers(fields[0], 0, 59)
            self._hours = _numbers(fields[1], 0, 23)
            self._months = set(_numbers(fields[3].upper(), 1, 12, _MONTHS))
            self._years = _numbers(fields[5], _FIRST_YEAR, _LAST_YEAR)
            self._day = (
                _day_of_month(fields[2]) if fields[4] == "?" else _day_of_week(fields[4].upper())
            )
        except (ValueError, KeyError):
            raise _invalid(expression) from None

    def after(self, moment: datetime) -> datetime | None:
        """The first due moment (UTC) later than a moment."""
        local = moment.astimezone(self._zone)
        for day in self._days(local.date()):
            for hour in self._hours:
                for minute in self._minutes:
                    due = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self._zone)
                    if due.astimezone(UTC) > moment:
                        return due.astimezone(UTC)
        return None

    def _days(self, first: date) -> Iterator[date]:
        for year in (y for y in self._years if y >= first.year):
            for month in sorted(self._months):
                if (year, month) < (first.year, first.month):
                    continue
                for number in range(1, monthrange(year, month)[1] + 1):
                    day = date(year, month, number)
                    if day >= first and self._day(day):
                        yield day


def _numbers(field: str, least: int, most: int, names: dict[str, int] | None = None) -> list[int]:
    """A field's numbers, in order: "*", "1,15", "MON-FRI", "0/10", "10-40/5"."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        begin, _, end = span.partition("-")
        if span in {"*", "?"}:
            first, last = least, most
        else:
            first = _number(begin, names)
            last = _number(end, names) if end else most if step else first
        if not least <= first <= last <= most or (step and int(step) < 1):
            raise ValueError(field)
        found.update(range(first, last + 1, int(step) if step else 1))
    return sorted(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    number = whole(text)
    return (names or {})[text] if number is None else number


def _day_of_month(field: str) -> Callable[[date], bool]:
    if field == "L":
        return lambda day: day.day == monthrange(day.year, day.month)[1]
    if field.endswith("W"):
        number = int(field[:-1])
        if not 1 <= number <= 31:  # noqa: PLR2004 - the longest month
            raise ValueError(field)
        return lambda day: day == _weekday_near(day, number)
    numbers = set(_numbers(field, 1, 31))
    return lambda day: day.day in numbers


def _weekday_near(day: date, number: int) -> date:
    """The weekday nearest to a day of its month, in the same month."""
    last = monthrange(day.year, day.month)[1]
    wanted = day.replace(day=min(number, last))
    if wanted.weekday() == _SATURDAY:
        return wanted + timedelta(days=2 if wanted.day == 1 else -1)
    if wanted.weekday() == _SUNDAY:
        return wanted + timedelta(days=-2 if wanted.day == last else 1)
    return wanted


def _day_of_week(field: str) -> Callable[[date], bool]:
    if field.endswith("L") and len(field) > 1:
        number = _number(field[:-1], _DAYS)
        return lambda day: (
            _weekday(day) == number and day.day > monthrange(day.year, day.month)[1] - 7
        )
    if "#" in field:
        name, _, which = field.partition("#")
        number, nth = _number(name, _DAYS), int(which)
        return lambda day: _weekday(day) == number and (day.day - 1) // 7 + 1 == nth
    numbers = set(_numbers("7" if field == "L" else field, 1, 7, _DAYS))
    return lambda day: _weekday(day) in numbers


def _weekday(day: date) -> int:
    """AWS's number: 1 is Sunday."""
    return (day.weekday() + 1) % 7 + 1


def _invalid(expression: str) -> AwsError:
    return AwsError(
        "ValidationException", f"The schedule {expression} is not an at, rate or cron expression."
    )
