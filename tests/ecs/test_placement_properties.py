"""The batch against a placer that does the same the slow and obvious
way, on clusters drawn at random.
"""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
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
)

from ecslab.ecs.placement.batch import Batch, Placed
from ecslab.ecs.placement.fit import refusal
from ecslab.ecs.placement.reservations import reserve
from ecslab.ground.chance import Chance

RACK = {"type": "spread", "field": "attribute:rack"}
KEYS = {"cpu": lambda m: m.cpu - m.cpu_taken, "memory": lambda m: m.memory - m.memory_taken}
PORT = ("tcp", 80)

machines = st.builds(
    lambda zone, rack, **more: (zone, {"rack": rack} if rack else {}, more),
    st.sampled_from("abc"),
    st.sampled_from(["x", "y", None]),
    cpu=st.sampled_from([512, 1024, 2048]),
    memory=st.sampled_from([1024, 2048, 4000]),
    interfaces=st.integers(0, 3),
    gpus=st.sampled_from([(), ("GPU-a",), ("GPU-a", "GPU-b", "GPU-c")]),
    status=st.sampled_from(["ACTIVE"] * 4 + ["DRAINING"]),
    connected=st.sampled_from([True] * 4 + [False]),
)
clusters = st.lists(st.tuples(machines, st.integers(0, 2)), min_size=1, max_size=7)
wanted = st.builds(
    needs,
    cpu=st.sampled_from([0, 128, 256, 700]),
    memory=st.sampled_from([128, 512]),
    ports=st.sampled_from([(), (), (PORT,)]),
    interface=st.booleans(),
    gpus=st.sampled_from([0, 0, 0, 1, 2]),
)
chosen = st.lists(st.sampled_from([ZONE, INSTANCE, CPU, MEMORY, RACK, RANDOM]), max_size=3)
rules = st.lists(
    st.sampled_from(
        [DISTINCT, member("attribute:rack exists"), member("not(task:group == service:web)")]
    ),
    max_size=2,
)
zones = st.sampled_from([None, {"us-east-1a", "us-east-1b"}])


def built(cluster):
    """The drawn cluster; some of its instances already run tasks of the service."""
    found = [
        instance(n, zone, attributes=rack, **more)
        for n, ((zone, rack, more), _) in enumerate(cluster)
    ]
    for number, (machine, (_, tasks)) in enumerate(zip(found, cluster, strict=True)):
        for task in range(tasks):
            if machine.cpu - machine.cpu_taken >= 128:
                host(machine, 10 * number + task, cpu=128, memory=128)
    return found


def web(machine):
    """Tasks of the service on an instance."""
    return sum(t.group == "service:web" for t in machine.tasks.values())


def obvious_candidates(found, asked, constraints, where):
    """Whoever has room and satisfies the constraints, as things stand."""
    return [
        m
        for m in found
        if not refusal(m, asked, zones=where)
        and not (DISTINCT in constraints and web(m))
        and not (member("attribute:rack exists") in constraints and "rack" not in m.attributes)
        and not (member("not(task:group == service:web)") in constraints and web(m))
    ]


def obvious_ties(found, candidates, strategies):
    """Narrow the candidates strategy by strategy; what is left
    may be chosen from by chance only.
    """
    outer = []  # the attributes spread over so far: a spread is even within each of their values
    for strategy in strategies or [ZONE]:
        if strategy == RANDOM:
            return candidates
        if strategy == INSTANCE:
            key = web
        elif strategy["type"] == "binpack":
            key = KEYS[strategy["field"]]
        else:
            outer = [*outer, strategy["field"].removeprefix("attribute:")]
            values = {id(m): [m.attributes.get(name) for name in outer] for m in found}

            def key(machine, values=values):
                return sum(web(m) for m in found if values[id(m)] == values[id(machine)])

        least = min(map(key, candidates))
        candidates = [m for m in candidates if key(m) == least]
    return [min(candidates, key=web)]  # the first of those with the fewest


def batch_of(found, asked, strategies, constraints, where):
    """A batch of the service web, with seeded chance."""
    draw = Chance(1).stream("placement").randrange
    return Batch(
        asked,
        found,
        zones=where,
        strategies=strategies,
        constraints=constraints,
        counts=web,
        draw=draw,
        group="service:web",
    )


@given(clusters, wanted, chosen, rules, zones)
def test_the_batch_agrees_with_the_obvious_placer(cluster, asked, strategies, constraints, where):
    """Facts, section 4, pipeline: filter, constrain, narrow by each
    strategy, choose; copy after copy.
    """
    found = built(cluster)
    batch = batch_of(found, asked, strategies, constraints, where)
    for number in range(12):
        candidates = obvious_candidates(found, asked, constraints, where)
        answer = batch.place()
        if not candidates:
            assert not isinstance(answer, Placed)
            break
        assert any(answer.instance is m for m in obvious_ties(found, candidates, strategies))
        host(
            answer.instance,
            1000 + number,
            cpu=asked.cpu,
            memory=asked.memory,
            ports=asked.ports,
            interface=asked.interface,
            gpus=asked.gpus,
        )


@given(clusters, wanted, chosen, rules, zones)
def test_every_copy_is_placed_within_limits_or_says_why_not(
    cluster, asked, strategies, constraints, where
):
    """Issue 3: no instance over-committed on CPU, memory, ports, interfaces or GPUs
    (reserving asserts it); a reason for each refusal.
    """
    found = built(cluster)
    batch = batch_of(found, asked, strategies, constraints, where)
    for number in range(12):
        answer = batch.place()
        if isinstance(answer, Placed):
            assert answer.why
            copy = host(instance(), 0)
            reserve(
                answer.instance,
                replace(copy, id=f"new{number}", needs=asked, instance=answer.instance),
            )
        else:
            assert answer.code
            assert answer.why
            assert answer.event
            assert batch.place() is answer


@given(clusters, wanted, chosen, rules, zones)
def test_every_other_instance_is_a_loser_once_and_says_why(
    cluster, asked, strategies, constraints, where
):
    """Issue 3: why each losing instance lost, also when it is asked after all
    placements and after the cluster has changed.
    """
    found = built(cluster)
    batch = batch_of(found, asked, strategies, constraints, where)
    answers, then = [], []
    for number in range(8):
        able = {m.label for m in obvious_candidates(found, asked, constraints, where)}
        answers.append(batch.place())
        then.append(able)
        if isinstance(answers[-1], Placed):
            host(
                answers[-1].instance,
                1000 + number,
                cpu=asked.cpu,
                memory=asked.memory,
                ports=asked.ports,
                interface=asked.interface,
                gpus=asked.gpus,
            )
    for answer, able in zip(answers, then, strict=True):
        winner = [answer.instance.label] if isinstance(answer, Placed) else []
        assert sorted([*winner, *answer.losers()]) == sorted(m.label for m in found)
        assert all(answer.losers().values())
        outranked = {i.label for i, verdict in answer.verdicts() if verdict.code == "OUTRANKED"}
        assert outranked == able - set(winner)


@given(clusters, wanted, chosen, rules, zones)
def test_the_same_question_gets_the_same_answers(cluster, asked, strategies, constraints, where):
    """Two labs with one seed tell one story: instances, sentences and losers."""

    def story():
        batch = batch_of(built(cluster), asked, strategies, constraints, where)
        return [
            (getattr(p, "instance", None) and p.instance.id, p.why, dict(p.losers()))
            for p in (batch.place() for _ in range(8))
        ]

    assert story() == story()


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=9), st.integers(1, 40))
def test_the_default_keeps_zones_within_one_task_of_each_other(where, count):
    """Facts, sections 4 and 5.5: floor(desired / zones) in each zone, the remainder one each."""
    found = [instance(n, zone, cpu=90_000, memory=90_000) for n, zone in enumerate(where)]
    batch = Batch(needs(), found)
    placed = [batch.place().instance.zone for _ in range(count)]
    counts = sorted(placed.count(zone) for zone in {m.zone for m in found})
    assert counts[-1] - counts[0] <= 1
    assert all(a <= b for a, b in pairwise(counts))
