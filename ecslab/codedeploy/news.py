"""The only place that puts a deployment's story on the timeline: stages, hooks, traffic, and how it ended."""

from typing import TYPE_CHECKING, Any

from ecslab.codedeploy.state import Deployment

if TYPE_CHECKING:
    from ecslab.codedeploy.plane import CodeDeploy


def began(plane: "CodeDeploy", deployment: Deployment) -> None:
    """A deployment was started, by whom."""
    by = "a rollback" if deployment.creator == "codeDeployRollback" else deployment.config.name
    _say(plane, deployment, "deployment started", f"{deployment.id}: {by}", creator=deployment.creator)


def stage(plane: "CodeDeploy", deployment: Deployment, name: str, why: str = "") -> None:
    """A stage began; it lasts until the next one begins, or the deployment ends."""
    _say(plane, deployment, "stage", f"{name}{why and ': '}{why}", stage=name)


def hook(plane: "CodeDeploy", deployment: Deployment, name: str, function: str, status: str) -> None:
    """A function was called (`InProgress`), or how it reported."""
    _say(
        plane,
        deployment,
        "hook",
        f"{name}: {function} {status}",
        stage=name,
        function=function,
        status=status,
    )


def shifted(plane: "CodeDeploy", deployment: Deployment, route: str, weights: dict[str, int]) -> None:
    """A listener forwards otherwise now; `weights` are percents by target group, `shares` by task definition."""
    names = {deployment.blue_group: deployment.blue, deployment.green_group: deployment.green}
    sets = {d.id: d.definition.name for d in _task_sets(plane, deployment)}
    named = {sets.get(names[arn] or "", arn.split("/")[-2]): percent for arn, percent in weights.items()}
    why = ", ".join(f"{percent} % {name}" for name, percent in named.items())
    _say(plane, deployment, "traffic shifted", f"{route}: {why}", route=route, weights=weights, shares=named)


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
