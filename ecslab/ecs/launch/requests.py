"""What RunTask and StartTask ask alike: limits of the request, and the tags a
task is born with (facts, section 5.1).
"""

import json
from typing import Any

from ecslab.ecs.api.tags import admitted
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ground.errors import invalid_parameter

Json = dict[str, Any]

MOST_AT_ONCE = 10  # facts, section 15: tasks per RunTask, instances per StartTask
LONGEST_STARTED_BY = 128  # characters of any kind, blanks among them (facts, section 31)
LONGEST_OVERRIDES = 8_192  # characters; facts, section 5.1

NO_TASK_ROLE = (
    "The execute command failed because a valid task role is not being used. "
    "Specify a valid task role in your task definition or as a task override and try again."
)


def check_request(definition: TaskDefinition, request: Json) -> None:
    """Limits of the request; where the facts give no text the wording is ours."""
    if not 1 <= request.get("count", 1) <= MOST_AT_ONCE:
        raise invalid_parameter("count must be between 1 and 10.")
    if (
        len(request.get("startedBy", "")) > LONGEST_STARTED_BY
    ):  # convox/rack#1727 has the text, of a shorter limit
        raise invalid_parameter(f"startedBy longer than {LONGEST_STARTED_BY}.")
    overrides = request.get("overrides") or {}
    if len(json.dumps(overrides, separators=(",", ":"))) > LONGEST_OVERRIDES:
        raise invalid_parameter("overrides can have up to 8192 characters.")
    names = {c["name"] for c in definition.containers}
    for override in overrides.get("containerOverrides", []):
        if "name" not in override:  # the wording is ours
            raise invalid_parameter(
                "A container override needs the name of a container in the TaskDefinition."
            )
        if override["name"] not in names:
            raise invalid_parameter(
                f"Override for container named {override['name']} is not a container in the "
                "TaskDefinition."
            )


def tags_at_launch(cluster: Cluster, definition: TaskDefinition, request: Json) -> list[Json]:
    """The tags a task is born with: the definition's when propagated, the
    request's, and ECS's own when asked for.
    """
    if request.get("propagateTags") == "SERVICE":
        raise invalid_parameter(
            "propagateTags SERVICE is not valid for RunTask."
        )  # BC:RunTaskRequest.propagateTags; the wording is ours
    tags = (
        {t["key"]: t for t in definition.tags}
        if request.get("propagateTags") == "TASK_DEFINITION"
        else {}
    )
    tags |= {t["key"]: t for t in admitted(request.get("tags", []))}
    managed = (
        [{"key": "aws:ecs:clusterName", "value": cluster.name}]
        if request.get("enableECSManagedTags")
        else []
    )
    return [*tags.values(), *managed]
