import subprocess
import sys

import pytest

from ecslab.grade.sandbox import call, quiet


def test_what_a_function_returns_is_its_answer():
    """Nothing else happened."""
    answer = call(lambda _lab, x: x + 1, [None, 1])
    assert (answer.returned, answer.raised, answer.started) == (2, None, True)


def stub(lab):
    """The released answer cell."""
    raise NotImplementedError  # write your code here


def dots(lab):
    """What many learners write meanwhile."""
    ...  # noqa: PIE790


def empty(lab):
    """A body that is only its docstring."""


@pytest.mark.parametrize("function", [stub, dots, empty, lambda _lab: ...])
def test_a_stub_is_not_started(function):
    """The stub of nbgrader, `...`, `pass` and a bare Ellipsis
    are all the same: nobody has begun.
    """
    assert not call(function, [None]).started


def test_a_stub_below_somebodys_code_is_an_error_of_theirs():
    """Who has written something and left the stub's line below it is told
    so, and not that they have not begun.
    """

    def forgot_the_stub(lab):
        print(lab)
        raise NotImplementedError

    answer = call(forgot_the_stub, ["lab"])
    assert answer.started
    assert answer.raised.kind == "NotImplementedError"
    assert answer.raised.line == "raise NotImplementedError"


def test_a_function_that_returns_nothing_has_still_been_started():
    """Doing something and returning None is an answer."""
    assert call(lambda seen: seen.append(1), [[]]).started


def test_an_error_carries_the_learners_own_line_and_no_other():
    """The deepest line of theirs, also when the error comes out of a library."""

    def outer(_lab):
        return inner()

    def inner():
        return int("no number", base=10)

    def through_a_library(_lab):
        return subprocess.run(["/does/not/exist"], check=False)

    assert call(outer, [None]).raised.line == 'return int("no number", base=10)'
    assert call(outer, [None]).raised.function == "inner"
    assert call(through_a_library, [None]).raised.line.startswith("return subprocess.run")


@pytest.mark.parametrize(
    "error", [SystemExit(0), KeyboardInterrupt(), RecursionError("deep"), AssertionError("no")]
)
def test_whatever_is_raised_is_an_outcome(error):
    """Leaving, being interrupted, recursing: none of it ends the check."""

    def raises(_lab):
        raise error

    assert call(raises, [None]).raised is not None


NOISY = """
import logging, os, subprocess, sys, warnings
logging.basicConfig()  # from here on a handler holds the stream

def noisy(lab):
    print("to stdout")
    print("to stderr", file=sys.stderr)
    logging.warning("through a handler that holds the stream")
    logging.lastResort.handle(logging.makeLogRecord({"msg": "the last resort", "levelno": 40}))
    warnings.warn("careful")
    os.write(2, b"to the descriptor")
    subprocess.run([sys.executable, "-c", "print(1/0)"])

from ecslab.grade.sandbox import call
print(repr(call(noisy, [None]).printed))
"""


def test_nothing_reaches_stderr_and_what_was_written_is_kept():
    """A cell that wrote to stderr gets no point of nbgrader that wrote to stderr, so a
    warning or a log line must not (grading notes).
    """
    ran = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    for piece in ("to stdout", "to stderr", "holds the stream", "the last resort", "careful"):
        assert piece in ran.stdout


def test_the_streams_are_as_before_afterwards(capfd):
    """Also after an error, and for whoever held them."""
    before = sys.stdout, sys.stderr, sys.displayhook
    call(stub, [None])
    assert (sys.stdout, sys.stderr, sys.displayhook) == before
    print("after", file=sys.stderr)
    assert capfd.readouterr().err == "after\n"


def test_what_the_code_shows_is_not_a_result(capfd):
    """A number that the learner's code displays must not become the cell's
    output, from which nbgrader takes points.
    """

    def claims(_lab):
        sys.displayhook(99)

    call(claims, [None])
    assert capfd.readouterr().out == ""


def test_quiet_nests():
    """The check keeps quiet around its own work, and again around the learner's."""
    with quiet() as outer:
        print("a")
        with quiet() as inner:
            print("b")
        print("c")
    assert (outer.getvalue(), inner.getvalue()) == ("a\nc\n", "b\n")
