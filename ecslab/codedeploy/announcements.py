"""Puts a deployment's story on the timeline: stages, hooks, traffic, and how it ended."""

from typing import TYPE_CHECKING, Any

from ecslab.codedeploy.model import ROLLBACK, Deployment
from ecslab.timeline.deployments import (
    CODE_DEPLOY,
    DeploymentCompleted,
    DeploymentFailed,
    DeploymentStarted,
    DeploymentStopped,
    HookChanged,
    RollingBack,
    StageEntered,
    TrafficShifted,
)
from ecslab.timeline.text import Listed, Text

if TYPE_CHECKING:
    from ecslab.codedeploy.codedeploy import CodeDeploy


def began(plane: "CodeDeploy", deployment: Deployment) -> None:
    """A deployment was started: what it deploys, or what it goes back to, and why."""
    of = _of(plane, deployment) | {
        "of": deployment.spec.task_definition.rpartition("/")[2],
        "creator": deployment.creator,
        "config": deployment.config.name,
    }
    if deployment.creator == ROLLBACK:
        back = deployment.rollback or {}
        plane.ecs.story.say(RollingBack(**of, reason=back.get("rollbackMessage")))
    else:
        plane.ecs.story.say(DeploymentStarted(**of))


def stage(plane: "CodeDeploy", deployment: Deployment, name: str, why: str = "") -> None:
    """A stage began; it lasts until the next one begins, or the deployment ends."""
    back = deployment.creator == ROLLBACK
    plane.ecs.story.say(StageEntered(**_of(plane, deployment), stage=name, back=back, because=why))


def hook(
    plane: "CodeDeploy", deployment: Deployment, name: str, function: str, status: str
) -> None:
    """A function was called (`InProgress`), or how it reported."""
    because = Text("{function} {status}", function=function, status=status)
    plane.ecs.story.say(
        HookChanged(
            **_of(plane, deployment), stage=name, target=function, status=status, because=because
        )
    )


def shifted(
    plane: "CodeDeploy", deployment: Deployment, route: str, weights: dict[str, int]
) -> None:
    """A listener forwards otherwise now; `weights` are percents by task
    set, `shares` by task definition.
    """
    sets = {d.id: d.definition.name for d in _task_sets(plane, deployment)}
    of = {
        deployment.blue_group: deployment.blue or "",
        deployment.green_group: deployment.green or "",
    }
    by_set = {of[arn]: percent for arn, percent in weights.items() if of[arn] in sets}
    shares = {sets[id_]: percent for id_, percent in by_set.items()}
    parts = [
        Text("{percent} % to {name}", percent=part, name=name) for name, part in shares.items()
    ]
    plane.ecs.story.say(
        TrafficShifted(
            **_of(plane, deployment),
            traffic=route,
            weights=by_set,
            shares=shares,
            told=Listed(", ", parts),
        )
    )


def ended(plane: "CodeDeploy", deployment: Deployment) -> None:
    """A deployment succeeded, failed or was stopped, and why."""
    of = _of(plane, deployment) | {"status": deployment.status}
    if deployment.status == "Succeeded":
        plane.ecs.story.say(DeploymentCompleted(**of))
        return
    ended = DeploymentFailed if deployment.status == "Failed" else DeploymentStopped
    why = deployment.error["message"] if deployment.error else deployment.id
    plane.ecs.story.say(ended(**of, reason=why))


def _of(plane: "CodeDeploy", deployment: Deployment) -> dict[str, Any]:
    """The service as it is called, even when it is gone: names are kept for ever."""
    story = plane.ecs.story
    service = story.service(story.cluster(deployment.cluster), deployment.service)
    return {"service": service, "by": CODE_DEPLOY, "work": deployment.id}


def _task_sets(plane: "CodeDeploy", deployment: Deployment) -> list[Any]:
    cluster = plane.ecs.state.find_cluster(deployment.cluster)
    service = plane.ecs.state.find_service(cluster, deployment.service) if cluster else None
    return service.deployments if service else []
