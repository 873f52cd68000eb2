"""What is stored of a service: the members of CreateService, and what UpdateService changes
of them (facts, sections 5.5, 5.6 and 6.1).
"""

from typing import Any

from ecslab.ecs.capacity.strategy import launch_type, on_fargate
from ecslab.ecs.clusters.rules import filled
from ecslab.ecs.deployments.rules import deployment_configuration
from ecslab.ecs.launch.rules import strategy_to_use
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.services import Service
from ecslab.ecs.services.rebalancing_rules import rebalancing
from ecslab.ground.errors import invalid_parameter

Json = dict[str, Any]

# Facts, section 5.1; the wording is ours.
NO_DAEMON = "The daemon scheduling strategy is not supported with FARGATE launch type."
# What UpdateService changes without starting a deployment (facts, section 5.6).
QUIET = (
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableECSManagedTags",
    "propagateTags",
    "availabilityZoneRebalancing",
    "placementConstraints",
    "placementStrategy",
)
# Where its tasks run; new ones of the same deployment follow a change.
CAPACITY = ("launchType", "capacityProviderStrategy", "platformVersion", "platformFamily")


def first(
    request: Json, launch_type: str, strategy: list[Json] | None, config: Json | None
) -> Json:
    """The members that are stored and returned of a new service, with AWS's defaults."""
    settings = place(request, launch_type, strategy, config) | {
        "deploymentConfiguration": deployment_configuration(
            request.get("deploymentConfiguration", {}),
            daemon=request.get("schedulingStrategy") == "DAEMON",
        ),
        "deploymentController": request.get("deploymentController", {"type": "ECS"}),
        "schedulingStrategy": request.get("schedulingStrategy", "REPLICA"),
        "healthCheckGracePeriodSeconds": request.get("healthCheckGracePeriodSeconds", 0),
        "enableECSManagedTags": request.get("enableECSManagedTags", False),
        "enableExecuteCommand": request.get("enableExecuteCommand", False),
        "propagateTags": request.get("propagateTags", "NONE"),
        "placementConstraints": request.get("placementConstraints", []),
        "placementStrategy": request.get("placementStrategy", []),
        "serviceRegistries": request.get("serviceRegistries", []),
        "loadBalancers": request.get("loadBalancers", []),
        "roleArn": request.get("role"),
    }
    asked = rebalancing(request.get("availabilityZoneRebalancing"), settings)
    return settings | {"availabilityZoneRebalancing": asked}


def place(
    request: Json, launch_type: str, strategy: list[Json] | None, config: Json | None
) -> Json:
    """Where tasks run, as a service stores it and a task set does."""
    fargate = launch_type == "FARGATE"
    return {
        "launchType": None if strategy else launch_type,
        "capacityProviderStrategy": strategy,
        "platformVersion": request.get("platformVersion", "LATEST") if fargate else None,
        "platformFamily": "Linux" if fargate else None,
        "networkConfiguration": networking(config),
    }


def networking(config: Json | None) -> Json | None:
    """A networkConfiguration as it is stored; None for other network modes than awsvpc."""
    return {"awsvpcConfiguration": config} if config else None


def changed(cluster: Cluster, service: Service, request: Json) -> Json:
    """The members after an UpdateService request, those left out that are
    worked out from its task definition.
    """
    own = (*QUIET, "platformVersion", "loadBalancers", "serviceRegistries")
    return (
        service.settings
        | _capacity(cluster, service, request)
        | {k: request[k] for k in own if k in request}
    )


def _capacity(cluster: Cluster, service: Service, request: Json) -> Json:
    """What changes when UpdateService names a strategy; an empty one goes back to the
    launch type (BC:UpdateServiceRequest).

    It starts no deployment: tasks that are there stay where they are, new
    ones follow it (facts, section 5.6).
    """
    if "capacityProviderStrategy" not in request:
        return {}
    asked, now = request["capacityProviderStrategy"], launch_type(service.settings)
    if filled(asked) == (service.settings["capacityProviderStrategy"] or []):
        return {}  # what it has is not asked again
    if not asked:
        return {"capacityProviderStrategy": None, "launchType": now}
    strategy = strategy_to_use(cluster, asked)
    fargate = on_fargate(strategy)
    if fargate and service.settings["schedulingStrategy"] == "DAEMON":
        raise invalid_parameter(NO_DAEMON)
    changed: Json = {"capacityProviderStrategy": strategy, "launchType": None}
    if fargate != (now == "FARGATE"):
        changed |= {
            "platformVersion": "LATEST" if fargate else None,
            "platformFamily": "Linux" if fargate else None,
        }
    return changed
