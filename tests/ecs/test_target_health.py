"""The arithmetic of load balancer health checks, against checks that
are really made one after the other.
"""

import pytest
from fakes import FakeBalancers
from hypothesis import given
from hypothesis import strategies as st

from ecslab.ecs.model.tasks import Progress
from ecslab.ecs.targets.health import later, next_verdict, verdict_of
from ecslab.world.answers import REFUSED, Answer, answers
from ecslab.world.images import Behaviour

ANSWERS = [REFUSED, Answer(200), Answer(503), Answer(200, 60.0)]


def group(**more):
    """A target group."""
    balancers = FakeBalancers()
    return balancers.group(balancers.make(**more))


NEW = Progress("initial", begins_ms=0, at_ms=0)


def checked(found, pieces, until_ms):
    """Every change up to a moment, by making check after check: (when, verdict)."""
    state, in_a_row, changes = "initial", 0, []
    for number in range(1, until_ms // 1000 // found.interval_s + 2):
        at_ms = number * found.interval_s * 1000
        answer = next(a for from_ms, a in reversed(pieces) if from_ms <= at_ms)
        health = verdict_of(found, answer)
        if health.state == state:
            in_a_row = 0
            continue
        in_a_row += 1
        success = 1 if state == "initial" else found.healthy_threshold
        if in_a_row >= (success if health.state == "healthy" else found.unhealthy_threshold):
            state, in_a_row = health.state, 0
            late_ms = found.timeout_s * 1000 if health.reason == "Target.Timeout" else 0
            changes.append((at_ms + late_ms, health))
    return [(at_ms, health) for at_ms, health in changes if at_ms <= until_ms]


@given(
    st.lists(st.tuples(st.integers(1, 400), st.sampled_from(ANSWERS)), max_size=6),
    st.sampled_from(ANSWERS),
    st.integers(5, 60),
    st.integers(2, 5),
    st.integers(2, 5),
)
def test_verdicts_worked_out_ahead_are_those_of_check_after_check(
    edges, first, interval, bad, good
):
    """Facts, section 11: thresholds of checks in a row; one success is enough for a new target."""
    found = group(interval_s=interval, timeout_s=4, unhealthy_threshold=bad, healthy_threshold=good)
    pieces = [(0, first), *sorted(((s * 1000, a) for s, a in edges), key=lambda piece: piece[0])]
    sofar, told = NEW, []
    while (coming := next_verdict(found, sofar, pieces)) and len(told) < 50:
        told.append((coming.at_ms, coming.health))
        sofar = Progress(coming.health.state, begins_ms=0, at_ms=coming.at_ms)
    until_ms = 1_000_000
    assert [t for t in told if t[0] <= until_ms] == checked(found, pieces, until_ms)


@given(st.integers(0, 500), st.sampled_from(ANSWERS), st.sampled_from(ANSWERS), st.integers(1, 300))
def test_looking_in_between_changes_nothing(look_s, first, second, edge_s):
    """What was counted before a look and after it is what would have been counted without."""
    found, pieces = group(interval_s=10, timeout_s=4), [(0, first), (edge_s * 1000, second)]
    whole = next_verdict(found, NEW, pieces)
    if whole is None or whole.health.reason == "Target.Timeout" or look_s * 1000 >= whole.at_ms:
        return
    assert next_verdict(found, later(found, NEW, look_s * 1000, pieces), pieces) == whole


@pytest.mark.parametrize(
    ("matcher", "status", "state"),
    [
        ("200", 200, "healthy"),
        ("200", 204, "unhealthy"),
        ("200,204", 204, "healthy"),
        ("200-299", 204, "healthy"),
    ],
)
def test_the_matcher_decides_which_codes_are_well(matcher, status, state):
    """Facts, section 11: codes, lists of codes and ranges."""
    assert verdict_of(group(matcher=matcher), Answer(status)).state == state


def test_a_tcp_check_asks_only_whether_somebody_listens():
    """Facts, section 11: codes are for HTTP and HTTPS."""
    found = group(check_protocol="TCP")
    assert verdict_of(found, Answer(503)).state == "healthy"
    assert verdict_of(found, REFUSED).reason == "Target.FailedHealthChecks"


def test_an_image_says_what_it_answers_and_when():
    """Facts, section 11: wrong path, wrong port, a slow start, a program that falls ill."""
    assert answers(Behaviour(), "/", 80) == [(0, Answer(200, 0.02))]
    assert answers(Behaviour(listens_on=8080), "/", 80) == [(0, REFUSED)]
    assert answers(Behaviour(health_path="/up"), "/", 80) == [(0, Answer(404, 0.02))]
    late = Behaviour(answers_after=20, healthy_after=30, unhealthy_after=90, answers=204)
    assert [(at, a.status) for at, a in answers(late, "/", 80)] == [
        (0, None),
        (20, 503),
        (30, 204),
        (90, 503),
    ]
