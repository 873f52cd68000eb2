"""The only place that reads an account's past off its timeline: what ran, and how well, at each instant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from ecslab.timeline.event import Event
from ecslab.timeline.timeline import Timeline

_STAGES = {
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
}
_VERDICTS = {"HEALTHY", "UNHEALTHY"}
_NO_NEWS = (  # lines after which a steady service is as steady as before
    "deployment",
    "limits changed",
    "task set primary",
    "task set steady",
    "rolling back",
    "stage",
    "hook",
    "traffic shifted",
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
    steady: frozenset[str] = frozenset()  # services whose last word was that they are steady

    def of(self, service: str, cluster: str = "") -> list[TaskThen]:
        """The tasks of a service, those on their way up or down included.

        Two clusters may each have a service of that name: name the cluster wherever it is known.
        """
        return [
            task for task in self.tasks.values() if task.service == service and cluster in {"", task.cluster}
        ]

    def running(self, service: str, cluster: str = "") -> int:
        """How many tasks of a service are RUNNING."""
        return sum(task.status == "RUNNING" for task in self.of(service, cluster))


def moments(timeline: Timeline) -> Iterator[Moment]:
    """The account after each instant in which something happened, oldest first.

    What happens within one instant is taken together, so that no promise breaks between two lines of the same time.
    """
    tasks: dict[str, TaskThen] = {}
    steady: set[str] = set()
    for at_ms, events in groupby(timeline, key=lambda event: event.at_ms):
        for event in events:
            noun, _, name = event.subject.partition("/")
            if noun == "task" and "/" not in name:
                _follow_task(tasks, event)
            elif noun == "service" and not event.kind.startswith(_NO_NEWS):
                (steady.add if event.kind == "steady" else steady.discard)(name)
        yield Moment(at_ms, dict(tasks), frozenset(steady))


def _follow_task(tasks: dict[str, TaskThen], event: Event) -> None:
    before, facts = tasks.get(event.subject), event.facts
    health = event.kind if event.kind in _VERDICTS else before.health if before else "UNKNOWN"
    status = event.kind if event.kind in _STAGES else before.status if before else ""
    if status == "STOPPED":
        tasks.pop(event.subject, None)
        return
    tasks[event.subject] = TaskThen(
        event.subject,
        facts.get("cluster")
        or (before.cluster if before else ""),  # not every line about a task says all of it
        facts.get("definition") or (before.definition if before else ""),
        facts.get("service") or (before.service if before else None),
        status,
        health,
    )
