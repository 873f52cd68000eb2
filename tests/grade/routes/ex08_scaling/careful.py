"""A right route: the policy before the bounds are narrow, an alarm for each size of a
spike, an action for each day of the week.
"""

# Written as learners write.
# ruff: noqa: D103, PLR0917


def keep_promise(lab, cluster, service):
    import boto3

    scaling = boto3.client("application-autoscaling")
    resource = f"service/{cluster}/{service}"
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": resource,
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=100, **where)
    scaling.put_scaling_policy(
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 62,
            "ScaleInCooldown": 60,
            "ScaleOutCooldown": 0,
            "CustomizedMetricSpecification": {
                "MetricName": "CPUUtilization",
                "Namespace": "AWS/ECS",
                "Dimensions": [
                    {"Name": "ClusterName", "Value": cluster},
                    {"Name": "ServiceName", "Value": service},
                ],
                "Statistic": "Average",
            },
        },
        **where,
    )
    scaling.register_scalable_target(MinCapacity=3, MaxCapacity=16, **where)
    lab.advance("10m")


def meet_spike(lab, cluster, service, usual, most):
    scaling, watch = lab.client("application-autoscaling"), lab.client("cloudwatch")
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{cluster}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(MinCapacity=usual, MaxCapacity=most, **where)
    cpu = {
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Statistic": "Average",
        "Period": 60,
        "Dimensions": [
            {"Name": "ClusterName", "Value": cluster},
            {"Name": "ServiceName", "Value": service},
        ],
    }
    # One policy and one alarm for each size of a spike.
    for name, threshold, tasks in (("small", 65, 2), ("large", 97, 8)):
        policy = scaling.put_scaling_policy(
            PolicyName=name,
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration={
                "AdjustmentType": "ChangeInCapacity",
                "Cooldown": 120,
                "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": tasks}],
            },
            **where,
        )
        watch.put_metric_alarm(
            AlarmName=name,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=threshold,
            EvaluationPeriods=1,
            AlarmActions=[policy["PolicyARN"]],
            **cpu,
        )
    policy = scaling.put_scaling_policy(
        PolicyName="fewer",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": 60,
            "StepAdjustments": [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}],
        },
        **where,
    )
    watch.put_metric_alarm(
        AlarmName="fewer",
        ComparisonOperator="LessThanThreshold",
        Threshold=36,
        EvaluationPeriods=2,
        AlarmActions=[policy["PolicyARN"]],
        **cpu,
    )


def day_and_night(lab, cluster, service, zone, day, night):
    scaling = lab.client("application-autoscaling")
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{cluster}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(MinCapacity=day["least"], MaxCapacity=day["most"], **where)
    for weekday in ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"):
        for name, part in (("opens", day), ("closes", night)):
            hour, minute = part["from"].split(":")
            scaling.put_scheduled_action(
                ScheduledActionName=f"{service}-{name}-{weekday}",
                Schedule=f"cron({int(minute)} {int(hour)} ? * {weekday} *)",
                Timezone=zone,
                ScalableTargetAction={"MinCapacity": part["least"], "MaxCapacity": part["most"]},
                **where,
            )
    lab.advance("1m")
