"""Brings one task's containers up and down: pull, start in dependency
order, watch health, exit, restart, stop.
"""

from collections.abc import Callable
from functools import partial

from ecslab.ecs import timing
from ecslab.ecs.model.instances import Port
from ecslab.ecs.model.tasks import Container, Stage, Task
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.images import Images
from ecslab.ecs.ports.logs import Logs
from ecslab.ecs.targets.registrar import Targets
from ecslab.ecs.tasks import dependencies, digests, health
from ecslab.ecs.tasks.hosts import ports_in_use
from ecslab.ecs.tasks.lookups import Lookups
from ecslab.ecs.tasks.port_bindings import NoPortLeft, bindings
from ecslab.ecs.tasks.reach import Reach, Unreachable
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.timeline.tasks import (
    ContainerExited,
    ContainerHealthChanged,
    ContainerKilled,
    ContainerLost,
    ContainerNeverStarted,
    ContainerRestarted,
    ContainerSignalled,
    ContainerStarted,
    ImagePulled,
    ImagePullFailed,
    ImagePulling,
)
from ecslab.timeline.teller import Teller

# What Docker gives a container that it fails to start (assumption: ECS hands it on)
DOCKER_COULD_NOT_START = 128


class ContainerRunner:
    """The agent's part: it reports `changed(task)` whenever a container moved, and
    `broken(task, reason)` when one never can.
    """

    def __init__(
        self,
        changed: Callable[[Task], None],
        broken: Callable[[Task, str], None],
        *,
        clock: Clock,
        chance: Chance,
        story: Teller,
        images: Images,
        logs: Logs,
        lookups: Lookups,
        reach: Reach,
        targets: Targets,
    ) -> None:
        self._changed, self._broken, self._clock = changed, broken, clock
        self._chance, self._story, self._images, self._logs = chance, story, images, logs
        self._lookups, self._reach, self._targets = lookups, reach, targets

    def pull(self, task: Task) -> None:
        """Resolve every image and wait for the downloads; all containers
        of a task pull at the same time.
        """
        for container in task.containers:
            if container.image_digest is not None:  # it has begun, before another one could not
                continue
            self._story.say(ImagePulling(container=task.part(container), image=container.image))
            try:
                image = digests.find(self._images, self._reach, task, container)
            except Unreachable as failure:
                give_up = partial(self._give_up_pulling, task, container, failure.need.words)
                self._reach.keep_trying(task, failure, partial(self.pull, task), give_up)
                return
            except Unavailable as absent:
                self._pull_failed(task, container, str(absent))
                task.alarms.append(
                    self._clock.after(
                        timing.PULL_FAILURE_MS, partial(self._broken, task, str(absent))
                    )
                )
                return
            container.image_digest, container.behaviour = image.digest, image.behaviour
            container.alarms.append(
                self._clock.after(
                    _ms(image.behaviour.pulls_in), partial(self._pulled, task, container)
                )
            )

    def _give_up_pulling(self, task: Task, container: Container, reason: str) -> None:
        self._pull_failed(task, container, reason)
        self._broken(task, reason)

    def _pull_failed(self, task: Task, container: Container, reason: str) -> None:
        digests.failed(task, container)
        container.reason = reason
        self._story.say(ImagePullFailed(container=task.part(container), reason=reason))

    def _pulled(self, task: Task, container: Container) -> None:
        container.pulled = True
        self._story.say(
            ImagePulled(container=task.part(container), after_s=container.behaviour.pulls_in)
        )
        if all(c.pulled for c in task.containers):
            task.pull_stopped_ms = self._clock.now_ms
            self.start_ready(task)

    def start_ready(self, task: Task) -> None:
        """Start every container whose dependencies are met, and end those that never can
        start: whether the task ends is its affair.
        """
        if task.desired == "STOPPED" or not all(c.pulled for c in task.containers):
            return
        given_up = False
        while hopeless := self._hopeless(task):
            self._give_up(task, *hopeless)  # and then those that wait for it
            given_up = True
        others = {c.name: c for c in task.containers}
        for container in _held(task):
            if not dependencies.waits_for(container, others):
                self._start(task, container)
        if given_up:
            self._changed(task)

    def _hopeless(self, task: Task) -> tuple[Container, int, str] | None:
        """A container that can never start, the exit code that it is
        given all the same, and why.
        """
        others = {c.name: c for c in task.containers}
        for container in _held(task):
            if reason := dependencies.never_starts(container, others, self._clock.now_ms):
                return container, dependencies.NEVER_RAN, reason
            if dependencies.waits_for(container, others):
                continue
            if reason := self._lookups.log_problem(task, container):
                return container, DOCKER_COULD_NOT_START, reason
        return None

    def _give_up(self, task: Task, container: Container, code: int, reason: str) -> None:
        """It never ran: it has an exit code and the agent's error name all the
        same (facts 2, section 31, row 2).
        """
        container.status, container.exit_code = "STOPPED", code
        container.stopped_ms = self._clock.now_ms
        container.reason = f"CannotStartContainerError: {reason}"
        self._story.say(ContainerNeverStarted(container=task.part(container), reason=reason))

    def _start(self, task: Task, container: Container) -> None:
        container.starting = True
        delay_ms = _ms(container.behaviour.starts_in)
        container.alarms.append(self._clock.after(delay_ms, lambda: self._started(task, container)))

    def _started(self, task: Task, container: Container) -> None:
        now, image = self._clock.now_ms, container.behaviour
        container.starting, container.status, container.started_ms = False, "RUNNING", now
        container.runtime_id = (
            f"{task.id}-{self._chance.stream('runtime ids').randrange(10**10):010d}"
        )
        container.exit_code = container.reason = None
        if task.instance and not self._bind(task, container):
            return
        self._story.say(ContainerStarted(container=task.part(container), after_s=image.starts_in))
        self._log(container, image.prints.splitlines())
        if image.exits_after is not None:
            container.alarms.append(
                self._clock.after(
                    _ms(image.exits_after), lambda: self._exit(task, container, image.exit_code)
                )
            )
        if container.has_health_check:
            for after_ms, verdict in health.verdicts(container.definition["healthCheck"], image):
                container.alarms.append(
                    self._clock.after(after_ms, partial(self._judge, task, container, verdict))
                )
        if (due_ms := dependencies.timeout_due_ms(container)) is not None:
            container.alarms.append(
                self._clock.after(due_ms - now, partial(self.start_ready, task))
            )
        self._changed(task)
        self.start_ready(task)

    def _bind(self, task: Task, container: Container) -> bool:
        """Take ports of the instance; False when it has none left, which ends the task."""
        instance = task.instance
        assert instance is not None, "only tasks on instances bind ports"
        mode = task.definition.spec.get("networkMode", "bridge")
        mine = {port for port, owner in instance.ports_taken.items() if owner == task.id}
        taken = (
            (instance.ports_taken.keys() - mine)
            | instance.reserved_ports
            | ports_in_use(instance, but=task)
        )
        try:
            container.bindings = bindings(container.definition, mode, taken | self._bound(task))
        except NoPortLeft:
            # The rest is ours.
            self._broken(task, "CannotStartContainerError: no dynamic host port is left")
            return False
        for binding in container.bindings if task.desired == "RUNNING" else ():
            instance.ports_taken[binding["protocol"], binding["hostPort"]] = task.id
        return True

    def _bound(self, task: Task) -> set[Port]:
        return {(b["protocol"], b["hostPort"]) for c in task.containers for b in c.bindings}

    def _judge(self, task: Task, container: Container, verdict: str) -> None:
        container.health = verdict
        check = container.definition["healthCheck"]
        failures = check.get("retries", 3)
        self._story.say(
            ContainerHealthChanged(
                container=task.part(container), health=verdict, failures=failures
            )
        )
        self._changed(task)
        self.start_ready(task)

    def _exit(self, task: Task, container: Container, code: int) -> None:
        told = container.terminating
        self._end(
            task,
            container,
            ContainerExited(container=task.part(container), exit_code=code, told=told),
        )

    def _end(
        self, task: Task, container: Container, event: ContainerExited | ContainerKilled
    ) -> None:
        code = event.exit_code
        self._forget_alarms(container)
        container.status, container.exit_code, container.stopped_ms = (
            "STOPPED",
            code,
            self._clock.now_ms,
        )
        self._story.say(event)
        if task.desired == "RUNNING" and self._may_restart(container, code):
            container.restarts += 1
            container.status, container.health = "PENDING", "UNKNOWN"
            self._story.say(ContainerRestarted(container=task.part(container)))
            self._start(task, container)
            self._targets.look(task)  # until then nobody answers
            return
        self._changed(task)
        if task.desired == "RUNNING":
            self.start_ready(task)
        else:
            self.stop_ready(task)

    def _may_restart(self, container: Container, code: int) -> bool:
        policy = container.definition.get("restartPolicy") or {}
        if not policy.get("enabled") or code in policy.get("ignoredExitCodes", []):
            return False
        assert container.started_ms is not None, "a container that exits has started"
        ran_ms = self._clock.now_ms - container.started_ms
        return bool(
            ran_ms >= policy.get("restartAttemptPeriod", timing.RESTART_ATTEMPT_PERIOD_S) * 1000
        )

    def stop_ready(self, task: Task) -> None:
        """Tell every container to stop that nothing running depends on;
        those that never started just end.
        """
        others = {c.name: c for c in task.containers}
        for container in task.containers:
            if container.status == "PENDING":
                self._forget_alarms(container)
                container.starting, container.status = False, "STOPPED"
        for container in task.containers:
            if (
                container.status == "RUNNING"
                and not container.terminating
                and dependencies.may_stop(container, others)
            ):
                self._terminate(task, container)

    def _terminate(self, task: Task, container: Container) -> None:
        container.terminating = True
        image = container.behaviour
        limit_ms, with_host = self._time_to_stop(task, container)
        self._forget_alarms(container)
        self._story.say(ContainerSignalled(container=task.part(container), limit_s=limit_ms / 1000))
        if image.ignores_sigterm or _ms(image.stops_in) > limit_ms:
            killed = ContainerKilled(
                container=task.part(container), exit_code=137, with_host=with_host
            )
            container.alarms.append(
                self._clock.after(limit_ms, lambda: self._end(task, container, killed))
            )
        else:
            code = image.sigterm_exit_code
            container.alarms.append(
                self._clock.after(_ms(image.stops_in), lambda: self._exit(task, container, code))
            )

    def _time_to_stop(self, task: Task, container: Container) -> tuple[int, bool]:
        """How many milliseconds a container has between SIGTERM and
        SIGKILL, and whether its host goes then.
        """
        timeout_ms = 1000 * container.definition.get("stopTimeout", timing.STOP_TIMEOUT_S)
        if task.over_by_ms is not None and task.over_by_ms - self._clock.now_ms < timeout_ms:
            return task.over_by_ms - self._clock.now_ms, True
        return timeout_ms, False

    def lose(self, task: Task) -> None:
        """The containers are out of reach for good: ECS learns no exit code of them."""
        for container in task.containers:
            self._forget_alarms(container)
            if container.status == "RUNNING":
                lost = ContainerLost(
                    container=task.part(container), reason=task.stopped_reason or ""
                )
                self._story.say(lost)
            if container.status != "STOPPED":
                container.starting, container.status = False, "STOPPED"
                container.stopped_ms = self._clock.now_ms

    def _forget_alarms(self, container: Container) -> None:
        for alarm in container.alarms:
            self._clock.cancel(alarm)
        container.alarms.clear()

    def _log(self, container: Container, lines: list[str]) -> None:
        if container.log_stream and lines:
            options = container.definition["logConfiguration"]["options"]
            self._logs.write(options, container.log_stream, lines, self._clock.timestamp())


def _held(task: Task) -> list[Container]:
    """The containers that have not begun to start."""
    return [c for c in task.containers if c.status == "PENDING" and not c.starting]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def all_started(task: Task) -> bool:
    """A task is RUNNING when each of its containers has started, is done already, or never
    will start (facts 2, section 31, row 2).
    """
    return all(c.started_ms is not None or c.status == "STOPPED" for c in task.containers)


def all_stopped(task: Task) -> bool:
    """Whether nothing of the task runs any more."""
    return all(c.status == "STOPPED" for c in task.containers) and task.stage >= Stage.STOPPING
