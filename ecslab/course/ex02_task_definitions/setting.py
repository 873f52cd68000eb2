"""What several questions of this exercise use: where to look, the
newest revision, and a task of it.
"""

from typing import Any

from ecslab.grade.questions import Run
from ecslab.grade.results import Gap, LessonSection
from ecslab.ground.text import Text

_LESSON = "lessons/06-task-definitions.ipynb"
SIZES = LessonSection(6, "Two places for CPU and memory", _LESSON)
FARGATE = LessonSection(6, "Where a definition can run", _LESSON)
CONTAINERS = LessonSection(6, "Essential and side containers", _LESSON)
ORDER = LessonSection(6, "Who waits for whom", _LESSON)
HEALTH = LessonSection(6, "Health, and time to start", _LESSON)
ROLES = LessonSection(6, "Two roles, secrets and logs", _LESSON)

Json = dict[str, Any]
_CLUSTER = "try-out"


def container(definition: Json | None, name: str) -> Json | None:
    """One container of a definition, by its name."""
    found = definition["containerDefinitions"] if definition else []
    return next((c for c in found if c["name"] == name), None)


def tried(run: Run, definition: Json, wait: str) -> Json | Gap:
    """A task of the definition on Fargate as it is after a while, or the refusal to start one."""
    ecs = run.scene.ecs
    ecs.create_cluster(clusterName=_CLUSTER)
    try:
        task = run.scene.run(_CLUSTER, definition["taskDefinitionArn"])
    except ecs.exceptions.ClientError as refused:
        return Gap(Text("run_task on Fargate accepts the definition"), str(refused))
    run.lab.advance(wait)
    found: Json = ecs.describe_tasks(cluster=_CLUSTER, tasks=[task])["tasks"][0]
    return found


def runs(run: Run, definition: Json, wait: str = "5m") -> Gap | None:
    """None when a task of the definition is RUNNING after a while."""
    task = tried(run, definition, wait)
    if isinstance(task, Gap):
        return task
    if task["lastStatus"] == "RUNNING":
        return None
    return Gap(
        Text("a task of it is RUNNING after {wait}", wait=wait),
        f"{task['lastStatus']}: {task.get('stoppedReason', '')}",
    )
