"""A right route: first the limits, then the deployment, and a look before and after."""

# Written as learners write.
# ruff: noqa: D103, PLR0917


def roll_out(lab, cluster, service, definition, fewest, most):
    import math

    ecs = lab.client("ecs")
    found = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    desired = found["desiredCount"]
    minimum = max(p for p in range(101) if math.ceil(desired * p / 100) <= fewest)
    maximum = min(p for p in range(100, 1001) if desired * p // 100 >= most)
    ecs.update_service(
        cluster=cluster,
        service=service,
        availabilityZoneRebalancing="DISABLED",
        deploymentConfiguration={"minimumHealthyPercent": minimum, "maximumPercent": maximum},
    )
    lab.advance("30s")
    ecs.update_service(cluster=cluster, service=service, taskDefinition=definition)
    lab.settle()


def rescue(lab, cluster, service):
    import math

    ecs = lab.client("ecs")
    found = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    desired = found["desiredCount"]
    if desired:
        percent = math.ceil((desired + 1) * 100 / desired)
        ecs.update_service(
            cluster=cluster,
            service=service,
            deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": percent},
        )
    ecs.get_waiter("services_stable").wait(cluster=cluster, services=[service])


def release(lab, cluster, service, definition, balancer):
    ecs, elb = lab.client("ecs"), lab.client("elbv2")
    group = elb.describe_target_groups(LoadBalancerArn=balancer)["TargetGroups"][0][
        "TargetGroupArn"
    ]
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName="too-many-errors",
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=[
            {"Name": "TargetGroup", "Value": group.split(":")[-1]},
            {"Name": "LoadBalancer", "Value": "/".join(balancer.split("/")[-3:])},
        ],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        Threshold=20,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    guards = {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True, "resetOnHealthyTask": False},
        "alarms": {"alarmNames": ["too-many-errors"], "enable": True, "rollback": True},
        "bakeTimeInMinutes": 10,
    }
    ecs.update_service(cluster=cluster, service=service, deploymentConfiguration=guards)
    ecs.update_service(cluster=cluster, service=service, taskDefinition=definition)
