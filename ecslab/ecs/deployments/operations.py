"""ListServiceDeployments, DescribeServiceDeployments, DescribeServiceRevisions,
StopServiceDeployment (facts, section 6.2).
"""

from collections.abc import Iterable
from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.paging import page
from ecslab.ecs.deployments import describe as describe_rollout
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.service_deployments import KEPT_MS, ONGOING, ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.rounds import Rounds
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, invalid_parameter
from ecslab.timeline.deployments import RollbackRequested
from ecslab.timeline.teller import Teller

Json = dict[str, Any]

MOST_DESCRIBED = 20  # BC:DescribeServiceDeploymentsRequest, DescribeServiceRevisionsRequest
USUAL_PAGE = 20  # facts, section 6.2
STOPPED_BY_CALLER = "StopServiceDeployment was called."  # the wording is ours


class ServiceDeploymentOperations:
    """Service deployments and revisions shown, and deployments stopped."""

    def __init__(self, *, clock: Clock, story: Teller, state: AccountState, rounds: Rounds) -> None:
        self._clock, self._story, self._state, self._rounds = clock, story, state, rounds

    @operation("ListServiceDeployments")
    def list_service_deployments(self, request: Json) -> Json:
        """A service's deployments of the last 90 days, newest first."""
        service = self._state.find_service(
            self._state.cluster(request.get("cluster")), request["service"]
        )
        if service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        listed = [
            describe_rollout.brief(self._clock, service, work)
            for work in self._remembered(service)
            if self._fits(work, request)
        ]
        deployments, rest = page(listed, {"maxResults": USUAL_PAGE} | request)
        return {"serviceDeployments": deployments} | rest

    def _fits(self, work: ServiceDeployment, request: Json) -> bool:
        created, within = self._clock.timestamp(work.created_ms), request.get("createdAt", {})
        return bool(
            work.status in (request.get("status") or [work.status])
            and created < within.get("before", created + 1)
            and created > within.get("after", created - 1)
        )

    def _remembered(self, service: Service) -> list[ServiceDeployment]:
        since_ms = self._clock.now_ms - KEPT_MS
        return [w for w in service.service_deployments if w.created_ms > since_ms or w.ongoing]

    def _all(self) -> Iterable[Service]:
        return (s for c in self._state.clusters.values() for s in c.services.values())

    @operation("DescribeServiceDeployments")
    def describe_service_deployments(self, request: Json) -> Json:
        """Up to twenty service deployments by ARN; unknown ones are `failures` with reason
        MISSING.
        """
        arns = _asked(request["serviceDeploymentArns"], "serviceDeploymentArns")
        known = {w.arn: (s, w) for s in self._all() for w in self._remembered(s)}
        return {
            "serviceDeployments": [
                describe_rollout.service_deployment(self._clock, *known[arn])
                for arn in arns
                if arn in known
            ],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
        }

    @operation("DescribeServiceRevisions")
    def describe_service_revisions(self, request: Json) -> Json:
        """Up to twenty service revisions by ARN; unknown ones are `failures` with reason
        MISSING.
        """
        arns = _asked(request["serviceRevisionArns"], "serviceRevisionArns")
        known = {r.arn: (s, r) for s in self._all() for r in s.revisions}
        return {
            "serviceRevisions": [
                describe_rollout.revision(self._clock, *known[arn]) for arn in arns if arn in known
            ],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
        }

    @operation("StopServiceDeployment")
    def stop_service_deployment(self, request: Json) -> Json:
        """Have an ongoing service deployment go back to what was completed last,
        whether or not it was made to roll back.

        One that is stopping or turning back already goes on doing so. The
        wordings of the refusals are ours.
        """
        arn = request["serviceDeploymentArn"]
        service, work = self._find(arn)
        if request.get("stopType", "ROLLBACK") != "ROLLBACK":
            raise invalid_parameter("stopType must be ROLLBACK.")
        if work.status not in ONGOING:
            raise AwsError(
                "ConflictException",
                f"The service deployment {arn} has the status {work.status} and cannot be stopped.",
                resourceIds=[arn],
            )
        if work.status in {"PENDING", "IN_PROGRESS"}:
            work.become("ROLLBACK_REQUESTED", self._clock.now_ms, STOPPED_BY_CALLER)
            self._story.say(
                RollbackRequested(
                    service=service.ref,
                    deployment=service.primary.ref,
                    work=work.id,
                    reason=STOPPED_BY_CALLER,
                )
            )
            self._rounds.wake(service)
        return {"serviceDeploymentArn": arn}

    def _find(self, arn: str) -> tuple[Service, ServiceDeployment]:
        for service in self._all():
            for work in self._remembered(service):
                if work.arn == arn:
                    return service, work
        raise AwsError(
            "ServiceDeploymentNotFoundException", "The service deployment was not found."
        )


def _asked(arns: list[str], member: str) -> list[str]:
    """The limit is botocore's documentation's, the wording is ours."""
    if not 1 <= len(arns) <= MOST_DESCRIBED:
        raise invalid_parameter(f"{member} must have between 1 and {MOST_DESCRIBED} items.")
    return arns
