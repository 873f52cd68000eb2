"""Reads from an account, now or as it was, which container instances there are and which tasks
hold what of them.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from ecslab.ecs import timing
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.tasks.runner import launch_facts
from ecslab.ground.clock import Clock
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.timeline.event import Event
from ecslab.timeline.instances import (
    AgentConnected,
    AgentDisconnected,
    InstanceActive,
    InstanceDeregistered,
    InstanceDraining,
    InstanceRegistered,
    RegistrationFailed,
)
from ecslab.timeline.tasks import AboutTask, TaskPending, TaskProvisioning, TaskWaits
from ecslab.timeline.timeline import Timeline
from ecslab.view.axis import written
from ecslab.view.chart import Instant, instant_ms
from ecslab.view.instances_model import ClusterBox, InstanceBox, InstancesPicture, TaskBlock
from ecslab.view.vocabulary import STATUSES

# What an instance is from a line of its story on.
_STANDING: dict[type[Event], str] = {
    InstanceRegistered: "ACTIVE",
    InstanceActive: "ACTIVE",
    InstanceDraining: "DRAINING",
    RegistrationFailed: "REGISTRATION_FAILED",
}
_AGENT: dict[type[Event], bool] = {AgentConnected: True, AgentDisconnected: False}


def read(lab: Any, cluster: str | None, at: Instant | None) -> InstancesPicture:
    """Look at a lab now, or as it was; raises LabError for a cluster that is
    not there and for a time to come.
    """
    ecs = lab.plane()
    now_ms = ecs.clock.now_ms
    at_ms = instant_ms(lab, at, now_ms, name="at")
    if at_ms > now_ms:
        what = Text(
            "the lab has not come to {at} yet; it is {now} there.",
            at=written(at_ms),
            now=written(now_ms),
        )
        raise LabError(
            what, wrong=f'instances(lab, at="{written(at_ms)}")', right='lab.advance("1m")'
        )
    found = chosen(ecs.state, cluster, "instances")
    named = f"cluster {found[0].name}" if len(found) == 1 else ecs.state.region
    reading = Reading(lab.timeline, at_ms, clock=ecs.clock, instances=ecs.instances)
    return InstancesPicture(
        title=f"Container instances of {named}, at {written(at_ms)}",
        boxes=tuple(reading.box(one) for one in found),
        note="what ended an hour or more ago is forgotten and not drawn"
        if at_ms < now_ms - timing.FORGET_STOPPED_MS
        else "",
    )


def chosen(state: AccountState, cluster: str | None, picture: str) -> list[Cluster]:
    """The active clusters, or the one named; raises LabError when there is none of that name."""
    active = {one.name: one for one in state.clusters.values() if one.status == "ACTIVE"}
    if cluster is None:
        return list(active.values())
    if cluster not in active:
        have = ", ".join(list(active)[:8]) or Text("none")
        right = f"{picture}(lab, cluster={next(iter(active), 'default')!r})"
        what = Text(
            "there is no active cluster {cluster!r} in {region}; there is {have}.",
            cluster=cluster,
            region=state.region,
            have=have,
        )
        raise LabError(what, wrong=f"{picture}(lab, cluster={cluster!r})", right=right)
    return [active[cluster]]


def placements(timeline: Iterable[Event]) -> dict[str, Event]:
    """The line of each task that tells why it is where it is: the last
    that names losers, else its first.
    """
    found: dict[str, Event] = {}
    for event in timeline:
        told = isinstance(event, TaskProvisioning | TaskPending) and event.losers
        if isinstance(event, AboutTask) and (told or event.subject not in found):
            found[event.subject] = event
    return found


def losers_of(event: Event) -> Mapping[str, str]:
    """Why each other instance lost, worked out now if need be."""
    told = event.facts.get("losers") or {}
    return told() if callable(told) else told


class Reading:
    """One look at an account: at its state, or back through the timeline at what it was."""

    def __init__(
        self, timeline: Timeline, at_ms: int, *, clock: Clock, instances: Instances
    ) -> None:
        self._instances = instances
        self._at_ms, self._now = at_ms, at_ms == clock.now_ms
        self._placed = placements(timeline)
        self._stories: dict[str, list[Event]] = {}
        for event in timeline if not self._now else ():
            self._stories.setdefault(event.subject, []).append(event)

    def box(self, cluster: Cluster) -> ClusterBox:
        """One cluster's instances and tasks."""
        gone = [] if self._now else self._instances.departed(cluster)
        machines = [i for i in [*cluster.instances.values(), *gone] if self._there(i)]
        alive = [task for task in cluster.tasks.values() if self._alive(task)]
        on: dict[str, list[Task]] = {}
        for task in alive:
            if task.instance and self._placed_ms(task) <= self._at_ms:
                on.setdefault(task.instance.id, []).append(task)
        housed = {task.id for tasks in on.values() for task in tasks}
        machines.sort(key=lambda i: (i.zone or "~", i.registered_ms))
        return ClusterBox(
            cluster.name,
            tuple(self._machine(i, on.get(i.id, [])) for i in machines),
            tuple(self._block(task, _aside(task)) for task in alive if task.id not in housed),
        )

    def _there(self, instance: ContainerInstance) -> bool:
        story = self._stories.get(instance.label, [])
        left_ms = next((e.at_ms for e in story if isinstance(e, InstanceDeregistered)), None)
        return instance.registered_ms <= self._at_ms and (left_ms is None or left_ms > self._at_ms)

    def _alive(self, task: Task) -> bool:
        return task.created_ms <= self._at_ms and (
            task.stopped_ms is None or task.stopped_ms > self._at_ms
        )

    def _placed_ms(self, task: Task) -> int:
        event = self._placed.get(task.label)
        return event.at_ms if event else task.created_ms

    def _machine(self, instance: ContainerInstance, tasks: list[Task]) -> InstanceBox:
        status, connected = (
            (instance.status, instance.connected) if self._now else self._stood(instance)
        )
        ports = {port for task in tasks if self._wanted(task) for port in _ports(task)}
        return InstanceBox(
            label=instance.label,
            kind=instance.attributes.get("ecs.instance-type") or "",
            machine=instance.ec2_id,
            zone=instance.zone or ("outside AWS" if instance.external else "no zone"),
            cpu=instance.cpu,
            memory=instance.memory,
            interfaces=instance.interfaces,
            interfaces_taken=sum(task.needs.interface for task in tasks if task.needs),
            ports=tuple(sorted(ports)),
            status=status,
            connected=connected,
            external=instance.external,
            provider=instance.capacity_provider or "",
            blocks=tuple(self._block(task, self._manner(task)) for task in tasks),
        )

    def _wanted(self, task: Task) -> bool:
        """Whether it reserves what it takes of an instance: until its stop is wanted."""
        return task.stopping_ms is None or task.stopping_ms > self._at_ms

    def _manner(self, task: Task) -> str:
        """What a task on an instance does there besides what its status says."""
        if not self._wanted(task):
            return "reserves nothing any more"
        story = self._stories.get(task.label, [])
        last = next((e for e in reversed(story) if e.at_ms <= self._at_ms), None)
        assert task.instance is not None, "a task in an instance's picture is on it"
        waits = task.id in task.instance.queue if self._now else isinstance(last, TaskWaits)
        return "waits until there is room" if waits else ""

    def _stood(self, instance: ContainerInstance) -> tuple[str, bool]:
        """Status and agent at a past moment; with a trunk to wait for, a
        registered instance is REGISTERING.
        """
        story = self._stories.get(instance.label, [])
        steps = [e for e in story if type(e) in _STANDING]
        trunked = {
            id(a)
            for a, b in pairwise(steps)
            if isinstance(a, InstanceRegistered) and not isinstance(b, InstanceDraining)
        }
        past = [e for e in steps if e.at_ms <= self._at_ms]
        status = (
            "REGISTERING"
            if past and id(past[-1]) in trunked
            else _STANDING[type(past[-1])]
            if past
            else "ACTIVE"
        )
        agent = [_AGENT[type(e)] for e in story if type(e) in _AGENT and e.at_ms <= self._at_ms]
        return status, agent[-1] if agent else True

    def _block(self, task: Task, where: str) -> TaskBlock:
        story = [] if self._now else self._stories.get(task.label, [])
        stages = [e.kind for e in story if e.at_ms <= self._at_ms and e.kind in STATUSES]
        held, placed = launch_facts(task), self._placed.get(task.label)
        return TaskBlock(
            label=task.label,
            definition=task.definition.name,
            status=stages[-1] if stages else task.last_status,
            cpu=held.cpu,
            memory=held.memory,
            where=where,
            holds=not task.instance or self._wanted(task),
            why=placed.why if placed else "",
            losers=lambda: losers_of(placed) if placed else {},
        )


def _ports(task: Task) -> set[tuple[str, int]]:
    """The host ports a task holds: those it was promised, and those its containers were given."""
    bound = {(b.get("protocol", "tcp"), b["hostPort"]) for c in task.containers for b in c.bindings}
    return bound | set(task.needs.ports if task.needs else ())


def _aside(task: Task) -> str:
    """Where a task is that is on no instance."""
    if task.launch_type == "FARGATE":
        return " · ".join(part for part in (task.capacity_provider or "FARGATE", task.zone) if part)
    return "waits for a place"
