"""A right route: boto3 without the lab's clients, a request built
anew, more said than was asked for.
"""

# Written as learners write.
# ruff: noqa: ARG001, D103, PLR0917


def to_fargate(lab, request):
    import boto3

    ecs = boto3.client("ecs")
    cpu = memory = 0
    containers = []
    for old in request["containerDefinitions"]:
        cpu += old["cpu"]
        memory += old["memory"]
        containers.append(
            {
                "name": old["name"],
                "image": old["image"],
                "essential": True,
                "environment": old["environment"],
                "portMappings": [
                    {
                        "containerPort": p["containerPort"],
                        "hostPort": p["containerPort"],
                        "protocol": "tcp",
                    }
                    for p in old.get("portMappings", [])
                ],
            }
        )
    table = {
        256: [512, 1024, 2048],
        512: [1024, 2048, 3072, 4096],
        1024: list(range(2048, 8193, 1024)),
    }
    chosen = None
    for units in sorted(table):
        for mib in table[units]:
            if chosen is None and units >= cpu and mib >= memory:
                chosen = units, mib
    ecs.register_task_definition(
        family=request["family"],
        requiresCompatibilities=["EC2", "FARGATE"],
        networkMode="awsvpc",
        cpu=f"{chosen[0] / 1024:g} vCPU",
        memory=f"{chosen[1] / 1024:g} GB",
        containerDefinitions=containers,
        runtimePlatform={"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"},
    )


def in_order(lab, request, app, job):
    import boto3

    ecs = boto3.client("ecs")
    by_name = {c["name"]: c for c in request["containerDefinitions"]}
    request["containerDefinitions"] = [
        {**by_name[job], "essential": False},
        {
            **by_name[app],
            "essential": True,
            "dependsOn": [{"containerName": job, "condition": "SUCCESS"}],
        },
    ]
    made = ecs.register_task_definition(**request)["taskDefinition"]
    return made["taskDefinitionArn"]


def connect(lab, request, variable, secret, group, execution_role, task_role):
    import boto3

    ecs = boto3.client("ecs")
    [container] = request.pop("containerDefinitions")
    ecs.register_task_definition(
        **request,
        executionRoleArn=execution_role,
        taskRoleArn=task_role,
        containerDefinitions=[
            {
                **container,
                "environment": [v for v in container["environment"] if v["name"] != variable],
                "secrets": [{"name": variable, "valueFrom": secret}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": group,
                        "awslogs-region": "us-east-1",
                        "awslogs-stream-prefix": "ecs",
                        "awslogs-create-group": "true",
                        "mode": "non-blocking",
                    },
                },
            }
        ],
    )


def repair(lab, cluster, service):
    import boto3

    ecs = boto3.client("ecs")
    found = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=found["taskDefinition"])[
        "taskDefinition"
    ]
    for key in (
        *("taskDefinitionArn", "revision", "status", "requiresAttributes"),
        *("compatibilities", "registeredAt", "registeredBy"),
    ):
        definition.pop(key, None)
    for container in definition["containerDefinitions"]:
        if container["name"] == service:
            port = container["portMappings"][0]["containerPort"]
            container["healthCheck"] = {
                "command": ["CMD", "curl", "-f", f"http://127.0.0.1:{port}/"],
                "interval": 30,
                "timeout": 10,
                "retries": 5,
            }
        else:
            container["essential"] = False
    new = ecs.register_task_definition(**definition)["taskDefinition"]
    ecs.update_service(
        cluster=cluster, service=service, taskDefinition=f"{new['family']}:{new['revision']}"
    )
    ecs.get_waiter("services_stable").wait(cluster=cluster, services=[service])
