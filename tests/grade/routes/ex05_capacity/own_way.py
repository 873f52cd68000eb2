"""A right route: corrects itself, counts with the lab's own help, and manages
the group by hand where that is enough.
"""

# Written as learners write.
# ruff: noqa: ARG001, D103, PLR0917


def shares(lab, strategy, count):
    from collections import Counter

    counts = Counter()
    rest = count
    for item in strategy:
        if "base" in item:
            counts[item["capacityProvider"]] = min(rest, item["base"])
            rest -= counts[item["capacityProvider"]]
    weights = {item["capacityProvider"]: item.get("weight", 0) for item in strategy}
    for provider, weight in weights.items():
        counts[provider] += rest / sum(weights.values()) * weight
    return {provider: round(tasks) for provider, tasks in counts.items()}


def deploy(lab, cluster, service, task_definition, copies, floor, budget, subnets):
    import boto3

    ecs = boto3.client("ecs")
    ecs.put_cluster_capacity_providers(
        cluster=cluster,
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    network = {"awsvpcConfiguration": {"subnets": subnets[:1], "assignPublicIp": "ENABLED"}}
    ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=task_definition,
        desiredCount=floor,
        networkConfiguration=network,
        capacityProviderStrategy=[
            {"capacityProvider": "FARGATE_SPOT", "weight": 1},
            {"capacityProvider": "FARGATE", "base": floor, "weight": 0},
        ],
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200},
    )
    lab.settle()
    ecs.update_service(cluster=cluster, service=service, desiredCount=copies)


def let_finish(lab, request, worker, seconds):
    import boto3

    ecs = boto3.client("ecs")
    ecs.register_task_definition(**request)
    containers = {c["name"]: c for c in request.pop("containerDefinitions")}
    containers[worker] = {**containers[worker], "stopTimeout": seconds + 1}
    made = ecs.register_task_definition(**request, containerDefinitions=list(containers.values()))
    return made["taskDefinition"]["taskDefinitionArn"]


def run_batch(lab, cluster, group, task_definition, jobs):
    import boto3

    ecs = boto3.client("ecs")
    autoscaling = boto3.client("autoscaling")
    autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=(jobs + 1) // 2)
    lab.advance("2m")
    tasks = []
    while len(tasks) < jobs:
        started = ecs.run_task(
            cluster=cluster,
            taskDefinition=task_definition,
            launchType="EC2",
            count=min(10, jobs - len(tasks)),
        )
        tasks += [task["taskArn"] for task in started["tasks"]]
    ecs.get_waiter("tasks_stopped").wait(cluster=cluster, tasks=tasks, WaiterConfig={"Delay": 60})
    autoscaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=0)
