"""The contract of deployment strategies, as far as it concerns task sets: each is
a fleet of its own beside the others.
"""

from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecslab.ecs.deployments.fleet import Copy, Fleet
from ecslab.ecs.deployments.strategies import strategy_of
from ecslab.ecs.deployments.strategies.task_sets import share

NAMES = ("blue", "green", "gone")  # the last one has no share: its task set was deleted


@st.composite
def fleets(draw):
    """Two task sets with any shares, and copies in any
    condition, some of a task set that is gone.
    """
    copies = []
    for number in range(draw(st.integers(0, 12))):
        condition = draw(st.sampled_from(["starting", "running", "healthy", "unhealthy"]))
        copies.append(
            Copy(
                id=f"t{number}",
                deployment=draw(st.sampled_from(NAMES)),
                running=condition != "starting",
                healthy=condition == "healthy",
                unhealthy=condition == "unhealthy",
                leaving=draw(st.booleans()),
                zone=draw(st.sampled_from("abc")),
            )
        )
    shares = {name: draw(st.integers(0, 6)) for name in NAMES[:2]}
    return Fleet(6, "", tuple(copies), shares=shares)


def plan(fleet):
    """What the scheduler does when somebody else deploys, whichever of the two it is."""
    assert strategy_of("EXTERNAL", "ROLLING") is strategy_of("CODE_DEPLOY", "ROLLING")
    return strategy_of("EXTERNAL", "ROLLING")(fleet)


@given(fleet=fleets())
def test_a_move_only_stops_tasks_that_exist_and_says_why(fleet):
    """Each id once, none invented, and a reason whenever something is done."""
    move = plan(fleet)
    assert len(set(move.stop)) == len(move.stop)
    assert set(move.stop) <= {c.id for c in fleet.copies}
    assert move.why or not (move.start or move.stop or move.stuck)


@given(fleet=fleets())
def test_no_task_set_takes_part_in_another_ones_round(fleet):
    """Facts, section 7.3: what happens to one task set is the same whatever is beside it."""
    together = plan(fleet)
    for name, wanted in fleet.shares.items():
        mine = tuple(c for c in fleet.copies if c.deployment == name)
        alone = plan(replace(fleet, copies=mine, shares={name: wanted}))
        assert alone.starts == tuple(s for s in together.starts if s.deployment == name)
        assert set(alone.stop) == {c.id for c in mine} & set(together.stop)


@given(fleet=fleets())
def test_a_task_set_is_never_more_than_doubled_nor_below_its_share(fleet):
    """Facts, section 6.1: the percentages are AWS's defaults, 100 and
    200, of the task set's own share.
    """
    move = plan(fleet)
    for start in move.starts:
        there = sum(c.deployment == start.deployment for c in fleet.copies)
        assert there + start.count <= 2 * fleet.shares[start.deployment]
    for name, wanted in fleet.shares.items():
        healthy = [c for c in fleet.copies if c.deployment == name and c.healthy]
        stopped = [c for c in healthy if c.id in move.stop]
        assert not stopped or len(healthy) - len(stopped) >= wanted


@given(fleet=fleets())
def test_every_task_set_comes_to_its_share(fleet):
    """Played on with every start becoming healthy, each task set has exactly
    its share, and nothing else is left.
    """
    born = 0
    for _ in range(60):
        move = plan(fleet)
        current = [c for c in fleet.copies if c.id not in move.stop]
        current = [c if c.unhealthy else replace(c, running=True, healthy=True) for c in current]
        for start in move.starts:
            for _ in range(start.count):
                born += 1
                current.append(
                    Copy(f"n{born}", start.deployment, running=True, healthy=True, zone="a")
                )
        fleet = replace(fleet, copies=tuple(current))
    counts = {name: sum(c.deployment == name for c in fleet.copies) for name in NAMES}
    assert counts == {**fleet.shares, "gone": 0}
    assert all(c.healthy and not c.leaving for c in fleet.copies)


@pytest.mark.parametrize(
    ("desired", "scale", "count"),
    [(12, 10.0, 2), (10, 30.0, 3), (1000, 0.1, 1), (0, 100.0, 0), (7, 100.0, 7)],
)
def test_a_share_is_rounded_up(desired, scale, count):
    """Facts, section 7.3: 1.2 comes to 2, and what is whole stays what it is."""
    assert share(desired, scale) == count


@given(desired=st.integers(0, 5000), hundredths=st.integers(0, 10_000))
def test_no_share_is_more_than_the_whole(desired, hundredths):
    """Facts, section 7.3: exact arithmetic, whatever a float cannot hold."""
    assert share(desired, hundredths / 100) == ceil(desired * hundredths / 10_000 - 1e-9)
