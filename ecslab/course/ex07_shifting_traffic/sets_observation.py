"""What became of the task sets of 07-sets: who is left, who gets the traffic,
what happened when, who served the users.
"""

import math
from collections.abc import Iterator
from typing import Any

from ecslab.course.lookups import asked_service
from ecslab.grade.moments import moments
from ecslab.grade.questions import Run

Json = dict[str, Any]
_SHOWN = 8


def old(run: Run) -> str:
    """The revision that ran before the call."""
    return f"{run.given['service']}:1"


def new(run: Run) -> str:
    """The revision that shall replace it."""
    return str(run.given["definition"])


def task_sets(run: Run) -> list[Json]:
    """The service's task sets that are left."""
    found = asked_service(run) or {}
    return list(found.get("taskSets", []))


def name(task_set: Json) -> str:
    """A task set's revision, family:revision."""
    return str(task_set["taskDefinition"]).rpartition("/")[2]


def news(run: Run) -> list[Json]:
    """The new revision's task sets that are left."""
    return [task_set for task_set in task_sets(run) if name(task_set) == new(run)]


def first_ms(run: Run, definition: str, *kinds: str) -> float:
    """When something happened to a revision's task set for the first time since
    the call; infinite when it never did.
    """
    told = run.lab.timeline.since(run.began_ms)
    return next(
        (e.at_ms for e in told if e.kind in kinds and definition in e.why.split()), math.inf
    )


def steady_ms(run: Run) -> float:
    """When the new revision was steady for the first time."""
    return first_ms(run, new(run), "task set steady")


def tried(run: Run) -> bool:
    """Whether there ever was a task set of the new revision: who does nothing
    breaks no promise, and keeps none.
    """
    return first_ms(run, new(run), "task set created") < math.inf


def failures(run: Run) -> list[Any]:
    """The rows of the users' traffic in which requests failed."""
    return [row for row in run.facts["users"].log if row.errors]


def serving(run: Run) -> Iterator[tuple[int, int]]:
    """At each change since the call: (lab ms, how many RUNNING tasks are
    of revisions that answer users).
    """
    rows = [row for row in run.facts["users"].log if row.until_ms > run.began_ms and row.revision]
    for now in moments(run.lab.timeline):
        answer = {row.revision for row in rows if row.at_ms <= now.at_ms < row.until_ms}
        if now.at_ms >= run.began_ms and answer:
            tasks = now.of(run.given["service"], run.given["cluster"])
            yield now.at_ms, sum(t.status == "RUNNING" and t.definition in answer for t in tasks)


def groups(run: Run) -> set[str]:
    """The target groups to which the listener sends requests, as Elastic Load Balancing tells."""
    elb = run.lab.client("elbv2")
    told = elb.describe_listeners(ListenerArns=[run.given["listener"]])["Listeners"][0][
        "DefaultActions"
    ][0]
    found = told.get("ForwardConfig", {}).get("TargetGroups") or [
        {"TargetGroupArn": told["TargetGroupArn"]}
    ]
    return {group["TargetGroupArn"] for group in found if group.get("Weight", 1)}


def steps(run: Run) -> tuple[str, ...]:
    """What became of the service's task sets since the call, the last lines."""
    about = f"service/{run.given['service']}"
    told = [
        event
        for event in run.lab.timeline.since(run.began_ms)
        if event.subject == about and event.kind.startswith("task set")
    ]
    return tuple(str(event) for event in told[-_SHOWN:])
