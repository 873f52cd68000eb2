"""What calls about a service share: finding an ACTIVE one, and changing how many tasks are wanted of it."""

from typing import TYPE_CHECKING

from ecslab.ecs import announce
from ecslab.ecs.state.clusters import Cluster
from ecslab.ecs.state.services import Service
from ecslab.errors import AwsError

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane


def active_service(plane: "ControlPlane", cluster: Cluster, name: str) -> Service:
    """The service by name or ARN; ServiceNotFoundException or ServiceNotActiveException otherwise."""
    service = plane.find_service(cluster, name)
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    return service


def want(plane: "ControlPlane", service: Service, desired: int) -> None:
    """Change the desired count, and say so; the same count again changes nothing."""
    if desired == service.desired:
        return
    before, service.desired = service.desired, desired
    service.steady, service.blocked = False, ""
    why = f"{desired} wanted instead of {before}"
    plane.say(f"service/{service.name}", "updated", why, service=service.name, desired=desired)
    announce.service_action(plane, service, "INFO", "SERVICE_DESIRED_COUNT_UPDATED", desiredCount=desired)
