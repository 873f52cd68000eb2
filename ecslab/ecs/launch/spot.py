"""Fargate Spot's two faults: AWS takes a running task's capacity back, and there is no
capacity to be had (facts, section 8.2).
"""

from collections.abc import Sequence

from ecslab.ecs.capacity.strategy import FARGATE_SPOT
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.timeline.tasks import SpotOffered
from ecslab.timeline.teller import Teller

INTERRUPTION = "SpotInterruption"
INTERRUPTED = "Your Spot Task was interrupted."  # both: facts, section 1.2


def _interruptible(task: Task) -> bool:
    """Whether a task is still to be told: its service may have let go of it, as long
    as it waits for its targets to drain.
    """
    told = task.stage > Stage.DEACTIVATING or task.over_by_ms is not None
    return task.capacity_provider == FARGATE_SPOT and not told


class Spot:
    """Spare Fargate capacity: `available` says whether new tasks get any; what runs
    already runs on until it is interrupted.
    """

    def __init__(
        self, *, story: Teller, state: AccountState, rounds: Rounds, runner: TaskRunner
    ) -> None:
        self._story, self._state, self._rounds, self._runner = story, state, rounds, runner
        self.available = True

    def refuses(self, provider: str) -> bool:
        """Whether a provider is Fargate Spot, and has nothing to give."""
        return provider == FARGATE_SPOT and not self.available

    def running(self, names: Sequence[str]) -> list[Task]:
        """The live Spot tasks of these ids or ARNs, all of them when none is named; raises
        LabError for any other task, and for none.
        """
        tasks = [t for c in self._state.clusters.values() for t in c.tasks.values()]
        if not names:
            names = [t.id for t in tasks if _interruptible(t)]
            if not names:
                raise LabError(
                    Text("no task runs on Fargate Spot, so there is nothing to interrupt."),
                    right=Text(
                        'ecs.run_task(capacityProviderStrategy=[{{"capacityProvider": '
                        '"FARGATE_SPOT", "weight": 1}}], …) comes first'
                    ),
                )
        return [self._spot_task(name, tasks) for name in dict.fromkeys(names)]

    def _spot_task(self, name: str, tasks: Sequence[Task]) -> Task:
        task = next((t for t in tasks if name in {t.id, t.arn}), None)
        if task is not None and _interruptible(task):
            return task
        if task is None:
            what = Text(
                "there is no task {name!r} in {region}.", name=name, region=self._state.region
            )
        elif task.capacity_provider != FARGATE_SPOT:
            on = task.capacity_provider or Text("the launch type {type}", type=task.launch_type)
            what = Text(
                "{label} runs on {on}: only Fargate Spot tasks are interrupted.",
                label=task.label,
                on=on,
            )
        else:
            what = Text("{label} is stopping or has stopped already.", label=task.label)
        raise LabError(
            what,
            wrong=f"lab.interrupt_spot({name!r})",
            right=Text("lab.interrupt_spot()   # every Spot task that runs"),
        )

    def interrupt(self, task: Task) -> None:
        """Give a Spot task its two-minute warning: an EventBridge event and SIGTERM; two
        minutes later whatever still runs is killed.

        Behind a load balancer it is deregistered at once, and nobody waits for the
        deregistration delay, not even for a task that was draining already. A task that
        has been told to stop goes on stopping.
        """
        assert task.capacity_provider == FARGATE_SPOT, "only Spot capacity is taken back"
        why = Text("AWS needs the Spot capacity back: two minutes' warning")
        if task.desired == "STOPPED":
            self._runner.hasten(task, INTERRUPTION, why)
        else:
            self._runner.stop(task, INTERRUPTION, INTERRUPTED, why, warned=True)

    def offer(self, *, available: bool) -> None:
        """Have Spot capacity, or none; services that found none look
        again at once when it is back.
        """
        if available == self.available:
            return
        self.available = available
        self._story.say(SpotOffered(available=available))
        if available:
            for cluster in self._state.clusters.values():
                for service in cluster.services.values():
                    if service.blocked and service.status == "ACTIVE":
                        self._rounds.wake(service)
