"""Tasks in PROVISIONING that wait until their capacity provider has an instance
with room (facts, sections 1.1 and 8.3).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ecslab.ecs import timing
from ecslab.ecs.launch.new_task import Launch
from ecslab.ecs.launch.places import Place, places
from ecslab.ecs.launch.wanted import Wanted
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.placement.batch import PlacementRefused
from ecslab.ecs.ports.network import Subnet
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text

if TYPE_CHECKING:
    from ecslab.ground.clock import Alarm

MOST = 500  # tasks in PROVISIONING per cluster (facts, section 15)
# Public in many clients that retry on it.
LIMIT_EXCEEDED = "Tasks provisioning capacity limit exceeded."
LIMIT_EVENT = (
    "was unable to place tasks in your cluster because the tasks provisioning "
    "capacity limit was exceeded."
)
FULL = PlacementRefused(  # facts, section 5.3; the code is ours
    "TASKS PROVISIONING LIMIT",
    Text("{most} tasks of the cluster wait for capacity already", most=MOST),
    None,
    LIMIT_EVENT,
    (),
)
FAILED_TO_START = "TaskFailedToStart"


@dataclass(slots=True)
class _Wait:
    task: Task
    launch: Launch
    subnets: Sequence[Subnet]
    deadline: "Alarm"


class Waiting:
    """First come, first served, per launch; whoever cannot be placed does not
    hold up tasks that need something else.
    """

    def __init__(self, *, clock: Clock, chance: Chance, rounds: Rounds, runner: TaskRunner) -> None:
        self._clock, self._chance, self._rounds = clock, chance, rounds
        self._runner = runner
        self._waits: dict[str, _Wait] = {}
        self._look: dict[str, Alarm] = {}  # by cluster: it is looked at later in this instant

    def tasks(self, cluster: Cluster, provider: str | None = None) -> list[Task]:
        """Who waits in a cluster, for one provider or for any, in order of arrival."""
        waiting = (w.task for w in self._waits.values() if w.task.cluster is cluster)
        return [
            t for t in waiting if t.desired == "RUNNING" and provider in {None, t.capacity_provider}
        ]

    def admit(self, task: Task, launch: Launch, subnets: Sequence[Subnet]) -> None:
        """Have a task wait; when no capacity has come within half an hour it fails to start."""
        deadline = self._clock.after(timing.WAIT_FOR_CAPACITY_MS, partial(self._give_up, task))
        self._waits[task.id] = _Wait(task, launch, subnets, deadline)

    def room(self, instance: ContainerInstance) -> None:
        """There is room on an instance of a provider: whoever waits is placed, once
        everything due at this instant has happened.
        """
        cluster = instance.cluster
        if instance.capacity_provider and cluster.name not in self._look and self.tasks(cluster):
            self._look[cluster.name] = self._clock.after(
                0, partial(self._place, cluster), priority=1
            )

    def _place(self, cluster: Cluster) -> None:
        del self._look[cluster.name]
        self._forget_stopped()
        placed = 0
        for same in self._alike(cluster):
            next_place = self._places(cluster, same[0])
            for wait in same:
                place = next_place()
                if isinstance(place, PlacementRefused):
                    break
                self._take(wait, place)
                placed += 1
        if placed:
            for service in cluster.services.values():
                if service.blocked and service.status == "ACTIVE":
                    self._rounds.wake(service)

    def _alike(self, cluster: Cluster) -> list[list[_Wait]]:
        """Those who wait, in groups that need the same, in order of arrival."""
        groups: dict[tuple[object, ...], list[_Wait]] = {}
        for wait in self._waits.values():
            task = wait.task
            if task.cluster is cluster:
                of_one_launch = id(task.deployment or wait.launch)
                groups.setdefault((of_one_launch, task.capacity_provider), []).append(wait)
        return list(groups.values())

    def _places(self, cluster: Cluster, wait: _Wait) -> Callable[[], Place | PlacementRefused]:
        task = wait.task
        group = task.service.tasks.values() if task.service else cluster.tasks.values()
        siblings = [
            t for t in group if t.group == task.group and t.desired == "RUNNING" and t.instance
        ]
        return places(
            self._chance, Wanted(cluster, task.definition, wait.launch, wait.subnets, siblings)
        )

    def _take(self, wait: _Wait, place: Place) -> None:
        assert place.instance is not None, "capacity that is waited for is an instance"
        task = wait.task
        del self._waits[task.id]
        self._clock.cancel(wait.deadline)
        task.instance, task.zone = place.instance, place.instance.zone
        task.subnet = place.subnet.id if place.subnet else None
        self._runner.placed(task, place.why, losers=place.losers)

    def _give_up(self, task: Task) -> None:
        """Facts, section 1.2: TaskFailedToStart, and why the closest instance could not take it."""
        wait = self._waits.pop(task.id)
        if task.desired == "RUNNING":
            place = self._places(task.cluster, wait)()
            reason = place.code if isinstance(place, PlacementRefused) else "AGENT"
            self._runner.stop(
                task,
                FAILED_TO_START,
                reason,
                why=Text("{reason}: no capacity came within 30 minutes", reason=reason),
            )

    def _forget_stopped(self) -> None:
        for number in [n for n, w in self._waits.items() if w.task.desired == "STOPPED"]:
            self._clock.cancel(self._waits.pop(number).deadline)
