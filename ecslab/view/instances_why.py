"""`why_there(lab, "task/3")`: why a task is where it is, and why every other instance lost."""

from typing import Any

from ecslab.ecs.model.tasks import Task
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text, printable
from ecslab.view.axis import written
from ecslab.view.chart import story_of
from ecslab.view.explain import Sentences
from ecslab.view.instances_model import counted, grouped
from ecslab.view.instances_read import losers_of, placements


def why_there(lab: Any, task: str) -> Sentences:
    """Tell which container instance a task was placed on and why, and why each of the
    others lost, those of one reason together.

    `task` is a task's label ("task/3", or 3) or its id. Raises LabError for a task that never was.
    """
    timeline, _ = story_of(lab)
    placed = placements(timeline)
    found = next((one for one in _tasks(lab) if task in {one.id, one.arn}), None)
    label = found.label if found else f"task/{str(task).removeprefix('task/')}"
    if label not in placed:
        have = ", ".join(list(placed)[:8]) or Text("no task yet")
        right = f"why_there(lab, {next(iter(placed), 'task/1')!r})"
        raise LabError(
            Text("there is no {task!r}; the lab has {have}.", task=task, have=have),
            wrong=f"why_there(lab, {task!r})",
            right=right,
        )
    event, found = placed[label], next((one for one in _tasks(lab) if one.label == label), None)
    losers = losers_of(event)
    name = f"{label} ({event.facts.get('definition') or 'task'})"
    where = _place(found, event.facts.get("zone"), written(event.at_ms))
    lines = [f"{name} {where}: {event.why}."]
    if losers:
        lines.append(f"{counted(len(losers), 'other instance')} lost:")
        lines += [f"  {names}: {reason}" for names, reason in grouped(losers)]
    elif found and found.instance:
        lines.append("No other instance was there to choose.")
    return Sentences("\n".join(map(printable, lines)))


def _tasks(lab: Any) -> list[Task]:
    """The tasks that the account still knows; a bare timeline knows none."""
    clusters = lab.plane().state.clusters.values() if hasattr(lab, "plane") else ()
    return [task for cluster in clusters for task in cluster.tasks.values()]


def _place(task: Task | None, zone: str | None, when: str) -> str:
    """Where: an instance, or AWS Fargate; of a task that the account has
    forgotten only the zone is known.
    """
    if task and task.instance:
        about = (task.instance.attributes.get("ecs.instance-type"), task.instance.ec2_id, task.zone)
        return (
            f"was placed on {task.instance.label} "
            f"({', '.join(part for part in about if part)}) at {when}"
        )
    if task and task.launch_type != "FARGATE":
        return (
            f"has waited for a place since {when}"
            if task.desired == "RUNNING"
            else "was never placed"
        )
    where = " on AWS Fargate" if task else ""
    return f"was placed{where}{f' in {zone}' if zone else ''} at {when}"
