"""Shapes of traffic are pure functions of time: the number of requests between
two moments is the area under the curve.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecslab.ground.errors import LabError
from ecslab.world.traffic import Curve, curve, daily, ramp, replay, spike, steady

times = st.floats(0, 500, allow_nan=False)


@st.composite
def curves(draw):
    """Any curve, jumps included, once or again and again."""
    at = sorted(draw(st.lists(st.integers(0, 300), min_size=1, max_size=6)))
    rates = draw(st.lists(st.integers(0, 50), min_size=len(at), max_size=len(at)))
    period = draw(st.sampled_from([None, 300]))
    return Curve(tuple(zip(at, rates, strict=True)), period_s=period)


@given(curves(), times, times, times)
def test_requests_add_up(shape, one, two, three):
    """What comes from a to b and from b to c is what comes from a to c; never fewer than none."""
    a, b, c = sorted((one, two, three))
    assert shape.requests(a, b) >= -1e-6
    assert shape.requests(a, b) + shape.requests(b, c) == pytest.approx(
        shape.requests(a, c), abs=1e-6
    )


@given(curves(), st.integers(0, 400))
def test_requests_are_the_area_under_the_rate(shape, begins):
    """Between two bends the curve is straight: the area of each piece
    is its mean rate times its length.
    """
    edge = min(shape.next_edge(begins), begins + 50)
    middle = shape.rate((begins + edge) / 2)
    assert shape.requests(begins, edge) == pytest.approx(middle * (edge - begins), abs=1e-6)


def test_the_shapes_are_what_they_are_called():
    """Steady, ramp, spike: rates before, at and after their edges."""
    assert steady(50).rate(1e6) == 50
    climb = ramp(10, 200, over="10m")
    assert (climb.rate(0), climb.rate(300), climb.rate(600), climb.rate(1e5)) == (10, 105, 200, 200)
    peak = spike(20, 200, at="10m", lasting="5m")
    assert [peak.rate(s) for s in (0, 599, 600, 899, 900)] == [20, 20, 200, 200, 20]
    assert peak.requests(0, 1200) == 20 * 900 + 200 * 300


def test_a_day_has_its_peak_and_its_night_and_comes_again():
    """The curve of a day goes by the clock; its mean lies in the middle of its extremes."""
    day = daily(10, 90, peak="14:00")
    assert day.by_clock
    assert (day.rate(14 * 3600), day.rate(2 * 3600)) == (90, 10)
    assert day.rate(14 * 3600) == day.rate(38 * 3600)
    assert day.requests(0, 86_400) == pytest.approx(50 * 86_400)


def test_a_replay_is_read_from_a_file(tmp_path):
    """Rows of `time,rate`: seconds or lengths of time; it ends with its last row."""
    file = tmp_path / "morning.csv"
    file.write_text("time,rate\n0,10\n60,20\n5m,20\n")
    recorded = replay(file)
    assert (recorded.rate(30), recorded.rate(200), recorded.lasts_s) == (15, 20, 300)
    assert replay([(0, 10), (60, 20), ("5m", 20)]) == recorded
    assert curve(recorded) is recorded
    assert curve(7) == steady(7)


@pytest.mark.parametrize(
    "make",
    [
        lambda: steady(-1),
        lambda: steady("many"),
        lambda: ramp(1, 2, over="soon"),
        lambda: daily(1, 2, peak="noon"),
        lambda: replay([]),
        lambda: replay([(60, 1), (0, 1)]),
        lambda: replay([("later", 1)]),
        lambda: replay([(1, 2, 3)]),
        lambda: curve("busy"),
    ],
)
def test_what_is_no_shape_is_refused_with_a_line_that_works(make):
    """Misuse of the lab is a LabError that shows the right line."""
    with pytest.raises(LabError, match="right:"):
        make()
