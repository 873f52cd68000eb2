"""Lines of `services[].events`, in AWS's words: what the scheduler and others do is
heard, and told here (facts, section 5.3).
"""

from collections.abc import Iterable
from functools import partial

from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.services import Service, ServiceEvent
from ecslab.ground.chance import Chance
from ecslab.timeline import deployments as d
from ecslab.timeline import services as s
from ecslab.timeline.teller import Teller

STEADY = "has reached a steady state."
STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment "
    "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
)
IMPAIRED = "is unable to consistently start tasks successfully."  # facts, section 5.2
COUNTED = {
    "registered": "registered {count} targets in (target-group {group})",
    "deregistered": "deregistered {count} targets in (target-group {group})",
    "draining": "has begun draining connections on {count} tasks.",
}


class ServiceMessages:
    """Writes a service's events, newest first, such as "(service web) has
    started 1 tasks: (task …)."; ids are drawn.
    """

    def __init__(self, *, chance: Chance, story: Teller, state: AccountState) -> None:
        self._chance, self._state = chance, state
        plain = {
            s.ServiceSteady: STEADY,
            s.SteadyRepeated: STEADY,
            s.ServiceStuck: STUCK,
            s.StartsImpaired: IMPAIRED,
            s.RebalancingStopped: "stopped AZ Rebalancing.",
        }
        for kind, text in plain.items():
            story.listen(kind, partial(self._write, text=text))
        story.listen(s.TasksStarted, self._started)
        story.listen(s.TasksStopped, self._stopped)
        story.listen(s.TaskFailedChecks, self._failed_checks)
        story.listen(
            s.LaunchFailed,
            lambda e: self._write(e, f"failed to launch a task with (error {e.error})."),
        )
        story.listen(s.PlacementFailed, lambda e: self._write(e, e.message))
        story.listen(s.TasksNotLaunched, self._not_launched)
        story.listen(s.RebalancingStarted, self._unbalanced)
        story.listen(
            s.RebalancingCompleted, lambda e: self._write(e, f"is AZ balanced with {e.zones}.")
        )
        story.listen(s.TargetsCounted, self._counted)
        story.listen(s.TargetComplained, lambda e: self._write(e, e.message))
        story.listen(s.TaskSetCounted, self._task_set_counted)
        story.listen(s.DeploymentCondemned, lambda e: self._of_deployment(e, e.message))
        story.listen(d.DeploymentCompleted, self._completed)
        story.listen(d.RollingBack, self._rolling_back)

    def _write(self, event: s.AboutService, text: str, *, task_set: str = "") -> None:
        service = self._state.service_of(event.service)
        of = f"{service.name}, taskSet {task_set}" if task_set else service.name
        number = self._chance.uuid("service event ids")
        service.events.appendleft(ServiceEvent(number, event.at_ms, f"(service {of}) {text}"))

    def _started(self, event: s.TasksStarted) -> None:
        count, tasks = len(event.tasks), _named(event.tasks)
        if event.zone:
            self._write(
                event, f"has started {count} tasks in {event.zone} to AZ Rebalance: {tasks}."
            )
            return
        text = f"has started {count} tasks: {tasks}."
        if event.replaces:
            text += f" Amazon ECS replaced {event.replaces} tasks due to an unhealthy status."
        self._write(event, text, task_set=self._task_set(event))

    def _stopped(self, event: s.TasksStopped) -> None:
        running, tasks = len(event.running), _named(event.running)
        if event.zone:
            text = (
                f"has stopped {running} running tasks in {event.zone} due to AZ "
                f"rebalancing: {tasks}."
            )
            self._write(event, text)
            return
        if event.running:
            text = f"has stopped {running} running tasks: {tasks}."
            self._write(event, text, task_set=self._task_set(event))
        if event.pending:
            text = f"stopped {len(event.pending)} pending tasks."
            self._write(event, text, task_set=self._task_set(event))

    def _task_set(self, event: s.TasksStarted | s.TasksStopped) -> str:
        """How an event names the task set it is about; nothing, when it is about a rollout."""
        service: Service = self._state.service_of(event.service)
        return event.deployment.label if service.uses_task_sets else ""

    def _failed_checks(self, event: s.TaskFailedChecks) -> None:
        self._write(event, f"(task {event.task}) failed container health checks.")

    def _not_launched(self, event: s.TasksNotLaunched) -> None:
        of = f"{event.count} tasks for deployment {event.deployment.label}"
        self._write(event, f"could not launch {of}. Reason: {event.code}.")

    def _unbalanced(self, event: s.RebalancingStarted) -> None:
        self._write(event, f"is not AZ balanced with {event.zones}. AZ Rebalancing in progress.")

    def _counted(self, event: s.TargetsCounted) -> None:
        text = COUNTED[event.change].format(count=event.count, group=event.target_group)
        self._write(event, text, task_set=event.task_set)

    def _task_set_counted(self, event: s.TaskSetCounted) -> None:
        number, desired = event.deployment.label, event.desired
        self._write(event, f"updated computedDesiredCount for taskSet {number} to {desired}.")

    def _of_deployment(
        self, event: s.DeploymentCondemned | d.DeploymentCompleted, text: str
    ) -> None:
        assert event.deployment is not None, "ECS names its deployments"
        self._write(event, f"(deployment {event.deployment.label}) {text}")

    def _completed(self, event: d.DeploymentCompleted) -> None:
        if event.by == "ECS":
            self._of_deployment(event, "deployment completed.")

    def _rolling_back(self, event: d.RollingBack) -> None:
        if event.by == "ECS":
            assert event.deployment is not None, "ECS names its deployments"
            self._write(event, f"rolling back to deployment {event.deployment.label}.")


def _named(tasks: Iterable[str]) -> str:
    return " ".join(f"(task {task})" for task in tasks)
