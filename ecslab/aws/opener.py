"""Which thread, and which asyncio task in it, is running: by these a lab knows who opened it."""

import sys
from collections.abc import Callable
from threading import current_thread
from typing import Any
from weakref import ref


class Opener:
    """The thread, and in it the asyncio task if there is one, that runs as this is made."""

    def __init__(self) -> None:
        self._thread, self._task = ref(current_thread()), _task()

    @property
    def is_here(self) -> bool:
        """Whether this thread is it, in the asyncio task that is running, or in one
        that is over: a notebook's cell is one.
        """
        task = self._task and self._task()
        return self._thread() is current_thread() and (
            task is None or task.done() or task is _running()
        )


def _running() -> Any:
    """The asyncio task that is running in this thread, if any; a program
    that never loaded asyncio has none.
    """
    asyncio = sys.modules.get("asyncio")
    try:
        return asyncio.current_task() if asyncio else None
    except RuntimeError:  # no loop runs here
        return None


def _task() -> Callable[[], Any] | None:
    task = _running()
    return ref(task) if task else None
