"""Alarm states and metric math, as pure functions (CloudWatch guide; facts, section 13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecslab.cloudwatch.expression import formulas
from ecslab.cloudwatch.rule import LOOK_BACK, Rule, judge
from ecslab.cloudwatch.series import MetricWindow, Sum, step_of
from ecslab.ground.errors import AwsError

VALUES = {"0": 0.0, "X": 9.0, "-": None}
STATES = {"O": "OK", "A": "ALARM", "I": "INSUFFICIENT_DATA", "r": "as before"}


def rule(missing, needed=3, periods=3):
    """Datapoints above 5 breach."""
    return Rule("GreaterThanThreshold", 5.0, periods, needed, missing)


# The guide's two tables: datapoints, then the state with missing,
# ignore, breaching and notBreaching.
THREE_OF_THREE = ["0-X-X OOOO", "----0 OOOO", "----- IrAO", "0XX-X AAAA", "--X-- ArAO"]
TWO_OF_THREE = ["0-X-X AAAA", "00X0X AAAA", "0-X-- OOAO", "----0 OOAO", "---X- ArAO"]


@pytest.mark.parametrize("before", ["OK", "ALARM"])
@pytest.mark.parametrize(
    ("row", "needed"), [(r, 3) for r in THREE_OF_THREE] + [(r, 2) for r in TWO_OF_THREE]
)
def test_missing_datapoints_are_treated_as_in_the_guides_tables(row, needed, before):
    """CloudWatch guide, "Configuring how CloudWatch alarms treat missing data"."""
    shown, expected = row.split()
    points = [VALUES[c] for c in shown]
    for missing, state in zip(
        ("missing", "ignore", "breaching", "notBreaching"), expected, strict=True
    ):
        wanted = before if state == "r" else STATES[state]
        assert judge(points, rule(missing, needed), before).state == wanted, missing


@given(
    points=st.lists(st.sampled_from([0.0, 9.0]), min_size=5, max_size=5), needed=st.integers(1, 3)
)
def test_with_enough_datapoints_the_treatment_of_missing_ones_is_not_asked(points, needed):
    """Only the last N count, M of them must breach."""
    wanted = "ALARM" if sum(p > 5 for p in points[-3:]) >= needed else "OK"
    for missing in ("missing", "ignore", "breaching", "notBreaching"):
        assert judge(points, rule(missing, needed), "OK").state == wanted


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", [6]),
        ("GreaterThanOrEqualToThreshold", [5, 6]),
        ("LessThanThreshold", [4]),
        ("LessThanOrEqualToThreshold", [4, 5]),
    ],
)
def test_each_comparison_has_its_side(comparison, breaching):
    """botocore, ComparisonOperator."""
    one = Rule(comparison, 5.0, 1, 1)
    for value in (4, 5, 6):
        assert judge([None] * LOOK_BACK + [value], one, "OK").state == (
            "ALARM" if value in breaching else "OK"
        )


def test_a_period_is_made_of_the_steps_inside_it():
    """Statistics over five minutes are those of all datapoints in them, not of their averages."""
    series = MetricWindow(step_of(300), 3_600_000)
    for minute, value in ((0, 1.0), (1, 2.0), (1, 3.0), (4, 10.0), (5, 99.0)):
        series.add(minute * 60_000 + 5, Sum(1, value, value, value, [value]))

    def read(statistic):
        return series.points(300_000, 300, 1, statistic)[0]

    assert read("SampleCount") == 4
    assert read("Sum") == 16.0
    assert read("Average") == 4.0
    assert (read("Minimum"), read("Maximum")) == (1.0, 10.0)
    assert (read("p50"), read("p75"), read("p99")) == (2.0, 3.0, 10.0)
    assert series.points(600_000, 300, 2, "Sum") == [16.0, 99.0]


def test_a_series_forgets_what_is_older_than_it_needs():
    """Memory does not grow with time."""
    series = MetricWindow(60_000, 300_000)
    for minute in range(10_000):
        series.add(minute * 60_000, Sum(1, 1, 1, 1, [1]))
    assert len(series._steps) <= 20
    assert series.points(10_000 * 60_000, 60, 7, "Sum") == [1.0] * 7


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("m1 / m2 * 100", 50.0),
        ("(m1 + 3) ^ 2", 25.0),
        ("IF(m1 > m2, m1, -m2)", -4.0),
        ("FILL(m3, 7) + m1", 9.0),
        ("m3 + m1", None),
        ("m1 / (m2 - 4)", None),
        ("SUM([m1, m2, m3])", 6.0),
        ("AVG([m1, m2])", 3.0),
        ("MAX([m1, m2]) - MIN([m1, m2])", 2.0),
    ],
)
def test_metric_math_combines_datapoints_of_one_period(expression, value):
    """The subset that the module's docstring lists; a missing
    datapoint makes the result missing.
    """
    ((_, compute),) = formulas({"e1": expression}, {"m1", "m2", "m3"})
    assert compute({"m1": 2.0, "m2": 4.0, "m3": None}) == value


def test_expressions_may_use_each_other_in_any_order():
    """The AWS example of target tracking divides an expression's result."""
    computed = {"m1": 8.0}
    for name, compute in formulas({"e2": "e1 / 2", "e1": "m1 * 3"}, {"m1"}):
        computed[name] = compute(computed)
    assert computed["e2"] == 12.0


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("m1 +", "ValidationError"),
        ("m9 * 2", "ValidationError"),
        ("e1", "ValidationError"),
        ("SEARCH('{AWS/ECS}', 'Sum')", "UnsupportedFeatureException"),
        ("RATE(m1)", "UnsupportedFeatureException"),
        ("m1.real", "UnsupportedFeatureException"),
        ("__import__('os').system('true')", "UnsupportedFeatureException"),
    ],
)
def test_other_expressions_are_refused(expression, code):
    """Nothing is silently accepted, and nothing of Python is reachable."""
    with pytest.raises(AwsError) as refused:
        formulas({"e1": expression}, {"m1"})
    assert refused.value.code == code
