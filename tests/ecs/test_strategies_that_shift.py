"""The law that every deployment strategy obeys, those that
shift traffic at any stage of their way.
"""

from dataclasses import replace

import pytest
from deployment_laws import (
    assert_stays_above_the_floor,
    assert_stops_what_exists_and_says_why,
    copies,
)
from hypothesis import given
from hypothesis import strategies as st

from ecslab.ecs.deployments.fleet import Copy, Fleet, Rollout
from ecslab.ecs.deployments.shifting.way import STAGES
from ecslab.ecs.deployments.strategies import strategy

STRATEGIES = ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]
ROLLED = 200  # rounds in which every deployment of good copies is over


CONFIGS = st.fixed_dictionaries(
    {
        "bakeTimeInMinutes": st.integers(0, 1440),
        "linearConfiguration": st.fixed_dictionaries(
            {
                "stepPercent": st.integers(30, 1000).map(lambda n: n / 10),
                "stepBakeTimeInMinutes": st.integers(0, 9),
            }
        ),
        "canaryConfiguration": st.fixed_dictionaries(
            {
                "canaryPercent": st.integers(1, 1000).map(lambda n: n / 10),
                "canaryBakeTimeInMinutes": st.integers(0, 9),
            }
        ),
    }
)


@st.composite
def rollouts(draw):
    """A deployment that shifts traffic, at any stage of its way."""
    return Rollout(
        stage=draw(st.sampled_from(["", *STAGES])),
        source=draw(st.sampled_from(["old", "older", None])),
        stage_ms=draw(st.sampled_from([0, 10_000, 600_000, 86_400_001])),
        production=draw(st.sampled_from([0, 100, 1000])),
        test=draw(st.sampled_from([0, 1000])),
        config=draw(CONFIGS),
        back=draw(st.booleans()),
    )


@st.composite
def fleets(draw):
    """Any fleet under any percentages that the API accepts, with a rollout under way or none."""
    minimum = draw(st.integers(0, 100))
    maximum = draw(st.integers(max(minimum, 101), 300))
    rollout = draw(st.one_of(st.none(), rollouts()))
    return Fleet(draw(st.integers(0, 8)), "new", draw(copies()), minimum, maximum, rollout=rollout)


def seen_by(name, fleet):
    """A rolling deployment has no stages; the others look at one fleet of their
    own per revision while theirs last.
    """
    return replace(fleet, rollout=None) if name == "ROLLING" else fleet


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_never_starts_above_the_ceiling(name, fleet):
    """Facts, section 6.1: running and pending together stay at or below
    floor(desired × maximumPercent).

    While a deployment shifts traffic that holds of each revision: green scales
    to 100 % beside blue (section 7.1).
    """
    fleet = seen_by(name, fleet)
    move = strategy(name)(fleet)
    if move.start and not fleet.rollout:
        assert len(fleet.copies) - len(move.stop) + move.start <= fleet.ceiling
    for start in move.starts:
        stay = [
            c for c in fleet.copies if c.deployment == start.deployment and c.id not in move.stop
        ]
        assert len(stay) + start.count <= fleet.ceiling


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_never_stops_below_the_floor(name, fleet):
    """Facts, section 6.1: healthy tasks stay at or above ceil(desired ×
    minimumHealthyPercent), unless they are beyond desired.
    """
    fleet = seen_by(name, fleet)
    assert_stays_above_the_floor(fleet, strategy(name)(fleet))


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets())
def test_a_move_only_stops_tasks_that_exist_and_says_why(name, fleet):
    """Each id once, none invented, and a reason whenever something is done."""
    fleet = seen_by(name, fleet)
    assert_stops_what_exists_and_says_why(fleet, strategy(name)(fleet))


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


def play(name, fleet):
    """Every start becomes healthy, every stage lasts as long as it asks: the copies
    at the end, or None when it says stuck.
    """
    plan, born, current, rollout = strategy(name), 0, list(fleet.copies), fleet.rollout
    for _ in range(ROLLED):
        move = plan(replace(fleet, copies=tuple(current), rollout=rollout))
        if move.stuck:
            assert fleet.old
            return None
        current = [c for c in current if c.id not in move.stop]
        current = [c if c.unhealthy else replace(c, running=True, healthy=True) for c in current]
        for start in move.starts:
            for _ in range(start.count):
                born += 1
                current.append(
                    Copy(f"n{born}", start.deployment, running=True, healthy=True, zone="a")
                )
        if move.complete:
            rollout = None
            fleet = replace(fleet, target=fleet.rollout.source if fleet.rollout.back else "new")
        elif rollout:
            idle_ms = move.again_ms or 0 if not move.start and not move.stop else 0
            rollout = replace(rollout, stage_ms=rollout.stage_ms + idle_ms)
        if move.shift:
            shift = move.shift
            rollout = replace(
                rollout,
                stage=shift.stage,
                production=shift.production,
                test=shift.test,
                step=shift.step,
                stage_ms=0,
            )
    assert rollout is None
    return current


@pytest.mark.parametrize("name", STRATEGIES)
@given(fleet=fleets(), config=CONFIGS)
def test_a_rollout_of_good_copies_ends_or_says_that_it_is_stuck(name, fleet, config):
    """Played on with every start becoming healthy, a deployment reaches
    exactly the wanted copies or says stuck.
    """
    blue = "old" if any(c.deployment == "old" for c in fleet.copies) else None
    current = play(name, seen_by(name, replace(fleet, rollout=Rollout(source=blue, config=config))))
    if current is not None:
        assert [c.deployment for c in current] == ["new"] * fleet.desired
        assert all(c.healthy and not c.leaving for c in current)


@pytest.mark.parametrize("name", STRATEGIES[1:])
@given(fleet=fleets(), rollout=rollouts())
def test_a_rollback_ends_with_the_old_revision_alone_or_says_that_it_is_stuck(name, fleet, rollout):
    """Facts, section 7.1: from wherever it turns back, blue has all the tasks in the end."""
    current = play(
        name, replace(fleet, rollout=replace(rollout, source="old", stage="", back=True))
    )
    if current is not None:
        assert [c.deployment for c in current] == ["old"] * fleet.desired
        assert all(c.healthy and not c.leaving for c in current)
