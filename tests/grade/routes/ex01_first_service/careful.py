"""A right route: boto3 without the lab's clients, waiting for everything, looking twice."""

# Written as learners write.
# ruff: noqa: ARG001, D103, PLR0917


def register(lab, family, image, cpu, memory, port):
    import boto3

    ecs = boto3.client("ecs")
    answer = ecs.register_task_definition(
        family=family,
        cpu=f"{cpu / 1024:g} vCPU",
        memory=f"{memory / 1024:g} GB",
        networkMode="awsvpc",
        requiresCompatibilities=["EC2", "FARGATE"],
        runtimePlatform={"operatingSystemFamily": "LINUX"},
        containerDefinitions=[
            {
                "name": family,
                "image": image,
                "essential": True,
                "portMappings": [{"containerPort": port, "hostPort": port, "protocol": "tcp"}],
                "environment": [{"name": "PORT", "value": str(port)}],
            }
        ],
    )
    return answer["taskDefinition"]["taskDefinitionArn"]


def deploy(lab, cluster, service, definition, copies, subnets):
    import boto3

    ecs = boto3.client("ecs")
    arn = ecs.create_cluster(clusterName=cluster, tags=[{"key": "course", "value": "ecs"}])[
        "cluster"
    ]["clusterArn"]
    revision = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"][
        "taskDefinitionArn"
    ]
    ecs.create_service(
        cluster=arn,
        serviceName=service,
        taskDefinition=revision,
        desiredCount=copies,
        launchType="FARGATE",
        platformVersion="1.4.0",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": list(reversed(subnets)), "assignPublicIp": "ENABLED"}
        },
    )
    ecs.get_waiter("services_stable").wait(cluster=arn, services=[service])


def diagnose(lab, cluster, task):
    import boto3

    ecs = boto3.client("ecs")
    found = ecs.describe_tasks(cluster=cluster, tasks=[task.rpartition("/")[2]])["tasks"][0]
    recipe = ecs.describe_task_definition(taskDefinition=found["taskDefinitionArn"])[
        "taskDefinition"
    ]["containerDefinitions"]
    essential = {c["name"] for c in recipe if c.get("essential", True)}
    answer = {"why": found["stopCode"], "container": None, "exit_code": None}
    if found["stopCode"] == "UserInitiated":
        return answer
    for container in found["containers"]:
        if container.get("reason", "").startswith("CannotPull"):
            answer["container"] = container["name"]
            return answer
    for container in found["containers"]:
        if container["name"] in essential:
            answer["container"], answer["exit_code"] = container["name"], container.get("exitCode")
    return answer


def run_jobs(lab, cluster, definitions, subnets):
    import boto3

    ecs = boto3.client("ecs")
    codes = {}
    for definition in definitions:  # one after the other
        arn = ecs.run_task(
            cluster=cluster,
            taskDefinition=definition,
            launchType="FARGATE",
            count=1,
            startedBy="nightly",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": subnets[:1], "assignPublicIp": "ENABLED"}
            },
        )["tasks"][0]["taskArn"]
        ecs.get_waiter("tasks_running").wait(cluster=cluster, tasks=[arn])
        ecs.get_waiter("tasks_stopped").wait(cluster=cluster, tasks=[arn])
        codes[definition] = ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"][0][
            "containers"
        ][0]["exitCode"]
    return codes


def heal(lab, cluster, service, image, role, copies, subnets):
    import boto3

    ecs = boto3.client("ecs")
    check = {
        "command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
        "interval": 10,
        "timeout": 5,
        "retries": 2,
        "startPeriod": 30,
    }
    ecs.register_task_definition(
        family=f"{service}-app",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="512",
        memory="1024",
        executionRoleArn=role,
        containerDefinitions=[
            {"name": "app", "image": image, "healthCheck": check},
            {"name": "log", "image": "public.ecr.aws/docker/library/busybox:1", "essential": False},
        ],
    )
    ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=f"{service}-app",
        desiredCount=copies,
        launchType="FARGATE",
        healthCheckGracePeriodSeconds=30,
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}
        },
    )
    ecs.get_waiter("services_stable").wait(cluster=cluster, services=[service])
