"""Alarms on virtual time: looked at when a period ends, and
only while that could change anything.
"""

import pytest
from fakes import advance

from ecslab.cloudwatch.alarms import MetricAlarm, MetricQuery

METRIC = ("Shop", "Load", (("Service", "web"),))


@pytest.fixture
def shop(plane):
    """An account with words for what a test does to its alarms."""
    return Shop(plane)


class Shop:
    """Publishes a metric and watches it."""

    def __init__(self, plane):
        self.plane, self.port = plane, plane.neighbours.alarms

    def alarm(self, name="high", periods=1, needed=None, period_s=60, **more):
        """An alarm on the metric above 50."""
        asked = {"queries": (MetricQuery("m1", METRIC, period_s=period_s),), "watched": "m1"} | more
        asked = {"comparison": "GreaterThanThreshold", "threshold": 50.0} | asked
        self.port.put(
            MetricAlarm(name=name, arn="", periods=periods, needed=needed or periods, **asked)
        )
        self.plane.alarms.sync()

    def minutes(self, *values):
        """One datapoint a minute, at its beginning; None publishes nothing."""
        for value in values:
            if value is not None:
                self.plane.neighbours.metrics.put("Shop", "Load", {"Service": "web"}, value)
            advance(self.plane, 60)

    def story(self):
        """When each alarm came to which state, in minutes."""
        return [
            (e.at_ms / 60_000, e.facts["alarm"], e.kind)
            for e in self.plane.timeline
            if "alarm" in e.facts
        ]


def test_an_alarm_goes_off_when_enough_datapoints_breach_and_comes_back(shop):
    """Two of two datapoints above the threshold; one below is enough to be OK again."""
    shop.alarm(periods=2)
    shop.minutes(10, 90, 90, 90, 10)
    assert shop.story() == [(1, "high", "ok"), (3, "high", "in alarm"), (5, "high", "ok")]
    assert shop.plane.timeline[-1].why == "1 of the last 2 not greater than 50, the newest 10"
    assert "1 out of the last 2 datapoints" in shop.port.reason("high")[0]
    assert shop.port.announced == [("high", "OK"), ("high", "ALARM"), ("high", "OK")]


def test_a_datapoint_that_bears_a_later_time_keeps_no_earlier_one_waiting(shop):
    """CloudWatch takes datapoints up to two hours ahead: an alarm that waits for
    one hears of those that come before it.
    """
    shop.alarm(missing="ignore")
    shop.minutes(None, None)  # it falls asleep
    in_an_hour = shop.plane.clock.now_ms + 3_600_000
    shop.plane.neighbours.metrics.put("Shop", "Load", {"Service": "web"}, 10, at_ms=in_an_hour)
    shop.minutes(None, None, None, 90, 90)
    assert shop.story() == [(6, "high", "in alarm")]


def test_m_out_of_n_datapoints_need_not_be_in_a_row(shop):
    """DatapointsToAlarm (botocore, PutMetricAlarm)."""
    shop.alarm(periods=3, needed=2)
    shop.minutes(90, 10, 90)
    assert shop.story()[-1] == (3, "high", "in alarm")


def test_an_idle_day_rings_nothing(shop):
    """Once no datapoint is left in its range, an alarm sleeps until the next one comes."""
    shop.alarm()
    shop.minutes(90)
    advance(shop.plane, 600)
    assert shop.story() == [(1, "high", "in alarm"), (4, "high", "insufficient data")]
    assert shop.plane.clock.next_due_ms() is None
    advance(shop.plane, 86_400)
    shop.minutes(90)
    assert shop.story()[-1] == (11 + 1440 + 1, "high", "in alarm")


def test_a_new_alarm_knows_what_was_published_before_it(shop):
    """CloudWatch evaluates the metric, not what came after the alarm."""
    shop.minutes(90, 90)
    shop.alarm(periods=2)
    advance(shop.plane, 60)
    assert shop.story() == [(3, "high", "in alarm")]


def test_missing_data_can_be_a_breach(shop):
    """TreatMissingData breaching: no datapoint at all is an alarm, and then it sleeps."""
    shop.alarm(missing="breaching")
    advance(shop.plane, 3600)
    assert shop.story() == [(1, "high", "in alarm")]
    assert shop.port.reason("high")[0] == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint "
        "was treated as [Breaching]."
    )
    assert shop.plane.clock.next_due_ms() is None


def test_a_long_period_slides_by_minutes(shop):
    """An alarm of five minutes is looked at every minute, over the five before it
    (CloudWatch guide, "Alarm evaluation").
    """
    shop.alarm(period_s=300)
    shop.minutes(0, 0, 0, 0, 0, 150, 150)
    assert shop.story() == [(1, "high", "ok"), (7, "high", "in alarm")]


def test_a_short_period_is_looked_at_every_ten_seconds(shop):
    """Periods of 10, 20 and 30 seconds (CloudWatch guide, "Alarm evaluation")."""
    shop.alarm(period_s=20)
    shop.plane.neighbours.metrics.put("Shop", "Load", {"Service": "web"}, 90)
    advance(shop.plane, 10)
    assert shop.story() == [(10 / 60, "high", "in alarm")]


def test_a_metric_of_other_dimensions_is_another_metric(shop):
    """A metric is its namespace, its name and all of its dimensions."""
    shop.alarm()
    shop.plane.neighbours.metrics.put("Shop", "Load", {"Service": "web", "Zone": "a"}, 90)
    shop.plane.neighbours.metrics.put("Shop", "Load", {}, 90)
    advance(shop.plane, 600)
    assert shop.story() == []


def test_a_datapoint_of_the_minute_that_has_just_ended_counts_at_once(shop):
    """AWS's own metrics carry the time their minute began."""
    shop.alarm()
    advance(shop.plane, 600)
    shop.plane.neighbours.metrics.put("Shop", "Load", {"Service": "web"}, 90, at_ms=540_000)
    advance(shop.plane, 0)
    assert shop.story() == [(10, "high", "in alarm")]


def test_an_expression_is_compared_as_one_value(shop):
    """Metric math: the errors' share of all requests."""
    errors = ("Shop", "Errors", ())
    queries = (
        MetricQuery("m1", METRIC, "Sum"),
        MetricQuery("m2", errors, "Sum"),
        MetricQuery("e1", expression="FILL(m2, 0) / m1 * 100"),
    )
    shop.alarm(queries=queries, watched="e1")
    shop.minutes(10)
    shop.plane.neighbours.metrics.put("Shop", "Errors", {}, 8)
    shop.minutes(10)
    assert shop.story() == [(1, "high", "ok"), (2, "high", "in alarm")]
    assert shop.plane.timeline[-1].facts["value"] == 80.0


def test_a_deleted_alarm_is_not_looked_at_any_more(shop):
    """Nobody listens to its metric either."""
    shop.alarm()
    shop.minutes(10)
    shop.port.delete(["high"])
    shop.plane.alarms.sync()
    shop.minutes(90, 90)
    assert shop.story() == [(1, "high", "ok")]
    assert shop.plane.clock.next_due_ms() is None
    assert shop.plane.alarms.state(["high"]) == {"high": None}


def test_others_hear_of_changes_and_of_looks(shop):
    """`on_change` hears of each change, `on_look` of each evaluation: a scaling
    action is called while ALARM lasts.
    """
    changes, looks = [], []
    shop.plane.alarms.on_change.append(changes.append)
    shop.plane.alarms.on_look.append(looks.append)
    shop.alarm()
    shop.minutes(90, 95, 10)
    assert [(c.before, c.state, c.value) for c in changes] == [
        ("INSUFFICIENT_DATA", "ALARM", 90),
        ("ALARM", "OK", 10),
    ]
    assert [(c.state, c.value) for c in looks] == [("ALARM", 90), ("ALARM", 95), ("OK", 10)]
