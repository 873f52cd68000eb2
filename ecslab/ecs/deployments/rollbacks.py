"""Ends a deployment that failed or is not wanted any more: it launches nothing
more, or the last good one takes over again.
"""

from dataclasses import dataclass

from ecslab.ecs.deployments.shifting.hooks import Hooks
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.service_deployments import Rollback, ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.rounds import Rounds
from ecslab.ground.clock import Clock
from ecslab.timeline.deployments import DeploymentFailed, DeploymentStalled, RollingBack
from ecslab.timeline.services import DeploymentCondemned
from ecslab.timeline.teller import Teller


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a deployment failed: the service event, the rolloutStateReason,
    and whether it shall be rolled back.
    """

    event: str
    reason: str
    rollback: bool


def target(service: Service) -> Deployment | None:
    """What a rollback goes back to: the last COMPLETED deployment, unless that is the
    wanted one or itself under way again.

    Facts, section 6.4. Where traffic is shifted it is blue, which stands there whole.
    """
    last, work = service.completed, service.service_deployment
    if last and work and work.shifting and work.shifting.source == last.id:
        return last
    return last if last and last is not service.primary and last.rollout == "COMPLETED" else None


class Rollbacks:
    """Has deployments fail, and what was there before take over again."""

    def __init__(self, *, clock: Clock, story: Teller, rounds: Rounds, hooks: Hooks) -> None:
        self._clock, self._story, self._rounds, self._hooks = clock, story, rounds, hooks

    def give_up(self, service: Service, work: ServiceDeployment, failed: Failed) -> None:
        """A deployment under way has failed by itself: FAILED, and back to the
        last good one when that was asked for.
        """
        self._story.say(
            DeploymentCondemned(
                service=service.ref, deployment=service.primary.ref, message=failed.event
            )
        )
        if failed.rollback:
            self.turn_back(service, work, failed.reason)
        else:
            self.stop(service, work, failed.reason)

    def turn_back(self, service: Service, work: ServiceDeployment, reason: str) -> None:
        """Go back to the last COMPLETED deployment; when there is none the
        service stalls (facts, section 6.4).

        `work` is ongoing. Without a deployment to go back to it ends as STOPPED when
        somebody asked for it, else as ROLLBACK_FAILED.
        """
        now, failed, back = self._clock.now_ms, service.primary, target(service)
        self.fail(service, failed, reason)
        if back is None:
            self._hooks.close(work)
            nowhere = (
                f"{reason} There is no completed deployment to go back to."  # the wording is ours
            )
            if work.status == "ROLLBACK_REQUESTED":
                work.become("STOPPED", now, nowhere)
            else:
                work.become("ROLLBACK_IN_PROGRESS", now)
                work.become("ROLLBACK_FAILED", now, nowhere)
            self._story.say(DeploymentStalled(service=service.ref, deployment=service.primary.ref))
            return
        assert back.revision is not None, "ECS made what it goes back to"
        work.become("ROLLBACK_IN_PROGRESS", now, reason)
        self._hooks.close(work)
        work.stage, work.stage_since_ms = None, now  # the stages of the way back begin
        if work.shifting:
            work.shifting.over = False
        work.rollback = Rollback(reason, now, back.revision)
        _want_again(service, back, now)
        self._story.say(
            RollingBack(
                service=service.ref, deployment=back.ref, of=back.definition.name, reason=reason
            )
        )
        self._rounds.wake(service)

    def stop(self, service: Service, work: ServiceDeployment, reason: str) -> None:
        """A failure without rollback: the service deployment is STOPPED, and what runs
        stays (facts, sections 6.2 and 6.4).
        """
        self.fail(service, service.primary, reason)
        self._hooks.close(work)
        work.become("STOPPED", self._clock.now_ms, reason)

    def fail(self, service: Service, deployment: Deployment, reason: str) -> None:
        """A deployment is FAILED: it launches no more tasks (facts, section 6.2)."""
        deployment.rollout, deployment.rollout_reason = "FAILED", reason
        deployment.updated_ms = self._clock.now_ms
        self._story.say(
            DeploymentFailed(service=service.ref, deployment=service.primary.ref, reason=reason)
        )
        service.steady = False


def _want_again(service: Service, back: Deployment, now_ms: int) -> None:
    for other in service.deployments:
        other.status = "ACTIVE"
        other.updated_ms = now_ms
    if back in service.deployments:
        service.deployments.remove(back)
    service.deployments.insert(0, back)
    back.status, back.rollout, back.updated_ms = "PRIMARY", "IN_PROGRESS", now_ms
    # The text of EventBridge's event (facts, section 5.4), whatever turned the deployment back.
    back.rollout_reason = f"ECS deployment circuit breaker: rolling back to deploymentId {back.id}."
    back.failed_tasks = back.new_failures = back.failed_rounds = back.next_start_ms = 0
    assert back.revision is not None, "ECS made what it goes back to"
    # Which of two target groups serves is the deployment's matter, not the service's.
    service.settings |= back.settings | {"loadBalancers": back.revision.settings["loadBalancers"]}
    service.told.clear()
