"""Begins a deployment of a service: what its tasks shall be from now on (facts, sections 5.6 and 6.2)."""

from typing import TYPE_CHECKING

from ecslab.ecs import announce
from ecslab.ecs.controllers.endpoints import publish, reachable
from ecslab.ecs.state import Deployment, Service, TaskDefinition

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

# The settings that belong to a deployment: what its tasks are started with, whatever the service is told later.
REVISION = (
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "platformFamily",
    "networkConfiguration",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "loadBalancers",
)


def begin(plane: "ControlPlane", service: Service, definition: TaskDefinition) -> None:
    """Make a new deployment the one that is wanted; tasks of the others are replaced by it."""
    now = plane.clock.now_ms
    for older in service.deployments:
        older.status, older.updated_ms = "ACTIVE", now
    connect = service.settings.get("serviceConnectConfiguration")
    deployment = Deployment(
        id=f"ecs-svc/{plane.chance.decimal('deployment ids')}",
        definition=definition,
        settings={k: service.settings.get(k) for k in REVISION},
        created_ms=now,
        updated_ms=now,
        offers=publish(plane, connect),
        reaches=reachable(plane, connect),
    )
    deployment.rollout_reason = f"ECS deployment {deployment.id} in progress."
    service.deployments.insert(0, deployment)
    service.steady, service.blocked = False, ""
    service.said.clear()
    plane.say(
        f"service/{service.name}",
        "deployment started",
        definition.name,
        service=service.name,
        deployment=deployment.id,
    )
    announce.deployment_state_change(plane, service, deployment, "INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS")
    plane.scheduler.wake(service)
