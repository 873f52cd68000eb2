"""Ends waiting which would never end: sleeping for real, and asking again and again at one
instant.

In force only where somebody asked for it with `ended`, as a check does around a learner's function.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from ecslab.aws.account import Account, being_served
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

# Pedagogical: many times what an answer needs at one instant, and answered in a second or two.
REQUESTS = 300
IN_ALL = 10_000  # pedagogical: asking every second for two hours of the lab stays below it
# Pedagogical: whoever asks so often, over so long, waits for what does not come.
OFTEN, LONG_MS = 500, 2 * 3_600_000

_in_force: list["Patience"] = []


class Patience:
    """Counts what each account is asked while its clock stands still."""

    def __init__(self, requests: int = REQUESTS, in_all: int = IN_ALL) -> None:
        self.requests, self.in_all = requests, in_all
        self._asked: dict[str, tuple[int, int]] = {}  # account → (its time, requests since then)
        self._began: dict[str, int] = {}  # account → its time at the first request
        self._total = self._late = 0

    def count(self, account: Account) -> None:
        """One more request; raises LabError when it is one too many."""
        now_ms = account.clock.now_ms
        since_ms, number = self._asked.get(account.id, (now_ms, 0))
        number = number + 1 if since_ms == now_ms else 1
        self._asked[account.id] = (now_ms, number)
        self._total += 1
        if number > self.requests:
            _refuse(_stands_still(self.requests), insist=number > 2 * self.requests)
        waited_ms = now_ms - self._began.setdefault(account.id, now_ms)
        if self._total > self.in_all or (self._total > OFTEN and waited_ms > LONG_MS):
            self._late += 1
            _refuse(_never_comes(self._total), insist=self._late > self.requests)


def _refuse(error: LabError, *, insist: bool) -> NoReturn:
    """Raise the error; as a SystemExit for a loop that catches every Exception and goes on."""
    if insist:
        raise SystemExit(str(error)) from error
    raise error


def _stands_still(requests: int) -> LabError:
    return LabError(
        Text(
            "time only moves when you move it: {requests} requests in a row were answered, and "
            "the clock of their lab stood still.",
            requests=requests,
        ),
        wrong=Text(
            "while not done(): pass             # asks again and again, at the same instant"
        ),
        right=Text("while not done(): lab.advance(5)   # or a boto3 waiter, or lab.until(done)"),
    )


def _never_comes(requests: int) -> LabError:
    return LabError(
        Text(
            "{requests} requests were answered and there was no end: what the code waits for "
            "does not come.",
            requests=requests,
        ),
        wrong=Text("while not done(): lab.advance(5)   # for ever, when `done` never becomes true"),
        right=Text('lab.until(done, timeout="30m")     # says what happened instead'),
    )


def count(account: Account) -> None:
    """Note a request to an account; raises LabError when it is one too many
    for whoever is waiting for the caller.
    """
    if _in_force:
        _in_force[-1].count(account)


@contextmanager
def ended(names: dict[str, Any] | None = None, patience: Patience | None = None) -> Iterator[None]:
    """Inside the block, `time.sleep` and asking without end raise LabError; `names`
    are where somebody may hold `sleep`.

    Threads that ran before, such as a notebook's own, sleep as ever;
    so does what answers a request.
    """
    names = {} if names is None else names
    sleep, refusing = time.sleep, _refusing(time.sleep)
    held = [name for name, value in names.items() if value is sleep]
    _in_force.append(patience or Patience())
    names.update(dict.fromkeys(held, refusing))
    time.sleep = refusing
    try:
        yield
    finally:
        time.sleep = sleep
        names.update({name: sleep for name in held if names.get(name) is refusing})
        _in_force.pop()


def _refusing(sleep: Callable[[float], None]) -> Callable[[Any], None]:
    others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}

    def refusing(seconds: Any, /) -> None:
        if threading.get_ident() in others or being_served():
            return sleep(seconds)
        raise LabError(
            Text(
                "time only moves when you move it: sleeping waits outside, and nothing happens "
                "in the lab."
            ),
            wrong=f"time.sleep({seconds!r:.20})",
            right=f"lab.advance({seconds!r:.20})",
        )

    return refusing
