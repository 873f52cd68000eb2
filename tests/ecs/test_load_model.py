"""What requests do to a program: the utilisation law, waiting for the CPU, Little's
law, and a limit to what is under way.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecslab.world.images import Behaviour
from ecslab.world.load import serve

rates = st.floats(0, 1000, allow_nan=False)
sizes = st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0, 16.0])
images = st.builds(
    Behaviour,
    request_cpu_ms=st.sampled_from([0, 1, 10, 200]),
    answers_in=st.sampled_from([0, 0.02, 2]),
    concurrency=st.sampled_from([1, 50, 1000]),
)


@given(images, sizes, rates)
def test_nobody_does_more_than_can_be_done(image, vcpus, rate):
    """CPU in use stays within the CPUs there are, requests under way
    within the concurrency, whatever comes.
    """
    seen = serve(image, vcpus, rate)
    assert 0 <= seen.share <= 1
    assert seen.vcpus <= vcpus
    assert seen.share * rate * seen.latency_s <= image.concurrency * (1 + 1e-9)


@given(images, sizes, rates, rates)
def test_more_requests_never_make_it_faster(image, vcpus, one, two):
    """Latency and CPU grow with the rate, the share that is taken shrinks."""
    less, more = (serve(image, vcpus, rate) for rate in sorted((one, two)))
    assert less.latency_s <= more.latency_s * (1 + 1e-9)
    assert less.vcpus <= more.vcpus * (1 + 1e-9)
    assert less.share >= more.share * (1 - 1e-9)


def test_one_cpu_is_the_textbooks_queue():
    """With one server Sakasegawa's approximation is exact: service time ÷ (1 − utilisation)."""
    image = Behaviour(request_cpu_ms=10, answers_in=0, idle_cpu_ms=0)
    assert serve(image, 1, 50).latency_s == pytest.approx(0.010 / (1 - 0.5))
    assert serve(image, 1, 50).vcpus == pytest.approx(0.5)
    assert serve(image, 0.25, 20).latency_s == pytest.approx(0.040 / (1 - 0.8))


def test_too_many_requests_are_refused_and_the_others_wait_as_long_as_can_be():
    """At four times what one CPU can do a quarter is served; by Little's law
    they take concurrency ÷ throughput.
    """
    seen = serve(Behaviour(request_cpu_ms=10, concurrency=50), 1, 400)
    assert (seen.share, seen.latency_s, seen.saturated) == (0.25, 0.5, True)


def test_a_program_that_waits_for_others_is_limited_by_its_concurrency():
    """Two seconds each and fifty at a time are twenty-five a second, with the CPU idle."""
    seen = serve(Behaviour(request_cpu_ms=1, answers_in=2, concurrency=50), 1, 100)
    assert (seen.share, seen.latency_s) == (0.25, 2)
    assert seen.memory_mib == 64 + 50
