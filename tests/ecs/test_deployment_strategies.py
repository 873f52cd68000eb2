"""The law every deployment strategy obeys, whatever it is called,
and the numbers of the rolling one.
"""

from dataclasses import replace
from itertools import count, cycle, product

import pytest
from deployment_laws import (
    assert_stays_above_the_floor,
    assert_stops_what_exists_and_says_why,
    copies,
)
from hypothesis import given
from hypothesis import strategies as st

from ecslab.ecs.deployments.fleet import Copy, Fleet
from ecslab.ecs.deployments.strategies import strategy

STRATEGIES = ["ROLLING"]


@st.composite
def fleets(draw, *, halted=True):
    """Any fleet under any percentages that let a service have what it wants; old ones
    may have lost copies, or have failed.
    """
    minimum = draw(st.integers(0, 100))
    maximum = draw(st.integers(max(minimum, 100) + (minimum == 100), 300))
    return Fleet(
        draw(st.integers(0, 8)),
        "new",
        draw(copies()),
        minimum,
        maximum,
        keeps=draw(st.sampled_from([{}, {"old": 0}, {"old": 3}, {"old": 8}])),
        enough=draw(st.sampled_from([None, 1, 4])),
        halted=frozenset(draw(st.sets(st.sampled_from(["old", "new"])))) if halted else frozenset(),
    )


def after(fleet, move, born):
    """The fleet once a move has been made: what was started is on its way, what was
    stopped is gone and not owed any more.
    """
    keeps = dict(fleet.keeps)
    for copy in fleet.copies:
        if copy.id in move.stop and copy.deployment in keeps and not copy.unhealthy:
            keeps[copy.deployment] = max(0, keeps[copy.deployment] - 1)
    started = [
        Copy(f"n{next(born)}", start.deployment, zone="a")
        for start in move.starts
        for _ in range(start.count)
    ]
    stay = [c for c in fleet.copies if c.id not in move.stop]
    return replace(fleet, copies=(*stay, *started), keeps=keeps)


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_never_starts_above_the_ceiling(name, fleet):
    """Facts, section 6.1: running and pending together stay at or below
    floor(desired × maximumPercent).
    """
    move = strategy(name)(fleet)
    if move.start:
        assert len(fleet.copies) - len(move.stop) + move.start <= fleet.ceiling


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_never_stops_below_the_floor(name, fleet):
    """Facts, section 6.1: healthy tasks stay at or above ceil(desired ×
    minimumHealthyPercent), unless they are beyond desired.
    """
    assert_stays_above_the_floor(fleet, strategy(name)(fleet))


CONDITIONS = {
    "starting": {},
    "running": {"running": True},
    "healthy": {"running": True, "healthy": True},
    "unhealthy": {"running": True, "unhealthy": True},
}


@pytest.mark.parametrize("minimum", [0, 50, 100])
@pytest.mark.parametrize("name", STRATEGIES)
def test_between_two_releases_no_move_stops_below_the_floor(name, minimum):
    """Every fleet of one revision with up to three copies in each condition,
    in zones that are in balance or not.
    """
    for desired, counts, zones in product(
        range(5), product(range(4), repeat=4), ("abc", "aab", "a")
    ):
        conditions = [
            c for c, number in zip(CONDITIONS.values(), counts, strict=True) for _ in range(number)
        ]
        made = [
            Copy(f"t{n}", "new", zone=zone, **condition)
            for n, (condition, zone) in enumerate(zip(conditions, cycle(zones), strict=False))
        ]
        fleet = Fleet(desired, "new", tuple(made), minimum, 200)
        assert_stays_above_the_floor(fleet, strategy(name)(fleet))


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_only_stops_tasks_that_exist_and_says_why(name, fleet):
    """Each id once, none invented, and a reason whenever something is done."""
    assert_stops_what_exists_and_says_why(fleet, strategy(name)(fleet))


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_starts_only_what_is_missing(name, fleet):
    """New copies up to what is wanted, old ones up to what their revision has lost,
    and none of a deployment that failed.
    """
    for start in strategy(name)(fleet).starts:
        assert start.count > 0
        assert start.deployment not in fleet.halted
        well = sum(c.deployment == start.deployment and not c.unhealthy for c in fleet.copies)
        if start.deployment == fleet.target:
            assert start.count <= fleet.desired - sum(not c.unhealthy for c in fleet.new)
        else:
            assert start.count <= fleet.keeps[start.deployment] - well


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets(halted=False))
def test_nothing_to_do_means_that_everything_is_there(name, fleet):
    """When every copy is known to be well or ill, a move that does nothing says stuck,
    or the fleet is exactly what is wanted.
    """
    settled = replace(fleet, copies=tuple(c for c in fleet.copies if c.settled))
    move = strategy(name)(settled)
    if not (move.start or move.stop or move.stuck):
        assert [c.deployment for c in settled.copies] == ["new"] * fleet.desired
        assert all(c.healthy and not c.leaving for c in settled.copies)


@pytest.mark.parametrize("name", STRATEGIES)
@given(
    fleet=fleets(halted=False),
    faults=st.lists(st.sampled_from(["dies", "falls ill", "-"]), max_size=20),
)
def test_whatever_befalls_a_rollout_it_ends_or_says_that_it_is_stuck(name, fleet, faults):
    """Copies die and fall ill for a while; then every one becomes healthy,
    and only the wanted ones are left.
    """
    plan, born = strategy(name), count()
    for round_ in range(90):
        move = plan(fleet)
        if move.stuck and round_ >= len(faults):
            assert fleet.old
            return
        fleet = after(fleet, move, born)
        fault = faults[round_] if round_ < len(faults) else "-"
        grown = [c if c.unhealthy else replace(c, running=True, healthy=True) for c in fleet.copies]
        if grown and fault == "dies":
            del grown[round_ % len(grown)]
        elif grown and fault == "falls ill":
            victim = grown[round_ % len(grown)]
            grown[round_ % len(grown)] = replace(victim, healthy=False, unhealthy=True)
        fleet = replace(fleet, copies=tuple(grown))
    assert [c.deployment for c in fleet.copies] == ["new"] * fleet.desired
    assert all(c.healthy and not c.leaving for c in fleet.copies)


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_rollout_whose_new_copies_never_start_keeps_the_floor(name, fleet):
    """A bad revision takes no healthy copy with it below the floor, however long it is tried."""
    plan, born = strategy(name), count()
    least = min(fleet.floor, fleet.healthy)
    for _ in range(30):
        fleet = after(fleet, plan(fleet), born)
        assert fleet.healthy >= min(least, fleet.desired)
        fleet = replace(fleet, copies=tuple(c for c in fleet.copies if not c.id.startswith("n")))


@pytest.mark.parametrize("name", STRATEGIES)
@given(desired=st.integers(1, 8), lost=st.integers(1, 8))
def test_old_copies_are_replaced_by_their_own_revision(name, desired, lost):
    """Facts, section 5.1: old ones by old ones, as long as new ones do not
    serve, and first what the floor needs.
    """
    lost = min(lost, desired)
    old_ones = tuple(
        Copy(f"o{i}", "old", running=True, healthy=True) for i in range(desired - lost)
    )
    new_ones = tuple(Copy(f"n{i}", "new") for i in range(desired))
    fleet = Fleet(desired, "new", old_ones + new_ones, keeps={"old": desired})
    [start] = strategy(name)(fleet).starts
    assert (start.deployment, start.count) == ("old", lost)


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
    """Facts, section 6.1: the minimum is rounded up, the maximum down;
    the worked examples of AWS's guide.
    """
    fleet = Fleet(desired, "new", (), minimum, maximum)
    assert (fleet.floor, fleet.ceiling) == (floor, ceiling)


def old(number: int) -> tuple[Copy, ...]:
    """That many healthy old copies."""
    return tuple(Copy(f"o{i}", "old", running=True, healthy=True) for i in range(number))


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
        tuple(
            Copy(f"{z}{i}", "new", running=True, healthy=True, zone=z) for i, z in enumerate(zones)
        ),
    )
    assert {name[0] for name in strategy("ROLLING")(fleet).stop} == {"a"}
