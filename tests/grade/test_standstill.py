"""A lab's time stands still unless somebody moves it: waiting for it in
any other way is ended, and said.
"""

import threading
import time
from time import sleep

import pytest
from answers import function

from ecslab import Lab, check
from ecslab.aws import standstill
from ecslab.grade.results import Outcome
from ecslab.grade.sandbox import call
from ecslab.ground.errors import LabError

START = """
def run_jobs(lab, cluster, definitions, subnets):
    ecs = lab.client("ecs")
    arn = ecs.run_task(cluster=cluster, taskDefinition=definitions[0], launchType="FARGATE",
                       networkConfiguration={"awsvpcConfiguration": {
                           "subnets": subnets, "assignPublicIp": "ENABLED"}})["tasks"][0]["taskArn"]
    def status():
        return ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0]["lastStatus"]
"""
LOOPS = {
    "busy": ("", "    while status() != 'STOPPED':\n        pass\n"),
    "sleeping": ("import time\n", "    while status() != 'STOPPED':\n        time.sleep(5)\n"),
    "sleeping by name": (
        "from time import sleep\n",
        "    while status() != 'STOPPED':\n        sleep(5)\n",
    ),
    "deaf": (
        "import time\n",
        "    while status() != 'STOPPED':\n        try:\n            time.sleep(5)\n"
        "        except Exception:\n"
        "            pass\n",
    ),
    "deaf and busy": (
        "",
        "    while True:\n        try:\n            if status() == 'STOPPED':\n"
        "                break\n"
        "        except Exception:\n            pass\n",
    ),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_waiting_for_a_lab_that_stands_still_is_ended(loop):
    """The learner sees their own line and what to write instead, and the check goes on."""
    before, after = LOOPS[loop]
    result = check("01-jobs", function(before + START + after, "run_jobs"))
    assert (result.outcome, result.mistake) == (Outcome.RAISED, "waits-in-real-time"), str(result)
    assert "LabError: time only moves when you move it" in str(result)
    assert "lab.advance(5)" in str(result)
    assert result.raised.line


def test_the_line_that_sleeps_is_the_line_that_is_shown():
    """With the learner's own number in the wrong line and in the right one."""

    def waits(_lab):
        time.sleep(30)

    raised = call(waits, [None]).raised
    assert raised.line == "time.sleep(30)"
    assert "wrong:  time.sleep(30)" in raised.text
    assert "right:  lab.advance(30)" in raised.text


def test_sleep_is_as_before_afterwards():
    """In the module, and where a notebook imported it by name."""
    module, held = time.sleep, sleep
    call(lambda _: sleep(5), [None])
    assert time.sleep is module
    assert sleep is held


def test_threads_of_others_sleep_as_ever():
    """A notebook's own threads know nothing of a check."""
    asleep, may_sleep, slept = threading.Event(), threading.Event(), []

    def other():
        asleep.set()
        may_sleep.wait(5)
        time.sleep(0.001)
        slept.append(True)

    thread = threading.Thread(target=other)
    thread.start()
    asleep.wait(5)
    with standstill.ended():
        may_sleep.set()
        thread.join(5)
    assert slept == [True]


def test_every_movement_of_the_clock_gives_patience_back():
    """What counts is how often an account was asked since its own clock last moved."""
    with Lab() as lab, standstill.ended(patience=standstill.Patience(requests=5)):
        ecs = lab.client("ecs")
        for _ in range(4):
            for _ in range(5):
                ecs.list_clusters()
            lab.advance("1s")
        for _ in range(5):
            ecs.list_clusters()
        with pytest.raises(LabError, match="5 requests in a row"):
            ecs.list_clusters()


def ask_and_move(ecs, lab, times):
    """What a loop does that waits for something."""
    for _ in range(times):
        ecs.list_clusters()
        lab.advance("5s")


def test_moving_another_lab_does_not_help():
    """Whoever asks one lab and moves another waits for ever."""
    with Lab() as lab, Lab() as other, standstill.ended(patience=standstill.Patience(requests=5)):
        ecs = other.client("ecs")
        with pytest.raises(LabError, match="the clock of their lab stood still"):
            ask_and_move(ecs, lab, 10)


def test_a_wait_for_what_never_comes_is_ended_too():
    """The clock moves, the condition is misspelt: there is an end in all."""
    with Lab() as lab, standstill.ended(patience=standstill.Patience(in_all=50)):
        ecs = lab.client("ecs")
        with pytest.raises(LabError, match="what the code waits for does not come"):
            ask_and_move(ecs, lab, 60)


def test_a_wait_of_hours_is_ended_sooner():
    """An exit code that a container never gets: what a question asks for takes minutes."""
    with Lab() as lab, standstill.ended():
        with pytest.raises(LabError, match="what the code waits for does not come"):
            ask_and_move(lab.client("ecs"), lab, standstill.IN_ALL)
        assert lab.clock.now_ms == pytest.approx(standstill.LONG_MS, abs=10_000)


def test_hours_that_pass_without_asking_are_nobodys_wait():
    """A lab may be moved as far as one likes, and looked at afterwards."""
    with Lab() as lab, standstill.ended():
        ecs = lab.client("ecs")
        ecs.list_clusters()
        lab.advance("2d")
        for _ in range(standstill.OFTEN // 2):
            ecs.list_clusters()


def test_a_waiter_waits_as_long_as_it_takes():
    """Its sleeping is the lab's time, inside a check too."""

    def waits(lab):
        ecs = lab.client("ecs")
        ecs.create_cluster(clusterName="c")
        ecs.register_task_definition(
            family="f", containerDefinitions=[{"name": "a", "image": "i", "memory": 64}]
        )
        config = {"Delay": 15, "MaxAttempts": 4}
        ecs.get_waiter("services_stable").wait(cluster="c", services=["none"], WaiterConfig=config)

    with Lab() as lab:
        assert call(waits, [lab]).raised.kind == "WaiterError"


def test_outside_a_check_nobody_counts():
    """A lesson may ask as often as it likes."""
    with Lab() as lab:
        ecs = lab.client("ecs")
        for _ in range(standstill.REQUESTS + 1):
            ecs.list_clusters()
