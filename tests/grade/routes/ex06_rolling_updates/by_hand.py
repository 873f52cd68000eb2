"""A right route: boto3 without the lab's clients, the arithmetic spelled
out, more said than was asked for.
"""

# Written as learners write.
# ruff: noqa: ARG001, D103, PLR0917


def roll_out(lab, cluster, service, definition, fewest, most):
    import boto3

    ecs = boto3.client("ecs")
    desired = ecs.describe_services(cluster=cluster, services=[service])["services"][0][
        "desiredCount"
    ]
    low = int(fewest * 100 / desired)
    high = int(most * 100 / desired)
    if desired * high // 100 < most:
        high = high + 1
    ecs.update_service(
        cluster=cluster,
        service=service,
        taskDefinition=definition,
        forceNewDeployment=True,
        availabilityZoneRebalancing="DISABLED",
        deploymentConfiguration={
            "minimumHealthyPercent": low,
            "maximumPercent": high,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )


def rescue(lab, cluster, service):
    import boto3

    ecs = boto3.client("ecs")
    found = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    desired = found["desiredCount"]
    ecs.update_service(cluster=cluster, service=service, desiredCount=desired * 2)
    lab.advance("1m30s")
    ecs.update_service(
        cluster=cluster,
        service=service,
        forceNewDeployment=True,
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 300},
    )
    lab.advance("3m")
    ecs.update_service(cluster=cluster, service=service, desiredCount=desired)


def release(lab, cluster, service, definition, balancer):
    from datetime import timedelta

    import boto3

    ecs, cloudwatch = boto3.client("ecs"), boto3.client("cloudwatch")
    breaker = {"enable": True, "rollback": True}
    ecs.update_service(
        cluster=cluster,
        service=service,
        taskDefinition=definition,
        deploymentConfiguration={"deploymentCircuitBreaker": breaker},
    )
    deployment = ecs.list_service_deployments(cluster=cluster, service=service)[
        "serviceDeployments"
    ][0]
    for _ in range(40):
        lab.advance(10)
        told = cloudwatch.get_metric_statistics(
            Namespace="AWS/ApplicationELB",
            MetricName="HTTPCode_Target_5XX_Count",
            Dimensions=[{"Name": "LoadBalancer", "Value": balancer.partition("loadbalancer/")[2]}],
            StartTime=lab.now - timedelta(minutes=2),
            EndTime=lab.now,
            Period=60,
            Statistics=["Sum"],
        )
        if any(point["Sum"] > 50 for point in told["Datapoints"]):
            first = f"{definition.split(':')[0]}:1"
            try:
                ecs.stop_service_deployment(
                    serviceDeploymentArn=deployment["serviceDeploymentArn"], stopType="ROLLBACK"
                )
            except ecs.exceptions.ClientError:
                ecs.update_service(cluster=cluster, service=service, taskDefinition=first)
            return
