"""What calls about a service share: finding it, and changing how many tasks are wanted of it."""

from typing import Any

from ecslab.ecs.api.client_tokens import asks_the_same
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.services import Service
from ecslab.ground.errors import AwsError, invalid_parameter
from ecslab.timeline.services import ServiceUpdated
from ecslab.timeline.teller import Teller

Json = dict[str, Any]


def active_service(state: AccountState, cluster: Cluster, name: str) -> Service:
    """The service by name or ARN; ServiceNotFoundException or
    ServiceNotActiveException otherwise.
    """
    service = state.find_service(cluster, name)
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    return service


def existing_service(cluster: Cluster, request: Json) -> Service | None:
    """A name or a clientToken in use: the same request again is answered with
    the same service, any other is refused.

    The token does not count among what is asked for: the same request with another
    one means the same service (assumption).
    """
    token, name = request.get("clientToken"), request["serviceName"]
    there = [s for s in cluster.services.values() if s.status != "INACTIVE"]
    service = next((s for s in there if s.name == name), None)
    if service and service.status == "DRAINING":
        raise invalid_parameter("Unable to Start a service that is still Draining.")
    others = (s for s in there if token and s.request.get("clientToken") == token)
    if any(not asks_the_same(s.request, request) for s in ([service] if service else others)):
        raise invalid_parameter("Creation of service was not idempotent.")
    return service


def want(story: Teller, service: Service, desired: int) -> None:
    """Change the desired count, and say so; the same count again changes nothing."""
    if desired == service.desired:
        return
    before, service.desired = service.desired, desired
    service.steady, service.blocked = False, ""
    story.say(ServiceUpdated(service=service.ref, desired=desired, before=before))
