"""Tells of targets: the timeline at once, service events together for all that
happened at one instant (facts, section 5.3).
"""

from typing import Any

from ecslab.ecs.model.services import grace_ends_ms
from ecslab.ecs.model.tasks import TargetRegistration, Task
from ecslab.ecs.targets.health import UNHEALTHY
from ecslab.ground.clock import Clock
from ecslab.timeline.refs import ServiceRef
from ecslab.timeline.services import TargetComplained, TargetsCounted
from ecslab.timeline.targets import TargetDraining, TargetHealthChanged, TargetRegistered
from ecslab.timeline.teller import Teller

_AFTER_ALL = 2  # the clock's priority: when everything else of the instant has happened


class TargetNews:
    """What others hear of a task's targets."""

    def __init__(self, *, clock: Clock, story: Teller) -> None:
        self._clock, self._story = clock, story
        # (service, change, group, task set)
        self._counted: dict[tuple[ServiceRef, str, str, str], int] = {}

    def registered(self, task: Task, registration: TargetRegistration) -> None:
        """A target has been registered."""
        self._story.say(TargetRegistered(task=task.ref, **_of(registration)))
        self._count(task, "registered", registration.group)

    def judged(self, task: Task, registration: TargetRegistration, before: str) -> None:
        """A target's state has changed."""
        health = registration.health
        self._story.say(
            TargetHealthChanged(
                task=task.ref,
                state=health.state,
                before=before,
                reason=health.description,
                **_of(registration),
            )
        )
        if health.state == UNHEALTHY:
            self.complain(task, registration)

    def deregistered(self, task: Task, registration: TargetRegistration) -> None:
        """A target gets no new requests any more."""
        self._story.say(TargetDraining(task=task.ref, **_of(registration)))
        self._count(task, "deregistered", registration.group)

    def draining(self, task: Task) -> None:
        """A task's targets drain: during a rollout the event names
        the deployment, as a task set.
        """
        assert task.service is not None, "only tasks of services have targets"
        assert task.deployment is not None, "a service's task belongs to a deployment"
        old = task.service.uses_task_sets or task.deployment is not task.service.primary
        self._count(task, "draining", task_set=task.deployment.id if old else "")

    def complain(self, task: Task, registration: TargetRegistration) -> None:
        """A service event says that a target is unhealthy, once nobody has to
        ignore it any more (facts, section 5.6).
        """
        if (
            task.service is None
            or task.desired != "RUNNING"
            or registration.health.state != UNHEALTHY
        ):
            return
        self._clock.cancel(registration.grace)
        registration.grace = None
        wait_ms = grace_ends_ms(task.service, task) - self._clock.now_ms
        if wait_ms > 0:
            registration.grace = self._clock.after(
                wait_ms, lambda: self.complain(task, registration)
            )
        else:
            told = TargetComplained(service=task.service.ref, message=complaint(task, registration))
            self._story.say(told)

    def _count(self, task: Task, change: str, group: str = "", task_set: str = "") -> None:
        assert task.service is not None, "only tasks of services have targets"
        if task.deployment and task.deployment.task_set:
            task_set = task.deployment.id
        if not self._counted:
            self._clock.after(0, self._flush, priority=_AFTER_ALL)
        key = (task.service.ref, change, group, task_set)
        self._counted[key] = self._counted.get(key, 0) + 1

    def _flush(self) -> None:
        for (service, change, group, task_set), count in self._counted.items():
            self._story.say(
                TargetsCounted(
                    service=service,
                    change=change,
                    count=count,
                    target_group=group,
                    task_set=task_set,
                )
            )
        self._counted.clear()


def complaint(task: Task, registration: TargetRegistration) -> str:
    """The service event about an unhealthy target (facts, section 5.3)."""
    health, target, arn = registration.health, registration.target, registration.group
    assert task.deployment is not None, "a service's task belongs to a deployment"
    if health.reason is None:  # nobody checks it: the group, or the target, is gone
        text = (
            f"(task {task.id}) is not healthy in target-group ({arn}) due to {health.description}"
        )
        return f"task set ({task.deployment.id}) {text}"
    whose = f"(task {task.id})" if task.interface else f"(instance {target.id})"
    return (
        f"{whose} (port {target.port}) is unhealthy in (target-group {arn}) due to (reason "
        f"{health.description})."
    )


def _of(registration: TargetRegistration) -> dict[str, Any]:
    target = registration.target
    return {"target_group": registration.group, "target": target.id, "port": target.port}
