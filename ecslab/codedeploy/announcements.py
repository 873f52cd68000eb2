"""Puts a deployment's story on the timeline: stages, hooks, traffic, and how it ended."""

from typing import Any

from ecslab.codedeploy.model import ROLLBACK, Deployment
from ecslab.ecs.model.account import AccountState
from ecslab.ground.text import Listed, Text
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
from ecslab.timeline.teller import Teller


class Announcements:
    """Says what becomes of deployments on the timeline."""

    def __init__(self, *, story: Teller, state: AccountState) -> None:
        self._story, self._state = story, state

    def began(self, deployment: Deployment) -> None:
        """A deployment was started: what it deploys, or what it goes back to, and why."""
        of = self._of(deployment) | {
            "of": deployment.spec.task_definition.rpartition("/")[2],
            "creator": deployment.creator,
            "config": deployment.config.name,
        }
        if deployment.creator == ROLLBACK:
            back = deployment.rollback or {}
            self._story.say(RollingBack(**of, reason=back.get("rollbackMessage")))
        else:
            self._story.say(DeploymentStarted(**of))

    def stage(self, deployment: Deployment, name: str, why: str = "") -> None:
        """A stage began; it lasts until the next one begins, or the deployment ends."""
        back = deployment.creator == ROLLBACK
        self._story.say(StageEntered(**self._of(deployment), stage=name, back=back, because=why))

    def hook(self, deployment: Deployment, name: str, function: str, status: str) -> None:
        """A function was called (`InProgress`), or how it reported."""
        because = Text("{function} {status}", function=function, status=status)
        self._story.say(
            HookChanged(
                **self._of(deployment), stage=name, target=function, status=status, because=because
            )
        )

    def shifted(self, deployment: Deployment, route: str, weights: dict[str, int]) -> None:
        """A listener forwards otherwise now; `weights` are percents by task
        set, `shares` by task definition.
        """
        sets = {d.id: d.definition.name for d in self._task_sets(deployment)}
        of = {
            deployment.blue_group: deployment.blue or "",
            deployment.green_group: deployment.green or "",
        }
        by_set = {of[arn]: percent for arn, percent in weights.items() if of[arn] in sets}
        shares = {sets[id_]: percent for id_, percent in by_set.items()}
        parts = [
            Text("{percent} % to {name}", percent=part, name=name) for name, part in shares.items()
        ]
        self._story.say(
            TrafficShifted(
                **self._of(deployment),
                traffic=route,
                weights=by_set,
                shares=shares,
                told=Listed(", ", parts),
            )
        )

    def ended(self, deployment: Deployment) -> None:
        """A deployment succeeded, failed or was stopped, and why."""
        of = self._of(deployment) | {"status": deployment.status}
        if deployment.status == "Succeeded":
            self._story.say(DeploymentCompleted(**of))
            return
        ended = DeploymentFailed if deployment.status == "Failed" else DeploymentStopped
        why = deployment.error["message"] if deployment.error else deployment.id
        self._story.say(ended(**of, reason=why))

    def _of(self, deployment: Deployment) -> dict[str, Any]:
        """The service as it is called, even when it is gone: names are kept for ever."""
        story = self._story
        service = story.service(story.cluster(deployment.cluster), deployment.service)
        return {"service": service, "by": CODE_DEPLOY, "work": deployment.id}

    def _task_sets(self, deployment: Deployment) -> list[Any]:
        service = self._state.service_in(deployment.cluster, deployment.service)
        return service.deployments if service else []
