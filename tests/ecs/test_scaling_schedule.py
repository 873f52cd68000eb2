"""Schedules of scheduled actions: at, rate and cron, in time zones (facts, section 9.4)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecslab.autoscaling.schedule import schedule
from ecslab.ground.errors import AwsError

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # a Monday


def due(expression, zone=None, start=START, count=3, after=None):
    """The next moments as text."""
    when, moment, found = schedule(expression, zone, start), after or start, []
    while len(found) < count and (following := when.after(moment)) is not None:
        moment = following
        found.append(f"{moment:%Y-%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("expression", "moments"),
    [
        ("cron(15 12 * * ? *)", ["2026-01-05 12:15", "2026-01-06 12:15", "2026-01-07 12:15"]),
        ("cron(0 9 * * ? *)", ["2026-01-06 09:00", "2026-01-07 09:00", "2026-01-08 09:00"]),
        ("cron(0 8 ? * MON-FRI *)", ["2026-01-06 08:00", "2026-01-07 08:00", "2026-01-08 08:00"]),
        ("cron(0 8 ? * 1 *)", ["2026-01-11 08:00", "2026-01-18 08:00", "2026-01-25 08:00"]),
        ("cron(0/20 9 * * ? *)", ["2026-01-05 09:20", "2026-01-05 09:40", "2026-01-06 09:00"]),
        (
            "cron(10-30/10 9,10 * * ? *)",
            ["2026-01-05 09:10", "2026-01-05 09:20", "2026-01-05 09:30"],
        ),
        ("cron(0 0 1 JAN,jul ? *)", ["2026-07-01 00:00", "2027-01-01 00:00", "2027-07-01 00:00"]),
        ("cron(0 0 L * ? *)", ["2026-01-31 00:00", "2026-02-28 00:00", "2026-03-31 00:00"]),
        ("cron(0 0 ? * 6L *)", ["2026-01-30 00:00", "2026-02-27 00:00", "2026-03-27 00:00"]),
        ("cron(0 0 ? * 3#1 *)", ["2026-01-06 00:00", "2026-02-03 00:00", "2026-03-03 00:00"]),
        ("cron(0 0 31W * ? *)", ["2026-01-30 00:00", "2026-02-27 00:00", "2026-03-31 00:00"]),
        ("cron(0 0 1 1 ? 2027)", ["2027-01-01 00:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("at(2026-01-05T18:35:00)", ["2026-01-05 18:35"]),
        ("at(2026-01-05T08:00:00)", []),
        ("rate(5 minutes)", ["2026-01-05 09:05", "2026-01-05 09:10", "2026-01-05 09:15"]),
        ("rate(1 hour)", ["2026-01-05 10:00", "2026-01-05 11:00", "2026-01-05 12:00"]),
        ("rate(2 days)", ["2026-01-07 09:00", "2026-01-09 09:00", "2026-01-11 09:00"]),
    ],
)
def test_an_expression_is_due_at_these_moments(expression, moments):
    """Later than the beginning, in UTC; day of week 1 is Sunday (facts, section 9.4)."""
    assert due(expression) == moments


def test_a_time_zone_keeps_its_wall_clock_through_the_change_of_summer_time():
    """Facts, section 9.4, time zones: 8:00 in New York is 13:00 UTC in winter and 12:00
    in summer; clocks change on 2026-03-08.
    """
    moments = due(
        "cron(0 8 * * ? *)",
        "America/New_York",
        after=datetime(2026, 3, 6, 20, 0, tzinfo=UTC),
        count=3,
    )
    assert moments == ["2026-03-07 13:00", "2026-03-08 12:00", "2026-03-09 12:00"]
    assert due("at(2026-07-01T08:00:00)", "Asia/Tokyo") == ["2026-06-30 23:00"]


def test_an_hour_that_the_clocks_skip_is_not_lost():
    """02:30 does not exist in New York on 2026-03-08: it is due when the clocks have gone on."""
    after = datetime(2026, 3, 8, 0, 0, tzinfo=UTC)
    assert due("cron(30 2 8 3 ? 2026)", "America/New_York", after=after) == ["2026-03-08 07:30"]


@given(minutes=st.integers(1, 500), later=st.integers(0, 10_000))
def test_a_rate_counts_from_its_start(minutes, later):
    """The next moment is later than now, and a whole number of intervals from the start."""
    unit = "minute" if minutes == 1 else "minutes"
    now = START + timedelta(seconds=later)
    following = schedule(f"rate({minutes} {unit})", None, START).after(now)
    assert now < following <= now + timedelta(minutes=minutes)
    assert (following - START) % timedelta(minutes=minutes) == timedelta(0)


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        ("every day", None),
        ("cron(15 12 * * *)", None),
        ("cron(15 12 * * * *)", None),
        ("cron(15 12 ? * ? *)", None),
        ("cron(60 12 * * ? *)", None),
        ("cron(15 12 * FOO ? *)", None),
        ("cron(15 12 ? * 8 *)", None),
        ("cron(0 0 0 * ? *)", None),
        ("cron(0 0 40W * ? *)", None),
        ("cron(0/0 * * * ? *)", None),
        ("rate(0 minutes)", None),
        ("rate(5 fortnights)", None),
        ("at(tomorrow)", None),
        ("at(2026-01-05T18:35:00)", "Mars/Olympus"),
        ("rate(5 minutes)", "Asia/Tokyo"),
    ],
)
def test_what_cannot_be_read_is_refused(expression, zone):
    """ValidationException; a rate has no time zone (facts, section 9.4)."""
    with pytest.raises(AwsError) as refused:
        schedule(expression, zone, START)
    assert refused.value.code == "ValidationException"
