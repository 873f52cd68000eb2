"""Fargate tasks whose agent cannot reach what it needs: it goes on
trying, and gives up after its time.

A way that opens meanwhile is taken at once (assumption: AWS's agent tries again every few seconds).
What runs is not asked again: a way that closes later stops nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ecslab.ecs.model.tasks import Task
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.network import Network
from ecslab.ecs.tasks.needs import Need
from ecslab.ground.clock import Alarm, Clock
from ecslab.timeline.tasks import TaskCannotReach, TaskReaches, TaskTakesWay
from ecslab.timeline.teller import Teller
from ecslab.world.reach.net import Origin
from ecslab.world.reach.out import OPEN, WayVerdict, reaches


class Unreachable(Unavailable):
    """There is no way from a task to what it needs; the text is the task's
    stoppedReason once its agent has given up.
    """

    def __init__(self, need: Need, why: str) -> None:
        super().__init__(need.words)
        self.need, self.why = need, why


@dataclass(frozen=True, slots=True)
class _Attempt:
    task: Task
    need: Need
    gives_up: Alarm
    go_on: Callable[[], None]


class Reach:
    """The ways of this account's tasks to what they need."""

    def __init__(self, *, clock: Clock, story: Teller, network: Network) -> None:
        self._clock, self._story, self._network = clock, story, network
        self._attempts: dict[str, _Attempt] = {}  # by task

    def check(self, task: Task, need: Need | None) -> None:
        """Raise Unreachable when there is no way now; on instances the agent
        asks, whose ways are not judged.
        """
        if need is None or task.interface is None or task.launch_type != "FARGATE":
            return
        verdict = self._judge(task, need)
        if not verdict.ok:
            raise Unreachable(need, verdict.why)
        if verdict.why and verdict.why != task.trusted_way:
            task.trusted_way = verdict.why
            self._story.say(TaskTakesWay(task=task.ref, because=verdict.why, subnet=task.subnet))

    def _judge(self, task: Task, need: Need) -> WayVerdict:
        assert task.interface is not None, (
            "only a task with a network interface of its own is judged"
        )
        net = self._network.net(task.interface.subnet)
        place = Origin(task.interface.subnet, task.interface.public_ip)
        return reaches(net, place, need.destination) if net else OPEN

    def keep_trying(
        self,
        task: Task,
        failure: Unreachable,
        go_on: Callable[[], None],
        give_up: Callable[[], None],
    ) -> None:
        """Say at once what is out of reach; go on as soon as it is not any more, and give up,
        which stops it, after the agent's time.
        """
        need = failure.need
        alarm = self._clock.after(need.gives_up_ms, give_up)
        task.alarms.append(alarm)
        self._attempts[task.id] = _Attempt(task, need, alarm, go_on)
        self._story.say(
            TaskCannotReach(
                task=task.ref,
                destination=need.destination.name,
                because=failure.why,
                subnet=task.subnet,
            )
        )

    def forget(self, task: Task) -> None:
        """The task tries no more: it got through, or is told to stop."""
        self._attempts.pop(task.id, None)

    def unreached(self, task: Task) -> str | None:
        """What a task's agent tries to reach, in vain so far; None for
        a task that hangs on nothing.
        """
        attempt = self._attempts.get(task.id)
        return attempt.need.destination.name if attempt else None

    def look_again(self) -> None:
        """Something about the network may have changed."""
        for attempt in list(self._attempts.values()):
            if self._judge(attempt.task, attempt.need).ok:
                self._clock.cancel(attempt.gives_up)
                self.forget(attempt.task)
                self._reaches(attempt)
                attempt.go_on()

    def _reaches(self, attempt: _Attempt) -> None:
        task, destination = attempt.task, attempt.need.destination.name
        self._story.say(TaskReaches(task=task.ref, destination=destination, subnet=task.subnet))
