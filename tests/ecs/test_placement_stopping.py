from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from placement_fleet import CPU, INSTANCE, MEMORY, RANDOM, ZONE, host, instance

from ecslab.ecs.placement.stop_order import stop_order
from ecslab.ground.chance import Chance


def running(places, **more):
    """Instances as zones, and how many tasks each runs."""
    machines = [
        instance(n, zone, cpu=90_000, memory=90_000, interfaces=99)
        for n, (zone, _) in enumerate(places)
    ]
    tasks = [
        host(machine, 100 * number + copy, **more)
        for number, (machine, (_, count)) in enumerate(zip(machines, places, strict=True))
        for copy in range(count)
    ]
    return machines, tasks


def order(tasks, strategies=(), among=None):
    """The labels of the instances in the order in which their tasks stop."""
    stopped = stop_order(tasks if among is None else among, tasks, strategies)
    return [int(t.instance.label.removeprefix("instance/")) for t in stopped]


def test_the_zone_with_the_most_tasks_goes_first_then_the_instance_with_the_most():
    """Facts, section 5.1, scale-in: each stop counts for the next one."""
    _, tasks = running([("a", 3), ("a", 1), ("b", 2)])
    for strategies in ([], [ZONE]):
        first, second, third, fourth, *_ = order(tasks, strategies)
        assert [first, second] == [0, 0]  # four in zone a, two in zone b
        assert third == 2  # two in each zone, and two of them on this instance
        assert fourth in {0, 1}  # two in zone a again, one on each


def test_binpack_stops_where_most_is_left_afterwards():
    """Facts, section 4, stop order binpack: the emptiest instance is emptied first."""
    machines = [instance(0, memory=2000), instance(1, memory=4000)]
    tasks = [host(m, n) for n, m in enumerate([machines[0], machines[0], machines[1], machines[1]])]
    assert order(tasks, [MEMORY]) == [1, 1, 0, 0]
    machines[1].memory_taken += 2100  # somebody else's: 876 MiB left, 976 on the other
    assert order(tasks, [MEMORY]) == [0, 0, 1, 1]


def test_binpack_counts_what_the_stop_itself_gives_back():
    """Facts, section 4: "left after the stop", so a large task
    on a full instance can come first.
    """
    full, emptier = instance(0), instance(1)
    large, small = host(full, 1, cpu=2048), host(emptier, 2, cpu=128)
    host(emptier, 3, cpu=512, group="service:other")
    assert stop_order([small, large], [small, large], [CPU]) == [large, small]


def test_what_a_stop_gives_back_counts_for_the_next_one():
    """Facts, section 4: 500 MiB left + 900 beats 800 + 400; then 1,400 + 100 beats it too."""
    one, other = instance(0, memory=2000), instance(1, memory=2000)
    tasks = [host(one, n, memory=400) for n in range(3)] + [host(other, 9, memory=900)]
    other.memory_taken += 500  # somebody else's
    tasks += [host(other, 10, memory=100)]
    assert order(tasks, [MEMORY]) == [1, 1, 0, 0, 0]


def test_of_two_tasks_on_one_instance_the_larger_goes_first_with_binpack():
    """Facts, section 4: it is the one whose stop leaves the most."""
    machine = instance(0)
    small, large = host(machine, 1, memory=100), host(machine, 2, memory=900)
    assert stop_order([small, large], [small, large], [MEMORY]) == [large, small]


def test_spread_over_instances_stops_where_the_most_tasks_are():
    """Facts, section 4, spread, backwards."""
    _, tasks = running([("a", 1), ("b", 3)])
    assert order(tasks, [INSTANCE]) == [1, 1, 0, 1]


def test_tasks_that_stay_are_counted():
    """Only candidates stop; the others still make a zone the fullest."""
    _, tasks = running([("a", 3), ("b", 2)])
    old = [tasks[0], tasks[3], tasks[4]]
    assert order(tasks, among=old) == [0, 1, 1]


def test_ties_are_left_to_chance():
    """Facts, section 5.1: within a zone at random; one seed, one order."""
    _, tasks = running([("a", 2), ("a", 2), ("a", 2)])
    draws = [
        [
            t.id
            for t in stop_order(
                tasks, tasks, strategies, draw=Chance(seed).stream("stop").randrange
            )
        ]
        for strategies in ([], [RANDOM])
        for seed in (1, 1, 2)
    ]
    assert draws[0] == draws[1] != draws[2]
    assert draws[3] == draws[4] != draws[5]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 4)), min_size=1, max_size=6),
    st.sampled_from([[], [ZONE], [ZONE, MEMORY], [CPU], [INSTANCE], [RANDOM]]),
)
def test_every_candidate_stops_exactly_once(places, strategies):
    """The order is complete, and with the default no zone is ever more than
    one task ahead of where it has to be.
    """
    _, tasks = running(places)
    stopped = stop_order(tasks, tasks, strategies, draw=Chance(0).stream("stop").randrange)
    assert sorted(t.id for t in stopped) == sorted(t.id for t in tasks)
    left = Counter(t.zone for t in tasks)
    for task in stopped:
        if not strategies or strategies[0] == ZONE:
            assert left[task.zone] == max(left.values())
        left[task.zone] -= 1


@pytest.mark.parametrize("strategies", [[], [MEMORY]])
def test_a_service_without_tasks_stops_none(strategies):
    """Nothing to order is no error."""
    assert stop_order([], [], strategies) == []
