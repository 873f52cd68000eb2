"""What several questions of this exercise use: where to look, small
definitions for EC2, and who stands where.
"""

from collections import Counter
from typing import Any

from ecslab.course.lookups import instance_arns
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Run
from ecslab.grade.results import Gap, LessonSection
from ecslab.ground.text import Listed, Text

_LESSON = "lessons/04-where-a-task-lands.ipynb"
BINPACK = LessonSection(4, "Binpack: the fewest machines", _LESSON)
CONSTRAINTS = LessonSection(4, "Constraints: what is never broken", _LESSON)
FULL = LessonSection(4, "No place left", _LESSON)
DRAINING = LessonSection(4, "Draining: take a machine away without hurting anybody", _LESSON)

Json = dict[str, Any]


def define(scene: CaseAccount, family: str, cpu: int, memory: int, **more: Any) -> str:
    """Register a definition for EC2 with one container, and return its name, family:revision."""
    container = {
        "name": "app",
        "image": "public.ecr.aws/nginx/nginx:1.27",
        "cpu": cpu,
        "memory": memory,
    } | more
    return define_all(scene, family, container)


def define_all(scene: CaseAccount, family: str, *containers: Json) -> str:
    """The same with several containers."""
    private = any(".dkr.ecr." in container["image"] for container in containers)
    made = scene.ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["EC2"],
        networkMode="bridge",
        containerDefinitions=list(containers),
        **({"executionRoleArn": scene.execution_role} if private else {}),
    )["taskDefinition"]
    return f"{made['family']}:{made['revision']}"


def running(run: Run) -> list[Json]:
    """The tasks that run in the cluster now."""
    return [
        task for task in run.scene.tasks(run.given["cluster"]) if task["lastStatus"] == "RUNNING"
    ]


def name(task: Json) -> str:
    """What a task's definition is called, family:revision."""
    return str(task["taskDefinitionArn"]).rpartition("/")[2]


def by_machine(tasks: list[Json]) -> Counter[str]:
    """How many of these tasks each container instance holds, by its ARN."""
    return Counter(task["containerInstanceArn"] for task in tasks)


def short(arn: str) -> str:
    """The last digits of an instance's ARN, enough to tell two apart."""
    return f"…{arn[-6:]}"


def other_machines(run: Run, before: list[str]) -> Gap | None:
    """The gap of a cluster whose instances are not the ones it had before the call."""
    now = set(instance_arns(run.scene, run.given["cluster"]))
    gone, new = set(before) - now, now - set(before)
    if not gone and not new:
        return None
    told = [Text("{count} of them taken away", count=len(gone))] * bool(gone)
    told += [Text("{count} more", count=len(new))] * bool(new)
    return Gap(Text("the {count} instances that were there", count=len(before)), Listed(", ", told))
