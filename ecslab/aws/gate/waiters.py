"""Replaces botocore's sleeping: its waiters and retries move the lab's clock, not the wall's."""

import time
from types import ModuleType
from typing import Any

from ecslab.aws.account import asked
from ecslab.ground.clock import milliseconds


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
