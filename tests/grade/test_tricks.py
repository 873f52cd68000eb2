"""Ways to look right without having solved anything: each earns only what it has really done.

A learner's function runs in the process that checks it, and somebody who takes
that process apart gets any points: that is nbgrader's way, and README says so.
What is here needs nothing but the account.
"""

import json

from ecslab import check

# ruff: noqa: ARG001, PLR0917 - the questions say what their functions are called with
SMALL = {
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
}
HUGE = json.dumps(
    {
        "instanceId": "i-0123456789abcdef0",
        "instanceType": "m5.24xlarge",
        "availabilityZone": "us-east-1a",
    }
)


def earned(question, function):
    """The points of an answer."""
    return check(question, function).points


def network(lab):
    """What a task on Fargate needs."""
    subnets = [s["SubnetId"] for s in lab.client("ec2").describe_subnets()["Subnets"][:2]]
    return {"awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}}


def decoy(lab, service, copies, **container):
    """A service of the same name that is well, in a cluster of its own."""
    ecs = lab.client("ecs")
    ecs.create_cluster(clusterName="decoy")
    app = {"name": "app", "image": "public.ecr.aws/nginx/nginx:1.27"} | container
    ecs.register_task_definition(family="decoy", containerDefinitions=[app], **SMALL)
    ecs.create_service(
        cluster="decoy",
        serviceName=service,
        taskDefinition="decoy",
        desiredCount=copies,
        launchType="FARGATE",
        networkConfiguration=network(lab),
    )


def again(lab, cluster, service, change):
    """Give a service the next revision of its definition, after
    `change(container)` of each container.
    """
    ecs = lab.client("ecs")
    used = ecs.describe_services(cluster=cluster, services=[service])["services"][0][
        "taskDefinition"
    ]
    found = ecs.describe_task_definition(taskDefinition=used)["taskDefinition"]
    for container in found["containerDefinitions"]:
        change(container)
    members = (*SMALL, "family", "containerDefinitions", "executionRoleArn")
    made = ecs.register_task_definition(**{name: found[name] for name in members if name in found})
    ecs.update_service(
        cluster=cluster, service=service, taskDefinition=made["taskDefinition"]["taskDefinitionArn"]
    )


def test_other_programs_repair_nothing():
    """Programs pushed to the tags that the definition names would hide its fault."""

    def repair(lab, cluster, service):
        lab.images.push(f"{service}:1", healthy_after=1)
        lab.images.push("setup:1")
        again(lab, cluster, service, lambda _: None)

    def in_order(lab, request, app, job):
        lab.images.push(f"{job}:1", exits_after=0)
        lab.images.push(f"{app}:1", starts_in=30)
        for container in request["containerDefinitions"]:
            container.pop("dependsOn", None)
            container["essential"] = container["name"] == app
        lab.client("ecs").register_task_definition(**request)

    assert earned("02-repair", repair) == 0
    assert earned("02-order", in_order) == 0


def test_a_health_check_whose_end_is_thrown_away_asks_nobody():
    """What decides in a pipe is its last command."""

    def repair(lab, cluster, service):
        def hide(container):
            if "healthCheck" in container:
                container["healthCheck"]["command"] = [
                    "CMD-SHELL",
                    "curl -f http://localhost/ | true",
                ]
            else:
                container["essential"] = False

        again(lab, cluster, service, hide)

    assert check("02-repair", repair).mistake == "asks-nobody"


def test_log_lines_of_ones_own_are_not_the_programs():
    """The group must get what the task prints."""

    def connect(lab, request, variable, secret, group, execution_role, task_role):
        logs = lab.client("logs")
        logs.create_log_stream(logGroupName=group, logStreamName="mine")
        line = {"timestamp": int(lab.now.timestamp() * 1000), "message": "listening"}
        logs.put_log_events(logGroupName=group, logStreamName="mine", logEvents=[line])
        lab.client("ecs").register_task_definition(**request, executionRoleArn=execution_role)

    judged = {point.says: point.earned for point in check("02-access", connect).judged}
    assert judged["What the program prints arrives in the log group."] == 0


def test_the_rest_of_the_definition_is_its_values_too():
    """Another image, or another value of a variable, is another program."""

    def connect(
        lab,
        request,
        variable,
        secret,
        group,
        execution_role,
        task_role,
        *,
        image=None,
        mode="production",
    ):
        container = request["containerDefinitions"][0]
        container["image"] = image or container["image"]
        container["environment"] = [{"name": "MODE", "value": mode}]
        container["secrets"] = [{"name": variable, "valueFrom": secret}]
        options = {
            "awslogs-group": group,
            "awslogs-region": lab.region,
            "awslogs-stream-prefix": "app",
        }
        container["logConfiguration"] = {"logDriver": "awslogs", "options": options}
        lab.client("ecs").register_task_definition(
            **request, executionRoleArn=execution_role, taskRoleArn=task_role
        )

    def another_image(lab, *given):
        connect(lab, *given, image=lab.images.push("other:1", prints="listening"))

    assert earned("02-access", connect) == 4
    assert earned("02-access", another_image) == 3
    assert earned("02-access", lambda lab, *given: connect(lab, *given, mode="test")) == 3


def test_one_machine_that_is_large_enough_is_no_packing():
    """The tasks must use few of the instances that are there."""

    def pack(lab, cluster, jobs):
        ecs = lab.client("ecs")
        for arn in ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]:
            ecs.deregister_container_instance(cluster=cluster, containerInstance=arn)
        ecs.register_container_instance(cluster=cluster, instanceIdentityDocument=HUGE)
        for definition, copies in jobs.items():
            for count in [10] * (copies // 10) + [copies % 10]:
                ecs.run_task(
                    cluster=cluster, taskDefinition=definition, count=count, launchType="EC2"
                )

    assert earned("03-fewest", pack) == 1


def apart(clear):
    """An answer without the constraint on the attribute, after `clear(ecs,
    cluster, arns, attribute, value)`.
    """

    def answer(lab, cluster, service, definition, copies, attribute, value):
        ecs = lab.client("ecs")
        arns = ecs.list_container_instances(cluster=cluster)["containerInstanceArns"]
        clear(ecs, cluster, arns, attribute, value)
        ecs.create_service(
            cluster=cluster,
            serviceName=service,
            taskDefinition=definition,
            desiredCount=copies,
            launchType="EC2",
            placementConstraints=[{"type": "distinctInstance"}],
        )

    return answer


def test_the_cluster_is_not_the_learners_to_change():
    """Instances taken away, or given the attribute, are not a constraint."""

    def relabel(ecs, cluster, arns, attribute, value):
        kind = {"name": attribute, "value": value, "targetType": "container-instance"}
        ecs.put_attributes(cluster=cluster, attributes=[kind | {"targetId": arn} for arn in arns])

    def take_away(ecs, cluster, arns, attribute, value):
        found = ecs.describe_container_instances(cluster=cluster, containerInstances=arns)
        for instance in found["containerInstances"]:
            if {"name": attribute, "value": value} not in instance["attributes"]:
                arn = instance["containerInstanceArn"]
                ecs.deregister_container_instance(cluster=cluster, containerInstance=arn)

    assert earned("03-apart", apart(relabel)) == 2
    assert earned("03-apart", apart(take_away)) == 2


def test_an_answer_that_equals_everything_is_no_number():
    """The values are looked at, not asked."""

    class Anything(int):
        def __eq__(self, other):
            return True

        def __ne__(self, other):
            return False

        __hash__ = int.__hash__

    class Everything(dict):
        def __contains__(self, key):
            return True

        def __getitem__(self, key):
            return Anything()

    def room(lab, cluster, definition):
        arns = lab.client("ecs").list_container_instances(cluster=cluster)["containerInstanceArns"]
        return dict.fromkeys(arns, Anything())

    assert earned("03-room", room) == 0
    assert earned("03-room", lambda *_: Everything()) == 0


def test_a_service_of_the_same_name_elsewhere_is_another_service():
    """Promises about a service are about that of the cluster."""

    def retire(lab, cluster, service, instance):
        ecs = lab.client("ecs")
        decoy(lab, service, 6)
        lab.settle()
        ecs.deregister_container_instance(cluster=cluster, containerInstance=instance, force=True)

    def start(lab, definition, service, security_group):
        ecs = lab.client("ecs")
        decoy(lab, service["serviceName"], service["desiredCount"])
        ecs.register_task_definition(**definition)
        service.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).pop(
            "securityGroups", None
        )
        ecs.create_service(**service)

    def repair(lab, cluster, service):
        decoy(lab, service, 2, healthCheck={"command": ["CMD-SHELL", "exit 0"]})
        again(lab, cluster, service, lambda _: None)

    assert earned("03-retire", retire) == 1
    assert earned("04-start", start) == 1  # the requests' own values, which it has kept
    assert earned("02-repair", repair) == 0


def test_the_machine_of_the_experiment_is_the_checks_own():
    """Whatever the function calls its clusters, and whatever is in them."""

    def choose(lab, request, needs):
        ecs = lab.client("ecs")
        for number, name in enumerate(("try-out", "try-out-0")):
            ecs.create_cluster(clusterName=name)
            machine = HUGE.replace("def0", f"def{number}")
            ecs.register_container_instance(cluster=name, instanceIdentityDocument=machine)
        request["networkMode"] = "awsvpc"
        if "listens_on" in needs:
            mapping = {"containerPort": needs["listens_on"]}
            request["containerDefinitions"][0]["portMappings"] = [mapping]
        ecs.register_task_definition(**request)

    assert earned("04-choose", choose) == 1  # the need that awsvpc does meet


def test_a_lab_whose_methods_were_replaced_still_lets_time_pass():
    """The function gets a handle of its own; the check keeps another one."""

    def retire(lab, cluster, service, instance):
        lab.advance = lab.client = lambda *_: None
        lab.until = lab.settle = lab.advance

    result = check("03-retire", retire)
    assert result.mistake == "another-lab", str(
        result
    )  # nothing has happened, and that can still be seen
    assert result.points == 0


def test_whoever_waits_for_hours_has_not_lost_the_evidence():
    """ECS forgets a stopped task after an hour; the one-off task worked to its end all the same."""

    def retire(lab, cluster, service, instance):
        ecs = lab.client("ecs")
        limits = {"minimumHealthyPercent": 100, "maximumPercent": 200}
        ecs.update_service(cluster=cluster, service=service, deploymentConfiguration=limits)
        ecs.update_container_instances_state(
            cluster=cluster, containerInstances=[instance], status="DRAINING"
        )
        lab.advance("2h")
        ecs.deregister_container_instance(cluster=cluster, containerInstance=instance)

    assert earned("03-retire", retire) == 3


def rescue_behind_a_decoy(lab, cluster, service, *rest):
    """Let the service fall below what is wanted, while another of its
    name, elsewhere, keeps the number up.
    """
    ecs = lab.client("ecs")
    wanted = ecs.describe_services(cluster=cluster, services=[service])["services"][0][
        "desiredCount"
    ]
    decoy(lab, service, wanted + 1)
    lab.advance("3m")
    percents = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    ecs.update_service(cluster=cluster, service=service, deploymentConfiguration=percents)
    lab.settle()


def test_a_decoy_does_not_keep_a_promise_for_another_cluster():
    """06-rescue: the promise is about the service that was asked for."""
    assert earned("06-rescue", rescue_behind_a_decoy) <= 3
