"""What several questions of this exercise use: where to look, services to
deploy to, and what became of them.
"""

import math
from typing import Any

from ecslab.course.lookups import asked_service
from ecslab.grade.account import CaseAccount
from ecslab.grade.moments import Moment
from ecslab.grade.questions import Run
from ecslab.grade.results import Gap, LessonSection
from ecslab.ground.text import Listed, Text

_ROLLING, _FAILING = "lessons/08-rolling-updates.ipynb", "lessons/09-when-a-deployment-fails.ipynb"
BOUNDS = LessonSection(8, "A floor and a ceiling", _ROLLING)
ORDER = LessonSection(8, "Start first, or stop first", _ROLLING)
STUCK = LessonSection(8, "A deployment that is stuck", _ROLLING)
BREAKER = LessonSection(9, "The circuit breaker", _FAILING)
ALARM = LessonSection(9, "A bug that no health check finds", _FAILING)

Json = dict[str, Any]
PORT = 80
_UP = {"PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"}


def app(image: str, **more: Any) -> Json:
    """The container of a program that listens on port 80."""
    return {"name": "app", "image": image, "portMappings": [{"containerPort": PORT}], **more}


def serve(
    scene: CaseAccount,
    cluster: str,
    service: str,
    definition: str,
    *,
    desired: int,
    percents: tuple[int, int] = (100, 200),
    **more: Any,
) -> None:
    """Create a service on Fargate and let it become steady."""
    scene.ecs.create_cluster(clusterName=cluster)
    scene.ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=definition,
        desiredCount=desired,
        launchType="FARGATE",
        networkConfiguration=scene.network(),
        deploymentConfiguration={
            "minimumHealthyPercent": percents[0],
            "maximumPercent": percents[1],
        },
        **more,
    )
    scene.lab.advance("2m")


def front(scene: CaseAccount, name: str) -> tuple[str, Json]:
    """A load balancer that checks its targets every ten seconds: its ARN,
    and how a service is put behind it.
    """
    elb, ec2 = scene.lab.client("elbv2"), scene.lab.client("ec2")
    group = elb.create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=PORT,
        VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"],
        TargetType="ip",
        HealthCheckIntervalSeconds=10,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}],
    )
    balancer = elb.create_load_balancer(Name=name, Subnets=scene.subnets[:2])["LoadBalancers"][0]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=PORT,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    behind = {"targetGroupArn": group, "containerName": "app", "containerPort": PORT}
    return balancer["LoadBalancerArn"], behind


def service(run: Run) -> Json:
    """The service that the question is about, as ECS describes it."""
    found = asked_service(run)
    assert found is not None, "the service is there"
    return found


def bounds(found: Json) -> tuple[int, int]:
    """The floor and the ceiling of a service, as ECS rounds them (facts, section 6.1)."""
    asked, desired = found["deploymentConfiguration"], found["desiredCount"]
    return math.ceil(desired * asked["minimumHealthyPercent"] / 100), desired * asked[
        "maximumPercent"
    ] // 100


def runs_alone(run: Run, definition: str) -> Gap | None:
    """None when the service has completed a deployment of the definition, and runs nothing else."""
    found = service(run)
    told = [
        Text(
            "{definition} {state} ({running} running)",
            definition=one["taskDefinition"].rpartition("/")[2],
            state=one["rolloutState"],
            running=one["runningCount"],
        )
        for one in found["deployments"]
    ]
    (newest, *older) = found["deployments"]
    right = (
        newest["taskDefinition"].endswith(f"/{definition}")
        and newest["rolloutState"] == "COMPLETED"
    )
    if right and not older and newest["runningCount"] == found["desiredCount"] > 0:
        return None
    return Gap(
        Text(
            "one deployment, of {definition}, COMPLETED, all its tasks running",
            definition=definition,
        ),
        Listed(", ", told),
    )


def alive(now: Moment, name: str, cluster: str) -> int:
    """How many tasks of a service count towards the ceiling: running, or on their way there."""
    return sum(task.status in _UP for task in now.of(name, cluster))


def healthy(now: Moment, name: str, cluster: str) -> int:
    """How many tasks of a service are RUNNING and HEALTHY, by a container health check."""
    return sum(
        task.status == "RUNNING" and task.health == "HEALTHY" for task in now.of(name, cluster)
    )


def percents(run: Run) -> tuple[int, int]:
    """What the service asks for: its minimumHealthyPercent and its maximumPercent."""
    asked = service(run)["deploymentConfiguration"]
    return asked["minimumHealthyPercent"], asked["maximumPercent"]
