"""Deployment alarms: heard while a deployment is under way and bakes,
ignored when one rang before it began.
"""

import pytest
from account import Account

from ecslab.cloudwatch.alarms import MetricAlarm, MetricQuery
from ecslab.ground.errors import AwsError

METRIC = ("Shop", "Errors", (("Service", "web"),))


def alarms(*, rollback=True, names=("errors",), **more):
    """A deploymentConfiguration with alarms."""
    return {"alarms": {"alarmNames": list(names), "enable": True, "rollback": rollback}} | more


class Shop(Account):
    """An account with a metric, an alarm on it, and a service under that alarm."""

    def __init__(self):
        super().__init__()
        self.register("web")
        self.alarm("errors")

    def alarm(self, name, period_s=60, periods=1):
        """An alarm above 10 errors."""
        query = MetricQuery("m1", METRIC, period_s=period_s)
        made = MetricAlarm(name, "", (query,), "m1", "GreaterThanThreshold", 10.0, periods, periods)
        self.plane.neighbours.alarms.put(made)
        self.plane.alarms.sync()

    def minutes(self, count, errors):
        """So many minutes with so many errors each."""
        for _ in range(count):
            self.plane.neighbours.metrics.put("Shop", "Errors", {"Service": "web"}, errors)
            self.advance(60)

    def release(self, **more):
        """A new revision."""
        self.register("web")
        self.call("UpdateService", service="web", taskDefinition="web", **more)

    def latest(self):
        """The newest service deployment, described."""
        arn = self.service("web")["currentServiceDeployment"]
        return self.call("DescribeServiceDeployments", serviceDeploymentArns=[arn])[
            "serviceDeployments"
        ][0]

    def at(self, kind):
        """When the service last did something, in seconds."""
        return [t for t, what in self.story("service/web") if what == kind][-1]


@pytest.fixture
def shop():
    """A shop that runs web:1 in peace."""
    shop = Shop()
    shop.serve("web", "web", 2, deploymentConfiguration=alarms())
    shop.minutes(5, 0)
    return shop


def test_an_alarm_rolls_the_deployment_back(shop):
    """Facts, section 6.5: any named alarm in ALARM → FAILED, rolled back
    to the last completed deployment.
    """
    shop.release()
    shop.minutes(1, 50)
    shop.minutes(8, 0)
    told = shop.latest()
    assert told["status"] == "ROLLBACK_SUCCESSFUL"
    assert told["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["errors"],
        "triggeredAlarmNames": ["errors"],
    }
    assert shop.service("web")["taskDefinition"].endswith("web:1")
    assert "(service web) (deployment web:2) deployment failed: alarm detected." in [
        m.replace(told["targetServiceRevision"]["arn"][-19:], "…").replace("ecs-svc/…", "web:2")
        for m in shop.messages("web")
    ]


def test_an_alarm_without_rollback_stops_the_deployment(shop):
    """Facts, section 6.5: FAILED without rollback; the old tasks that are left stay."""
    shop.release(deploymentConfiguration=alarms(rollback=False))
    shop.minutes(1, 50)
    shop.minutes(8, 0)
    assert shop.latest()["status"] == "STOPPED"
    assert shop.service("web")["deployments"][0]["rolloutState"] == "FAILED"
    assert shop.service("web")["runningCount"] == 4


def test_the_bake_time_begins_when_the_old_tasks_are_gone_and_keeps_the_deployment_in_progress(
    shop,
):
    """Facts, section 6.5: IN_PROGRESS while it bakes; bakeTimeInMinutes says how long."""
    shop.release(deploymentConfiguration=alarms(bakeTimeInMinutes=7))
    shop.minutes(6, 0)
    assert shop.latest()["status"] == "IN_PROGRESS"
    assert shop.service("web")["runningCount"] == 2
    shop.minutes(6, 0)
    assert shop.latest()["status"] == "SUCCESSFUL"
    assert shop.latest()["alarms"]["status"] == "MONITORING_COMPLETE"
    assert shop.at("deployment completed") - shop.at("baking") == 7 * 60
    assert shop.at("baking") > shop.at("stopped tasks")


def test_an_alarm_in_the_bake_time_rolls_back_although_no_old_task_is_left(shop):
    """Facts, sections 6.4 and 6.5: the last completed deployment starts tasks again."""
    shop.release(deploymentConfiguration=alarms(bakeTimeInMinutes=7))
    shop.minutes(5, 0)
    assert len(shop.service("web")["deployments"]) == 1
    shop.minutes(1, 50)
    shop.minutes(8, 0)
    assert shop.latest()["status"] == "ROLLBACK_SUCCESSFUL"
    running = {shop.task(t)["taskDefinitionArn"][-5:] for t in shop.tasks_of("web")}
    assert running == {"web:1"}


def test_the_usual_bake_time_is_as_long_as_the_slowest_alarm_needs_and_below_five_minutes(shop):
    """Facts, section 6.5: computed from the alarm configuration, less than 5 minutes."""
    shop.release()
    shop.minutes(6, 0)
    assert shop.at("deployment completed") - shop.at("baking") == 60
    shop.alarm("slow", period_s=300, periods=3)
    shop.release(deploymentConfiguration=alarms(names=["errors", "slow"]))
    shop.minutes(12, 0)
    assert shop.at("deployment completed") - shop.at("baking") <= 300
    assert shop.timeline.where(kind="baking")[-1].why.startswith("299 s")


def test_an_alarm_that_rang_before_is_ignored_for_the_whole_deployment(shop):
    """Facts, section 6.5: alarms already in ALARM at the start are
    ignored, and nothing bakes for them.
    """
    shop.minutes(2, 50)
    shop.release()
    shop.minutes(5, 50)
    assert shop.latest()["status"] == "SUCCESSFUL"
    assert shop.latest()["alarms"]["status"] == "DISABLED"
    assert "alarms ignored" in shop.timeline.of("service/web").kinds()


def test_after_the_deployment_alarms_do_nothing(shop):
    """Facts, section 6.5: they watch deployments, not services."""
    shop.minutes(3, 50)
    assert shop.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"


def test_alarms_that_do_not_exist_never_ring(shop):
    """What is named and missing is in no state (assumption: no source says
    what ECS does); the timeline names it.
    """
    shop.release(deploymentConfiguration=alarms(names=["nobody"]))
    shop.minutes(5, 50)
    assert shop.latest()["status"] == "SUCCESSFUL"
    assert [e.why for e in shop.timeline.where(kind="alarms missing")] == [
        "nobody: such an alarm never rings"
    ]


def test_beside_an_alarm_that_does_not_exist_the_others_ring(shop):
    """And one that is made while the deployment is under way rings too: alarms are read by name."""
    shop.release(deploymentConfiguration=alarms(names=["nobody", "errors"]))
    shop.minutes(3, 50)
    assert shop.latest()["status"].startswith("ROLLBACK")


def test_without_alarms_a_bake_time_keeps_nobody_waiting(shop):
    """Facts, section 6.3: bake time counts with alarms."""
    off = {
        "alarms": {"alarmNames": [], "enable": False, "rollback": False},
        "bakeTimeInMinutes": 30,
    }
    shop.release(deploymentConfiguration=off)
    shop.minutes(4, 0)
    assert shop.latest()["status"] == "SUCCESSFUL"
    assert shop.service("web")["deploymentConfiguration"]["bakeTimeInMinutes"] == 30


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (
            {"alarms": {"alarmNames": [], "enable": True, "rollback": False}},
            "alarmNames cannot be empty",
        ),
        ({"bakeTimeInMinutes": -1}, "bakeTimeInMinutes"),
    ],
)
def test_alarms_that_cannot_be_are_refused(shop, asked, text):
    """Facts, section 6.5; the wordings are ours."""
    with pytest.raises(AwsError, match=text):
        shop.release(deploymentConfiguration=asked)
    assert shop.service("web")["taskDefinition"].endswith("web:1")
