"""The only place that puts a deployment's story on the timeline: stages, hooks, traffic, and how it ended."""

from typing import TYPE_CHECKING, Any

from ecslab.codedeploy.model import ROLLBACK, Deployment

if TYPE_CHECKING:
    from ecslab.codedeploy.codedeploy import CodeDeploy


def began(plane: "CodeDeploy", deployment: Deployment) -> None:
    """A deployment was started: what it deploys, or what it goes back to, and why."""
    what = deployment.spec.task_definition.rpartition("/")[2]
    facts = {"creator": deployment.creator, "config": deployment.config.name}
    if deployment.creator == ROLLBACK:
        back = deployment.rollback or {}
        _say(plane, deployment, "rolling back", f"to {what}: {back.get('rollbackMessage')}", **facts)
    else:
        _say(plane, deployment, "deployment started", what, **facts)


def stage(plane: "CodeDeploy", deployment: Deployment, name: str, why: str = "") -> None:
    """A stage began; it lasts until the next one begins, or the deployment ends."""
    _say(
        plane,
        deployment,
        "stage",
        f"{name}{why and ': '}{why}",
        stage=name,
        back=deployment.creator == ROLLBACK,
    )


def hook(plane: "CodeDeploy", deployment: Deployment, name: str, function: str, status: str) -> None:
    """A function was called (`InProgress`), or how it reported."""
    _say(
        plane,
        deployment,
        "hook",
        f"{name}: {function} {status}",
        stage=name,
        target=function,
        status=status,
    )


def shifted(plane: "CodeDeploy", deployment: Deployment, route: str, weights: dict[str, int]) -> None:
    """A listener forwards otherwise now; `weights` are percents by task set, `shares` by task definition."""
    sets = {d.id: d.definition.name for d in _task_sets(plane, deployment)}
    of = {deployment.blue_group: deployment.blue or "", deployment.green_group: deployment.green or ""}
    by_set = {of[arn]: percent for arn, percent in weights.items() if of[arn] in sets}
    shares = {sets[id_]: percent for id_, percent in by_set.items()}
    why = ", ".join(f"{percent} % to {name}" for name, percent in shares.items())
    _say(
        plane, deployment, "traffic shifted", f"{route}: {why}", traffic=route, weights=by_set, shares=shares
    )


def ended(plane: "CodeDeploy", deployment: Deployment) -> None:
    """A deployment succeeded, failed or was stopped, and why."""
    kind = {"Succeeded": "completed", "Failed": "failed", "Stopped": "stopped"}[deployment.status]
    why = deployment.error["message"] if deployment.error else deployment.id
    _say(plane, deployment, f"deployment {kind}", why, status=deployment.status)


def _say(plane: "CodeDeploy", deployment: Deployment, kind: str, why: str, **facts: Any) -> None:
    plane.ecs.say(
        f"service/{deployment.service}",
        kind,
        why,
        service=deployment.service,
        cluster=deployment.cluster,
        release=deployment.id,
        controller="CODE_DEPLOY",
        **facts,
    )


def _task_sets(plane: "CodeDeploy", deployment: Deployment) -> list[Any]:
    cluster = plane.ecs.find_cluster(deployment.cluster)
    service = plane.ecs.find_service(cluster, deployment.service) if cluster else None
    return service.deployments if service else []
