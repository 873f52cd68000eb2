"""Brings one task through its life: PROVISIONING, PENDING, ACTIVATING, RUNNING,
DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from ecslab.ecs import timing
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ecs.placement.needs import needs
from ecslab.ecs.placement.reservations import release, reserve, vacate
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.images import Images
from ecslab.ecs.ports.logs import Logs
from ecslab.ecs.ports.network import Network
from ecslab.ecs.targets.registrar import Targets
from ecslab.ecs.tasks import health
from ecslab.ecs.tasks.containers import ContainerRunner, all_started, all_stopped
from ecslab.ecs.tasks.dependencies import waiting
from ecslab.ecs.tasks.hosts import Hosts
from ecslab.ecs.tasks.leaving import leaving
from ecslab.ecs.tasks.lookups import Lookups
from ecslab.ecs.tasks.reach import Reach, Unreachable
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.text import Listed, Text
from ecslab.timeline.tasks import (
    AboutTask,
    LaunchFacts,
    TaskActivating,
    TaskDeactivating,
    TaskDeprovisioning,
    TaskHastened,
    TaskHealthChanged,
    TaskPending,
    TaskProvisioning,
    TaskRunning,
    TaskStopped,
    TaskStopping,
    TaskStopWanted,
    TaskWaits,
)
from ecslab.timeline.teller import Teller

Losers = Callable[[], Any] | None  # why the other instances were not taken, when somebody asks

FAILED_TO_START = "TaskFailedToStart"
ESSENTIAL_EXITED = "Essential container in task exited"  # facts, section 1.2


class Booking(Protocol):
    """Whoever hears that a task has booked resources of an instance, or freed them."""

    def __call__(self, instance: ContainerInstance, *, freed: bool) -> None:
        """Hear of it."""


class TaskRunner:
    """Launches and stops tasks; `on_change(task)` hears of every
    task that changed stage or health.
    """

    on_change: Callable[[Task], None]
    on_booking: Booking
    on_left: Callable[[ContainerInstance], None]  # a task that was on the instance has STOPPED
    announce: Callable[[Task], None]  # to others, before anybody here hears of it

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        story: Teller,
        state: AccountState,
        images: Images,
        logs: Logs,
        network: Network,
        lookups: Lookups,
        reach: Reach,
        targets: Targets,
    ) -> None:
        self._clock, self._story, self._state, self._network = clock, story, state, network
        self._lookups, self._reach, self._targets = lookups, reach, targets
        self._containers = ContainerRunner(
            self._container_changed,
            self._fail_to_start,
            clock=clock,
            chance=chance,
            story=story,
            images=images,
            logs=logs,
            lookups=lookups,
            reach=reach,
            targets=targets,
        )
        self._hosts = Hosts(self._activate, self._waits, clock=clock)
        self.moving: dict[str, Task] = {}  # by id: those on their way up or down

    def launch(self, task: Task, why: str, losers: Losers = None) -> None:
        """Take a new task in: it exists from now on; with awsvpc its network
        interface is made first (facts, section 1.1).
        """
        task.cluster.tasks[task.id] = task
        if task.launch_type != "FARGATE" and task.instance is None:
            first = TaskProvisioning(
                task=task.ref, placement=why, losers=losers, launch=launch_facts(task)
            )
            self._report(task, Stage.PROVISIONING, first)
        else:
            self._begin(task, why, losers, launch_facts(task))

    def placed(self, task: Task, why: str, losers: Losers = None) -> None:
        """Go on with a task that waited for an instance, and has one now."""
        self._begin(task, why, losers)

    def _begin(
        self, task: Task, why: str, losers: Losers, launch: LaunchFacts | None = None
    ) -> None:
        if task.instance:
            reserve(task.instance, task)
            self.on_booking(task.instance, freed=False)
        if task.network:
            begins = TaskProvisioning(task=task.ref, placement=why, losers=losers, launch=launch)
            self._report(task, Stage.PROVISIONING, begins)
            self._next(task, timing.ATTACH_MS, self._attach)
            self._next(task, timing.PROVISION_MS, self._provisioned)
        else:
            self._pend(
                task, TaskPending(task=task.ref, placement=why, losers=losers, launch=launch)
            )

    def _attach(self, task: Task) -> None:
        """A word that DescribeTasks shows: no event tells of it, no version counts it
        (ministackorg/ministack#1720, measured).
        """
        task.attachment_status = "ATTACHING"

    def _provisioned(self, task: Task) -> None:
        assert task.interface is None, "a task has one network interface"
        try:
            assert task.network is not None, "only awsvpc tasks are provisioned"
            assert task.subnet is not None, "placement chose a subnet"
            public = task.network.get("assignPublicIp") == "ENABLED"
            # The interface's description is the ARN of its attachment, as AWS writes it.
            description = self._state.arn(f"attachment/{task.attachment_id}")
            groups = task.network.get("securityGroups", [])
            task.interface = self._network.attach(task.subnet, groups, description, public=public)
        except Unavailable as failure:
            self._fail_to_start(task, str(failure))
            return
        task.attachment_status = "ATTACHED"
        self._pend(task, TaskPending(task=task.ref, address=task.interface.private_ip))

    def _pend(self, task: Task, event: TaskPending) -> None:
        self._report(task, Stage.PENDING, event)
        task.start_limit = self._clock.after(
            timing.START_LIMIT_MS, lambda: self._start_limit_reached(task)
        )
        self._next(task, timing.PENDING_MS, self._arrive)

    def _arrive(self, task: Task) -> None:
        """A task on Fargate has a machine of its own; on an instance those who
        are there may still be stopping.
        """
        if task.instance:
            self._hosts.arrive(task)
        else:
            self._activate(task)

    def _start_limit_reached(self, task: Task) -> None:
        """Not every container has started in three hours (facts 2, section
        31, row 4); the wording is ours.
        """
        held = Listed(", ", waiting(task.containers))
        why = Text("not every container has started within three hours")
        if held:
            why = Text("{late}: {held}", late=why, held=held)
        self.stop(task, FAILED_TO_START, "Task failed to start", why)

    def _activate(self, task: Task) -> None:
        task.connectivity_ms = task.pull_started_ms = self._clock.now_ms
        self._report(task, Stage.ACTIVATING, TaskActivating(task=task.ref))
        self._look_up(task)

    def _look_up(self, task: Task) -> None:
        try:
            self._lookups.look_up(task)
        except Unavailable as failure:
            give_up = partial(self._fail_to_start, task, str(failure))
            if isinstance(failure, Unreachable):
                self._reach.keep_trying(task, failure, partial(self._look_up, task), give_up)
            else:
                task.alarms.append(self._clock.after(timing.PULL_FAILURE_MS, give_up))
            return
        self._containers.pull(task)

    def _container_changed(self, task: Task) -> None:
        self._targets.look(task)
        if task.desired == "RUNNING" and (
            dead := next((c for c in task.essential if c.status == "STOPPED"), None)
        ):
            ran = dead.started_ms is not None
            exited = Text("{name} exited with code {code}", name=dead.name, code=dead.exit_code)
            why = exited if ran else Text("{name} can never start", name=dead.name)
            self.stop(task, "EssentialContainerExited", ESSENTIAL_EXITED, why=why)
        elif task.desired == "RUNNING" and task.stage < Stage.RUNNING and all_started(task):
            self._run(task)
        elif task.stage == Stage.STOPPING and all_stopped(task):
            self._deprovision(task)
        self._judge(task)

    def _run(self, task: Task) -> None:
        task.started_ms = self._clock.now_ms
        self._clock.cancel(task.start_limit)
        self._targets.enrol(task)
        missing = tuple(c.name for c in task.containers if c.started_ms is None)
        runs = TaskRunning(task=task.ref, containers=len(task.containers), missing=missing)
        self._report(task, Stage.RUNNING, runs)

    def _judge(self, task: Task) -> None:
        verdict = health.of_task([c.health for c in task.essential])
        if verdict != task.health and task.stage <= Stage.RUNNING:
            task.health = verdict
            if verdict != "UNKNOWN":
                each = tuple((c.name, c.health) for c in task.essential)
                self._story.say(TaskHealthChanged(task=task.ref, health=verdict, containers=each))
            self._changed(task)

    def stop(
        self, task: Task, code: str, reason: str, why: str = "", *, warned: bool = False
    ) -> None:
        """Want a task stopped, for a reason AWS has words for; a second wish changes nothing.

        `warned`: EventBridge hears of the wish before anything happens (facts, section 8.2).
        """
        if task.desired == "STOPPED":
            return
        self._want_stopped(task, code, reason, why or reason)
        if warned:
            self._changed(task)
        if task.service and task.stage == Stage.RUNNING:
            self._report(task, Stage.DEACTIVATING, TaskDeactivating(task=task.ref))
        self._leave(task, code)

    def _want_stopped(self, task: Task, code: str, reason: str, why: str) -> None:
        """Whatever it still uses, what it had reserved is free for the next task from now on."""
        task.desired, task.stop_code, task.stopped_reason = "STOPPED", code, reason
        task.stopping_ms = self._clock.now_ms
        self._story.say(TaskStopWanted(task=task.ref, stop_code=code, reason=reason, because=why))
        if task.instance:
            release(task.instance, task)
            self.on_booking(task.instance, freed=True)

    def hasten(self, task: Task, code: str, why: str) -> None:
        """A task whose targets drain meets a cause that does not wait for
        them; why it stops stays what it was.
        """
        assert task.stage == Stage.DEACTIVATING, "only a task that drains can be hastened"
        self._story.say(TaskHastened(task=task.ref, stop_code=code, because=why))
        self._leave(task, code)

    def _leave(self, task: Task, code: str) -> None:
        """Stop a task's containers, the way it is done for this cause: once its
        targets have drained, or at once.
        """
        self._forget_alarms(task)
        way = leaving(code)
        if way.within_ms is not None:
            task.over_by_ms = self._clock.now_ms + way.within_ms
        if task.stage != Stage.DEACTIVATING:
            self._stop_containers(task)
        elif way.drains:
            self._next(
                task,
                max(timing.DEACTIVATE_MS, self._targets.let_go(task)),
                self._stop_containers,
            )
        else:
            self._targets.drop(task)
            self._next(task, timing.DEACTIVATE_MS, self._stop_containers)

    def lose(self, task: Task, code: str, reason: str) -> None:
        """What a task runs on is gone, or ECS has let it go: nothing of the task can
        be told to stop, it is over at once.
        """
        if task.stage >= Stage.DEPROVISIONING:
            return
        if task.desired == "RUNNING":
            self._want_stopped(task, code, reason, reason)
        self._forget_alarms(task)
        self._targets.drop(task)
        self._containers.lose(task)
        if task.stage < Stage.STOPPING:
            self._report(task, Stage.STOPPING, TaskStopping(task=task.ref, ran=True, lost=True))
        self._deprovision(task)

    def _stop_containers(self, task: Task) -> None:
        self._report(task, Stage.STOPPING, TaskStopping(task=task.ref, ran=bool(task.started_ms)))
        self._containers.stop_ready(task)
        if all_stopped(task):
            self._deprovision(task)

    def _fail_to_start(self, task: Task, reason: str) -> None:
        self.stop(task, FAILED_TO_START, reason)

    def _deprovision(self, task: Task) -> None:
        task.execution_stopped_ms = self._clock.now_ms
        if task.instance:
            self._hosts.leave(task)
        if not task.network:  # nothing to take down: its instance's network stays
            self._end(task)
            return
        task.attachment_status = "DETACHING"
        goes = TaskDeprovisioning(task=task.ref, had_interface=task.interface is not None)
        self._report(task, Stage.DEPROVISIONING, goes)
        self._next(task, timing.DEPROVISION_MS, self._end)

    def _end(self, task: Task) -> None:
        if task.interface:
            self._network.release(task.interface)
        if task.instance:
            vacate(task.instance, task)
            self.on_left(task.instance)
        task.attachment_status = "DELETED"
        task.stopped_ms = self._clock.now_ms
        over = TaskStopped(
            task=task.ref, stop_code=task.stop_code, reason=task.stopped_reason or ""
        )
        self._report(task, Stage.STOPPED, over)
        self._next(task, timing.FORGET_STOPPED_MS, self._forget)

    def _forget(self, task: Task) -> None:
        del task.cluster.tasks[task.id]

    def _next(self, task: Task, delay_ms: int, action: Callable[[Task], None]) -> None:
        task.alarms.append(self._clock.after(delay_ms, lambda: action(task)))

    def _forget_alarms(self, task: Task) -> None:
        self._reach.forget(task)
        for alarm in [task.start_limit, *task.alarms]:
            self._clock.cancel(alarm)
        task.alarms.clear()

    def _waits(self, task: Task, why: str) -> None:
        self._story.say(TaskWaits(task=task.ref, because=why))

    def _report(self, task: Task, stage: Stage, event: AboutTask) -> None:
        assert stage >= task.stage, "a task's stage only moves forward"
        task.stage = stage
        if stage in (Stage.RUNNING, Stage.STOPPED):
            self.moving.pop(task.id, None)
        else:
            self.moving[task.id] = task
        self._story.say(event)
        self._changed(task)

    def _changed(self, task: Task) -> None:
        self.announce(task)
        task.version += 1
        self.on_change(task)


def launch_facts(task: Task) -> LaunchFacts:
    """What a task's first line tells its bill: where, on what, how much of it."""
    platform = task.definition.spec.get("runtimePlatform") or {}
    wanted = task.needs or needs(task.spec)
    spot = task.capacity_provider in {"FARGATE", "FARGATE_SPOT"}
    return LaunchFacts(
        launch_type=task.launch_type,
        provider=task.capacity_provider if spot and task.capacity_provider else task.launch_type,
        cpu=wanted.cpu,
        memory=wanted.memory,
        architecture=platform.get("cpuArchitecture", "X86_64"),
        system="WINDOWS"
        if platform.get("operatingSystemFamily", "LINUX").startswith("WINDOWS")
        else "LINUX",
        storage_gib=task.ephemeral_gib,
        public_ip=(task.network or {}).get("assignPublicIp") == "ENABLED",
    )
