"""Task sets: what an EXTERNAL controller, or CodeDeploy, has ECS keep side by
side in one service (facts, section 7.3).
"""

from collections.abc import Callable

from ecslab.ecs.deployments.rollouts import REVISION
from ecslab.ecs.deployments.strategies.task_sets import share
from ecslab.ecs.model import Json
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.deployments import Deployment, TaskSet
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage, is_well
from ecslab.ecs.rounds import Rounds
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.timeline.deployments import (
    TaskSetCreated,
    TaskSetDeleted,
    TaskSetDraining,
    TaskSetMadePrimary,
    TaskSetScaled,
    TaskSetSteady,
)
from ecslab.timeline.services import ServiceSteady, TaskSetCounted
from ecslab.timeline.teller import Teller

NO_TASK_SET = "it has no task set"


class TaskSets:
    """Task sets of services: begun, scaled, made primary, drained."""

    def __init__(
        self, *, clock: Clock, chance: Chance, story: Teller, state: AccountState, rounds: Rounds
    ) -> None:
        self._clock, self._chance, self._story, self._state = clock, chance, story, state
        self._rounds = rounds
        # Who hears that a task set is steady, or is not any more.
        self.on_steady: list[Callable[[Service, Deployment], None]] = []

    def begin(
        self,
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
        now = self._clock.now_ms
        id_ = f"ecs-svc/{self._chance.decimal('deployment ids')}"
        deployment = Deployment(
            id=id_,
            definition=definition,
            settings=settings,
            created_ms=now,
            updated_ms=now,
            status="ACTIVE",
            task_set=TaskSet(
                arn=self._state.arn(f"task-set/{service.cluster.name}/{service.name}/{id_}"),
                scale=scale,
                stability_ms=now,
                external_id=external_id,
                started_by=started_by,
                tags=tags or [],
                request=request or {},
            ),
        )
        service.deployments.append(deployment)
        self._story.say(TaskSetCreated(service=service.ref, deployment=deployment.ref, scale=scale))
        self._look_again(service)
        return deployment

    def rescale(self, service: Service, deployment: Deployment, scale: float) -> None:
        """Set what share of the service's desired count a task set has, in percent."""
        assert deployment.task_set is not None, "only a task set has a scale"
        before, deployment.task_set.scale = deployment.task_set.scale, scale
        deployment.updated_ms = self._clock.now_ms
        self._story.say(
            TaskSetScaled(
                service=service.ref, deployment=deployment.ref, scale=scale, before=before
            )
        )
        self._look_again(service)

    def make_primary(self, service: Service, deployment: Deployment) -> None:
        """Have a task set stand for the service, which then shows its
        settings; the one that did is ACTIVE.
        """
        now = self._clock.now_ms
        if before := service.serving:
            before.status, before.updated_ms = "ACTIVE", now
        deployment.status, deployment.updated_ms = "PRIMARY", now
        service.settings = service.settings | deployment.settings
        self._story.say(
            TaskSetMadePrimary(
                service=service.ref,
                deployment=deployment.ref,
                scale=_scale(deployment),
                instead_of=before.definition.name if before else None,
            )
        )

    def drain(self, service: Service, deployment: Deployment) -> None:
        """Stop a task set's tasks, and forget it when they have stopped; without a
        primary the service shows no settings.
        """
        assert deployment.task_set is not None, "only a task set is drained"
        if deployment.status == "PRIMARY":
            # As public captures show it.
            shown_before = {"launchType": "EC2", "loadBalancers": [], "serviceRegistries": []}
            service.settings = service.settings | dict.fromkeys(deployment.settings) | shown_before
        deployment.status, deployment.task_set.scale = "DRAINING", 0.0
        deployment.updated_ms = self._clock.now_ms
        self._story.say(
            TaskSetDraining(
                service=service.ref, deployment=deployment.ref, scale=_scale(deployment)
            )
        )
        self._look_again(service)

    def count(self, service: Service) -> None:
        """Work out how many tasks each task set's scale comes to; the
        event's text is from public captures.
        """
        for deployment in service.deployments:
            if deployment.task_set is None:
                continue
            wanted = share(service.desired, deployment.task_set.scale)
            if wanted != deployment.desired:
                deployment.desired, deployment.updated_ms = wanted, self._clock.now_ms
                self._story.say(
                    TaskSetCounted(service=service.ref, deployment=deployment.ref, desired=wanted)
                )
                service.steady = False

    def conclude(self, service: Service) -> bool:
        """Judge each task set, and forget those whose tasks have stopped; True when
        the service has just become steady.
        """
        for deployment in service.deployments:
            self._judge(service, deployment)
        for deployment in [d for d in service.deployments if _is_gone(service, d)]:
            service.deployments.remove(deployment)
            self._story.say(
                TaskSetDeleted(
                    service=service.ref, deployment=deployment.ref, scale=_scale(deployment)
                )
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
        self._story.say(
            ServiceSteady(
                service=service.ref,
                deployment=deployment.ref,
                healthy=wanted,
                scale=_scale(deployment),
            )
        )
        return True

    def _judge(self, service: Service, deployment: Deployment) -> None:
        task_set = deployment.task_set
        assert task_set is not None, "a service has task sets or rollouts, never both"
        stable = _is_stable(service, deployment)
        if stable == task_set.stable:
            return
        task_set.stable, task_set.stability_ms = stable, self._clock.now_ms
        if stable:
            self._story.say(
                TaskSetSteady(
                    service=service.ref,
                    deployment=deployment.ref,
                    scale=_scale(deployment),
                    running=deployment.desired,
                )
            )
        for hear in self.on_steady:
            hear(service, deployment)

    def _look_again(self, service: Service) -> None:
        service.steady, service.blocked = False, ""
        self._rounds.wake(service)


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


def _scale(deployment: Deployment) -> float | None:
    return deployment.task_set.scale if deployment.task_set else None
