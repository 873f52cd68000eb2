"""Runs a learner's code: quietly, and so that whatever it does becomes an outcome.

nbgrader takes every point of a cell that wrote to stderr, so nothing does: neither a warning
or a log line of the learner's own, nor a child process, whatever still holds the stream. What
was written is kept, to be shown when it helps.
"""

import linecache
import os
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import StringIO, TextIOBase
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from ecslab.aws import standstill
from ecslab.grade.results import Raised
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

_STDERR = 2
_LIBRARIES = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
_OURS = str(Path(__file__).resolve().parent.parent)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of calling the learner's function once."""

    returned: Any = None
    raised: Raised | None = None
    started: bool = True  # False: the body is still the stub
    printed: str = ""


def call(function: Callable[..., Any], arguments: Sequence[Any]) -> Attempt:
    """Call the learner's function; whatever it raises is part of the answer, an
    interrupt (the stop button) included.
    """
    with quiet() as paper:
        try:
            with standstill.ended(getattr(function, "__globals__", None)):
                returned = function(*arguments)
        except NotImplementedError as error:
            return Attempt(
                raised=_raised(error), started=not _is_stub(function), printed=paper.getvalue()
            )
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - any error is an outcome
            return Attempt(raised=_raised(error), printed=paper.getvalue())
    started = returned is not Ellipsis and not (returned is None and _is_stub(function))
    return Attempt(returned, started=started, printed=paper.getvalue())


class _Pen(TextIOBase):
    """A stream that writes on the paper that lies on top."""

    def write(self, text: str) -> int:
        return _papers[-1].write(text)


_papers: list[StringIO] = []


@contextmanager
def quiet() -> Iterator[StringIO]:
    """Keep what is written to stdout and stderr, also through a stream
    that somebody took hold of before.
    """
    paper = StringIO()
    _papers.append(paper)
    try:
        if len(_papers) == 1:
            with _descriptor_2_aside(), _streams_aside():
                yield paper
        else:
            yield paper
    finally:
        _papers.pop()


@contextmanager
def _streams_aside() -> Iterator[None]:
    streams, shown, pen = (sys.stdout, sys.stderr), sys.displayhook, _Pen()
    for stream in streams:
        with suppress(
            AttributeError
        ):  # a log handler made in an earlier cell holds the stream itself: shadow its `write`
            stream.write = pen.write  # type: ignore[method-assign]
    sys.stdout = sys.stderr = pen
    sys.displayhook = lambda _: None  # what the code shows is not its score
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        sys.displayhook = shown
        for stream in streams:
            with suppress(AttributeError):
                del stream.write


@contextmanager
def _descriptor_2_aside() -> Iterator[None]:
    """What a child process or a C library writes to stderr goes to a file that nobody reads."""
    try:
        kept = os.dup(_STDERR)
    except OSError:  # there is no such descriptor: nothing to put aside
        yield
        return
    with tempfile.TemporaryFile() as nobody:
        os.dup2(nobody.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)


def _is_stub(function: Callable[..., Any]) -> bool:
    """Whether the body is still empty: `...`, `pass`, a docstring and `raise
    NotImplementedError` look nothing else up.
    """
    code = getattr(function, "__code__", None)
    return (
        isinstance(code, CodeType)
        and set(code.co_names) <= {"NotImplementedError"}
        and not code.co_freevars
    )


def _raised(error: BaseException) -> Raised:
    """The error, and the deepest line of the learner's own on the way to it;
    none of ours and none of a library's.
    """
    kind = Text("Stopped") if isinstance(error, KeyboardInterrupt) else type(error).__name__
    text = (
        Text("the code was interrupted while it ran")
        if isinstance(error, KeyboardInterrupt)
        else error.text
        if isinstance(error, LabError)
        else str(error)
    )
    # A standstill that insisted.
    if isinstance(error, SystemExit) and isinstance(error.__cause__, LabError):
        kind = "LabError"
    frame = None
    trace: TracebackType | None = error.__traceback__
    while trace:
        if _is_theirs(trace.tb_frame.f_code.co_filename):
            frame = trace
        trace = trace.tb_next
    if frame is None:
        return Raised(kind, text)
    code = frame.tb_frame.f_code
    line = linecache.getline(code.co_filename, frame.tb_lineno).strip()
    return Raised(kind, text, line, frame.tb_lineno, code.co_name)


def _is_theirs(file: str) -> bool:
    return not file.startswith((_OURS, *_LIBRARIES)) and not file.startswith("<frozen")
