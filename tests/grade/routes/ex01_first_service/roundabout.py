"""A right route: other calls in another order, with things that were not asked for beside them."""

# Written as learners write.
# ruff: noqa: C408, D103, PLR0917


def register(lab, family, image, cpu, memory, port):
    ecs = lab.client("ecs")
    recipe = dict(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
    )
    container = {"name": "app", "image": image, "portMappings": [{"containerPort": port}]}
    ecs.register_task_definition(**recipe, containerDefinitions=[container])  # a first try
    recipe |= {"cpu": str(cpu), "memory": str(memory)}
    ecs.register_task_definition(
        **recipe, containerDefinitions=[container | {"memoryReservation": 128}]
    )
    ecs.register_task_definition(
        **(recipe | {"family": f"{family}-other"}),
        containerDefinitions=[{"name": "x", "image": "busybox"}],
    )


def deploy(lab, cluster, service, definition, copies, subnets):
    ecs = lab.client("ecs")
    ecs.create_cluster(clusterName="default")
    ecs.create_cluster(clusterName=cluster)
    ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=definition.partition(":")[0],
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}
        },
    )
    lab.advance("20s")
    for count in range(1, copies + 1):
        ecs.update_service(cluster=cluster, service=service, desiredCount=count)


def diagnose(lab, cluster, task):
    ecs = lab.client("ecs")
    [found] = ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"]
    names = {c["name"]: c for c in found["containers"]}
    if found["stopCode"] == "TaskFailedToStart":
        [blamed] = [name for name, c in names.items() if "reason" in c]
    elif found["stopCode"] == "EssentialContainerExited":
        definition = ecs.describe_task_definition(taskDefinition=found["taskDefinitionArn"])[
            "taskDefinition"
        ]
        blamed = next(c["name"] for c in definition["containerDefinitions"] if c["essential"])
    else:
        blamed = None
    return {
        "why": found["stopCode"],
        "container": blamed,
        "exit_code": names.get(blamed, {}).get("exitCode"),
        "more": "is welcome",
    }


def run_jobs(lab, cluster, definitions, subnets):
    ecs = lab.client("ecs")
    network = {"awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}}
    for definition in definitions:
        ecs.run_task(
            cluster=cluster,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=network,
        )
    lab.until(lambda: not ecs.list_tasks(cluster=cluster)["taskArns"], timeout="30m")
    lab.settle()
    arns = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    codes = {}
    for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]:
        codes[task["taskDefinitionArn"].rpartition("/")[2]] = task["containers"][0]["exitCode"]
    return codes


def heal(lab, cluster, service, image, role, copies, subnets):
    ecs = lab.client("ecs")
    common = dict(
        family=service,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=role,
    )
    check = {"command": ["CMD", "curl", "-f", "http://localhost/"], "interval": 20, "retries": 4}
    ecs.register_task_definition(
        **common, containerDefinitions=[{"name": "app", "image": image, "healthCheck": check}]
    )
    ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=f"{service}:1",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}
        },
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 150},
    )
    lab.advance("30s")
    ecs.update_service(
        cluster=cluster,
        service=service,
        desiredCount=copies,
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200},
    )
