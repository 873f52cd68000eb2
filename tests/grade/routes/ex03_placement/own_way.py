"""A right route: decides itself where tasks go, and uses attributes and
the state of instances in other ways.
"""

# Written as learners write.
# ruff: noqa: C408, D103, PLR0917


def pack(lab, cluster, jobs):
    ecs = lab.client("ecs")
    machines = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
    tasks = []
    for name, copies in jobs.items():
        found = ecs.describe_task_definition(taskDefinition=name)["taskDefinition"][
            "containerDefinitions"
        ][0]
        tasks += [(found["memory"], name)] * copies
    left = {
        m["containerInstanceArn"]: next(
            r["integerValue"] for r in m["remainingResources"] if r["name"] == "MEMORY"
        )
        for m in ecs.describe_container_instances(cluster=cluster, containerInstances=machines)[
            "containerInstances"
        ]
    }
    for memory, name in sorted(tasks, reverse=True):
        machine = next(arn for arn in machines if left[arn] >= memory)
        left[machine] -= memory
        ecs.start_task(cluster=cluster, taskDefinition=name, containerInstances=[machine])


def apart(lab, cluster, service, definition, copies, attribute, value):
    ecs = lab.client("ecs")
    old = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"][
        "taskDefinitionArn"
    ]
    ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=old,
        desiredCount=1,
        launchType="EC2",
        placementConstraints=[
            dict(type="memberOf", expression=f"attribute:{attribute} =~ ^{value}$"),
            dict(type="distinctInstance"),
        ],
    )
    ecs.update_service(cluster=cluster, service=service, desiredCount=copies)


def room(lab, cluster, definition):
    ecs = lab.client("ecs")
    spec = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"][
        "containerDefinitions"
    ]
    need = {
        "CPU": sum(c["cpu"] for c in spec),
        "MEMORY": sum(c.get("memoryReservation") or c["memory"] for c in spec),
    }
    ports = [str(p["hostPort"]) for c in spec for p in c["portMappings"] if p["hostPort"]]
    every = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
    active = ecs.list_container_instances(cluster=cluster, status="ACTIVE")["containerInstanceArns"]
    answer = dict.fromkeys(every, 0)
    for m in ecs.describe_container_instances(cluster=cluster, containerInstances=active)[
        "containerInstances"
    ]:
        left = {
            r["name"]: r["integerValue"] or r.get("stringSetValue", 0)
            for r in m["remainingResources"]
        }
        most = [left[name] // units for name, units in need.items() if left[name] is not None]
        if ports:
            most.append(int(not set(ports) & set(left["PORTS"])))
        answer[m["containerInstanceArn"]] = min(most)
    return answer


def retire(lab, cluster, service, instance):
    ecs = lab.client("ecs")
    wanted = ecs.describe_services(cluster=cluster, services=[service])["services"][0][
        "desiredCount"
    ]
    for limits in (dict(maximumPercent=200), dict(minimumHealthyPercent=100)):
        ecs.update_service(cluster=cluster, service=service, deploymentConfiguration=limits)
    ecs.update_container_instances_state(
        cluster=cluster, containerInstances=[instance], status="DRAINING"
    )
    lab.advance("15m")
    now = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    assert now["runningCount"] == wanted
    machine = ecs.describe_container_instances(cluster=cluster, containerInstances=[instance])
    lab.client("ec2").terminate_instances(
        InstanceIds=[machine["containerInstances"][0]["ec2InstanceId"]]
    )
    lab.advance("1s")
