"""What both questions of this exercise use: where to look, load balancers
and definitions in the default VPC.
"""

from typing import Any

from ecslab.grade.account import CaseAccount
from ecslab.grade.results import LessonSection

_CONNECTING, _OBSERVING = "lessons/13-connecting-services.ipynb", "lessons/14-observing.ipynb"
BALANCER = LessonSection(13, "A load balancer inside the VPC", _CONNECTING)
DISCOVERY = LessonSection(13, "Service discovery: names in DNS", _CONNECTING)
CONNECTION = LessonSection(13, "Service Connect: a proxy beside each task", _CONNECTING)
WHICH = LessonSection(13, "Which one?", _CONNECTING)
EVENTS = LessonSection(14, "What the service says", _OBSERVING)
STOPPED = LessonSection(14, "What a stopped task says", _OBSERVING)
LOGS = LessonSection(14, "What the program says", _OBSERVING)
METRICS = LessonSection(14, "What the numbers say", _OBSERVING)
FINDINGS = LessonSection(14, "A program that should not be there", _OBSERVING)
ORDER = LessonSection(14, "Where to look first", _OBSERVING)

Json = dict[str, Any]


def vpc(scene: CaseAccount) -> str:
    """The default VPC's id."""
    return str(scene.lab.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"])


def inner_balancer(scene: CaseAccount, elb: Any, name: str) -> Json:
    """An internal Application Load Balancer without a listener."""
    made = elb.create_load_balancer(Name=name, Scheme="internal", Subnets=scene.subnets[:2])
    return dict(made["LoadBalancers"][0])


def define(scene: CaseAccount, family: str, image: str, port: int, **more: Any) -> None:
    """Register a definition with one container, app, whose port is called http."""
    scene.ecs.register_task_definition(
        **{
            "family": family,
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": scene.execution_role,
        }
        | {
            "containerDefinitions": [
                {
                    "name": "app",
                    "image": image,
                    "portMappings": [{"name": "http", "containerPort": port}],
                }
                | more.pop("container", {})
            ]
        }
        | more
    )
