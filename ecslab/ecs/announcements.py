"""The only place that tells others what happened: service events, and `aws.ecs` events for EventBridge."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ecslab.ecs.capacity import describe as describe_instance
from ecslab.ecs.model import Json
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.service_deployments import Hook, ServiceDeployment
from ecslab.ecs.model.services import Service, ServiceEvent
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.tasks import describe as describe_task

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

IN_EVENTS = {describe_task.INTERFACE: "eni"}  # types of attachments (aws/containers-roadmap#797)
REPEAT_MS = 6 * 3_600_000  # an identical event is held back for six hours (facts, section 5.1)


def service_event(
    plane: "ControlPlane", service: Service, text: str, *, prefix: str = "", task_set: str = ""
) -> None:
    """Add a line to the service's events, newest first: "(service web) has started 1 tasks: (task …)."."""
    of = f"{service.name}, taskSet {task_set}" if task_set else service.name
    message = f"(service {of}) {prefix}{text}"
    service.events.appendleft(
        ServiceEvent(plane.chance.uuid("service event ids"), plane.clock.now_ms, message)
    )


def service_event_once(plane: "ControlPlane", service: Service, text: str) -> bool:
    """The same, unless it was said within six hours and its cause has not been resolved since (`service.said`)."""
    last = service.said.get(text)
    if last is not None and plane.clock.now_ms - last < REPEAT_MS:
        return False
    service.said[text] = plane.clock.now_ms
    service_event(plane, service, text)
    return True


def task_state_change(plane: "ControlPlane", task: Task) -> None:
    """ECS Task State Change: the whole task, its interface under the name that events have for it (facts, section 31)."""
    bus = plane.neighbours.bus
    if bus.listening:
        detail = _with_iso_times(describe_task.task(plane, task))
        for attachment in detail["attachments"]:
            attachment["type"] = IN_EVENTS.get(attachment["type"], attachment["type"])
        detail["updatedAt"] = _iso(plane.clock.timestamp())
        bus.put("ECS Task State Change", [task.arn], detail)


def container_instance_state_change(plane: "ControlPlane", instance: ContainerInstance) -> None:
    """ECS Container Instance State Change, with the whole instance as its detail."""
    bus = plane.neighbours.bus
    if bus.listening:
        detail = _with_iso_times(describe_instance.container_instance(plane, instance))
        of = {"clusterArn": instance.cluster.arn, "updatedAt": _iso(plane.clock.timestamp())}
        bus.put("ECS Container Instance State Change", [instance.arn], detail | of)


def service_action(plane: "ControlPlane", service: Service, level: str, name: str, **more: Any) -> None:
    """ECS Service Action: level INFO, WARN or ERROR, and an event name of facts section 5.4."""
    bus = plane.neighbours.bus
    if bus.listening:
        detail = {
            "eventType": level,
            "eventName": name,
            "clusterArn": service.cluster.arn,
            "createdAt": _iso(plane.clock.timestamp()),
        }
        bus.put("ECS Service Action", [service.arn], detail | more)


def deployment_state_change(
    plane: "ControlPlane", service: Service, deployment: Deployment, level: str, name: str
) -> None:
    """ECS Deployment State Change: SERVICE_DEPLOYMENT_IN_PROGRESS, _COMPLETED or _FAILED, with its reason."""
    bus = plane.neighbours.bus
    if bus.listening:
        detail = {
            "eventType": level,
            "eventName": name,
            "deploymentId": deployment.id,
            "updatedAt": _iso(plane.clock.timestamp()),
            "reason": deployment.rollout_reason,
        }
        bus.put("ECS Deployment State Change", [service.arn], detail)


def hook_state_change(plane: "ControlPlane", service: Service, work: ServiceDeployment, hook: Hook) -> None:
    """ECS Hook State Change, of a pause hook: HOOK_AWAITING_ACTION, _SUCCEEDED, _FAILED or _TIMED_OUT.

    The form is that of the developer guide (pause-lifecycle-hooks); that the last two are errors is assumed.
    """
    bus = plane.neighbours.bus
    if bus.listening:
        assert hook.expires_ms is not None, "every hook has an end"
        detail = {
            "eventType": "ERROR" if hook.status in {"FAILED", "TIMED_OUT"} else "INFO",
            "eventName": f"HOOK_{hook.status}",
            "hookId": hook.id,
            "hookType": hook.target_type,
            "expiresAt": _iso(plane.clock.timestamp(hook.expires_ms)),
            "lifecycleStage": hook.stage,
            "clusterArn": service.cluster.arn,
            "serviceArn": service.arn,
            "serviceDeploymentArn": work.arn,
            "updatedAt": _iso(plane.clock.timestamp()),
        }
        bus.put("ECS Hook State Change", [service.arn], detail)


def _with_iso_times(shape: Json) -> Json:
    return {k: _iso(v) if k.endswith("At") else v for k, v in shape.items()}


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
