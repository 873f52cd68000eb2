"""A right route: asks the lab instead of calculating, starts small and
corrects, and leaves things lying about.
"""

# Written as learners write.
# ruff: noqa: D103


def fits(lab, request, machine):
    import json

    ecs, ec2 = lab.client("ecs"), lab.client("ec2")
    ecs.create_cluster(clusterName="mine")
    document = {
        "instanceId": "i-1",
        "instanceType": machine["type"],
        "availabilityZone": "us-east-1a",
    }
    ecs.register_container_instance(cluster="mine", instanceIdentityDocument=json.dumps(document))
    ecs.register_task_definition(**request)
    run = {"cluster": "mine", "taskDefinition": request["family"]}
    if request.get("networkMode") == "awsvpc":
        subnets = ec2.describe_subnets(
            Filters=[{"Name": "availability-zone", "Values": ["us-east-1a"]}]
        )
        network = {"awsvpcConfiguration": {"subnets": [subnets["Subnets"][0]["SubnetId"]]}}
        run["networkConfiguration"] = network
    copies = 0
    while True:
        answer = ecs.run_task(**run)
        if answer["failures"]:
            return copies, answer["failures"][0]["reason"]
        copies += 1


def left_out(lab, tasks):
    import json

    ecs = lab.client("ecs")
    ecs.create_cluster(clusterName="mine")
    document = {"instanceId": "i-1", "instanceType": "m5.4xlarge", "availabilityZone": "us-east-1a"}
    ecs.register_container_instance(cluster="mine", instanceIdentityDocument=json.dumps(document))
    found = []
    for task in tasks:
        container = {
            "name": "app",
            "image": "nginx",
            "memory": 128,
            "portMappings": task["portMappings"],
        }
        mode = {k: v for k, v in task.items() if k == "networkMode"}
        ecs.register_task_definition(
            family=task["family"], containerDefinitions=[container], **mode
        )
        run = {"cluster": "mine", "taskDefinition": task["family"]}
        if task.get("networkMode") == "awsvpc":
            subnet = lab.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
            run["networkConfiguration"] = {"awsvpcConfiguration": {"subnets": [subnet]}}
        if ecs.run_task(**run)["failures"]:
            found.append(task["family"])
    return tuple(found)


def choose(lab, request, needs):
    import boto3

    ecs = boto3.client("ecs")
    ecs.register_task_definition(**request)  # a first try, in bridge mode
    mode = next(
        (
            mode
            for need, mode in {"own_address": "awsvpc", "sees_machine": "host"}.items()
            if needs.get(need, False)
        ),
        "bridge" if "listens_on" in needs else "none",
    )
    ports = [
        {
            "containerPort": needs[key],
            **({"hostPort": needs["machine_port"]} if "machine_port" in needs else {}),
        }
        for key in ("listens_on",)
        if key in needs
    ]
    [container] = request.pop("containerDefinitions")
    ecs.register_task_definition(
        **request, networkMode=mode, containerDefinitions=[{**container, "portMappings": ports}]
    )
    lab.advance("10s")


def start(lab, definition, service, security_group):
    import boto3

    ecs = boto3.client("ecs")
    cluster, name = service["cluster"], service["serviceName"]
    try:
        ecs.register_task_definition(**definition)
        ecs.create_service(**service)
        lab.advance("1m")
        told = ecs.describe_services(cluster=cluster, services=[name])["services"][0]
        if told["runningCount"] == told["desiredCount"]:
            return
        ecs.delete_service(cluster=cluster, service=name, force=True)
        lab.advance("2m")
    except ecs.exceptions.InvalidParameterException:
        service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] = [security_group]
        ecs.create_service(**service)
        return
    service.pop("networkConfiguration", None)
    definition["networkMode"] = "bridge"
    for container in definition["containerDefinitions"]:
        container["portMappings"] = [
            {"containerPort": p["containerPort"]} for p in container["portMappings"]
        ]
    ecs.register_task_definition(**definition)
    ecs.create_service(**service)
