"""Container health checks are worked out at once; a plain simulation of every check agrees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecslab.ecs.tasks.health import of_task, verdicts
from ecslab.world.images import Behaviour


def checked_one_by_one(check: dict, behaviour: Behaviour, until_s: int) -> list[tuple[int, str]]:
    """Docker's way: a check every interval, counting failures in a row."""
    verdict, failures, ever_passed, found = "UNKNOWN", 0, False, []
    for at in range(check["interval"], until_s, check["interval"]):
        passes = behaviour.healthy_after is not None and at >= behaviour.healthy_after
        passes = passes and (behaviour.unhealthy_after is None or at < behaviour.unhealthy_after)
        if passes:
            failures, ever_passed, now = 0, True, "HEALTHY"
        else:
            failures += ever_passed or at >= check["startPeriod"]
            now = "UNHEALTHY" if failures >= check["retries"] else verdict
        if now != verdict:
            verdict = now
            found.append((at * 1000, verdict))
    return found


@given(
    check=st.fixed_dictionaries(
        {
            "interval": st.integers(5, 60),
            "retries": st.integers(1, 6),
            "startPeriod": st.integers(0, 300),
        }
    ),
    healthy_after=st.none() | st.integers(0, 600),
    sick_for=st.none() | st.integers(1, 600),
)
def test_verdicts_agree_with_checking_one_by_one(check, healthy_after, sick_for):
    """Facts, section 1.3: interval, retries, startPeriod; a success
    inside startPeriod counts at once.
    """
    unhealthy_after = (
        None if sick_for is None or healthy_after is None else healthy_after + sick_for
    )
    behaviour = Behaviour(healthy_after=healthy_after, unhealthy_after=unhealthy_after)
    assert verdicts(check, behaviour) == checked_one_by_one(check, behaviour, until_s=4_000)


@pytest.mark.parametrize(
    ("containers", "task"),
    [
        (["HEALTHY", "HEALTHY"], "HEALTHY"),
        (["HEALTHY", "UNKNOWN"], "UNKNOWN"),
        (["UNKNOWN", "UNHEALTHY"], "UNHEALTHY"),
        (["HEALTHY", "UNHEALTHY"], "UNHEALTHY"),
    ],
)
def test_a_tasks_health_is_the_worst_of_its_essential_containers(containers, task):
    """Facts, section 1.3, task health."""
    assert of_task(containers) == task
