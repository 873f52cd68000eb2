"""The service scheduler: in rounds it looks at a service's tasks, asks the strategy, acts, and says so."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ecslab.ecs import announce, timing
from ecslab.ecs.controllers.places import daemon_places
from ecslab.ecs.controllers.service_acts import ServiceActs
from ecslab.ecs.policy.deployment import strategy
from ecslab.ecs.policy.deployment.fleet import Copy, Fleet
from ecslab.ecs.policy.placement.stopping import stop_order
from ecslab.ecs.policy.throttle import pause_ms
from ecslab.ecs.state import ContainerInstance, Json, Service, Stage, Task

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)  # facts, section 5.3
THROTTLED = "is unable to consistently start tasks successfully."  # facts, section 5.2


class Scheduler:
    """Keeps every service at what is wanted; it sleeps until something about the service changes."""

    def __init__(self, plane: "ControlPlane") -> None:
        self._plane, self._clock = plane, plane.clock
        self._acts = ServiceActs(plane)

    def wake(self, service: Service, *, not_before_ms: int = 0) -> None:
        """Have the service looked at in its next round: ten seconds apart, counted from its creation (facts, section 5.7)."""
        now, round_ms = self._clock.now_ms, timing.SCHEDULER_ROUND_MS
        next_round_ms = now + round_ms - (now - service.created_ms) % round_ms if service.looked_at else now
        due_ms = max(next_round_ms, not_before_ms)
        if service.wake is None or service.wake[0] > due_ms:
            self._clock.cancel(service.wake)
            service.wake = self._clock.after(due_ms - now, lambda: self._round(service), priority=1)

    def task_changed(self, task: Task) -> None:
        """Hear that one task moved; only tasks of services concern the scheduler."""
        service = task.service
        if service is None:
            return
        if task.stage == Stage.STOPPED:
            service.tasks.pop(task.id, None)
        if task.stage >= Stage.STOPPING and task.started_ms is None and task.stop_code == "TaskFailedToStart":
            self._count_failure(task)
        if task.stage == Stage.RUNNING and not _checked(task):
            self._clock.after(timing.COUNTS_AS_HEALTHY_MS, lambda: self._settled(task))
        if task.health == "UNHEALTHY" and task.desired == "RUNNING":
            self._heed_illness(service, task)
        if task.health == "HEALTHY":
            self._settled(task)
        if task.desired == "STOPPED" and task.stage <= Stage.STOPPING:
            service.steady = False
        self.wake(service)

    def _count_failure(self, task: Task) -> None:
        deployment = task.deployment
        if deployment and not task.counted_as_failed:
            task.counted_as_failed = True
            deployment.new_failures += 1
            deployment.failed_tasks += 1

    def _settled(self, task: Task) -> None:
        """A task that runs well ends a row of failures (facts, section 6.2)."""
        if task.stage == Stage.RUNNING and task.service and task.deployment:
            task.deployment.failed_tasks = task.deployment.failed_rounds = task.deployment.new_failures = 0
            task.service.said.pop(THROTTLED, None)
            self.wake(task.service)

    def _heed_illness(self, service: Service, task: Task) -> None:
        grace_ends_ms = _grace_ends_ms(service, task)
        if self._clock.now_ms < grace_ends_ms:
            self.wake(service, not_before_ms=grace_ends_ms)
        service.steady = False

    def _round(self, service: Service) -> None:
        service.wake, service.looked_at = None, True
        if service.status == "INACTIVE":
            return
        if service.status == "DRAINING":
            self._acts.drain(service)
            return
        self._note_failed_starts(service)
        if service.settings["schedulingStrategy"] == "DAEMON":
            service.desired = len(daemon_places(service))
        fleet = self.fleet(service)  # look
        move = strategy(service.settings["deploymentConfiguration"]["strategy"])(fleet)  # ask
        service.blocked = ""
        if move.stop:
            self._acts.stop(service, [service.tasks[i] for i in move.stop], move.why)
        if move.start:
            self._start(service, move.start, move.replaces, move.why)
        if move.stuck and announce.service_event_once(self._plane, service, STUCK):
            self._plane.say(f"service/{service.name}", "stuck", move.why)
        service.blocked = service.blocked or ("stuck" if move.stuck else "")
        self._acts.retire_deployments(service)
        if not move.start and not move.stop:
            self._conclude(service, fleet)

    def _note_failed_starts(self, service: Service) -> None:
        deployment = service.primary
        if deployment.new_failures:
            deployment.new_failures = 0
            deployment.failed_rounds += 1
            pause = pause_ms(deployment.failed_rounds)
            deployment.next_start_ms = self._clock.now_ms + pause
            if pause:
                why = f"{deployment.failed_rounds} failed starts in a row: waits {pause / 1000:g} s"
                self._plane.say(f"service/{service.name}", "throttled", why)

    def _start(self, service: Service, count: int, replaces: int, why: str) -> None:
        wait_ms = service.primary.next_start_ms - self._clock.now_ms
        if wait_ms <= 0:
            self._acts.start(service, count, replaces, why)
            return
        service.blocked = "throttled"
        if announce.service_event_once(self._plane, service, THROTTLED):
            announce.service_action(self._plane, service, "WARN", "SERVICE_TASK_START_IMPAIRED")
        self.wake(service, not_before_ms=service.primary.next_start_ms)

    def fleet(self, service: Service) -> Fleet:
        """The service's tasks as a strategy sees them; those told to stop are gone already."""
        stream = self._plane.chance.stream("which task stops")
        wanted = [t for t in service.tasks.values() if t.desired == "RUNNING"]
        config = service.settings["deploymentConfiguration"]
        homes = {i.id for i in _homes(service)}
        return Fleet(
            desired=service.desired,
            target=service.primary.id,
            copies=tuple(self._copy(service, t, homes) for t in wanted),
            minimum_percent=config["minimumHealthyPercent"],
            maximum_percent=config["maximumPercent"],
            pick=stream.randrange,
            choose=partial(self._choose, service) if any(t.instance for t in wanted) else None,
            strategy=_shared(service),
        )

    def _choose(self, service: Service, copies: Sequence[Copy], count: int) -> list[Copy]:
        """Which copies on instances stop first: the placement strategies backwards (facts, sections 4 and 5.1)."""
        by_id = {c.id: c for c in copies}
        live = [t for t in service.tasks.values() if t.desired == "RUNNING"]
        draw = self._plane.chance.stream("which task stops").randrange
        nowhere = [
            t for t in live if t.id in by_id and not t.instance
        ]  # on Fargate, or waiting for an instance
        placed = [t for t in live if t.instance]
        order = stop_order(
            [t for t in placed if t.id in by_id], placed, service.settings["placementStrategy"], draw=draw
        )
        return [by_id[t.id] for t in [*nowhere, *order][:count]]

    def _copy(self, service: Service, task: Task, homes: Collection[str]) -> Copy:
        assert task.deployment is not None, "a service's task belongs to a deployment"
        running = task.stage == Stage.RUNNING
        ill = task.health == "UNHEALTHY" and self._clock.now_ms >= _grace_ends_ms(service, task)
        well = (
            _well(task)
            if _checked(task)
            else self._clock.now_ms - (task.started_ms or 0) >= timing.COUNTS_AS_HEALTHY_MS
        )
        return Copy(
            id=task.id,
            deployment=task.deployment.id,
            running=running,
            healthy=running and well and not ill,
            unhealthy=ill,
            leaving=task.instance is not None and task.instance.id not in homes,
            zone=task.zone,
            provider=task.capacity_provider,
        )

    def _conclude(self, service: Service, fleet: Fleet) -> None:
        """Nothing to do: steady when everything wanted is healthy and nothing else is left (facts, sections 5.1 and 6.3)."""
        done = (
            fleet.healthy == len(fleet.copies) == service.desired
            and len(service.deployments) == 1
            and not fleet.old
        )
        if done and not service.steady:
            self._acts.steady(service)
            self._remind(service)

    def _remind(self, service: Service) -> None:
        self._clock.cancel(service.reminder)
        service.reminder = self._clock.after(timing.STEADY_REMINDER_MS, lambda: self._repeat_steady(service))

    def _repeat_steady(self, service: Service) -> None:
        if service.steady and service.status == "ACTIVE":
            announce.service_event(self._plane, service, "has reached a steady state.")
            self._remind(service)


def _homes(service: Service) -> list[ContainerInstance]:
    """Where its tasks may stay: not on draining instances; those of a daemon service where one is wanted."""
    if service.settings["schedulingStrategy"] == "DAEMON":
        return daemon_places(service)
    return [i for i in service.cluster.instances.values() if i.status != "DRAINING"]


def _shared(service: Service) -> Sequence[Json]:
    """The strategy by which capacity providers share the service's tasks, when there is more than one."""
    used = service.primary.settings.get("capacityProviderStrategy") or []
    return used if len(used) > 1 else ()


def _checked(task: Task) -> bool:
    return any(c.has_health_check for c in task.essential)


def _well(task: Task) -> bool:
    return all(c.health == "HEALTHY" for c in task.essential if c.has_health_check)


def _grace_ends_ms(service: Service, task: Task) -> int:
    """Unhealthy checks are ignored for so long after a task started (facts, section 5.6)."""
    return (task.started_ms or 0) + int(service.settings.get("healthCheckGracePeriodSeconds") or 0) * 1000
