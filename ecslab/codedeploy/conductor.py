"""Lets deployments go on: when their time has come, when what they wait for has
happened, or when something ends them.
"""

from collections.abc import Callable
from functools import partial

from ecslab.cloudwatch.alarms import AlarmChange
from ecslab.cloudwatch.evaluator import AlarmEvaluator
from ecslab.codedeploy import failures as trouble
from ecslab.codedeploy import lifecycle, timing
from ecslab.codedeploy.announcements import Announcements
from ecslab.codedeploy.failures import DeploymentFailure
from ecslab.codedeploy.model import ROLLBACK, Deployment, LifecycleEvent, Story, Until
from ecslab.codedeploy.records import Records
from ecslab.ecs.deployments.task_sets import TaskSets
from ecslab.ecs.model.deployments import Deployment as TaskSetDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.lambdas import Lambdas
from ecslab.ground.clock import Clock


class Conductor:
    """Every deployment that has not ended has a story, and waits for one thing at a time."""

    on_failure: Callable[[Deployment, DeploymentFailure], None]  # it may have to be rolled back

    def __init__(
        self,
        *,
        clock: Clock,
        functions: Lambdas,
        evaluator: AlarmEvaluator,
        news: Announcements,
        records: Records,
        task_sets: TaskSets,
    ) -> None:
        self._clock, self._functions, self._evaluator = clock, functions, evaluator
        self._news, self._records = news, records
        task_sets.on_steady.append(self._task_set_changed)
        evaluator.on_change.append(self._alarm_changed)

    def begin(self, deployment: Deployment, story: Story) -> None:
        """Note a deployment, and have its story begin."""
        self._records.deployments[deployment.id] = deployment
        deployment.group.attempted = deployment
        deployment.story = story
        self._news.began(deployment)
        self._clock.after(timing.EVENT_MS, partial(self._start, deployment))

    def _start(self, deployment: Deployment) -> None:
        if not deployment.ended:
            deployment.status = deployment.target_status = "InProgress"
            deployment.started_ms = self._clock.now_ms
            why = self._alarmed(deployment)
            story = _story(deployment)
            self._go(deployment, partial(story.throw, why) if why else partial(next, story))

    def signal(self, deployment: Deployment, signal: str, value: str = "") -> bool:
        """Tell a deployment what has happened; whether it was waiting for that."""
        if deployment.ended or deployment.waits_for != signal:
            return False
        self._go(deployment, partial(_story(deployment).send, value or signal))
        return True

    def end(self, deployment: Deployment, why: DeploymentFailure) -> None:
        """End a deployment that is under way, whatever it waits for."""
        self._go(deployment, partial(_story(deployment).throw, why))

    def invoke(self, deployment: Deployment, event: LifecycleEvent) -> None:
        """Call the function of a lifecycle event; an exception of its own is no
        report, so that its hour goes by.
        """
        assert event.function is not None, "only an event with a function calls one"
        self._news.hook(deployment, event.name, event.function, "InProgress")
        payload = {"DeploymentId": deployment.id, "LifecycleEventHookExecutionId": event.execution}
        try:
            self._functions.invoke(event.function, payload)
        except Unavailable:
            self.signal(deployment, "hook", "Missing")
        except Exception as error:  # noqa: BLE001 - the function is the learner's, and may raise anything
            what = f"raised {type(error).__name__}: {error}"
            self._news.hook(deployment, event.name, event.function, what)

    def _go(self, deployment: Deployment, step: Callable[[], Until]) -> None:
        """Go on to the next thing that the story waits for, or to its end."""
        self._clock.cancel(deployment.alarm)
        deployment.alarm, deployment.waits_for = None, ""
        try:
            wait = step()
        except StopIteration:
            self._conclude(deployment, None)
        except DeploymentFailure as why:
            self._conclude(deployment, why)
        else:
            deployment.waits_for = wait.signal
            if wait.ms is not None:
                time_is_up = partial(_story(deployment).send, "")
                ring = partial(self._go, deployment, time_is_up)
                deployment.alarm = self._clock.after(wait.ms, ring)

    def _conclude(self, deployment: Deployment, why: DeploymentFailure | None) -> None:
        """A deployment has come to its end: note how, and roll it back when that is asked for."""
        self._clock.cancel(deployment.unsteady)
        deployment.status = why.status if why else "Succeeded"
        deployment.ended_ms = deployment.updated_ms = self._clock.now_ms
        deployment.story = deployment.unsteady = None
        for event in deployment.events:
            if event.status == "Pending":
                event.status = "Skipped"
        if why is None:
            deployment.group.succeeded, deployment.group.revision = deployment, deployment.revision
        else:
            deployment.target_status = "Failed"
            deployment.error = {"code": why.code, "message": why.message}
        self._news.ended(deployment)
        if why is not None:
            self.on_failure(deployment, why)

    # What happens around it

    def _alarmed(self, deployment: Deployment) -> DeploymentFailure | None:
        """Why its alarms do not let a deployment begin (BC-cd:AlarmConfiguration)."""
        watched = deployment.alarms
        if not watched.get("enabled") or deployment.creator == ROLLBACK:
            return None
        states = self._evaluator.state([alarm["name"] for alarm in watched["alarms"]])
        if ringing := [name for name, state in states.items() if state == "ALARM"]:
            return trouble.alarmed(ringing)
        missing = [name for name, state in states.items() if state is None]
        return (
            trouble.no_alarm(missing)
            if missing and not watched.get("ignorePollAlarmFailure")
            else None
        )

    def _alarm_changed(self, change: AlarmChange) -> None:
        """An alarm rings: the deployments that watch it are stopped; a rollback goes on."""
        if change.state != "ALARM":
            return
        for deployment in [d for d in self._records.deployments.values() if not d.ended]:
            watched, name = deployment.alarms, change.alarm.name
            if deployment.started_ms is None or deployment.creator == ROLLBACK:
                continue
            if watched.get("enabled") and name in [alarm["name"] for alarm in watched["alarms"]]:
                self.end(deployment, trouble.alarmed([name]))

    def _task_set_changed(self, service: Service, task_set: TaskSetDeployment) -> None:
        """A task set of some service is steady now, or is not any more."""
        for deployment in [d for d in self._records.deployments.values() if not d.ended]:
            if (deployment.service, deployment.cluster) != (service.name, service.cluster.name):
                continue
            if task_set.id == deployment.green:
                self.signal(deployment, "steady")
            if not deployment.ended and _is_shifting(deployment):
                self._heed_scaling(deployment, service)

    def _heed_scaling(self, deployment: Deployment, service: Service) -> None:
        """A scaling event while traffic shifts: the service has five minutes to
        become steady (facts, section 7.2).
        """
        counts = {d.id: d.desired for d in service.deployments}
        steady = all(d.task_set and d.task_set.stable for d in service.deployments)
        if steady:
            self._clock.cancel(deployment.unsteady)
            deployment.unsteady, deployment.counts = None, counts
        elif counts != deployment.counts and deployment.unsteady is None:
            ring = partial(self._scaled_too_long, deployment)
            deployment.unsteady = self._clock.after(timing.SCALING_MS, ring)

    def _scaled_too_long(self, deployment: Deployment) -> None:
        if not deployment.ended and _is_shifting(deployment):
            self.end(deployment, trouble.scaled_too_long())


def _story(deployment: Deployment) -> Story:
    assert deployment.story is not None, "a deployment that has not ended has a story"
    return deployment.story


def _is_shifting(deployment: Deployment) -> bool:
    return deployment.event(lifecycle.ALLOW_TRAFFIC).status == "InProgress"
