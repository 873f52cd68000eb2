"""What several questions of this exercise use: where to look, Auto Scaling
groups, and what happens after a call.
"""

import base64
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from ecslab.course.lookups import asked_service
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Run
from ecslab.grade.results import LessonSection
from ecslab.ground.errors import LabError

_LESSON = "lessons/07-capacity-providers.ipynb"
CLUSTER = LessonSection(7, "A cluster and its capacity providers", _LESSON)
SHARES = LessonSection(7, "Base and weight", _LESSON)
SPOT = LessonSection(7, "Spot takes back", _LESSON)
GOODBYE = LessonSection(7, "Two minutes to finish", _LESSON)
SCALING = LessonSection(7, "Machines that come when they are needed", _LESSON)
SHRINKING = LessonSection(7, "… and go again", _LESSON)
COSTS = LessonSection(7, "What each of them costs", _LESSON)

Json = dict[str, Any]
FARGATE, FARGATE_SPOT = "FARGATE", "FARGATE_SPOT"
# One of moto's: the user data says that it runs an agent, and SSM need not be asked.
_MACHINE_IMAGE = "ami-1e749f67"
IMAGE = "public.ecr.aws/nginx/nginx:1.27"


def group(scene: CaseAccount, name: str, cluster: str, largest: int = 10) -> None:
    """Make an Auto Scaling group without machines, whose m5.large would join the cluster."""
    script = f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n"
    scene.lab.client("ec2").create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={
            "ImageId": _MACHINE_IMAGE,
            "InstanceType": "m5.large",
            "UserData": base64.b64encode(script.encode()).decode(),
        },
    )
    scene.lab.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateName": name},
        MinSize=0,
        MaxSize=largest,
        DesiredCapacity=0,
        VPCZoneIdentifier=",".join(scene.subnets[:2]),
    )


def take_spot_back(scene: CaseAccount) -> None:
    """AWS needs its Spot capacity: all Spot tasks are interrupted, if there
    are any, and no other one starts.
    """
    scene.lab.set_spot_capacity(available=False)
    with suppress(LabError):  # nothing runs on Spot
        scene.lab.interrupt_spot()


def strategy_of(run: Run) -> list[Json]:
    """The strategy of the service that the function was told to make, or nothing."""
    service = asked_service(run)
    return list(service.get("capacityProviderStrategy", [])) if service else []


def base_of(strategy: Iterable[Json], provider: str) -> int:
    """A provider's base in a strategy."""
    return int(
        next((item.get("base", 0) for item in strategy if item["capacityProvider"] == provider), 0)
    )


def weight_of(strategy: Iterable[Json], provider: str) -> int:
    """A provider's weight in a strategy."""
    return int(
        next(
            (item.get("weight", 0) for item in strategy if item["capacityProvider"] == provider), 0
        )
    )
