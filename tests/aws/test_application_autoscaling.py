"""Application Auto Scaling through boto3: ECS is the lab's own, the
rest is moto's (facts, section 9).
"""

import pytest
from boto3.session import Session
from botocore.exceptions import ClientError
from deployed import fargate

from ecslab import Lab
from ecslab.ground.errors import LabError

RESOURCE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/prod/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
TRACKING = {
    "TargetValue": 50.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    "ScaleOutCooldown": 60,
}
STEPS = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 2}],
}


@pytest.fixture
def aas(lab):
    """Application Auto Scaling, and a service of two tasks that is a scalable target."""
    fargate(lab, desired=2)
    lab.settle()
    client = lab.client("application-autoscaling")
    client.register_scalable_target(MinCapacity=1, MaxCapacity=10, **RESOURCE)
    return client


def track(aas, name="cpu", **more):
    """A policy that tracks a target."""
    return aas.put_scaling_policy(
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKING | more,
        **RESOURCE,
    )


def load(lab, value, minutes=1):
    """The service's CPU utilisation."""
    where = [{"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": "web"}]
    for _ in range(minutes):
        lab.client("cloudwatch").put_metric_data(
            Namespace="AWS/ECS",
            MetricData=[{"MetricName": "CPUUtilization", "Value": value, "Dimensions": where}],
        )
        lab.advance("1m")


def test_a_target_is_described_as_aws_describes_it(lab, aas):
    """Facts, section 9.1: namespace, dimension and resource; the AWS CLI's
    example of describe-scalable-targets.
    """
    (target,) = aas.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert target["ScalableTargetARN"].startswith(
        f"arn:aws:application-autoscaling:us-east-1:{lab.account}:scalable-target/"
    )
    assert target["CreationTime"] == lab.now
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 10)
    assert target["SuspendedState"] == {
        "DynamicScalingInSuspended": False,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    }
    asked = {"ServiceNamespace": "ecs", "ResourceIds": ["service/prod/other"]}
    assert aas.describe_scalable_targets(**asked)["ScalableTargets"] == []


def test_a_tracking_policy_has_its_two_alarms_in_cloudwatch(lab, aas):
    """Names, thresholds and periods (facts, sections 9.1 and 9.2);
    DescribeScalingPolicies and CloudWatch name the same ones.
    """
    put = track(aas)
    alarms = {a["AlarmName"]: a for a in lab.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    high, low = (a["AlarmName"] for a in put["Alarms"])
    assert high.startswith("TargetTracking-service/prod/web-AlarmHigh-")
    assert low.startswith("TargetTracking-service/prod/web-AlarmLow-")
    rules = [
        (
            a["Threshold"],
            a["ComparisonOperator"],
            a["EvaluationPeriods"],
            a["Period"],
            a["Statistic"],
        )
        for a in (alarms[high], alarms[low])
    ]
    assert rules == [
        (50.0, "GreaterThanThreshold", 3, 60, "Average"),
        (45.0, "LessThanThreshold", 15, 60, "Average"),
    ]
    assert alarms[high]["AlarmActions"][0].startswith(put["PolicyARN"])
    (policy,) = aas.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["cpu"])[
        "ScalingPolicies"
    ]
    assert policy["Alarms"] == put["Alarms"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50
    aas.delete_scaling_policy(PolicyName="cpu", **RESOURCE)
    assert lab.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_the_load_changes_the_desired_count_and_the_activities_say_why(lab, aas):
    """From a metric that a learner puts to tasks that run."""
    track(aas)
    load(lab, 90, minutes=3)
    lab.advance("1m")
    (service,) = lab.client("ecs").describe_services(cluster="prod", services=["web"])["services"]
    assert (service["desiredCount"], service["runningCount"]) == (4, 4)
    (activity,) = aas.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]
    assert activity["Description"] == "Setting desired count to 4."
    assert activity["StatusCode"] == "Successful"
    assert "in state ALARM triggered policy cpu" in activity["Cause"]


def test_a_changed_policy_keeps_its_arn_and_its_alarms(lab, aas):
    """PutScalingPolicy updates; with scale-in disabled the low alarm goes."""
    before, after = track(aas), track(aas, TargetValue=70.0, DisableScaleIn=True)
    assert after["PolicyARN"] == before["PolicyARN"]
    assert after["Alarms"] == before["Alarms"][:1]
    (alarm,) = lab.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["Threshold"] == 70.0


def test_a_users_alarm_calls_a_step_policy(lab, aas):
    """The alarm's action is the policy's ARN; DescribeScalingPolicies
    shows the alarm (AWS CLI's example).
    """
    arn = aas.put_scaling_policy(
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration=STEPS,
        **RESOURCE,
    )["PolicyARN"]
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName="busy",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[
            {"Name": "ServiceName", "Value": "web"},
            {"Name": "ClusterName", "Value": "prod"},
        ],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=75,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[arn],
    )
    (policy,) = aas.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert [a["AlarmName"] for a in policy["Alarms"]] == ["busy"]
    load(lab, 80)
    assert lab.timeline.where(kind="scaled")[-1].facts["after"] == 4


def test_scheduled_actions_are_described_as_they_were_put(lab, aas):
    """Times come back as times; a schedule in a time zone is due there."""
    aas.put_scheduled_action(
        ScheduledActionName="morning",
        Schedule="cron(0 11 * * ? *)",
        Timezone="Europe/Berlin",
        StartTime=lab.now,
        ScalableTargetAction={"MinCapacity": 5},
        **RESOURCE,
    )
    (action,) = aas.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    assert (action["Timezone"], action["StartTime"]) == ("Europe/Berlin", lab.now)
    assert action["ScalableTargetAction"] == {"MinCapacity": 5}
    lab.advance("1h")  # 10:00 UTC is 11:00 in Berlin
    assert lab.timeline.where(kind="scaled")[-1].why == "2 → 5: minimum capacity was set to 5"


def test_a_target_has_tags(aas):
    """TagResource, UntagResource, ListTagsForResource, which moto does not have."""
    (target,) = aas.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    arn = target["ScalableTargetARN"]
    aas.tag_resource(ResourceARN=arn, Tags={"team": "shop", "stage": "prod"})
    aas.untag_resource(ResourceARN=arn, TagKeys=["stage"])
    assert aas.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"team": "shop"}


def test_answers_come_in_pages(aas):
    """MaxResults and NextToken; another token is refused."""
    for n in range(3):
        aas.put_scheduled_action(
            ScheduledActionName=f"a{n}",
            Schedule="rate(1 day)",
            ScalableTargetAction={"MinCapacity": 1},
            **RESOURCE,
        )
    pages = aas.get_paginator("describe_scheduled_actions").paginate(
        ServiceNamespace="ecs", PaginationConfig={"PageSize": 2}
    )
    assert [len(page["ScheduledActions"]) for page in pages] == [2, 1]
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        aas.describe_scheduled_actions(ServiceNamespace="ecs", NextToken="x")


MISSING = (
    "service namespace: ecs, resource ID: service/prod/no, scalable dimension: "
    "ecs:service:DesiredCount"
)


@pytest.mark.parametrize(
    ("call", "asked", "code", "message"),
    [
        (
            "register_scalable_target",
            {"MinCapacity": 5, "MaxCapacity": 1},
            "ValidationException",
            "Maximum capacity cannot be less than minimum capacity",
        ),
        (
            "register_scalable_target",
            {"ResourceId": "service/prod/no", "MinCapacity": 1, "MaxCapacity": 2},
            "ValidationException",
            "ECS service doesn't exist: service/prod/no",
        ),
        (
            "register_scalable_target",
            {"ResourceId": "prod/web", "MinCapacity": 1, "MaxCapacity": 2},
            "ValidationException",
            "Unsupported service namespace, resource type or scalable dimension",
        ),
        (
            "register_scalable_target",
            {
                "ScalableDimension": "rds:cluster:ReadReplicaCount",
                "MinCapacity": 1,
                "MaxCapacity": 2,
            },
            "ValidationException",
            "Unsupported service namespace, resource type or scalable dimension",
        ),
        (
            "register_scalable_target",
            {"Tags": {"a": "b"}},
            "ValidationException",
            "The scalable target that you tried to tag already exists. "
            "To update tags on an existing scalable target, use the TagResource API.",
        ),
        (
            "put_scaling_policy",
            {"ResourceId": "service/prod/no", "PolicyName": "p", "PolicyType": "StepScaling"},
            "ObjectNotFoundException",
            f"No scalable target registered for {MISSING}",
        ),
        (
            "put_scheduled_action",
            {
                "ResourceId": "service/prod/no",
                "ScheduledActionName": "a",
                "Schedule": "rate(1 day)",
            },
            "ObjectNotFoundException",
            f"No scalable target registered for {MISSING}",
        ),
        (
            "deregister_scalable_target",
            {"ResourceId": "service/prod/no"},
            "ObjectNotFoundException",
            f"No scalable target found for {MISSING}",
        ),
        (
            "delete_scaling_policy",
            {"ResourceId": "service/prod/no", "PolicyName": "p"},
            "ObjectNotFoundException",
            f"No scaling policy found for {MISSING}, policy name: p",
        ),
        (
            "delete_scheduled_action",
            {"ResourceId": "service/prod/no", "ScheduledActionName": "a"},
            "ObjectNotFoundException",
            f"No scheduled action found for {MISSING}, scheduled action name: a",
        ),
        (
            "put_scaling_policy",
            {"PolicyName": "p", "PolicyType": "Magic"},
            "ValidationException",
            "1 validation error detected: Value 'Magic' at 'policyType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [StepScaling, TargetTrackingScaling, "
            "PredictiveScaling]",
        ),
        (
            "put_scaling_policy",
            {
                "PolicyName": "p",
                "PolicyType": "PredictiveScaling",
                "PredictiveScalingPolicyConfiguration": {
                    "MetricSpecifications": [{"TargetValue": 50}]
                },
            },
            "UnsupportedFeatureException",
            "Predictive scaling is not simulated by ecslab.",
        ),
        (
            "get_predictive_scaling_forecast",
            {"PolicyName": "p", "StartTime": 0, "EndTime": 1},
            "UnsupportedFeatureException",
            "The Application Auto Scaling operation GetPredictiveScalingForecast is not "
            "simulated by ecslab.",
        ),
        (
            "put_scheduled_action",
            {
                "ScheduledActionName": "a",
                "Schedule": "cron(0 8 * * * *)",
                "ScalableTargetAction": {"MinCapacity": 1},
            },
            "ValidationException",
            "The schedule cron(0 8 * * * *) is not an at, rate or cron expression.",
        ),
    ],
)
def test_what_aws_refuses_is_refused_in_its_words(aas, call, asked, code, message):
    """Facts, sections 9.1 and 9.4, public captures and botocore's model;
    nothing is made or changed then.
    """
    before = aas.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    with pytest.raises(ClientError) as refused:
        getattr(aas, call)(**RESOURCE | asked)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)
    assert aas.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == before
    assert aas.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []


def test_a_metric_is_tracked_by_one_policy_only(aas):
    """AWS's words, from public issue threads."""
    track(aas)
    with pytest.raises(
        ClientError, match="Only one TargetTrackingScaling policy for a given metric specification"
    ):
        track(aas, "cpu-too")


def test_other_namespaces_are_still_motos(lab):
    """A table of DynamoDB is registered with moto; what moto lacks is refused as such."""
    aas = lab.client("application-autoscaling")
    table = {
        "ServiceNamespace": "dynamodb",
        "ResourceId": "table/orders",
        "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
    }
    aas.register_scalable_target(MinCapacity=1, MaxCapacity=5, **table)
    assert len(aas.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]) == 1
    assert aas.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    with pytest.raises(LabError, match="describe_scaling_activities"):
        aas.describe_scaling_activities(ServiceNamespace="dynamodb")


def test_two_labs_share_no_targets_and_the_same_seed_tells_the_same_story():
    """Accounts are apart; ids come from the seed."""

    def story():
        with Lab(seed=7) as lab:
            fargate(lab, desired=2)
            lab.settle()
            aas = lab.client("application-autoscaling")
            assert aas.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
            aas.register_scalable_target(MinCapacity=1, MaxCapacity=10, **RESOURCE)
            arn = track(aas)["PolicyARN"]
            load(lab, 90, minutes=10)
            return arn.replace(lab.account, ""), str(lab.timeline).replace(lab.account, "")

    with Lab():
        first = story()
    assert first == story()


@pytest.mark.usefixtures("aas")
def test_programs_outside_the_process_scale_a_service_too(lab):
    """The endpoint's dispatch leads to the same place, and to the alarms."""
    with lab.serve() as endpoint:
        asked = {
            "region_name": lab.region,
            "endpoint_url": endpoint.url,
            "aws_access_key_id": "x",
            "aws_secret_access_key": "y",
        }
        outside = Session().client("application-autoscaling", **asked)
        put = track(outside)
        assert (
            outside.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0][
                "PolicyARN"
            ]
            == put["PolicyARN"]
        )
        with pytest.raises(
            ClientError, match="Maximum capacity cannot be less than minimum capacity"
        ):
            outside.register_scalable_target(MinCapacity=5, MaxCapacity=1, **RESOURCE)
        where = [{"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": "web"}]
        for _ in range(3):
            Session().client("cloudwatch", **asked).put_metric_data(
                Namespace="AWS/ECS",
                MetricData=[{"MetricName": "CPUUtilization", "Value": 90, "Dimensions": where}],
            )
            lab.advance("1m")
        assert outside.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]


@pytest.mark.parametrize("kind", ["tracking", "steps"])
def test_set_alarm_state_with_data_triggers_the_policy(lab, aas, kind):
    """botocore, SetAlarmState: the policy acts on the datapoint in
    StateReasonData, without any metric.
    """
    if kind == "tracking":
        name = next(a["AlarmName"] for a in track(aas)["Alarms"] if "AlarmHigh" in a["AlarmName"])
    else:
        name = "mine"
        arn = aas.put_scaling_policy(
            PolicyName="steps",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration=STEPS,
            **RESOURCE,
        )["PolicyARN"]
        lab.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            MetricName="Load",
            Namespace="Shop",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=50,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[arn],
        )
    lab.client("cloudwatch").set_alarm_state(
        AlarmName=name,
        StateValue="ALARM",
        StateReason="a drill",
        StateReasonData='{"version": "1.0", "recentDatapoints": [100.0], "threshold": 50.0}',
    )
    lab.advance("1s")
    (service,) = lab.client("ecs").describe_services(cluster="prod", services=["web"])["services"]
    assert service["desiredCount"] == 4
    history = lab.client("cloudwatch").describe_alarm_history(AlarmName=name)["AlarmHistoryItems"]
    assert '"recentDatapoints": [100.0]' in history[0]["HistoryData"]
