"""Counts the failures of the deployment that is under way, and ends it when the
circuit breaker says so (facts, section 6.4).
"""

from ecslab.ecs.deployments import rollbacks
from ecslab.ecs.deployments.failures import Failure, breaker_of
from ecslab.ecs.deployments.rollbacks import Rollbacks
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.service_deployments import ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.tasks.digests import DIGEST_ATTEMPTS
from ecslab.timeline.deployments import BreakerTripped
from ecslab.timeline.teller import Teller

REASON = "ECS deployment circuit breaker: task failed to start."  # facts, section 5.4
EVENT = "deployment failed: tasks failed to start."  # facts, section 5.3


def begin(service: Service, work: ServiceDeployment) -> None:
    """Watch a service deployment that begins, when its configuration asks for it."""
    breaker = breaker_of(work.configuration)
    if breaker.enabled:
        work.breaker.status = "MONITORING"
        work.breaker.threshold = breaker.threshold(service.desired)


def failed(service: Service, deployment: Deployment, failure: Failure, count: int = 1) -> None:
    """Some tasks of a deployment failed: `failedTasks` counts each,
    the breaker those of its stage.
    """
    deployment.failed_tasks += count
    work = watching(service, deployment)
    if work is None:
        return
    breaker = breaker_of(work.configuration)
    if breaker.counts(failure, one_ran=deployment.one_ran):
        work.breaker.failures = breaker.after(work.breaker.failures, count, service.desired)


def well(service: Service, deployment: Deployment) -> None:
    """A task of a deployment became healthy: it ends a row of
    failures (facts, sections 6.2 and 6.4).
    """
    deployment.failed_tasks = 0
    work = watching(service, deployment)
    if work and not tripped(service, work):
        work.breaker.failures = breaker_of(work.configuration).after_healthy(work.breaker.failures)


def watching(service: Service, deployment: Deployment) -> ServiceDeployment | None:
    """The service deployment whose breaker watches this deployment, or None."""
    work = service.service_deployment
    watched = work and work.breaker.status == "MONITORING" and work.target is deployment.revision
    return work if watched else None


def tripped(service: Service, work: ServiceDeployment) -> bool:
    """Whether its failures have come to the threshold, which follows the latest desired count."""
    breaker = breaker_of(work.configuration)
    work.breaker.threshold = breaker.threshold(service.desired)
    return breaker.trips(work.breaker.failures, service.desired)


class CircuitBreaker:
    """Counts the failed tasks of deployments, and trips."""

    def __init__(self, *, story: Teller, rollbacks: Rollbacks) -> None:
        self._story, self._rollbacks = story, rollbacks

    def judge(self, service: Service) -> bool:
        """In the scheduler's round: a deployment with too many failures is FAILED, and
        rolled back when that was asked for.

        True when it has just ended.
        """
        work = service.service_deployment
        if work is None or work.breaker.status != "MONITORING":
            return False
        if tripped(service, work):
            self._trip(service, work)
        elif work.target.failed_digests >= DIGEST_ATTEMPTS:
            self._trip(service, work, DIGEST_ATTEMPTS)
        return work.breaker.status == "TRIGGERED"

    def _trip(self, service: Service, work: ServiceDeployment, attempts: int | None = None) -> None:
        """End a deployment that the breaker watches."""
        rollback = breaker_of(work.configuration).rollback
        work.breaker.status = "TRIGGERED"
        self._story.say(
            BreakerTripped(
                service=service.ref,
                deployment=service.primary.ref,
                work=work.id,
                failures=work.breaker.failures,
                threshold=work.breaker.threshold,
                attempts=attempts,
            )
        )
        self._rollbacks.give_up(service, work, rollbacks.Failed(EVENT, REASON, rollback=rollback))
