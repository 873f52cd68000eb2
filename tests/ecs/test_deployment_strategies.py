"""The law every deployment strategy obeys, whatever it is called, and the numbers of the rolling one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecslab.ecs.policy.deployment import strategy
from ecslab.ecs.policy.deployment.fleet import Copy, Fleet

STRATEGIES = ["ROLLING"]


@st.composite
def copies(draw):
    """A fleet of old and new copies in any condition."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        condition = draw(st.sampled_from(["starting", "running", "healthy", "unhealthy"]))
        found.append(
            Copy(
                id=f"t{number}",
                deployment=draw(st.sampled_from(["old", "new"])),
                running=condition != "starting",
                healthy=condition == "healthy",
                unhealthy=condition == "unhealthy",
                leaving=draw(st.booleans()),
                zone=draw(st.sampled_from("abc")),
            )
        )
    return tuple(found)


@st.composite
def fleets(draw):
    """Any fleet under any percentages that the API accepts."""
    minimum = draw(st.integers(0, 100))
    maximum = draw(st.integers(max(minimum, 101), 300))
    return Fleet(draw(st.integers(0, 8)), "new", draw(copies()), minimum, maximum)


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_never_starts_above_the_ceiling(name, fleet):
    """Facts, section 6.1: running and pending together stay at or below floor(desired × maximumPercent)."""
    move = strategy(name)(fleet)
    if move.start:
        assert len(fleet.copies) - len(move.stop) + move.start <= fleet.ceiling


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_never_stops_below_the_floor(name, fleet):
    """Facts, section 6.1: healthy tasks stay at or above ceil(desired × minimumHealthyPercent), unless they are beyond desired."""
    move = strategy(name)(fleet)
    stopped_healthy = sum(c.healthy for c in fleet.copies if c.id in move.stop)
    if stopped_healthy:
        assert fleet.healthy - stopped_healthy >= min(fleet.floor, fleet.desired)


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_only_stops_tasks_that_exist_and_says_why(name, fleet):
    """Each id once, none invented, and a reason whenever something is done."""
    move = strategy(name)(fleet)
    assert len(set(move.stop)) == len(move.stop)
    assert set(move.stop) <= {c.id for c in fleet.copies}
    assert move.why or not (move.start or move.stop or move.stuck)


@pytest.mark.parametrize("name", STRATEGIES)
@given(desired=st.integers(0, 8), extra=st.integers(1, 5))
def test_a_fleet_above_desired_shrinks(name, desired, extra):
    """Surplus healthy copies of the wanted deployment are stopped, and no more than the surplus."""
    fleet = Fleet(
        desired,
        "new",
        tuple(Copy(f"t{i}", "new", running=True, healthy=True) for i in range(desired + extra)),
    )
    assert len(strategy(name)(fleet).stop) == extra


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_rollout_of_good_copies_ends_or_says_that_it_is_stuck(name, fleet):
    """Played on with every start becoming healthy, a deployment reaches exactly the wanted copies or says stuck."""
    plan, born = strategy(name), 0
    current = list(fleet.copies)
    for _ in range(60):
        move = plan(Fleet(fleet.desired, "new", tuple(current), fleet.minimum_percent, fleet.maximum_percent))
        if move.stuck:
            assert fleet.old
            return
        current = [c for c in current if c.id not in move.stop]
        current = [c if c.unhealthy else replace(c, running=True, healthy=True) for c in current]
        for _ in range(move.start):
            born += 1
            current.append(Copy(f"n{born}", "new", running=True, healthy=True, zone="a"))
    assert [c.deployment for c in current] == ["new"] * fleet.desired
    assert all(c.healthy and not c.leaving for c in current)


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "floor", "ceiling"),
    [
        (4, 50, 200, 2, 8),
        (2, 75, 200, 2, 4),
        (4, 100, 200, 4, 8),
        (3, 100, 125, 3, 3),
        (1, 50, 150, 1, 1),
        (10, 75, 133, 8, 13),
    ],
)
def test_percentages_round_as_aws_rounds(desired, minimum, maximum, floor, ceiling):
    """Facts, section 6.1: the minimum is rounded up, the maximum down; the worked examples of AWS's guide."""
    fleet = Fleet(desired, "new", (), minimum, maximum)
    assert (fleet.floor, fleet.ceiling) == (floor, ceiling)


def old(count: int) -> tuple[Copy, ...]:
    """That many healthy old copies."""
    return tuple(Copy(f"o{i}", "old", running=True, healthy=True) for i in range(count))


def test_rolling_starts_first_when_there_is_room():
    """Facts, section 6.1: 4 tasks with 100/200 start 4 new ones before anything stops."""
    move = strategy("ROLLING")(Fleet(4, "new", old(4)))
    assert (move.start, move.stop) == (4, ())


def test_rolling_stops_first_when_there_is_no_room():
    """Facts, section 6.1: 4 tasks with 50/100 stop 2 old ones before anything starts."""
    move = strategy("ROLLING")(Fleet(4, "new", old(4), 50, 100))
    assert (move.start, len(move.stop)) == (0, 2)


def test_rolling_with_no_move_left_says_stuck():
    """Facts, section 6.1: 2 tasks, minimum 75 %: none may stop; maximum 125 %: none may start."""
    move = strategy("ROLLING")(Fleet(2, "new", old(2), 75, 125))
    assert (move.start, move.stop, move.stuck) == (0, (), True)


def test_the_fullest_zone_gives_first():
    """Facts, section 5.1, stop order: the zone with the most tasks of the service."""
    zones = "aaab"
    fleet = Fleet(
        2,
        "new",
        tuple(Copy(f"{z}{i}", "new", running=True, healthy=True, zone=z) for i, z in enumerate(zones)),
    )
    assert {name[0] for name in strategy("ROLLING")(fleet).stop} == {"a"}
