"""Decisions of the placement pipeline: where copy after copy goes, why, and why the others lost."""

from collections import Counter

import pytest
from placement_fleet import (
    CPU,
    DISTINCT,
    INSTANCE,
    MEMORY,
    RANDOM,
    ZONE,
    host,
    instance,
    member,
    needs,
    siblings,
)

from ecslab.ecs.placement.batch import Batch, Placed, PlacementRefused
from ecslab.ground.chance import Chance


def spots(batch, count):
    """The numbers of the instances chosen, None for a refusal."""
    placed = [batch.place() for _ in range(count)]
    return [int(p.instance.id, 16) if isinstance(p, Placed) else None for p in placed]


def yard(zones, **more):
    """One instance per letter: its zone."""
    return [instance(n, zone, **more) for n, zone in enumerate(zones)]


def test_binpack_fills_the_instance_with_the_least_left_that_still_fits():
    """Facts, section 4, strategies, binpack: cpu and memory;
    eight tasks of 256 units fill 2,048.
    """
    small, large = instance(0, cpu=2048), instance(1, cpu=1024)
    assert spots(Batch(needs(), [small, large], strategies=[CPU]), 8) == [1, 1, 1, 1, 0, 0, 0, 0]
    lean, rich = instance(0, memory=9000), instance(1, memory=1024)
    assert spots(Batch(needs(), [lean, rich], strategies=[MEMORY]), 4) == [1, 1, 0, 0]


@pytest.mark.parametrize("field", ["instanceId", "host"])
def test_spread_over_instances_takes_the_one_with_the_fewest_tasks(field):
    """Facts, section 4, strategies, spread: instanceId, or host, which is the same."""
    machines = yard("aab")
    for number in range(2):
        host(machines[0], number)
    batch = Batch(
        needs(), machines, strategies=[{"type": "spread", "field": field}], counts=siblings
    )
    assert spots(batch, 5) == [1, 2, 1, 2, 0]


def test_spread_counts_only_the_tasks_it_is_told_to_count():
    """Facts, section 4, spread counts: a service's own tasks, or those of
    the same group; others do not matter.
    """
    machines = yard("ab")
    for number in range(3):
        host(machines[0], number, group="service:other")
    host(machines[1], 9)
    assert spots(Batch(needs(), machines, strategies=[ZONE], counts=siblings), 2) == [0, 0]


def test_spread_over_zones_counts_tasks_on_instances_that_are_full_too():
    """Facts, section 4: the zone counts, with every instance in it."""
    machines = yard("aab")
    host(machines[0], 1, cpu=2048)
    assert spots(Batch(needs(), machines, strategies=[ZONE], counts=siblings), 3) == [2, 1, 2]


def test_each_strategy_narrows_the_ties_of_the_one_before():
    """Facts, section 4: applied in list order. Zones first, then the fullest
    instance; and the other way round.
    """
    machines = [
        instance(0, "a"),
        instance(1, "a", memory=2000),
        instance(2, "b"),
        instance(3, "b", memory=2000),
    ]
    assert spots(Batch(needs(), machines, strategies=[ZONE, MEMORY]), 6) == [1, 3, 1, 3, 1, 3]
    assert spots(Batch(needs(), machines, strategies=[MEMORY, ZONE]), 6) == [1, 1, 1, 3, 3, 3]


def test_a_second_spread_is_even_within_each_value_of_the_first():
    """DG23:task-placement-strategies: evenly across zones, then evenly
    across instances within each zone.
    """
    racks = ["x", "x", "y", "x", "y", "y"]
    machines = [instance(n, "aaabbb"[n], attributes={"rack": rack}) for n, rack in enumerate(racks)]
    batch = Batch(
        needs(), machines, strategies=[ZONE, {"type": "spread", "field": "attribute:rack"}]
    )
    chosen = spots(batch, 8)
    assert Counter((machines[n].zone, racks[n]) for n in chosen) == {
        ("us-east-1a", "x"): 2,
        ("us-east-1a", "y"): 2,
        ("us-east-1b", "x"): 2,
        ("us-east-1b", "y"): 2,
    }


def test_without_a_strategy_tasks_spread_over_zones_then_over_instances():
    """Facts, section 4, default of services: the zone, then the instance
    with the fewest tasks of this service.
    """
    assert spots(Batch(needs(), yard("aaab")), 8) == [0, 3, 1, 3, 2, 3, 0, 3]


def test_strategies_are_best_effort():
    """Facts, section 4: when the emptier zone is full, the other one takes the rest."""
    machines = [instance(0, "a"), instance(1, "b", cpu=256)]
    assert spots(Batch(needs(), machines, strategies=[ZONE]), 5) == [0, 1, 0, 0, 0]


def test_instances_without_the_attribute_count_as_one_value():
    """Facts, section 4, bad input: spreading over an attribute that only some
    have, or nobody has, still places.
    """
    machines = [instance(0), instance(1), instance(2, attributes={"rack": "x"})]
    by_rack = [{"type": "spread", "field": "attribute:rack"}]
    assert spots(Batch(needs(), machines, strategies=by_rack), 4) == [0, 2, 1, 2]
    assert spots(
        Batch(needs(), yard("ab"), strategies=[{"type": "spread", "field": "attribute:no"}]), 4
    ) == [
        0,
        1,
        0,
        1,
    ]


def test_random_chooses_evenly_among_all_that_fit():
    """Facts, section 4, strategies, random: every instance with room is as likely
    as any other, and none is overfilled.
    """
    draw = Chance(7).stream("placement").randrange
    counts = Counter()
    for _ in range(300):
        counts.update(spots(Batch(needs(), yard("aab"), strategies=[RANDOM], draw=draw), 1))
    assert set(counts) == {0, 1, 2}
    assert all(70 < count < 130 for count in counts.values())
    assert Counter(spots(Batch(needs(), yard("aab"), strategies=[RANDOM], draw=draw), 25)) == {
        0: 7,
        1: 7,
        2: 7,
        None: 4,
    }


def test_random_after_a_spread_chooses_within_the_emptiest_zones():
    """Facts, section 4: each strategy narrows ties; two zones with three
    instances stay even, whatever chance says.
    """
    draw = Chance(3).stream("placement").randrange
    machines = yard("aab", cpu=90_000, memory=90_000)
    chosen = spots(Batch(needs(), machines, strategies=[ZONE, RANDOM, CPU], draw=draw), 200)
    assert Counter(machines[n].zone for n in chosen) == {"us-east-1a": 100, "us-east-1b": 100}
    assert 30 < chosen.count(0) < 70


def test_chance_is_asked_only_when_there_is_a_choice():
    """A choice of one uses up no random number, so a story does not change
    when an instance cannot take part.
    """
    asked = []
    batch = Batch(needs(), yard("a"), strategies=[RANDOM], draw=lambda n: asked.append(n) or 0)
    assert spots(batch, 3) == [0, 0, 0]
    assert asked == []


def test_distinct_instance_gives_each_task_an_instance_of_its_own():
    """Facts, section 4, constraints: earlier tasks of the
    service count, and those of this batch.
    """
    machines = yard("abc")
    host(machines[1], 1)
    batch = Batch(needs(), machines, constraints=[DISTINCT], counts=siblings)
    assert spots(batch, 3) == [0, 2, None]
    assert batch.place().losers() == {
        "instance/0": "it has a task of this kind already (distinctInstance)",
        "instance/1": "it has a task of this kind already (distinctInstance)",
        "instance/2": "it has a task of this kind already (distinctInstance)",
    }


def test_member_of_restricts_the_candidates():
    """Facts, section 4, constraints: binding; several of them must all hold."""
    constraints = [
        member("attribute:ecs.availability-zone in [us-east-1b, us-east-1c]"),
        member("attribute:gpu !exists"),
    ]
    machines = [*yard("abc"), instance(3, "b", attributes={"gpu": "yes"})]
    assert spots(Batch(needs(), machines, constraints=constraints), 3) == [1, 2, 1]


def test_constraints_that_contradict_each_other_leave_nobody():
    """Facts, section 4, constraint not satisfiable: refused with the
    reason documented for memberOf.
    """
    constraints = [member("attribute:stack == a"), member("attribute:stack == b")]
    refused = Batch(
        needs(), [instance(0, attributes={"stack": "a"})], constraints=constraints
    ).place()
    assert refused.code == "MemberOf placement constraint unsatisfied"
    assert refused.why == "the closest is instance/0: it is not a member of: attribute:stack == b"
    assert 'encountered error "MemberOf placement constraint unsatisfied.".' in refused.event


def test_a_constraint_on_the_tasks_own_group_sees_the_copies_of_this_batch():
    """Facts, section 4, query, task:group: anti-affinity with one's own group keeps
    copies apart; affinity holds them together.
    """
    apart = Batch(
        needs(),
        yard("ab"),
        constraints=[member("not(task:group == family:web)")],
        group="family:web",
    )
    assert spots(apart, 3) == [0, 1, None]
    machines = yard("ab")
    host(machines[1], 1, group="database")
    assert spots(
        Batch(needs(), machines, constraints=[member("task:group == database")], group="x"), 2
    ) == [
        1,
        1,
    ]


def test_static_ports_and_interfaces_of_earlier_copies_are_taken():
    """Facts, section 3: two copies with the same host port cannot share an
    instance; an interface per awsvpc task.
    """
    batch = Batch(needs(ports=(("tcp", 80),)), yard("ab"))
    assert spots(batch, 3) == [0, 1, None]
    assert (
        batch.place().losers()["instance/0"] == "port 80/tcp is taken by another copy of this task"
    )
    assert batch.place().code == "RESOURCE:PORTS"
    awsvpc = Batch(needs(interface=True), yard("ab"), zones={"us-east-1a"})
    assert spots(awsvpc, 3) == [0, 0, None]
    assert awsvpc.place().failures() == [
        (instance(0).arn, "RESOURCE:ENI"),
        (instance(1).arn, "LOCATION"),
    ]


def test_a_refusal_names_the_closest_instance():
    """Facts, sections 4 and 5.3: the code of the closest loser,
    a sentence, and the service event.
    """
    machines = [instance(0, connected=False), instance(1, cpu=100), instance(2, cpu=200)]
    refused = Batch(needs(), machines).place()
    assert isinstance(refused, PlacementRefused)
    assert (refused.code, refused.closest) == ("RESOURCE:CPU", machines[2])
    assert refused.why == "the closest is instance/2: 200 CPU units left, 256 needed"
    assert (
        f"(container-instance {machines[2].id}) has insufficient CPU units available."
        in refused.event
    )
    assert [code for _, code in refused.failures()] == ["AGENT", "RESOURCE:CPU", "RESOURCE:CPU"]


@pytest.mark.parametrize(
    "machines", [[], [instance(0, status="DRAINING")], [instance(0, external=True)]]
)
def test_without_an_active_instance_the_reason_is_that_there_are_none(machines):
    """Facts, section 4, NO ACTIVE INSTANCES; section 5.3, No Container
    Instances were found in your cluster.
    """
    refused = Batch(needs(), machines).place()
    assert (refused.code, refused.closest) == ("NO ACTIVE INSTANCES", None)
    assert "Reason: No Container Instances were found in your cluster." in refused.event
    assert len(refused.losers()) == len(machines)


def test_external_tasks_go_to_external_instances():
    """Facts, section 8.6."""
    machines = [instance(0), instance(1, None, external=True)]
    assert spots(Batch(needs(), machines, external=True), 2) == [1, 1]
    assert spots(Batch(needs(), machines), 2) == [0, 0]


def test_the_winner_and_every_loser_say_why():
    """Issue 3, placement: every placement records why each losing instance lost."""
    machines = [
        instance(0, "a"),
        instance(1, "a"),
        instance(2, "b"),
        instance(3, "c", connected=False),
    ]
    host(machines[0], 1)
    batch = Batch(needs(), machines, strategies=[ZONE, MEMORY], counts=siblings)
    first, second, third = (batch.place() for _ in range(3))
    assert first.why == (
        "us-east-1b has the fewest tasks of those with room (us-east-1a 1, us-east-1b 0, "
        "us-east-1c 0), then the least memory left, 4,000 MiB"
    )
    assert first.losers() == {
        "instance/0": "tasks in us-east-1a: 1, in us-east-1b: 0",
        "instance/1": "tasks in us-east-1a: 1, in us-east-1b: 0",
        "instance/3": "its agent is not connected",
    }
    assert second.losers() == {
        "instance/1": "4,000 MiB left, the chosen one 3,488",
        "instance/2": "as good, but it registered later",
        "instance/3": "its agent is not connected",
    }
    assert third.losers()["instance/0"] == "tasks in us-east-1a: 2, in us-east-1b: 1"
    assert [verdict.code for _, verdict in third.verdicts()] == ["OUTRANKED", "OUTRANKED", "AGENT"]


@pytest.mark.parametrize(
    ("strategies", "why", "lost"),
    [
        ([CPU], "the least CPU left, 1,024 units", "2,048 CPU units left, the chosen one 1,024"),
        ([INSTANCE], "the fewest tasks, 0", "as good, but it registered later"),
        ([], "the fewest tasks of its kind, 0", "as good, but it registered later"),
        ([RANDOM], "chance among equals", "as good, and chance chose another"),
    ],
)
def test_each_strategy_has_its_sentences(strategies, why, lost):
    """A decision says why in words a learner can check against the numbers."""
    machines = [instance(0, cpu=1024), instance(1)]
    placed = Batch(needs(), machines, strategies=strategies).place()
    assert (placed.why, placed.losers()) == (why, {"instance/1": lost})


def test_the_only_candidate_needs_no_strategy():
    """Nothing is ranked when a single instance fits."""
    placed = Batch(needs(), [instance(0, cpu=1), instance(1)]).place()
    assert placed.why == "the only instance that can take it"
    assert placed.losers() == {"instance/0": "1 CPU units left, 256 needed"}


def test_many_values_are_not_all_listed():
    """A sentence with a hundred racks is no sentence."""
    machines = [instance(n, attributes={"rack": f"r{n}"}) for n in range(100)]
    placed = Batch(
        needs(), machines, strategies=[{"type": "spread", "field": "attribute:rack"}]
    ).place()
    assert placed.why == "r0 has the fewest tasks of those with room, 0"


def test_a_batch_reads_instances_and_never_changes_them():
    """The caller reserves between two placements; the batch keeps its own
    account and does not count twice.
    """
    machines = yard("ab")
    before = [repr((m.cpu_taken, m.memory_taken, m.ports_taken, m.tasks)) for m in machines]
    batch = Batch(needs(cpu=1024), machines)
    first = batch.place()
    assert [repr((m.cpu_taken, m.memory_taken, m.ports_taken, m.tasks)) for m in machines] == before
    host(first.instance, 1, cpu=1024)
    assert spots(batch, 4) == [1, 0, 1, None]
    assert first.losers() == {"instance/1": "as good, but it registered later"}
