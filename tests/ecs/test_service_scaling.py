"""Service Auto Scaling on virtual time, told by timelines (facts, section 9)."""

import json
from random import Random

import pytest
from account import NETWORK, Account
from behind_a_balancer import front, web

from ecslab.cloudwatch.alarms import MetricAlarm, MetricQuery
from ecslab.ground.errors import AwsError

RESOURCE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/default/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
MEMORY = {
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"}
}


class Shop:
    """A steady service `web` that is a scalable target, and
    short words for what a test does to it.
    """

    def __init__(self, desired=4, minimum=1, maximum=20, account=None, controller="ECS", **more):
        self.account = account or Account()
        self.plane = self.account.plane
        if account is None:
            self.account.register("web", image="nginx")
        if controller == "EXTERNAL":
            self.account.call(
                "CreateService",
                serviceName="web",
                desiredCount=desired,
                deploymentController={"type": controller},
            )
            self.task_set("web:1", 100)
        else:
            self.account.serve("web", "web", desired, **more)
        self.account.advance(180)
        self.ask("RegisterScalableTarget", MinCapacity=minimum, MaxCapacity=maximum)
        self.began = self.plane.clock.now_ms

    def ask(self, operation, **request):
        """Call Application Auto Scaling about the service."""
        return self.account.region.autoscaling.call(operation, RESOURCE | request)

    def task_set(self, definition, percent):
        """Let an EXTERNAL controller run a revision."""
        self.account.call(
            "CreateTaskSet",
            cluster="default",
            service="web",
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=NETWORK,
            scale={"value": percent, "unit": "PERCENT"},
        )

    def track(self, name="cpu", target=50, metric=CPU, **more):
        """A policy that tracks a target."""
        config = {"TargetValue": target, **metric, **more}
        return self.ask(
            "PutScalingPolicy",
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=config,
        )

    def step(self, *steps, name="steps", kind="ChangeInCapacity", threshold=50, above=True, **more):
        """A step policy of (lower, upper, adjustment), and the
        alarm of the user's that calls it.
        """
        adjustments = [
            {
                k: v
                for k, v in (("MetricIntervalLowerBound", low), ("MetricIntervalUpperBound", high))
                if v is not None
            }
            | {"ScalingAdjustment": change}
            for low, high, change in steps
        ]
        config = {"AdjustmentType": kind, "StepAdjustments": adjustments, **more}
        arn = self.ask(
            "PutScalingPolicy",
            PolicyName=name,
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration=config,
        )["PolicyARN"]
        metric = ("AWS/ECS", "CPUUtilization", (("ClusterName", "default"), ("ServiceName", "web")))
        comparison = "GreaterThanOrEqualToThreshold" if above else "LessThanOrEqualToThreshold"
        self.plane.alarms.put(
            MetricAlarm(
                f"{name}-alarm", "", (MetricQuery("m1", metric),), "m1", comparison, threshold, 1, 1,
                actions={"ALARM": (arn,)},
            )
        )  # fmt: skip

    def minutes(self, *values, name="CPUUtilization"):
        """One datapoint a minute."""
        for value in values:
            where = {"ClusterName": "default", "ServiceName": "web"}
            if value is not None:
                self.plane.neighbours.metrics.put("AWS/ECS", name, where, value)
            self.account.advance(60)

    def scaled(self):
        """What scaling did: minutes since the target was registered, from and to."""
        return [
            ((e.at_ms - self.began) / 60_000, e.facts["before"], e.facts["after"])
            for e in self.plane.timeline
            if e.kind == "scaled"
        ]

    def held(self):
        """Why it did nothing."""
        return [e.why for e in self.plane.timeline if e.kind == "not scaled"]

    def activities(self, **request):
        """What DescribeScalingActivities tells, newest first."""
        return self.ask("DescribeScalingActivities", **request)["ScalingActivities"]

    @property
    def desired(self):
        """The service's desired count."""
        return self.account.service("web")["desiredCount"]


# Target tracking


def test_tracking_scales_out_after_three_minutes_in_proportion():
    """AlarmHigh takes 3 of 3 datapoints; then 4 running × 75 / 50 = 6 (facts, section 9.2)."""
    shop = Shop()
    shop.track()
    shop.minutes(75, 75, 75)
    assert shop.scaled() == [(3, 4, 6)]
    assert shop.plane.timeline[-1].why == "4 → 6: 4 running × 75 / target 50 = 6 (cpu)"
    shop.account.advance(120)
    assert len(shop.account.tasks_of("web")) == 6


def test_tracking_scales_in_after_fifteen_minutes_below_nine_tenths_of_the_target():
    """AlarmLow takes 15 of 15 datapoints; 46 of 50 is not low enough (facts, section 9.2)."""
    shop = Shop()
    shop.track()
    shop.minutes(*[46] * 16)
    assert shop.scaled() == []
    shop.minutes(*[20] * 15)
    assert shop.scaled() == [(31, 4, 2)]


def test_a_scale_in_that_would_pass_the_target_is_not_made():
    """2 running at 44 of 50 need 1.76 tasks, which is 2 (facts,
    section 9.2, "official wording").
    """
    shop = Shop(desired=2)
    shop.track()
    shop.minutes(*[44] * 20)
    assert shop.scaled() == []
    assert shop.held() == []
    assert shop.activities() == []


def test_without_datapoints_nothing_is_scaled():
    """INSUFFICIENT_DATA scales in neither direction (facts, section 9.2, "missing data")."""
    shop = Shop()
    shop.track()
    shop.account.advance(86_400)
    assert shop.scaled() == []


def test_a_datapoint_scales_once_when_no_other_follows():
    """The alarm stays on the last datapoints for a while; what was scaled
    since is not in them (our reading).
    """
    shop = Shop()
    shop.track(ScaleOutCooldown=0)
    shop.minutes(75, 75, 75, None, None, None)
    assert shop.scaled() == [(3, 4, 6)]


def test_with_scale_in_disabled_it_only_grows():
    """DisableScaleIn (facts, section 9.2)."""
    shop = Shop()
    shop.track(DisableScaleIn=True)
    shop.minutes(75, 75, 75, *[5] * 30)
    assert shop.scaled() == [(3, 4, 6)]


def test_from_zero_tasks_one_datapoint_brings_the_minimum():
    """Scale from zero: target tracking waits for one datapoint
    (facts, section 9.1, "scale to zero").
    """
    shop = Shop(desired=1, minimum=0)
    backlog = {
        "CustomizedMetricSpecification": {
            "MetricName": "Backlog",
            "Namespace": "Shop",
            "Statistic": "Sum",
        }
    }
    shop.track(metric=backlog, target=10)
    for _ in range(20):
        shop.plane.neighbours.metrics.put("Shop", "Backlog", {}, 0)
        shop.account.advance(60)
    assert shop.scaled() == [(15, 1, 0)]
    shop.plane.neighbours.metrics.put("Shop", "Backlog", {}, 25)
    shop.account.advance(60)
    assert shop.scaled()[1:] == [(21, 0, 1)]


def test_during_a_cooldown_only_a_larger_scale_out_acts_and_what_was_added_counts():
    """4 tasks before: 75 wants 6, done; 100 wants 8 of the same 4, so 2 more
    (facts, section 9.1, "cooldown out").
    """
    shop = Shop()
    shop.track()
    shop.minutes(75, 75, 75, 75, 75, 100)
    assert shop.scaled() == [(3, 4, 6), (6, 6, 8)]
    shop.minutes(100, 100)
    assert shop.scaled()[2:] == []
    shop.minutes(*[60] * 4)
    assert shop.scaled()[2:] == [(11, 8, 10)], "after the cooldown the 8 that run count"


def test_a_scale_in_cooldown_blocks_scale_in_and_a_scale_out_ends_it():
    """Facts, section 9.1, "cooldown in"."""
    shop = Shop(desired=16)
    shop.track(ScaleInCooldown=600)
    shop.minutes(*[40] * 15)
    assert shop.scaled() == [(15, 16, 13)]
    shop.minutes(20, 20)
    assert shop.scaled()[1:] == []
    assert shop.held()[-1].endswith("the last scale-in's cooldown is not over")
    shop.minutes(*[20] * 8)
    assert shop.scaled()[1:] == [(25, 13, 6)]


def test_several_policies_scale_out_for_any_and_in_only_for_all():
    """Out: any target tracking policy; in: all of them must agree; the
    largest count wins (facts, section 9.1).
    """
    shop = Shop()
    shop.track()
    shop.track("memory", metric=MEMORY, target=50)

    def both(cpu, memory, minutes):
        for _ in range(minutes):
            where = {"ClusterName": "default", "ServiceName": "web"}
            shop.plane.neighbours.metrics.put("AWS/ECS", "MemoryUtilization", where, memory)
            shop.minutes(cpu)

    both(60, 80, 3)
    assert shop.scaled() == [(3, 4, 7)]
    assert shop.plane.timeline.where(kind="scaled")[-1].facts["policy"] == "memory"
    both(10, 50, 20)
    assert shop.scaled()[1:] == []
    assert shop.held()[-1].endswith("memory does not agree")
    both(10, 20, 15)
    assert shop.scaled()[1:] == [(38, 7, 3)]


def test_a_deployment_holds_scale_in_back():
    """Scale-in is switched off while an ECS deployment runs (facts, section 9.1, "deployments")."""
    shop = Shop(desired=4)
    shop.track()
    shop.minutes(*[10] * 14)
    shop.account.register("web", image="httpd")
    shop.account.call("UpdateService", service="web", taskDefinition="web")
    shop.minutes(10)
    assert shop.scaled() == []
    frozen = "a deployment is in progress, and scale-in is off while one is"
    assert shop.held() == [f"8 running × 10 / target 50 = 2: {frozen}"]
    shop.minutes(*[10] * 3)
    assert [(before, after) for _, before, after in shop.scaled()] == [(4, 1)]


def test_a_deployment_does_not_hold_scale_out_back_and_inflates_it():
    """What runs is counted, old and new: a well known surprise (facts,
    section 9.1; aws/containers-roadmap#525).
    """
    shop = Shop(desired=4, maximum=40)
    shop.track()
    shop.minutes(75, 75)
    shop.account.register("web", image="httpd")
    shop.account.call("UpdateService", service="web", taskDefinition="web")
    shop.minutes(75)
    assert shop.scaled() == [(3, 4, 12)]


def test_deployments_of_an_external_controller_hold_nothing_back():
    """Facts, section 9.1, "deployments": not for the EXTERNAL controller."""
    shop = Shop(desired=4, controller="EXTERNAL")
    shop.track()
    shop.minutes(*[10] * 14)
    shop.account.register("web", image="httpd")
    shop.task_set("web:2", 50)
    shop.minutes(10)
    assert [(before, after) for _, before, after in shop.scaled()] == [(4, 2)]


def test_codedeploys_deployments_hold_nothing_back_either():
    """Facts, section 9.1, "CODE_DEPLOY": auto scaling is not blocked while traffic is shifted."""
    account = Account()
    web(account)
    controller = {"deploymentController": {"type": "CODE_DEPLOY"}}
    shop = Shop(account=account, loadBalancers=front(account.balancers.make()), **controller)
    shop.track()
    shop.plane.state.clusters["default"].services[
        "web"
    ].primary.rollout = "IN_PROGRESS"  # as CodeDeploy leaves it
    shop.minutes(*[10] * 15)
    assert shop.scaled() == [(15, 4, 1)]


# Requests per target


def test_requests_are_tracked_for_a_target_group_that_the_service_is_behind():
    """The sum over a minute, per target; a group of somebody else's is
    refused (botocore, ResourceLabel).
    """
    account = Account()
    web(account)
    group = account.balancers.make()
    shop = Shop(account=account, loadBalancers=front(group))
    suffix = group.rpartition(":")[2]

    def requests(label):
        kind = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
        return {"PredefinedMetricSpecification": kind}

    with pytest.raises(AwsError, match="is not attached to the service"):
        shop.track(metric=requests("app/lb/1/targetgroup/other/2"), target=1000)
    shop.track(metric=requests(f"app/lb/1/{suffix}"), target=1000)
    for _ in range(3):
        where = {"LoadBalancer": "app/lb/1", "TargetGroup": suffix}
        for _ in range(3):
            shop.plane.neighbours.metrics.put(
                "AWS/ApplicationELB", "RequestCountPerTarget", where, 500, unit="Count"
            )
        shop.account.advance(60)
    assert shop.scaled() == [(3, 4, 6)]
    account.call("UpdateService", service="web", loadBalancers=[])
    account.advance(900)
    shop.track(
        metric=requests(f"app/lb/1/{suffix}"), target=1000
    )  # what it holds is not asked again
    with pytest.raises(AwsError, match="is not attached to the service"):
        shop.track(metric=requests(f"app/lb/1/{suffix}"), target=500)


# Bounds and suspension


def test_registering_brings_the_count_inside_the_bounds_at_once():
    """Facts, sections 9.1 and 9.4, effect of new bounds; the cause is
    in the words of AWS's examples.
    """
    shop = Shop(desired=4, minimum=6, maximum=8)
    assert shop.scaled() == [(0, 4, 6)]
    assert shop.activities()[0]["Cause"] == "minimum capacity was set to 6"
    shop.ask("RegisterScalableTarget", MinCapacity=1, MaxCapacity=3)
    assert (shop.desired, shop.activities()[0]["Cause"]) == (3, "maximum capacity was set to 3")


def test_below_the_minimum_a_scale_out_goes_to_it_first():
    """UpdateService may set fewer than the minimum; the alarm brings it back,
    then goes on (facts, section 9.1).
    """
    shop = Shop(desired=4, minimum=4)
    shop.track()
    shop.account.call("UpdateService", service="web", desiredCount=2)
    shop.account.advance(60)
    shop.minutes(90, 90, 90)
    assert shop.scaled() == [(4, 2, 4)]


def test_at_the_maximum_the_activity_says_so_once():
    """NotScaledReasons, told when IncludeNotScaledActivities asks for them (botocore)."""
    shop = Shop(desired=4, maximum=5)
    shop.track()
    shop.minutes(*[90] * 12)
    assert shop.scaled() == [(3, 4, 5)]
    assert [h.rpartition(", ")[2] for h in shop.held()] == ["but the maximum is 5"]
    assert [a["Description"] for a in shop.activities()] == ["Setting desired count to 5."]
    newest = shop.activities(IncludeNotScaledActivities=True)[0]
    assert newest["NotScaledReasons"] == [
        {"Code": "AlreadyAtMaxCapacity", "MaxCapacity": 5, "CurrentCapacity": 5}
    ]


@pytest.mark.parametrize(
    ("member", "values", "words"),
    [
        ("DynamicScalingOutSuspended", [90] * 3, "scale-out is suspended"),
        ("DynamicScalingInSuspended", [10] * 15, "scale-in is suspended"),
    ],
)
def test_suspended_scaling_waits_until_it_is_resumed(member, values, words):
    """Facts, section 9.1, "suspend"."""
    shop = Shop()
    shop.track()
    shop.ask("RegisterScalableTarget", SuspendedState={member: True})
    shop.minutes(*values)
    assert shop.scaled() == []
    assert shop.held()[-1].endswith(words)
    shop.ask("RegisterScalableTarget", SuspendedState={member: False})
    shop.minutes(values[-1])
    assert len(shop.scaled()) == 1


# Step scaling


def test_steps_follow_the_alarm_for_as_long_as_it_lasts():
    """The action repeats while in ALARM; in the cooldown only a larger step adds, and
    only the difference (facts, 9.3 and 9.1).
    """
    shop = Shop(desired=2)
    shop.step((0, 20, 2), (20, None, 3))
    shop.minutes(60, 60, 75)
    assert shop.scaled() == [(1, 2, 4), (3, 4, 5)]
    shop.minutes(*[60] * 5)
    assert shop.scaled()[2:] == [(8, 5, 7)], "after the cooldown the 5 that run count"


def test_percentages_and_exact_counts():
    """PercentChangeInCapacity with MinAdjustmentMagnitude, ExactCapacity (facts, section 9.3)."""
    shop = Shop(desired=4)
    shop.step((0, None, 25), kind="PercentChangeInCapacity", MinAdjustmentMagnitude=2)
    shop.minutes(60)
    assert shop.scaled() == [(1, 4, 6)]
    shop.step((0, None, 9), name="exact", kind="ExactCapacity", threshold=90)
    shop.minutes(95)
    assert shop.scaled()[1:] == [(2, 6, 9)]


def test_a_step_reads_the_statistic_of_its_aggregation_not_the_alarms():
    """MetricAggregationType: Average unless it is given (facts, section 9.3, "aggregation")."""
    for kind, after in ((None, 5), ("Maximum", 7)):
        shop = Shop(desired=4)
        more = {"MetricAggregationType": kind} if kind else {}
        shop.step((0, 30, 1), (30, None, 3), **more)
        shop.plane.neighbours.metrics.put(
            "AWS/ECS", "CPUUtilization", {"ClusterName": "default", "ServiceName": "web"}, 20
        )
        shop.minutes(90)
        assert shop.scaled() == [(1, 4, after)]


def test_a_step_scales_in_without_asking_policies_that_track_a_target():
    """Botocore, PutScalingPolicy: a step policy's scale-in is not blocked by target tracking."""
    shop = Shop(desired=4)
    shop.track()
    shop.step((None, 0, -1), threshold=30, above=False)
    shop.minutes(20)
    assert shop.scaled() == [(1, 4, 3)]


def test_a_state_set_by_hand_calls_the_policy():
    """SetAlarmState invokes the action (botocore); without a
    datapoint there is nothing to scale by.
    """
    shop = Shop(desired=4)
    shop.step((None, 0, 1), (0, None, 2))
    port = shop.plane.neighbours.alarms
    port.states["steps-alarm"], port.reasons["steps-alarm"] = "ALARM", "a drill"
    shop.plane.alarms.sync()
    shop.account.advance(60)
    assert shop.scaled() == []
    shop.minutes(10)
    port.states["steps-alarm"] = "ALARM"
    shop.plane.alarms.sync()
    shop.account.advance(0)
    assert shop.scaled() == [(2, 4, 5)]


@pytest.mark.parametrize(("told", "after"), [(31.0, 5), (35.0, 6), (90, 6)])
def test_a_state_set_by_hand_with_a_datapoint_calls_the_policy_for_that_one(told, after):
    """StateReasonData has the information that the policy uses (botocore);
    no metric need have been published.
    """
    shop = Shop(desired=4)
    shop.step((None, 4, 1), (4, None, 2), threshold=30)
    port = shop.plane.neighbours.alarms
    port.states["steps-alarm"], port.reasons["steps-alarm"] = "ALARM", "a drill"
    port.data["steps-alarm"] = json.dumps({"version": "1.0", "recentDatapoints": [5.0, told]})
    shop.plane.alarms.sync()
    shop.account.advance(0)
    assert shop.scaled() == [(0, 4, after)]


@pytest.mark.parametrize(
    "data",
    ["{}", "[]", "null", "7", '{"recentDatapoints": []}', '{"recentDatapoints": 7}', '{"recentDatapoints": ["x"]}',
     '{"recentDatapoints": [true]}', '{"recentDatapoints": [null]}', '{"recentDatapoints": [1e999]}', '{"recentDatapoints": [NaN]}', '{"recentDatapoints": [1' + "0" * 400 + "]}"],
)  # fmt: skip
def test_data_without_a_datapoint_scales_nothing(data):
    """Whatever JSON it is: there is nothing that a policy could act on."""
    shop = Shop(desired=4)
    shop.step((None, 0, 1), (0, None, 2))
    port = shop.plane.neighbours.alarms
    port.states["steps-alarm"], port.reasons["steps-alarm"] = "ALARM", "a drill"
    port.data["steps-alarm"] = data
    shop.plane.alarms.sync()
    shop.account.advance(60)
    assert shop.scaled() == []


# Schedules


def test_a_day_and_a_night_schedule():
    """New bounds at their times; the count is brought inside them, whatever
    the cooldown (facts, section 9.4).
    """
    shop = Shop(desired=4, minimum=2, maximum=10)  # the lab's day begins at 9:00
    for name, cron, bounds in (
        ("night", "cron(0 20 * * ? *)", {"MinCapacity": 1, "MaxCapacity": 2}),
        ("day", "cron(0 8 * * ? *)", {"MinCapacity": 6, "MaxCapacity": 10}),
    ):
        shop.ask(
            "PutScheduledAction",
            ScheduledActionName=name,
            Schedule=cron,
            ScalableTargetAction=bounds,
        )
    shop.account.advance(86_400)
    told = [
        (e.at_ms // 60_000, e.kind, e.why)
        for e in shop.plane.timeline
        if e.kind in {"scaled", "bounds set"}
    ]
    assert told == [
        (660, "bounds set", "night: 1 to 2 tasks"),
        (660, "scaled", "4 → 2: maximum capacity was set to 2"),
        (1380, "bounds set", "day: 6 to 10 tasks"),
        (1380, "scaled", "2 → 6: minimum capacity was set to 6"),
    ]
    assert [(a["Description"], a["Cause"], a["StatusCode"]) for a in shop.activities()][:2] == [
        ("Setting desired count to 6.", "minimum capacity was set to 6", "Successful"),
        (
            "Setting min capacity to 6 and max capacity to 10",
            "scheduled action name day was triggered",
            "Successful",
        ),
    ]


def test_an_action_with_at_is_due_once_and_suspension_skips_it():
    """at(…), and ScheduledScalingSuspended (facts, sections 9.4 and 9.1)."""
    shop = Shop()
    for hour in (10, 11):
        shop.ask(
            "PutScheduledAction",
            ScheduledActionName=f"at-{hour}",
            Schedule=f"at(2026-01-05T{hour}:00:00)",
            ScalableTargetAction={"MinCapacity": hour},
        )
    shop.account.advance(3600)
    assert shop.desired == 10
    shop.ask("RegisterScalableTarget", SuspendedState={"ScheduledScalingSuspended": True})
    shop.account.advance(3600)
    assert shop.desired == 10
    assert shop.held() == ["at-11 is due, but scheduled scaling is suspended"]


def test_a_schedule_stops_at_its_end_and_when_it_is_deleted():
    """StartTime, EndTime, DeleteScheduledAction (botocore)."""
    shop = Shop(desired=2)
    hour = shop.plane.clock.timestamp(3_600_000)
    asked = {"ScheduledActionName": "often", "Schedule": "rate(10 minutes)"}
    shop.ask(
        "PutScheduledAction",
        **asked,
        ScalableTargetAction={"MinCapacity": 2},
        StartTime=hour,
        EndTime=hour + 1200,
    )
    shop.account.advance(4 * 3600)
    due = [e.at_ms // 60_000 for e in shop.plane.timeline if e.kind == "bounds set"]
    assert due == [60, 70, 80]
    shop.ask("PutScheduledAction", **asked, ScalableTargetAction={"MinCapacity": 2})
    shop.ask("DeleteScheduledAction", ScheduledActionName="often")
    shop.account.advance(3600)
    assert [e.at_ms // 60_000 for e in shop.plane.timeline if e.kind == "bounds set"] == due


def test_an_action_whose_minimum_passes_the_maximum_fails_and_says_so():
    """Only one bound is given, and it does not fit the other; what AWS does then was not found."""
    shop = Shop(desired=2, maximum=5)
    shop.ask(
        "PutScheduledAction",
        ScheduledActionName="high",
        Schedule="at(2026-01-05T10:00:00)",
        ScalableTargetAction={"MinCapacity": 9},
    )
    shop.account.advance(3600)
    assert shop.desired == 2
    assert shop.activities()[0]["StatusCode"] == "Failed"
    assert shop.held() == ["high: the minimum of 9 would be above the maximum of 5"]


# Activities


def test_an_activity_is_followed_until_ecs_has_brought_it_about():
    """InProgress, then Successful with its end; one that a later change replaces
    is Overridden (botocore, StatusCode).
    """
    shop = Shop(minimum=1)
    shop.track()
    shop.minutes(75, 75, 75)
    (now,) = shop.activities()
    assert (now["StatusCode"], "EndTime" in now) == ("InProgress", False)
    assert now["Cause"].startswith("monitor alarm TargetTracking-service/default/web-AlarmHigh-")
    assert now["Cause"].endswith(" in state ALARM triggered policy cpu")
    shop.account.advance(60)
    (done,) = shop.activities()
    assert done["StatusCode"] == "Successful"
    assert (
        done["StatusMessage"]
        == "Successfully set desired count to 6. Change successfully fulfilled by ecs."
    )
    assert done["EndTime"] > done["StartTime"]
    shop.ask("RegisterScalableTarget", MinCapacity=8)
    shop.account.call("UpdateService", service="web", desiredCount=9)
    shop.account.advance(10)
    assert shop.activities()[0]["StatusCode"] == "Overridden"


def test_what_ecs_cannot_bring_about_is_unfulfilled_in_the_end():
    """No task can be placed: the activity is not followed for ever."""
    shop = Shop(desired=1)
    shop.account.register(
        "broken", {"name": "app", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/no:1"}
    )
    shop.account.call("UpdateService", service="web", taskDefinition="broken")
    shop.account.advance(600)
    shop.ask("RegisterScalableTarget", MinCapacity=3)
    shop.account.advance(4000)
    assert shop.activities()[0]["StatusCode"] == "Unfulfilled"


def test_a_policy_keeps_its_type():
    """AWS's words (github.com/hashicorp/terraform-provider-aws/issues/13710)."""
    shop = Shop()
    shop.track()
    with pytest.raises(AwsError, match="You cannot change a TargetTrackingScaling policy"):
        shop.step((0, None, 1), name="cpu")


def test_a_deleted_service_is_left_alone():
    """Nothing is acted on, and no error comes of it."""
    shop = Shop()
    shop.track()
    shop.account.call("DeleteService", service="web", force=True)
    shop.minutes(90, 90, 90, 90)
    assert shop.scaled() == []


def test_deregistering_forgets_the_policies_and_deletes_their_alarms():
    """Botocore, PutScalingPolicy; the user's alarms stay."""
    shop = Shop()
    shop.track()
    shop.step((0, None, 1))
    shop.ask("DeregisterScalableTarget")
    assert list(shop.plane.neighbours.alarms.known()) == ["steps-alarm"]
    shop.minutes(90, 90, 90)
    assert shop.scaled() == []
    with pytest.raises(AwsError) as gone:
        shop.ask("DeregisterScalableTarget")
    assert gone.value.code == "ObjectNotFoundException"


# All together


def a_day(seed):
    """Two policies that track targets, a step policy and a schedule, under a load drawn
    by chance; the desired count each minute.
    """
    draw = Random(seed)
    shop = Shop(desired=6, minimum=2, maximum=12)
    shop.track(ScaleInCooldown=120, ScaleOutCooldown=60)
    shop.track("memory", metric=MEMORY, target=60)
    shop.step((0, 10, 1), (10, None, 4), threshold=80, Cooldown=60)
    shop.step((None, 0, -1), name="down", threshold=15, above=False, Cooldown=180)
    for name, cron, bounds in (
        ("noon", "cron(0 12 * * ? *)", {"MinCapacity": 5}),
        ("evening", "cron(0 15 * * ? *)", {"MinCapacity": 1, "MaxCapacity": 8}),
    ):
        shop.ask(
            "PutScheduledAction",
            ScheduledActionName=name,
            Schedule=cron,
            ScalableTargetAction=bounds,
        )
    where = {"ClusterName": "default", "ServiceName": "web"}
    level = 50.0
    for minute in range(8 * 60):
        level = min(110.0, max(2.0, level + draw.uniform(-12, 12)))
        if draw.random() < 0.9:
            shop.plane.neighbours.metrics.put("AWS/ECS", "MemoryUtilization", where, level * 0.8)
        shop.minutes(level if draw.random() < 0.9 else None)
        if minute == 100:
            shop.account.call("UpdateService", service="web", forceNewDeployment=True)
        yield shop


@pytest.mark.parametrize("seed", range(3))
def test_storms_never_leave_the_bounds_and_never_scale_in_twice_within_a_cooldown(seed):
    """Facts, section 9.1: whatever the policies want together."""
    for shop in a_day(seed):
        target = next(iter(shop.account.region.autoscaling.held.targets.values()))
        assert target.minimum <= shop.desired <= target.maximum
    cooldown_ms = {"cpu": 120_000, "memory": 300_000, "down": 180_000}
    allowed_from = 0
    by_policy = [e for e in shop.plane.timeline if e.kind == "scaled" and e.facts["policy"]]
    assert len(by_policy) > 5
    for event in by_policy:
        if event.facts["after"] > event.facts["before"]:
            allowed_from = 0
        else:
            assert event.at_ms >= allowed_from
            allowed_from = event.at_ms + cooldown_ms[event.facts["policy"]]


def test_the_same_storm_tells_the_same_story():
    """No wall clock and no chance of its own."""
    first, second = ([*a_day(5)][-1] for _ in range(2))
    assert str(first.plane.timeline) == str(second.plane.timeline)
    assert first.activities(MaxResults=50) == second.activities(MaxResults=50)


def test_a_day_of_schedule_tracking_and_steps_reads_like_this():
    """Facts, sections 9.2, 9.3 and 9.4 on one morning: a schedule opens, tracking
    follows the load, a step meets the rush.
    """
    shop = Shop(desired=2, minimum=1, maximum=4)
    opening = {"MinCapacity": 4, "MaxCapacity": 20}
    shop.ask(
        "PutScheduledAction",
        ScheduledActionName="opening",
        Schedule="at(2026-01-05T09:10:00)",
        ScalableTargetAction=opening,
    )
    shop.track()
    shop.step((0, None, 100), name="rush", kind="PercentChangeInCapacity", threshold=90)
    shop.minutes(40, 40, 40, 60, 60, 60, 60, 45, 45, 45, 95, 95, 45, *[20] * 16)
    told = [
        (e.at_ms / 60_000, e.kind, e.why)
        for e in shop.plane.timeline
        if e.kind in {"scaled", "not scaled", "bounds set"} and e.at_ms > shop.began
    ]
    assert told == [
        (9, "scaled", "2 → 3: 2 running × 60 / target 50 = 3 (cpu)"),
        (10, "bounds set", "opening: 4 to 20 tasks"),
        (10, "scaled", "3 → 4: minimum capacity was set to 4"),
        (14, "scaled", "4 → 8: 4 running +100 % (+4), the metric being +5 beyond 90 (rush)"),
        (31, "scaled", "8 → 4: 8 running × 20 / target 50 = 4 (cpu)"),
        (32, "not scaled", "4 running × 20 / target 50 = 2, but the minimum is 4"),
    ]
