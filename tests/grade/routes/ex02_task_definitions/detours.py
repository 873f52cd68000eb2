"""A right route: tries, reads the refusal, looks which fault it is, and
takes what it made by mistake away again.
"""

# Written as learners write.
# ruff: noqa: C408, D103, PLR0917


def to_fargate(lab, request):
    ecs = lab.client("ecs")
    ecs.register_task_definition(**request)  # for EC2, as it is
    request.update(requiresCompatibilities=["FARGATE"], networkMode="awsvpc")
    sizes = {
        256: (512, 1024, 2048),
        512: (1024, 2048, 3072, 4096),
        1024: (2048, 3072, 4096, 5120, 6144, 7168, 8192),
    }
    request.pop("placementConstraints", None)
    needed = 0
    for c in request["containerDefinitions"]:
        needed += c["memory"]
        c["links"] = []
        c["portMappings"] = [
            dict(containerPort=p["containerPort"]) for p in c.get("portMappings", [])
        ]
    for cpu, memory in [
        (cpu, memory) for cpu, row in sizes.items() for memory in row if memory >= needed
    ]:
        request.update(cpu=str(cpu), memory=str(memory))
        try:
            ecs.register_task_definition(**request)
        except ecs.exceptions.ClientException:
            continue
        break


def in_order(lab, request, app, job):
    ecs = lab.client("ecs")
    containers = {c["name"]: c for c in request["containerDefinitions"]}
    containers[job].update(essential=False)
    containers[app].update(dependsOn=[dict(containerName=job, condition="START")])
    wrong = ecs.register_task_definition(**request)["taskDefinition"]
    ecs.deregister_task_definition(taskDefinition=wrong["taskDefinitionArn"])
    containers[app]["dependsOn"][0]["condition"] = "SUCCESS"
    ecs.register_task_definition(**request)


def connect(lab, request, variable, secret, group, execution_role, task_role):
    c = request["containerDefinitions"][0]
    c["environment"] = [dict(name="MODE", value="production")]
    c["secrets"] = [dict(name=variable, valueFrom=f"{secret}:::")]
    options = {"group": group, "region": lab.region, "stream-prefix": "x"}
    c["logConfiguration"] = dict(
        logDriver="awslogs", options={f"awslogs-{name}": value for name, value in options.items()}
    )
    lab.client("ecs").register_task_definition(
        executionRoleArn=execution_role, taskRoleArn=task_role, **request
    )


def repair(lab, cluster, service):
    ecs = lab.client("ecs")
    arn = ecs.describe_services(cluster=cluster, services=[service])["services"][0][
        "taskDefinition"
    ]
    old = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    dead = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    stopped = ecs.describe_tasks(cluster=cluster, tasks=dead)["tasks"][0]
    app = next(c for c in old["containerDefinitions"] if c["name"] == service)
    port = app["portMappings"][0]["containerPort"]
    if stopped["stopCode"] == "EssentialContainerExited":
        for c in old["containerDefinitions"]:
            c["essential"] = c is app
    elif f":{port}/" in app["healthCheck"]["command"][1]:
        app["healthCheck"].update(startPeriod=120)
    else:
        app["healthCheck"]["command"][1] = f"wget -q -O - http://localhost:{port}/"
    new = ecs.register_task_definition(
        family=f"{service}-repaired",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="512",
        memory="1024",
        executionRoleArn=old["executionRoleArn"],
        containerDefinitions=old["containerDefinitions"],
    )
    ecs.update_service(
        cluster=cluster, service=service, taskDefinition=new["taskDefinition"]["taskDefinitionArn"]
    )
    lab.settle()
