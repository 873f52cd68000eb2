"""ListServiceDeployments, DescribeServiceDeployments, DescribeServiceRevisions,
StopServiceDeployment (facts, section 6.2).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.paging import page
from ecslab.ecs.deployments import describe as describe_rollout
from ecslab.ecs.model.service_deployments import KEPT_MS, ONGOING, ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ground.errors import AwsError, invalid_parameter
from ecslab.timeline.deployments import RollbackRequested

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Json = dict[str, Any]

MOST_DESCRIBED = 20  # BC:DescribeServiceDeploymentsRequest, DescribeServiceRevisionsRequest
USUAL_PAGE = 20  # facts, section 6.2
STOPPED_BY_CALLER = "StopServiceDeployment was called."  # the wording is ours


@operation("ListServiceDeployments")
def list_service_deployments(plane: "ControlPlane", request: Json) -> Json:
    """A service's deployments of the last 90 days, newest first."""
    service = plane.find_service(plane.cluster(request.get("cluster")), request["service"])
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    listed = [
        describe_rollout.brief(plane, service, work)
        for work in _remembered(plane, service)
        if _fits(plane, work, request)
    ]
    deployments, rest = page(listed, {"maxResults": USUAL_PAGE} | request)
    return {"serviceDeployments": deployments} | rest


def _fits(plane: "ControlPlane", work: ServiceDeployment, request: Json) -> bool:
    created, within = plane.clock.timestamp(work.created_ms), request.get("createdAt", {})
    return bool(
        work.status in (request.get("status") or [work.status])
        and created < within.get("before", created + 1)
        and created > within.get("after", created - 1)
    )


def _remembered(plane: "ControlPlane", service: Service) -> list[ServiceDeployment]:
    since_ms = plane.clock.now_ms - KEPT_MS
    return [w for w in service.service_deployments if w.created_ms > since_ms or w.ongoing]


def _all(plane: "ControlPlane") -> Iterable[Service]:
    return (s for c in plane.clusters.values() for s in c.services.values())


@operation("DescribeServiceDeployments")
def describe_service_deployments(plane: "ControlPlane", request: Json) -> Json:
    """Up to twenty service deployments by ARN; unknown ones are `failures` with reason MISSING."""
    arns = _asked(request["serviceDeploymentArns"], "serviceDeploymentArns")
    known = {w.arn: (s, w) for s in _all(plane) for w in _remembered(plane, s)}
    return {
        "serviceDeployments": [
            describe_rollout.service_deployment(plane, *known[arn]) for arn in arns if arn in known
        ],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


@operation("DescribeServiceRevisions")
def describe_service_revisions(plane: "ControlPlane", request: Json) -> Json:
    """Up to twenty service revisions by ARN; unknown ones are `failures` with reason MISSING."""
    arns = _asked(request["serviceRevisionArns"], "serviceRevisionArns")
    known = {r.arn: (s, r) for s in _all(plane) for r in s.revisions}
    return {
        "serviceRevisions": [
            describe_rollout.revision(plane, *known[arn]) for arn in arns if arn in known
        ],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in arns if arn not in known],
    }


def _asked(arns: list[str], member: str) -> list[str]:
    """The limit is botocore's documentation's, the wording is ours."""
    if not 1 <= len(arns) <= MOST_DESCRIBED:
        raise invalid_parameter(f"{member} must have between 1 and {MOST_DESCRIBED} items.")
    return arns


@operation("StopServiceDeployment")
def stop_service_deployment(plane: "ControlPlane", request: Json) -> Json:
    """Have an ongoing service deployment go back to what was completed last,
    whether or not it was made to roll back.

    One that is stopping or turning back already goes on doing so. The
    wordings of the refusals are ours.
    """
    arn = request["serviceDeploymentArn"]
    service, work = _find(plane, arn)
    if request.get("stopType", "ROLLBACK") != "ROLLBACK":
        raise invalid_parameter("stopType must be ROLLBACK.")
    if work.status not in ONGOING:
        raise AwsError(
            "ConflictException",
            f"The service deployment {arn} has the status {work.status} and cannot be stopped.",
            resourceIds=[arn],
        )
    if work.status in {"PENDING", "IN_PROGRESS"}:
        work.become("ROLLBACK_REQUESTED", plane.clock.now_ms, STOPPED_BY_CALLER)
        plane.story.say(
            RollbackRequested(
                service=service.ref,
                deployment=service.primary.ref,
                work=work.id,
                reason=STOPPED_BY_CALLER,
            )
        )
        plane.rounds.wake(service)
    return {"serviceDeploymentArn": arn}


def _find(plane: "ControlPlane", arn: str) -> tuple[Service, ServiceDeployment]:
    for service in _all(plane):
        for work in _remembered(plane, service):
            if work.arn == arn:
                return service, work
    raise AwsError("ServiceDeploymentNotFoundException", "The service deployment was not found.")
