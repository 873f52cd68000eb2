"""Task sets: what an EXTERNAL controller, or CodeDeploy, has ECS keep side by
side in one service (facts, section 7.3).
"""

from typing import TYPE_CHECKING

from ecslab.ecs.deployments.rollouts import REVISION
from ecslab.ecs.deployments.strategies.task_sets import share
from ecslab.ecs.model import Json
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.deployments import Deployment, TaskSet
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage, is_well
from ecslab.timeline.deployments import (
    TaskSetCreated,
    TaskSetDeleted,
    TaskSetDraining,
    TaskSetMadePrimary,
    TaskSetScaled,
    TaskSetSteady,
)
from ecslab.timeline.services import ServiceSteady, TaskSetCounted

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

NO_TASK_SET = "it has no task set"


def begin(
    plane: "ControlPlane",
    service: Service,
    definition: TaskDefinition,
    settings: Json,
    *,
    scale: float,
    external_id: str | None = None,
    started_by: str | None = None,
    tags: list[Json] | None = None,
    request: Json | None = None,
) -> Deployment:
    """Add a task set to a service; its tasks start in the service's next round."""
    now = plane.clock.now_ms
    id_ = f"ecs-svc/{plane.chance.decimal('deployment ids')}"
    deployment = Deployment(
        id=id_,
        definition=definition,
        settings=settings,
        created_ms=now,
        updated_ms=now,
        status="ACTIVE",
        task_set=TaskSet(
            arn=plane.arn(f"task-set/{service.cluster.name}/{service.name}/{id_}"),
            scale=scale,
            stability_ms=now,
            external_id=external_id,
            started_by=started_by,
            tags=tags or [],
            request=request or {},
        ),
    )
    service.deployments.append(deployment)
    plane.story.say(TaskSetCreated(service=service.ref, deployment=deployment.ref, scale=scale))
    _look_again(plane, service)
    return deployment


def rescale(plane: "ControlPlane", service: Service, deployment: Deployment, scale: float) -> None:
    """Set what share of the service's desired count a task set has, in percent."""
    assert deployment.task_set is not None, "only a task set has a scale"
    before, deployment.task_set.scale = deployment.task_set.scale, scale
    deployment.updated_ms = plane.clock.now_ms
    plane.story.say(
        TaskSetScaled(service=service.ref, deployment=deployment.ref, scale=scale, before=before)
    )
    _look_again(plane, service)


def make_primary(plane: "ControlPlane", service: Service, deployment: Deployment) -> None:
    """Have a task set stand for the service, which then shows its
    settings; the one that did is ACTIVE.
    """
    now = plane.clock.now_ms
    if before := service.serving:
        before.status, before.updated_ms = "ACTIVE", now
    deployment.status, deployment.updated_ms = "PRIMARY", now
    service.settings = service.settings | deployment.settings
    plane.story.say(
        TaskSetMadePrimary(
            service=service.ref,
            deployment=deployment.ref,
            scale=_scale(deployment),
            instead_of=before.definition.name if before else None,
        )
    )


def drain(plane: "ControlPlane", service: Service, deployment: Deployment) -> None:
    """Stop a task set's tasks, and forget it when they have stopped; without a
    primary the service shows no settings.
    """
    assert deployment.task_set is not None, "only a task set is drained"
    if deployment.status == "PRIMARY":
        # As public captures show it.
        shown_before = {"launchType": "EC2", "loadBalancers": [], "serviceRegistries": []}
        service.settings = service.settings | dict.fromkeys(deployment.settings) | shown_before
    deployment.status, deployment.task_set.scale = "DRAINING", 0.0
    deployment.updated_ms = plane.clock.now_ms
    plane.story.say(
        TaskSetDraining(service=service.ref, deployment=deployment.ref, scale=_scale(deployment))
    )
    _look_again(plane, service)


def count(plane: "ControlPlane", service: Service) -> None:
    """Work out how many tasks each task set's scale comes to; the
    event's text is from public captures.
    """
    for deployment in service.deployments:
        if deployment.task_set is None:
            continue
        wanted = share(service.desired, deployment.task_set.scale)
        if wanted != deployment.desired:
            deployment.desired, deployment.updated_ms = wanted, plane.clock.now_ms
            plane.story.say(
                TaskSetCounted(service=service.ref, deployment=deployment.ref, desired=wanted)
            )
            service.steady = False


def conclude(plane: "ControlPlane", service: Service) -> bool:
    """Judge each task set, and forget those whose tasks have stopped; True when
    the service has just become steady.
    """
    for deployment in service.deployments:
        _judge(plane, service, deployment)
    for deployment in [d for d in service.deployments if _is_gone(service, d)]:
        service.deployments.remove(deployment)
        plane.story.say(
            TaskSetDeleted(service=service.ref, deployment=deployment.ref, scale=_scale(deployment))
        )
    if not service.deployments:
        service.blocked = NO_TASK_SET
        return False
    done = all(
        d.task_set and d.task_set.stable and d.status != "DRAINING" for d in service.deployments
    )
    if not done or service.steady:
        return False
    service.steady = True
    service.told.clear()
    wanted = sum(d.desired for d in service.deployments)
    deployment = service.serving or service.deployments[-1]
    plane.story.say(
        ServiceSteady(
            service=service.ref, deployment=deployment.ref, healthy=wanted, scale=_scale(deployment)
        )
    )
    return True


def _judge(plane: "ControlPlane", service: Service, deployment: Deployment) -> None:
    task_set = deployment.task_set
    assert task_set is not None, "a service has task sets or rollouts, never both"
    stable = _is_stable(service, deployment)
    if stable == task_set.stable:
        return
    task_set.stable, task_set.stability_ms = stable, plane.clock.now_ms
    if stable:
        plane.story.say(
            TaskSetSteady(
                service=service.ref,
                deployment=deployment.ref,
                scale=_scale(deployment),
                running=deployment.desired,
            )
        )
    for hear in plane.on_task_set:
        hear(service, deployment)


def _is_stable(service: Service, deployment: Deployment) -> bool:
    """STEADY_STATE: as many run as were computed, none is pending, on a
    draining instance, or not reported healthy.
    """
    tasks = [
        t for t in service.tasks.values() if t.deployment is deployment and t.desired == "RUNNING"
    ]
    return len(tasks) == deployment.desired and all(
        t.stage == Stage.RUNNING
        and is_well(t)
        and not (t.instance and t.instance.status == "DRAINING")
        for t in tasks
    )


def _is_gone(service: Service, deployment: Deployment) -> bool:
    return deployment.status == "DRAINING" and not any(
        t.deployment is deployment for t in service.tasks.values()
    )


def revision_settings(settings: Json) -> Json:
    """What of a service's settings belongs to a task set."""
    return {name: settings[name] for name in REVISION}


def _look_again(plane: "ControlPlane", service: Service) -> None:
    service.steady, service.blocked = False, ""
    plane.rounds.wake(service)


def _scale(deployment: Deployment) -> float | None:
    return deployment.task_set.scale if deployment.task_set else None
