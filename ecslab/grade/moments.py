"""Reads an account's past off its timeline: what ran, and how well, at each instant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from ecslab.timeline.tasks import (
    AboutTask,
    TaskActivating,
    TaskDeactivating,
    TaskDeprovisioning,
    TaskHealthChanged,
    TaskPending,
    TaskProvisioning,
    TaskRunning,
    TaskStopped,
    TaskStopping,
)
from ecslab.timeline.timeline import Timeline

_STAGES = (
    TaskProvisioning,
    TaskPending,
    TaskActivating,
    TaskRunning,
    TaskDeactivating,
    TaskStopping,
    TaskDeprovisioning,
)


@dataclass(frozen=True, slots=True)
class TaskThen:
    """One task at one instant; `health` stays UNKNOWN without a container health check."""

    label: str
    cluster: str
    definition: str
    service: str | None
    status: str
    health: str = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Moment:
    """The account at one instant, after everything that happened in it."""

    at_ms: int
    tasks: Mapping[str, TaskThen] = field(default_factory=dict)

    def of(self, service: str, cluster: str = "") -> list[TaskThen]:
        """The tasks of a service, those on their way up or down included.

        Two clusters may each have a service of that name: name the cluster wherever it is known.
        """
        return [
            task
            for task in self.tasks.values()
            if task.service == service and cluster in {"", task.cluster}
        ]

    def running(self, service: str, cluster: str = "") -> int:
        """How many tasks of a service are RUNNING."""
        return sum(task.status == "RUNNING" for task in self.of(service, cluster))


def moments(timeline: Timeline) -> Iterator[Moment]:
    """The account after each instant in which something happened, oldest first.

    What happens within one instant is taken together, so that no promise breaks
    between two lines of the same time.
    """
    tasks: dict[str, TaskThen] = {}
    for at_ms, events in groupby(timeline, key=lambda event: event.at_ms):
        for event in events:
            if isinstance(event, AboutTask):
                _follow(tasks, event)
        yield Moment(at_ms, dict(tasks))


def _follow(tasks: dict[str, TaskThen], event: AboutTask) -> None:
    ref, before = event.task, tasks.get(event.task.label)
    if isinstance(event, TaskStopped):
        tasks.pop(ref.label, None)
        return
    tasks[ref.label] = TaskThen(
        label=ref.label,
        cluster=ref.cluster.name,
        definition=ref.definition,
        service=ref.service.name if ref.service else None,
        status=event.kind if isinstance(event, _STAGES) else before.status if before else "",
        health=event.health
        if isinstance(event, TaskHealthChanged)
        else before.health
        if before
        else "UNKNOWN",
    )
