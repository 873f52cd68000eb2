"""Replaces botocore's sleeping: its waiters and retries move the lab's clock, not the wall's."""

import time
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from ecslab.aws.account import Account
from ecslab.ground.clock import milliseconds

# The account that answered this thread's last request.
asked: ContextVar[Account | None] = ContextVar("asked", default=None)


class LabTime(ModuleType):
    """botocore's `time`: to sleep is to let time pass in the lab that
    answered last, which is the waiter's own.
    """

    @staticmethod
    def sleep(seconds: float) -> None:
        """Let time pass; for a client of an endpoint elsewhere on this machine, really."""
        account = asked.get()
        if account is not None and account.is_open:
            account.advance(milliseconds(seconds))
        else:
            time.sleep(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
