"""A right route: boto3 without the lab's clients, services and StartTask in the
place of RunTask, waiting in small steps.
"""

# Written as learners write.
# ruff: noqa: ARG001, D103, PLR0917


def pack(lab, cluster, jobs):
    import boto3

    ecs = boto3.client("ecs")
    sizes = {}
    for definition in jobs:
        found = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
        sizes[definition] = found["containerDefinitions"][0]["memory"]
    for definition in sorted(jobs, key=lambda name: -sizes[name]):
        ecs.create_service(
            cluster=cluster,
            serviceName=definition.replace(":", "-"),
            taskDefinition=definition,
            desiredCount=jobs[definition],
            launchType="EC2",
            placementStrategy=[{"type": "binpack", "field": "MEMORY".lower()}],
        )
        lab.settle()


def apart(lab, cluster, service, definition, copies, attribute, value):
    import boto3

    boto3.client("ecs").create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=definition,
        desiredCount=copies,
        launchType="EC2",
        placementConstraints=[
            {
                "type": "memberOf",
                "expression": f"attribute:{attribute} exists and attribute:{attribute} in "
                f"[{value}]",
            },
            {"type": "distinctInstance"},
        ],
        placementStrategy=[
            {"type": "spread", "field": "attribute:ecs.availability-zone"},
            {"type": "binpack", "field": "memory"},
        ],
        availabilityZoneRebalancing="DISABLED",
    )


def room(lab, cluster, definition):
    import boto3

    ecs = boto3.client("ecs")
    found = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    cpu = memory = 0
    fixed = []
    for container in found["containerDefinitions"]:
        cpu += container["cpu"]
        memory += (
            container["memoryReservation"]
            if "memoryReservation" in container
            else container["memory"]
        )
        fixed += [p["hostPort"] for p in container["portMappings"] if p["hostPort"] != 0]
    answer = {}
    for page in ecs.get_paginator("list_container_instances").paginate(cluster=cluster):
        for arn in page["containerInstanceArns"]:
            machine = ecs.describe_container_instances(cluster=cluster, containerInstances=[arn])[
                "containerInstances"
            ][0]
            count = 0
            free_cpu, free_memory, taken = 0, 0, []
            for resource in machine["remainingResources"]:
                if resource["name"] == "CPU":
                    free_cpu = resource["integerValue"]
                elif resource["name"] == "MEMORY":
                    free_memory = resource["integerValue"]
                elif resource["name"] == "PORTS":
                    taken = [int(port) for port in resource["stringSetValue"]]
            while machine["status"] == "ACTIVE" and free_cpu >= cpu and free_memory >= memory:
                if any(port in taken for port in fixed):
                    break
                count, free_cpu, free_memory = count + 1, free_cpu - cpu, free_memory - memory
                taken += fixed
            answer[arn] = count
    return answer


def retire(lab, cluster, service, instance):
    import boto3

    ecs = boto3.client("ecs")
    before = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    limits = before["deploymentConfiguration"]
    ecs.update_service(
        cluster=cluster,
        service=service,
        deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 150},
    )
    ecs.update_container_instances_state(
        cluster=cluster, containerInstances=[instance.rpartition("/")[2]], status="DRAINING"
    )
    while ecs.list_tasks(cluster=cluster, containerInstance=instance)["taskArns"]:
        lab.advance("30s")
    ecs.get_waiter("services_stable").wait(cluster=cluster, services=[service])
    lab.advance("1m")  # the last ones are still on their way down
    ecs.deregister_container_instance(cluster=cluster, containerInstance=instance, force=False)
    ecs.update_service(
        cluster=cluster,
        service=service,
        deploymentConfiguration={
            "minimumHealthyPercent": limits["minimumHealthyPercent"],
            "maximumPercent": limits["maximumPercent"],
        },
    )
