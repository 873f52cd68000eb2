"""CreateService, UpdateService, DeleteService (facts, sections 5 and 17)."""

from typing import TYPE_CHECKING, Any

from ecslab.ecs import describe_service
from ecslab.ecs.api import operation
from ecslab.ecs.api.connect_rules import service_connect
from ecslab.ecs.api.controller_rules import controller
from ecslab.ecs.api.deployment_rules import changed_configuration, deployment_configuration
from ecslab.ecs.api.launching import (
    capacity,
    check_definition,
    check_execute_command,
    check_placement,
    check_spot,
    definition_to_run,
    network,
    strategy_to_use,
)
from ecslab.ecs.api.load_balancer_rules import check_load_balancers, check_role
from ecslab.ecs.api.rebalancing_rules import rebalancing
from ecslab.ecs.api.registry_rules import check_registries
from ecslab.ecs.api.service_rules import check_create, check_update
from ecslab.ecs.api.strategy_rules import refuse_other_traffic
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.api.traffic_rules import check_rules, check_traffic
from ecslab.ecs.api.wanting import active_service, want
from ecslab.ecs.controllers import rollouts, task_sets
from ecslab.ecs.policy.capacity.strategy import launch_type as launch_type_of
from ecslab.ecs.policy.capacity.strategy import on_fargate
from ecslab.ecs.state.clusters import Cluster
from ecslab.ecs.state.services import Service
from ecslab.errors import AwsError, invalid_parameter

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Json = dict[str, Any]

NO_TASK_ROLE = (
    "The service couldn't be {} because a valid taskRoleArn is not being used. "
    "Specify a valid task role in your task definition and try again."
)
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
# What starts one, when given.
STARTS_DEPLOYMENT = (
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "loadBalancers",
)


@operation("CreateService")
def create_service(plane: "ControlPlane", request: Json) -> Json:
    """Record a service that is wanted; its first round begins when time moves."""
    cluster = plane.cluster(request.get("cluster"))
    if existing := _existing(cluster, request):
        return {"service": describe_service.service(plane, existing, tags=True)}
    check_create(request)
    if controller(request) == "EXTERNAL":
        settings = _settings(request, "EC2", None, None)  # as public captures show it before any task set
        service = _record(plane, cluster, request, settings, "task sets")
        plane.scheduler.wake(service)
        return {"service": describe_service.service(plane, service, tags=True)}
    if "taskDefinition" not in request:
        raise invalid_parameter("TaskDefinition can not be blank.")
    definition = definition_to_run(plane, request["taskDefinition"])
    launch_type, strategy = capacity(cluster, request)
    check_definition(definition, launch_type, request)
    check_execute_command(definition, request, NO_TASK_ROLE.format("created"))
    check_placement(launch_type, request)
    check_spot(definition, strategy, request)
    if launch_type == "FARGATE" and request.get("schedulingStrategy") == "DAEMON":
        raise invalid_parameter(NO_DAEMON)
    config, _ = network(plane, definition, launch_type, request)
    check_registries(
        plane, definition, launch_type, request.get("serviceRegistries", []), request.get("desiredCount", 0)
    )
    settings = _settings(request, launch_type, strategy, config)
    settings["serviceConnectConfiguration"] = service_connect(
        plane,
        cluster,
        definition,
        name=request["serviceName"],
        settings=settings,
        asked=request.get("serviceConnectConfiguration"),
    )
    check_role(definition, request)
    check_load_balancers(plane, definition, launch_type, request.get("loadBalancers", []))
    check_rules(request.get("loadBalancers", []), plane.neighbours.balancers)
    service = _record(plane, cluster, request, settings, definition.name)
    if service.uses_task_sets:
        of_set = task_sets.revision_settings(settings)
        first = task_sets.begin(plane, service, definition, of_set, scale=100.0)
        task_sets.make_primary(plane, service, first)
    else:
        rollouts.begin(plane, service, definition)
    return {"service": describe_service.service(plane, service, tags=True)}


def _record(plane: "ControlPlane", cluster: Cluster, request: Json, settings: Json, what: str) -> Service:
    service = Service(
        name=request["serviceName"],
        arn=plane.arn(f"service/{cluster.name}/{request['serviceName']}"),
        cluster=cluster,
        desired=request.get("desiredCount", 0),  # a daemon service counts its instances
        settings=settings,
        created_ms=plane.clock.now_ms,
        created_by=plane.caller,
        request=request,
        tags=admitted(request.get("tags", [])),
    )
    cluster.services[service.name] = service
    why = f"{service.desired} of {what} wanted"
    plane.say(f"service/{service.name}", "created", why, service=service.name)
    return service


def _existing(cluster: Cluster, request: Json) -> Service | None:
    """A name in use: the same request again is answered with the same service, any other is refused."""
    service = cluster.services.get(request["serviceName"])
    if service is None or service.status == "INACTIVE":
        return None
    if service.status == "DRAINING":
        raise invalid_parameter("Unable to Start a service that is still Draining.")
    if service.request != request:
        raise invalid_parameter("Creation of service was not idempotent.")
    return service


def _settings(request: Json, launch_type: str, strategy: list[Json] | None, config: Json | None) -> Json:
    """The members that are stored and returned, with AWS's defaults (facts, sections 5.5, 5.6 and 6.1)."""
    settings = {
        "launchType": None if strategy else launch_type,
        "capacityProviderStrategy": strategy,
        "platformVersion": request.get("platformVersion", "LATEST") if launch_type == "FARGATE" else None,
        "platformFamily": "Linux" if launch_type == "FARGATE" else None,
        "networkConfiguration": {"awsvpcConfiguration": config} if config else None,
        "deploymentConfiguration": deployment_configuration(
            request.get("deploymentConfiguration", {}), daemon=request.get("schedulingStrategy") == "DAEMON"
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


@operation("UpdateService")
def update_service(plane: "ControlPlane", request: Json) -> Json:
    """Change what is wanted; a new task definition, network or platform version starts a deployment (facts, section 5.6)."""
    cluster = plane.cluster(request.get("cluster"))
    service = active_service(plane, cluster, request["service"])
    check_update(request, service)
    if service.uses_task_sets:
        return _update_controlled(plane, service, request)
    definition = definition_to_run(plane, request.get("taskDefinition") or service.primary.definition.arn)
    settings = service.settings | _capacity(cluster, service, request)
    launch_type = launch_type_of(settings)
    wanted = {k: v for k, v in settings.items() if v is not None} | request
    check_definition(definition, launch_type, wanted)
    check_execute_command(definition, request, NO_TASK_ROLE.format("updated"))
    check_placement(launch_type, wanted)
    check_spot(definition, settings["capacityProviderStrategy"], wanted)
    config, _ = network(plane, definition, launch_type, wanted)
    settings |= {k: request[k] for k in (*QUIET, "platformVersion", "loadBalancers") if k in request}
    config_asked = changed_configuration(settings["deploymentConfiguration"], request)
    check_traffic(config_asked["strategy"], settings["loadBalancers"])
    if any(k in request for k in ("loadBalancers", "taskDefinition", "forceNewDeployment")):
        check_load_balancers(plane, definition, launch_type, settings["loadBalancers"])
        check_rules(settings["loadBalancers"], plane.neighbours.balancers)
    settings["networkConfiguration"] = {"awsvpcConfiguration": config} if config else None
    settings["deploymentConfiguration"] = deployment_configuration(
        config_asked, daemon=settings["schedulingStrategy"] == "DAEMON"
    )
    refuse_other_traffic(config_asked["strategy"], {k: v for k, v in settings.items() if v} | request)
    rebalancing(settings["availabilityZoneRebalancing"], settings)
    settings["serviceRegistries"] = request.get("serviceRegistries", settings["serviceRegistries"])
    desired = request.get("desiredCount", service.desired)
    check_registries(plane, definition, launch_type, settings["serviceRegistries"], desired)
    settings["serviceConnectConfiguration"] = service_connect(
        plane,
        cluster,
        definition,
        name=service.name,
        settings=settings,
        asked=request.get("serviceConnectConfiguration", settings["serviceConnectConfiguration"]),
    )
    limits, service.settings = rollouts.bounds(service), settings  # from here on nothing refuses
    service.primary.settings |= {name: settings[name] for name in CAPACITY}
    want(plane, service, request.get("desiredCount", service.desired))
    if request.get("forceNewDeployment") or any(k in request for k in STARTS_DEPLOYMENT):
        rollouts.begin(plane, service, definition)
    else:
        rollouts.heed_limits(plane, service, limits)
    plane.scheduler.wake(service)
    return {"service": describe_service.service(plane, service, tags=True)}


def _update_controlled(plane: "ControlPlane", service: Service, request: Json) -> Json:
    """Change the little that UpdateService changes when somebody else deploys (facts, sections 7.2 and 7.3)."""
    settings = service.settings | {k: request[k] for k in QUIET if k in request}
    check_placement(launch_type_of(settings), {k: v for k, v in settings.items() if v is not None})
    asked = settings["deploymentConfiguration"] | request.get("deploymentConfiguration", {})
    settings["deploymentConfiguration"] = deployment_configuration(asked, daemon=False)
    rebalancing(settings["availabilityZoneRebalancing"], settings)
    service.settings = settings
    want(plane, service, request.get("desiredCount", service.desired))
    plane.scheduler.wake(service)
    return {"service": describe_service.service(plane, service, tags=True)}


def _capacity(cluster: Cluster, service: Service, request: Json) -> Json:
    """What changes when UpdateService names a strategy; an empty one goes back to the launch type (BC:UpdateServiceRequest).

    It starts no deployment: tasks that are there stay where they are, new ones follow it (facts, section 5.6).
    """
    if "capacityProviderStrategy" not in request:
        return {}
    asked, now = request["capacityProviderStrategy"], launch_type_of(service.settings)
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


@operation("DeleteService")
def delete_service(plane: "ControlPlane", request: Json) -> Json:
    """Stop wanting a service: desired must be 0 unless forced; DRAINING, then INACTIVE (facts, section 5.1)."""
    cluster = plane.cluster(request.get("cluster"))
    service = plane.find_service(cluster, request["service"])
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.status == "ACTIVE":
        if service.desired and not request.get("force"):
            raise invalid_parameter("The service cannot be stopped while it is scaled above 0.")
        service.status, service.desired = "DRAINING", 0
        rollouts.supersede(plane, service, "the service was deleted")
        plane.say(f"service/{service.name}", "deleting", "DeleteService was called", service=service.name)
        plane.scheduler.wake(service)
    return {"service": describe_service.service(plane, service, tags=True)}
