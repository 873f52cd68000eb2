"""A right route: the strategy is the cluster's default, ratios instead of
a base, waiting inside the function.
"""

# Written as learners write.
# ruff: noqa: ARG001, C408, D103, PLR0917


def shares(lab, strategy, count):
    names = [s["capacityProvider"] for s in strategy]
    result = dict.fromkeys(names, 0)
    based = next((s for s in strategy if s.get("base")), None)
    for _ in range(count):
        if based and result[based["capacityProvider"]] < based["base"]:
            result[based["capacityProvider"]] += 1
            continue
        behind = None
        for s in strategy:
            if not s.get("weight"):
                continue
            beyond = result[s["capacityProvider"]] - s.get("base", 0)
            share = (beyond + 1) / s["weight"]
            if behind is None or share < behind[0]:
                behind = share, s["capacityProvider"]
        result[behind[1]] += 1
    return {name: n for name, n in result.items() if n}


def deploy(lab, cluster, service, task_definition, copies, floor, budget, subnets):
    ecs = lab.client("ecs")
    strategy = [
        dict(capacityProvider="FARGATE_SPOT", weight=copies - floor),
        dict(capacityProvider="FARGATE", weight=floor),
    ]
    ecs.put_cluster_capacity_providers(
        cluster=cluster,
        capacityProviders=["FARGATE_SPOT", "FARGATE"],
        defaultCapacityProviderStrategy=strategy,
    )
    ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=task_definition,
        desiredCount=copies,
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}
        },
    )
    ecs.get_waiter("services_stable").wait(cluster=cluster, services=[service])


def let_finish(lab, request, worker, seconds):
    ecs = lab.client("ecs")
    for c in request["containerDefinitions"]:
        c["stopTimeout"] = 120
    ecs.register_task_definition(**request)


def run_batch(lab, cluster, group, task_definition, jobs):
    ecs = lab.client("ecs")
    found = lab.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[group])
    arn = found["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    ecs.create_capacity_provider(
        name=group,
        autoScalingGroupProvider=dict(
            autoScalingGroupArn=arn,
            managedScaling=dict(status="ENABLED", targetCapacity=100, instanceWarmupPeriod=60),
            managedDraining="ENABLED",
        ),
    )
    ecs.put_cluster_capacity_providers(
        cluster=cluster,
        capacityProviders=[group],
        defaultCapacityProviderStrategy=[dict(capacityProvider=group, weight=1)],
    )
    for number in range(jobs):
        ecs.run_task(cluster=cluster, taskDefinition=task_definition, startedBy=f"job-{number}")
    lab.advance("10m")
