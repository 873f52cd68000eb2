"""Events of `aws.ecs` for EventBridge, each built only when a rule listens (facts, section 5.4)."""

from datetime import UTC, datetime

from ecslab.ecs.capacity.describe import container_instance
from ecslab.ecs.model import Json
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.service_deployments import Hook, ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.ports.events import Bus
from ecslab.ecs.tasks import describe as describe_task
from ecslab.ground.clock import Clock
from ecslab.timeline import deployments as d
from ecslab.timeline import services as s
from ecslab.timeline.teller import Teller

IN_EVENTS = {describe_task.INTERFACE: "eni"}  # types of attachments (aws/containers-roadmap#797)
# Level and event name of each ECS Service Action.
ACTIONS: dict[type[s.AboutService], tuple[str, str]] = {
    s.TasksStopped: ("INFO", "TASKS_STOPPED"),
    s.ServiceSteady: ("INFO", "SERVICE_STEADY_STATE"),
    s.RebalancingStarted: ("INFO", "SERVICE_REBALANCING_STARTED"),
    s.RebalancingCompleted: ("INFO", "SERVICE_REBALANCING_COMPLETED"),
    s.RebalancingStopped: ("INFO", "SERVICE_REBALANCING_STOPPED"),
    s.StartsImpaired: ("WARN", "SERVICE_TASK_START_IMPAIRED"),
    s.DiscoveryUnhealthy: ("WARN", "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY"),
}


class EventBridge:
    """Hears what happens to services, deployments and hooks; tasks and
    instances are handed to it as they change.
    """

    def __init__(self, *, clock: Clock, story: Teller, state: AccountState, bus: Bus) -> None:
        self._clock, self._state, self._bus = clock, state, bus
        for kind in ACTIONS:
            story.listen(kind, self._acted)
        story.listen(s.ServiceUpdated, self._updated)
        story.listen(s.TasksStarted, self._started)
        story.listen(s.PlacementFailed, self._not_placed)
        story.listen(d.TaskSetSteady, self._task_set_steady)
        story.listen(d.DeploymentStarted, self._deployment_began)
        story.listen(d.RollingBack, self._deployment_began)
        story.listen(d.DeploymentCompleted, self._deployment_completed)
        story.listen(d.DeploymentFailed, self._deployment_failed)
        story.listen(d.HookChanged, self._hook_changed)

    # Tasks and instances

    def task_changed(self, task: Task) -> None:
        """ECS Task State Change: the whole task, its interface under the name that
        events have for it (facts, section 31).
        """
        if self._bus.listening:
            detail = _with_iso_times(describe_task.task(self._clock, task))
            for attachment in detail["attachments"]:
                attachment["type"] = IN_EVENTS.get(attachment["type"], attachment["type"])
            detail["updatedAt"] = self._now()
            self._bus.put("ECS Task State Change", [task.arn], detail)

    def instance_changed(self, instance: ContainerInstance) -> None:
        """ECS Container Instance State Change, with the whole instance as its detail."""
        if self._bus.listening:
            detail = _with_iso_times(container_instance(self._clock, instance))
            of = {"clusterArn": instance.cluster.arn, "updatedAt": self._now()}
            self._bus.put("ECS Container Instance State Change", [instance.arn], detail | of)

    # Services

    def _acted(self, event: s.AboutService) -> None:
        self._action(event, *ACTIONS[type(event)])

    def _updated(self, event: s.ServiceUpdated) -> None:
        self._action(event, "INFO", "SERVICE_DESIRED_COUNT_UPDATED", desiredCount=event.desired)

    def _started(self, event: s.TasksStarted) -> None:
        """Only of rebalancing: the guide lists no other
        (DG:ecs_service_events, DG:track-service-rebalancing).
        """
        if event.zone:
            self._action(event, "INFO", "TASKS_STARTED")

    def _not_placed(self, event: s.PlacementFailed) -> None:
        self._action(event, "ERROR", "SERVICE_TASK_PLACEMENT_FAILURE", reason=event.code)

    def _task_set_steady(self, event: d.TaskSetSteady) -> None:
        service = self._state.service_of(event.service)
        sets = [
            x.task_set.arn
            for x in service.deployments
            if x.id == event.deployment.label and x.task_set
        ]
        self._action(event, "INFO", "TASKSET_STEADY_STATE", taskSetArns=sets)

    def _action(self, event: s.AboutService, level: str, name: str, **more: object) -> None:
        if self._bus.listening:
            service = self._state.service_of(event.service)
            detail = {
                "eventType": level,
                "eventName": name,
                "clusterArn": service.cluster.arn,
                "createdAt": self._now(),
            }
            self._bus.put("ECS Service Action", [service.arn], detail | more)

    # Deployments

    def _deployment_began(self, event: d.AboutDeployment) -> None:
        self._deployment(event, "INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS")

    def _deployment_completed(self, event: d.AboutDeployment) -> None:
        self._deployment(event, "INFO", "SERVICE_DEPLOYMENT_COMPLETED")

    def _deployment_failed(self, event: d.AboutDeployment) -> None:
        self._deployment(event, "ERROR", "SERVICE_DEPLOYMENT_FAILED")

    def _deployment(self, event: d.AboutDeployment, level: str, name: str) -> None:
        """ECS Deployment State Change, of a deployment that ECS controls."""
        if event.by != "ECS" or not self._bus.listening:
            return
        assert event.deployment is not None, "ECS names its deployments"
        service = self._state.service_of(event.service)
        deployment = next(x for x in service.deployments if x.id == event.deployment.label)
        detail = {
            "eventType": level,
            "eventName": name,
            "deploymentId": deployment.id,
            "updatedAt": self._now(),
            "reason": deployment.rollout_reason,
        }
        self._bus.put("ECS Deployment State Change", [service.arn], detail)

    def _hook_changed(self, event: d.HookChanged) -> None:
        if event.by == "ECS" and event.target_type == "PAUSE" and self._bus.listening:
            service = self._state.service_of(event.service)
            work = next(w for w in service.service_deployments if w.id == event.work)
            self._pause(service, work, next(h for h in work.hooks if h.id == event.hook))

    def _pause(self, service: Service, work: ServiceDeployment, hook: Hook) -> None:
        """ECS Hook State Change, of a pause hook: HOOK_AWAITING_ACTION,
        _SUCCEEDED, _FAILED or _TIMED_OUT.

        The form is that of the developer guide (pause-lifecycle-hooks); that
        the last two are errors is assumed.
        """
        assert hook.expires_ms is not None, "every hook has an end"
        detail = {
            "eventType": "ERROR" if hook.status in {"FAILED", "TIMED_OUT"} else "INFO",
            "eventName": f"HOOK_{hook.status}",
            "hookId": hook.id,
            "hookType": hook.target_type,
            "expiresAt": _iso(self._clock.timestamp(hook.expires_ms)),
            "lifecycleStage": hook.stage,
            "clusterArn": service.cluster.arn,
            "serviceArn": service.arn,
            "serviceDeploymentArn": work.arn,
            "updatedAt": self._now(),
        }
        self._bus.put("ECS Hook State Change", [service.arn], detail)

    def _now(self) -> str:
        return _iso(self._clock.timestamp())


def _with_iso_times(shape: Json) -> Json:
    return {k: _iso(v) if k.endswith("At") else v for k, v in shape.items()}


def _iso(timestamp: float) -> str:
    return (
        datetime.fromtimestamp(timestamp, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
