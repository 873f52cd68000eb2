"""A right route: as little as possible, with the capacity provider in the launch
type's place, and a class for a function.
"""

# Written as learners write.
# ruff: noqa: ARG005, B905, C408, D101, D103, E731, N801, PLR0917


def register(lab, family, image, cpu, memory, port):
    lab.client("ecs").register_task_definition(
        family=family,
        networkMode="awsvpc",
        cpu=str(cpu),
        memory=str(memory),
        containerDefinitions=[
            dict(name="app", image=image, portMappings=[dict(containerPort=port)])
        ],
    )


class deploy:
    def __init__(self, lab, cluster, service, definition, copies, subnets):
        ecs = lab.client("ecs")
        ecs.create_cluster(clusterName=cluster, capacityProviders=["FARGATE"])
        ecs.create_service(
            cluster=cluster,
            serviceName=service,
            taskDefinition=definition,
            desiredCount=copies,
            capacityProviderStrategy=[dict(capacityProvider="FARGATE", weight=1)],
            networkConfiguration=dict(
                awsvpcConfiguration=dict(subnets=subnets, assignPublicIp="ENABLED")
            ),
        )


def diagnose(lab, cluster, task):
    ecs = lab.client("ecs")
    t = ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"][0]
    d = ecs.describe_task_definition(taskDefinition=t["taskDefinitionArn"])["taskDefinition"]
    main = {c["name"] for c in d["containerDefinitions"] if c["essential"]}
    guilty = {
        "TaskFailedToStart": lambda c: c.get("reason"),
        "EssentialContainerExited": lambda c: c["name"] in main,
    }.get(t["stopCode"], lambda c: False)
    found = [c for c in t["containers"] if guilty(c)] or [{}]
    return dict(
        why=t["stopCode"], container=found[0].get("name"), exit_code=found[0].get("exitCode")
    )


def run_jobs(lab, cluster, definitions, subnets):
    ecs = lab.client("ecs")
    run = lambda d: ecs.run_task(
        cluster=cluster,
        taskDefinition=d,
        launchType="FARGATE",
        networkConfiguration=dict(
            awsvpcConfiguration=dict(subnets=subnets, assignPublicIp="ENABLED")
        ),
    )["tasks"][0]["taskArn"]
    arns = [run(d) for d in definitions]
    lab.settle()
    lab.until(
        lambda: all(
            t["lastStatus"] == "STOPPED"
            for t in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
        ),
        "1h",
    )
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    return {
        d: t["containers"][0]["exitCode"]
        for d, a in zip(definitions, arns)
        for t in tasks
        if t["taskArn"] == a
    }


def heal(lab, cluster, service, image, role, copies, subnets):
    ecs = lab.client("ecs")
    ecs.register_task_definition(
        family=service,
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=role,
        containerDefinitions=[
            dict(
                name="app",
                image=image,
                healthCheck=dict(command=["CMD-SHELL", "curl -f http://localhost"], interval=5),
            )
        ],
    )
    ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=service,
        desiredCount=copies,
        launchType="FARGATE",
        networkConfiguration=dict(
            awsvpcConfiguration=dict(subnets=subnets, assignPublicIp="ENABLED")
        ),
    )
