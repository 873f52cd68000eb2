"""The only place where moto's clock is replaced: its `datetime`, `date`,
`time` and its waiting become the lab's.

moto's modules bind those names in many ways (`import datetime`, `from datetime import datetime`,
`import time`, `from time import sleep` …), so each original object is paired here with a
substitute, and `moto_modules` exchanges whatever name is bound to an original. The lab's wall shows
UTC: a naive `now()` is UTC, as AWS's own times are.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable
from datetime import UTC, tzinfo
from email.utils import format_datetime
from types import ModuleType
from typing import Any

from ecslab.aws.account import being_served, current
from ecslab.ground.clock import milliseconds


class _Stands(type):
    """Stands in for a class: makes, recognises and subclasses the real one."""

    real: type

    def __call__(cls, *args: Any, **named: Any) -> Any:
        return cls.real(*args, **named)

    def __instancecheck__(cls, thing: object) -> bool:
        return isinstance(thing, cls.real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls.real)


class LabDatetime(dt.datetime, metaclass=_Stands):
    """`datetime` with the lab's now; everything it makes is a plain datetime."""

    real = dt.datetime

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        """What time it is in the lab."""
        now = current().clock.now
        return now.astimezone(tz) if tz else now.replace(tzinfo=None)

    @classmethod
    def utcnow(cls) -> Any:
        """What time it is in the lab, without a timezone."""
        return cls.now()

    @classmethod
    def today(cls) -> Any:
        """What time it is in the lab, without a timezone."""
        return cls.now()


class LabDate(dt.date, metaclass=_Stands):
    """`date` with the lab's today."""

    real = dt.date

    @classmethod
    def today(cls) -> Any:
        """What day it is in the lab."""
        return current().clock.now.date()


class LabCondition(threading.Condition):
    """A condition that is waited for in the lab's time: SQS long polling
    lets time pass instead of blocking.
    """

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        """Let time pass until `predicate` holds or the timeout (seconds) is over."""
        account = being_served()
        if account is None or timeout is None:
            return super().wait_for(predicate, timeout)
        account.advance_until(lambda: bool(predicate()), milliseconds(timeout))
        return predicate()


def sleep(seconds: float) -> None:
    """Let time pass in the lab; only moto's own worker threads,
    which serve nobody, really sleep.
    """
    account = being_served()
    if account is None:
        time.sleep(seconds)
    else:
        account.advance(milliseconds(seconds))


def _now() -> float:
    return current().clock.timestamp()


def _now_ns() -> int:
    return round(_now() * 1000) * 1_000_000


def _calendar(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda seconds=None: real(_now() if seconds is None else seconds)


def _strftime(layout: str, moment: Any = None) -> str:
    return time.strftime(layout, time.gmtime(_now()) if moment is None else moment)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "time": _now,
    "time_ns": _now_ns,
    "sleep": sleep,
    "gmtime": _calendar(time.gmtime),
    "localtime": _calendar(time.gmtime),  # the lab's wall shows UTC
    "ctime": lambda seconds=None: time.asctime(time.gmtime(_now() if seconds is None else seconds)),
    "strftime": _strftime,
}


class LabModule(ModuleType):
    """A module with some names replaced; the others are the real module's."""

    def __init__(self, real: ModuleType, replaced: dict[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        vars(self).update(replaced)
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def substitutes() -> list[tuple[object, object]]:
    """(original, substitute) for every object through which a module can learn the time or wait."""
    classes = {"datetime": LabDatetime, "date": LabDate}
    return [
        (time, LabModule(time, _FUNCTIONS)),
        (dt, LabModule(dt, classes)),
        (dt.datetime, LabDatetime),
        (dt.date, LabDate),
        (threading.Condition, LabCondition),
        *((getattr(time, name), function) for name, function in _FUNCTIONS.items()),
    ]


def http_date() -> str:
    """The lab's time as an HTTP Date header."""
    return format_datetime(current().clock.now.astimezone(UTC), usegmt=True)
