"""Exercise 8: what its points count, and the rehearsal."""

import pytest
from answers import answer

from ecslab import check
from ecslab.course.catalogue import find
from ecslab.course.ex08_scaling import setting as scenery
from ecslab.course.ex08_scaling.rehearsal import rehearse
from ecslab.ground.errors import LabError
from ecslab.world.load import serve
from ecslab.world.traffic import steady


def test_nothing_is_cheap_that_breaks_the_promise():
    """Two tasks cost a fraction of what anybody pays who keeps the promise, and earn nothing."""
    result = check(
        "08-promise", lambda lab, *_: lab.client("ecs").create_cluster(clusterName="mine")
    )
    assert result.points == 0
    assert str(result).count("the promise is kept first") == 1  # and twice "as above"


@pytest.mark.parametrize("rate", [0, 1, 7, 12, 33.3, 60, 100])
def test_as_few_tasks_as_are_needed(rate):
    """With so many the limit holds, with one less it does not."""
    tasks = scenery.needed(rate, 400)
    assert serve(scenery.PROGRAM, 0.5, rate / tasks).latency_s <= 0.4
    if tasks > 1:
        assert serve(scenery.PROGRAM, 0.5, rate / (tasks - 1)).latency_s > 0.4


def test_who_knows_the_traffic_pays_for_its_tasks_only():
    """Facts, section 14: half a CPU and a gigabyte of Fargate cost 0.02469 USD
    an hour, and a public address 0.005.
    """
    assert float(scenery.foreseen_usd(steady(12), 60, 400, "us-east-1")) == pytest.approx(
        2 * (0.5 * 0.04048 + 0.004445 + 0.005)
    )


@pytest.mark.parametrize("question", ["08-promise", "08-spike", "08-schedule"])
def test_a_rehearsal_draws_what_a_function_brings_about(question):
    """The practice traffic, without a verdict: a picture to think about."""
    picture = rehearse(question, answer(find(question)))
    assert "desired" in str(picture)
    assert ("requests a second" in str(picture)) == (question != "08-schedule")


def test_a_rehearsal_raises_what_the_function_raises():
    """A learner sees their own error, with its traceback."""
    with pytest.raises(ZeroDivisionError):
        rehearse("08-promise", lambda *_: 1 / 0)
    with pytest.raises(LabError, match="there is no question"):
        rehearse("08-promis", print)
