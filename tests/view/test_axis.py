import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecslab.ground.clock import milliseconds
from ecslab.view.axis import step_ms, ticks, unit, written
from ecslab.view.frame import time_axis


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0s"),
        (92_500, "92.5s"),
        (330_000, "330s"),
        (930_000, "15m30s"),
        (5_400_000, "1h30m"),
        (90_061_500, "1d1h1m1.5s"),
        (49, "0s"),
    ],
)
def test_lab_time_is_written_as_people_write_it(ms, text):
    """Seconds for the first ten minutes, then the units that `lab.advance` reads."""
    assert written(ms) == text


@given(st.integers(0, 10**9).map(lambda tenths: tenths * 100))
def test_what_is_written_can_be_read_back(ms):
    """A time copied from a picture works in `lab.advance` and in `since=`."""
    assert milliseconds(written(ms)) == ms


@given(st.integers(0, 10**9), st.integers(0, 10**10), st.integers(2, 80))
def test_ticks_are_round_few_and_inside(begin_ms, length_ms, most):
    """An axis never has more parts than asked for, and each begins at a round time."""
    times = ticks(begin_ms, begin_ms + length_ms, most)
    step = step_ms(length_ms, most)
    assert len(times) <= most + 1
    assert all(begin_ms <= t <= begin_ms + length_ms and t % step == 0 for t in times)


def test_an_axis_counts_in_the_unit_that_fits():
    """A rollout is read in seconds, an afternoon in hours."""
    assert [
        unit(ms).suffix for ms in (60_000, 600_000, 3_600_000, 86_400_000, 10 * 86_400_000)
    ] == [
        "s",
        "s",
        "m",
        "h",
        "d",
    ]


def test_the_ticks_of_an_axis_are_written_in_one_manner():
    """An axis that reaches an hour writes its first minutes as minutes."""
    assert [written(ms, 3_600_000) for ms in (0, 30_000, 600_000)] == ["0s", "30s", "10m"]
    assert [written(ms, 3_600_000) for ms in (90_000, 300_000)] == ["1m30s", "5m"]


def test_a_late_hour_is_written_in_the_unit_of_the_axis():
    """JupyterLab would write 11480 seconds as 11.48ks; the timeline,
    beside which it is read, says 11480.0s.
    """
    assert time_axis(unit(60_000))["exponentformat"] == "none"
