"""A right route: steps in the place of target tracking, percentages, bounds that begin at zero."""

# Written as learners write.
# ruff: noqa: D103, PLR0917


def keep_promise(lab, cluster, service):
    scaling, watch = lab.client("application-autoscaling"), lab.client("cloudwatch")
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{cluster}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(MinCapacity=2, MaxCapacity=20, **where)
    out = scaling.put_scaling_policy(
        PolicyName="out",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": 60,
            "StepAdjustments": [
                {
                    "MetricIntervalLowerBound": 0,
                    "MetricIntervalUpperBound": 15,
                    "ScalingAdjustment": 1,
                },
                {"MetricIntervalLowerBound": 15, "ScalingAdjustment": 3},
            ],
        },
        **where,
    )["PolicyARN"]
    back = scaling.put_scaling_policy(
        PolicyName="in",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": 120,
            "StepAdjustments": [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}],
        },
        **where,
    )["PolicyARN"]
    for name, comparison, threshold, action in (
        ("busy", "GreaterThanThreshold", 65, out),
        ("idle", "LessThanThreshold", 53, back),
    ):
        watch.put_metric_alarm(
            AlarmName=name,
            ComparisonOperator=comparison,
            Threshold=threshold,
            EvaluationPeriods=2 if action == out else 4,
            AlarmActions=[action],
            Namespace="AWS/ECS",
            MetricName="CPUUtilization",
            Statistic="Average",
            Period=60,
            Dimensions=[
                {"Name": "ClusterName", "Value": cluster},
                {"Name": "ServiceName", "Value": service},
            ],
        )


def meet_spike(lab, cluster, service, usual, most):
    scaling, watch = lab.client("application-autoscaling"), lab.client("cloudwatch")
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{cluster}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(MinCapacity=usual, MaxCapacity=min(most, 3 * usual), **where)
    # Half as many again, and again while the CPU is still full; nobody
    # has to know how large the spike is.
    steps = {
        "more": [
            {
                "MetricIntervalLowerBound": 0,
                "MetricIntervalUpperBound": 29,
                "ScalingAdjustment": 50,
            },
            {"MetricIntervalLowerBound": 29, "ScalingAdjustment": 200},
        ],
        "fewer": [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -50}],
    }
    for name, comparison, threshold, minutes in (
        ("more", "GreaterThanThreshold", 70, 1),
        ("fewer", "LessThanOrEqualToThreshold", 30, 3),
    ):
        arn = scaling.put_scaling_policy(
            PolicyName=name,
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration={
                "AdjustmentType": "PercentChangeInCapacity",
                "Cooldown": 120,
                "StepAdjustments": steps[name],
            },
            **where,
        )["PolicyARN"]
        watch.put_metric_alarm(
            AlarmName=name,
            ComparisonOperator=comparison,
            Threshold=threshold,
            EvaluationPeriods=minutes,
            AlarmActions=[arn],
            Namespace="AWS/ECS",
            MetricName="CPUUtilization",
            Statistic="Average",
            Period=60,
            Dimensions=[
                {"Name": "ClusterName", "Value": cluster},
                {"Name": "ServiceName", "Value": service},
            ],
        )


def day_and_night(lab, cluster, service, zone, day, night):
    scaling = lab.client("application-autoscaling")
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{cluster}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(MinCapacity=0, MaxCapacity=day["most"], **where)
    for name, part in (("night", night), ("day", day)):
        hour, minute = part["from"].split(":")
        scaling.put_scheduled_action(
            ScheduledActionName=name,
            Schedule=f"cron({minute.lstrip('0') or 0} {hour.lstrip('0') or 0} * * ? *)",
            Timezone=zone,
            ScalableTargetAction={"MaxCapacity": part["most"], "MinCapacity": part["least"]},
            **where,
        )
