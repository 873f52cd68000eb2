"""Runs one function over many policies in several processes: `sweep(day, policies)`.

    from ecslab.sweep import sweep

    def day(target):
        with Lab() as lab:
            …
            return lab.cost().total

    costs = sweep(day, {f"target {t} %": t for t in range(40, 90, 5)})

Each call opens its own lab in another process; a lab is one process's, so threads gain nothing. By
default there are a few processes of this machine. Any other executor of `concurrent.futures` does
as well, such as `client.get_executor()` of a Dask client.
"""

import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from multiprocessing import get_context
from traceback import format_exc
from typing import Any, TextIO, TypeVar

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.sweep.shipping import packed

Policy = TypeVar("Policy")
Answer = TypeVar("Answer")
# At the most: a container sees all CPUs of its machine; whoever has more passes an executor.
_PROCESSES = 4
_WIDTH = 40  # characters of the bar


def sweep(
    run: Callable[[Policy], Answer],
    policies: Mapping[str, Policy],
    *,
    executor: Executor | None = None,
    progress: bool = True,
) -> dict[str, Answer]:
    """Run a function once for each policy, and return what it answered by
    the policies' names, in their order.

    `policies` are arguments by name; they and the answers travel between processes, so they have to
    be plain data (pickle). A function of a notebook travels with the notebook's functions and
    values that it uses. `executor` is not shut down. Raises LabError, naming the policy, when the
    function fails for one; the rest is then called off.
    """
    if not isinstance(policies, Mapping):
        raise LabError(
            Text("sweep needs policies by name, not {kind}.", kind=type(policies).__name__),
            wrong="sweep(day, [50, 70])",
            right='sweep(day, {"target 50": 50, "target 70": 70})',
        )
    job = packed(run)
    with nullcontext(executor) if executor else _processes(len(policies)) as runner:
        futures = {runner.submit(_told, job, policy): name for name, policy in policies.items()}
        return _gathered(futures, sys.stdout if progress else None)


def _processes(jobs: int) -> Executor:
    """Processes of this machine, started afresh: a copy of a notebook's
    process would copy its threads' locks too.
    """
    count = max(1, min(jobs, _PROCESSES, os.cpu_count() or 1))
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))


def _told(job: Callable[[Any], Any], policy: Any) -> tuple[Any, str, str]:
    """In the other process: the answer, or the error in words; many errors
    of boto3 cannot travel themselves.
    """
    try:
        return job(policy), "", ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told with the policy's name
        return None, f"{type(error).__name__}: {error}", format_exc()


def _gathered(futures: dict[Future[Any], str], paper: TextIO | None) -> dict[str, Any]:
    """Wait for all, showing how many there are; the first one that failed ends it."""
    _show(paper, 0, len(futures))
    for done, future in enumerate(as_completed(futures), 1):
        if failure := _failure(future):
            for waiting in futures:
                waiting.cancel()
            _end(paper)
            error = LabError(
                Text(
                    "the policy {policy!r} could not be run: {failure}",
                    policy=futures[future],
                    failure=failure[0],
                )
            )
            error.add_note(failure[1])
            raise error
        _show(paper, done, len(futures))
    _end(paper)
    return {name: future.result()[0] for future, name in futures.items()}


def _failure(future: Future[Any]) -> tuple[str, str] | None:
    """What went wrong in one run, and where: in the function, or on the way to it and back."""
    if error := future.exception():
        return f"{type(error).__name__}: {error}", "on the way to the process that runs it, or back"
    _, said, trace = future.result()
    return (said, trace) if said else None


def _show(paper: TextIO | None, done: int, of: int) -> None:
    if paper:
        full = _WIDTH * done // max(1, of)
        paper.write(f"\r[{'#' * full}{'.' * (_WIDTH - full)}] {done} of {of}")
        paper.flush()


def _end(paper: TextIO | None) -> None:
    if paper:
        paper.write("\n")
        paper.flush()
