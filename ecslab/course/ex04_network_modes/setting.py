"""What several questions of this exercise use: where to look, and small definitions."""

from collections.abc import Sequence
from typing import Any

from ecslab.grade.account import CaseAccount
from ecslab.grade.results import LessonSection
from ecslab.world.machines import machine_type

_LESSON = "lessons/05-network-modes.ipynb"
BRIDGE = LessonSection(5, "bridge: behind the machine's address", _LESSON)
HOST = LessonSection(5, "host: the machine's own network", _LESSON)
AWSVPC = LessonSection(5, "awsvpc: an address for every task", _LESSON)
NONE = LessonSection(5, "none: an island", _LESSON)
WHICH = LessonSection(5, "Which one?", _LESSON)

Json = dict[str, Any]
IMAGE = "public.ecr.aws/nginx/nginx:1.27"
_AT_ONCE = 10  # copies in one RunTask (facts, section 5.1)


def machine(kind: str) -> Json:
    """What a learner is told about an instance type."""
    known = machine_type(kind)
    return {"type": kind, "cpu": known.cpu, "memory": known.memory, "interfaces": known.interfaces}


def definition(family: str, mode: str | None, *containers: Json) -> Json:
    """The arguments of register_task_definition; without a mode the API chooses."""
    request: Json = {"family": family, "requiresCompatibilities": ["EC2"]}
    return (
        request
        | ({"networkMode": mode} if mode else {})
        | {"containerDefinitions": list(containers)}
    )


def mode_of(told: Json) -> str:
    """The network mode of a definition as the API tells it: one that
    nobody gave is not told, and is bridge.
    """
    return str(told.get("networkMode", "bridge"))


def container(
    cpu: int = 64, memory: int = 128, ports: Sequence[Json] = (), name: str = "app"
) -> Json:
    """One container of a definition."""
    more = {"portMappings": list(ports)} if ports else {}
    return {"name": name, "image": IMAGE, "cpu": cpu, "memory": memory, **more}


def network(scene: CaseAccount, mode: str | None) -> Json:
    """What RunTask must be told besides, for a task of this mode."""
    if mode != "awsvpc":
        return {}
    return {"networkConfiguration": scene.network(public=False)}


def fill(scene: CaseAccount, cluster: str, request: Json) -> tuple[int, str]:
    """Run copies until one finds no place: how many found one, and why the next did not."""
    scene.ecs.register_task_definition(**request)
    started = 0
    while True:
        answer = scene.ecs.run_task(
            cluster=cluster,
            taskDefinition=request["family"],
            launchType="EC2",
            count=_AT_ONCE,
            **network(scene, request.get("networkMode")),
        )
        started += len(answer["tasks"])
        if answer["failures"]:
            return started, str(answer["failures"][0]["reason"])
