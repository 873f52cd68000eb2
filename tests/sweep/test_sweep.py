"""One function over many policies, across processes."""

import os
import subprocess
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from days import answers_a_client, asks_for_a_cluster, cost_of

from ecslab.ground.errors import LabError
from ecslab.sweep import sweep


@pytest.fixture(scope="module")
def two():
    """Two processes, for all tests of this file: starting them is what takes time."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


class Here(Executor):
    """An executor with nothing but `submit`: what a cluster of machines offers too."""

    def submit(self, fn, /, *args, **kwargs):
        """Run it now."""
        future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except LookupError as error:
            future.set_exception(error)
        return future


def test_answers_come_by_name_in_the_order_of_the_policies(two, capsys):
    """Whoever is ready first; every process has labs of its own, and the
    same policy costs the same in each.
    """
    policies = {f"{n} tasks": n for n in (4, 1, 3, 2)}
    found = sweep(cost_of, policies, executor=two)
    assert list(found) == list(policies)
    by_size = [found[f"{n} tasks"][0] for n in range(1, 5)]
    assert by_size == sorted(by_size)
    assert by_size[1] == cost_of(2)[0]
    assert os.getpid() not in {process for _, process in found.values()}
    assert capsys.readouterr().out.splitlines()[-1].endswith("] 4 of 4")


def test_any_executor_will_do():
    """As that of a Dask client, which offers no more than this."""
    assert list(sweep(cost_of, {"one": 1, "two": 2}, executor=Here(), progress=False)) == [
        "one",
        "two",
    ]


def test_no_policies_are_no_work():
    """An empty sweep ends at once."""
    assert sweep(cost_of, {}, executor=Here(), progress=False) == {}


def test_an_error_names_the_policy_that_raised_it(two):
    """boto3's own errors cannot travel between processes: they are told in
    words, with the lines of the function.
    """
    with pytest.raises(
        LabError, match=r"the policy 'elsewhere' .*ClusterNotFoundException"
    ) as error:
        sweep(
            asks_for_a_cluster,
            {"shop": "shop", "elsewhere": "elsewhere"},
            executor=two,
            progress=False,
        )
    assert "in asks_for_a_cluster" in error.value.__notes__[0]


def test_an_answer_that_cannot_travel_names_its_policy(two):
    """A result has to be plain data."""
    with pytest.raises(LabError, match="the policy 'a' could not be run"):
        sweep(answers_a_client, {"a": 1}, executor=two, progress=False)


def test_policies_have_names():
    """Misuse shows the wrong line and the right line."""
    with pytest.raises(LabError, match=r"needs policies by name(?s:.*)right: "):
        sweep(cost_of, [1, 2])


NOTEBOOK = """
import math as maths
import sys
from fractions import Fraction

from ecslab import Lab
from ecslab.ground.errors import LabError
from ecslab.sweep import sweep


base, lab = 10, Lab()

def even(n):
    return n == 0 or odd(n - 1)

def odd(n):
    return n != 0 and even(n - 1)

def day(n, *, add=1):
    with Lab() as lab:
        floors = [maths.floor(more(add) + k * 0.5) for k in range(n)]
        return floors, even(n), Fraction(n, 2), len(lab.timeline)

def looks_at_the_lab(n):
    return lab.now

def made(k):
    return lambda n: n + k

more = lambda n: n + base

class Own:
    pass

def uses_a_class(n):
    return Own()

print(sweep(day, {"a": 2, "b": 3}, progress=False))
for wrong in (looks_at_the_lab, made(3), uses_a_class):
    try:
        sweep(wrong, {"a": 1})
    except LabError as error:
        print(str(error).splitlines()[0])
"""


def test_a_function_of_a_notebook_travels():
    """With what it uses: functions, modules, values; what cannot travel is
    refused by name before anything starts.
    """
    told = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-c",
            NOTEBOOK,
        ],  # -c: a __main__ without a file, as a notebook's
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert told.stderr == ""
    assert told.stdout.splitlines() == [
        "{'a': ([11, 11], True, Fraction(1, 1), 0), 'b': ([11, 11, 12], False, Fraction(3, 2), 0)}",
        "looks_at_the_lab uses lab, which cannot travel to another process (Lab).",
        "<lambda> uses variables of the function around it, and cannot travel to another process.",
        "uses_a_class uses Own, which cannot travel to another process (type).",
    ]
