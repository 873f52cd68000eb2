"""A right route: the timeline instead of describing, IN_PROGRESS and traffic at
the test door, one step for all users.
"""

# Written as learners write.
# ruff: noqa: ARG001, D103, PLR0917


def shift(lab, cluster, service, definition, percent, minutes, bake):
    import boto3

    ecs = boto3.client("ecs")
    began = lab.clock.now_ms
    strategy = {"strategy": "CANARY", "bakeTimeInMinutes": bake}
    strategy["canaryConfiguration"] = {
        "canaryPercent": float(percent),
        "canaryBakeTimeInMinutes": minutes,
    }
    ecs.update_service(cluster=cluster, service=service, deploymentConfiguration=strategy)
    ecs.update_service(cluster=cluster, service=service, taskDefinition=definition)
    lab.settle(limit="5h")
    periods, since, share = [], began, 0
    for event in lab.timeline.since(began):
        if event.subject != f"service/{service}":
            continue
        if event.kind == "traffic shifted" and event.facts["traffic"] == "production":
            periods.append((share, (event.at_ms - since) / 1000))
            since, share = event.at_ms, event.facts["weights"][event.facts["deployment"]]
        if event.kind == "deployment completed":
            periods.append((share, (event.at_ms - since) / 1000))
            break
    return periods


def guard(lab, cluster, service, url, role):
    import boto3

    flows = {}

    def look(event, context):
        work = event["executionId"]
        if work not in flows:
            flows[work] = lab.traffic(url, 10, lasting="30s")
            return {"hookStatus": "IN_PROGRESS", "callBackDelay": 40}
        log = flows[work].log
        slow = any(row.latency_ms > 1000 for row in log)
        return {"hookStatus": "FAILED" if log.errors or slow or not log.requests else "SUCCEEDED"}

    arn = lab.lambda_function(f"{service}-guard", look)
    boto3.client("ecs").update_service(
        cluster=cluster,
        service=service,
        deploymentConfiguration={
            "lifecycleHooks": [
                {
                    "targetType": "AWS_LAMBDA",
                    "hookTargetArn": arn,
                    "roleArn": role,
                    "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
                    "timeoutConfiguration": {"timeoutInMinutes": 5, "action": "ROLLBACK"},
                }
            ]
        },
    )


def release(lab, cluster, service, definition, network, listener, blue, green):
    import boto3

    from ecslab import LabError

    ecs, elb = boto3.client("ecs"), boto3.client("elbv2")
    names = {"cluster": cluster, "service": service}
    (before,) = ecs.describe_task_sets(**names)["taskSets"]
    after = ecs.create_task_set(
        **names,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=network,
        loadBalancers=[{"targetGroupArn": green, "containerName": "app", "containerPort": 80}],
        scale={"value": 100, "unit": "PERCENT"},
        externalId="careful",
    )["taskSet"]

    def all_healthy():
        targets = elb.describe_target_health(TargetGroupArn=green)["TargetHealthDescriptions"]
        well = [t for t in targets if t["TargetHealth"]["State"] == "healthy"]
        (told,) = ecs.describe_task_sets(**names, taskSets=[after["id"]])["taskSets"]
        return (
            told["stabilityStatus"] == "STEADY_STATE"
            and len(well) >= told["computedDesiredCount"] > 0
        )

    try:
        lab.until(all_healthy, timeout="15m")
    except LabError:
        ecs.update_task_set(**names, taskSet=after["id"], scale={"value": 0, "unit": "PERCENT"})
        ecs.delete_task_set(**names, taskSet=after["id"])
        return
    elb.modify_listener(
        ListenerArn=listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": green}]
    )
    ecs.update_service_primary_task_set(**names, primaryTaskSet=after["taskSetArn"])
    lab.advance("2m")
    ecs.delete_task_set(**names, taskSet=before["taskSetArn"], force=True)
