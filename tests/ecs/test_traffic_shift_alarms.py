"""Deployment alarms under strategies that shift traffic: they send
everything back, until blue is cleaned up.
"""

import pytest
from two_colours import TwoColours

from ecslab.cloudwatch.alarms import MetricAlarm, MetricQuery

STRATEGIES = ["BLUE_GREEN", "LINEAR", "CANARY"]


def watched(strategy="BLUE_GREEN", *, rollback=True):
    """A service whose deployments are watched by the alarm `errors`."""
    asked = {"alarmNames": ["errors"], "enable": True, "rollback": rollback}
    two = TwoColours(strategy, config={"alarms": asked})
    query = MetricQuery("m1", ("shop", "errors", ()), "Sum", 60)
    alarms = two.account.plane.neighbours.alarms
    alarms.put(MetricAlarm("errors", "", (query,), "m1", "GreaterThanThreshold", 10.0, 1, 1))
    two.account.plane.alarms.sync()
    return two


def ring(two):
    """Publish what makes the alarm go off within two minutes."""
    two.account.plane.neighbours.metrics.put("shop", "errors", {}, 100.0)
    two.account.advance(120)


@pytest.mark.parametrize("stage", ["POST_SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_alarm_sends_everything_back(strategy, stage):
    """Facts, sections 6.5 and 7.1: any named alarm in ALARM fails the deployment, at
    whatever stage before blue is cleaned up.
    """
    two = watched(strategy)
    arn = two.deploy()
    two.until(stage, arn)
    ring(two)
    two.account.advance(600)
    work = two.work(arn)
    assert work["status"] == "ROLLBACK_SUCCESSFUL"
    assert (work["alarms"]["status"], work["alarms"]["triggeredAlarmNames"]) == (
        "TRIGGERED",
        ["errors"],
    )
    assert (two.production(), two.test()) == ((100, 0), (100, 0))


def test_without_rollback_an_alarm_leaves_everything_as_it_is():
    """Facts, section 6.5: without rollback the deployment is FAILED and stopped;
    traffic and tasks of both revisions stay.
    """
    two = watched("CANARY", rollback=False)
    arn = two.deploy()
    two.until("PRODUCTION_TRAFFIC_SHIFT", arn)
    ring(two)
    two.account.advance(1800)
    assert two.work(arn)["status"] == "STOPPED"
    assert two.production() == (95, 5)
    assert two.account.service("web")["runningCount"] == 4
    two.until("BAKE_TIME", two.deploy("nginx:3"))
    two.account.advance(900)
    assert two.account.service("web")["taskDefinition"].endswith("web:3")


def test_once_the_bake_time_is_over_alarms_are_not_heeded_any_more():
    """Facts, section 7.1: the bake time is what both revisions are watched for."""
    two = watched()
    arn = two.deploy()
    two.until("CLEAN_UP", arn)
    assert two.work(arn)["alarms"]["status"] == "MONITORING_COMPLETE"
    ring(two)
    two.account.advance(600)
    assert two.work(arn)["status"] == "SUCCESSFUL"


def test_the_bake_time_is_not_waited_for_twice():
    """Facts, sections 6.5 and 7.1: BAKE_TIME is a stage; a rolling
    deployment's bake time does not come on top.
    """
    two = watched()
    arn = two.deploy()
    two.until("CLEAN_UP", arn)
    two.account.advance(60)
    assert two.work(arn)["status"] == "SUCCESSFUL"
