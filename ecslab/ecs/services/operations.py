"""CreateService, UpdateService, DeleteService (facts, sections 5 and 17)."""

from typing import TYPE_CHECKING, Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.client_tokens import check_token
from ecslab.ecs.api.equality import same
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.capacity.strategy import launch_type as launch_type_of
from ecslab.ecs.connect.registry_rules import check_count
from ecslab.ecs.deployments import rollouts, task_sets
from ecslab.ecs.deployments.controller_rules import controller
from ecslab.ecs.deployments.rules import changed_configuration, deployment_configuration
from ecslab.ecs.deployments.shifting.rules import refuse_other_traffic
from ecslab.ecs.deployments.shifting.traffic_rules import check_traffic
from ecslab.ecs.launch.rules import (
    awsvpc,
    capacity,
    check_execute_command,
    check_launch,
    check_placement,
    definition_to_run,
    runnable,
    subnets,
)
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.services import Service
from ecslab.ecs.services import describe as describe_service
from ecslab.ecs.services import settings as service_settings
from ecslab.ecs.services.changes import held, starts_deployment, unchanged, wanted_definition
from ecslab.ecs.services.checks import reachable
from ecslab.ecs.services.rebalancing_rules import rebalancing
from ecslab.ecs.services.rules import check_create, check_update
from ecslab.ecs.services.settings import CAPACITY, NO_DAEMON, QUIET
from ecslab.ecs.services.wanting import active_service, existing_service, want
from ecslab.ecs.targets.rules import check_role
from ecslab.ground.errors import AwsError, invalid_parameter
from ecslab.timeline.services import ServiceCreated, ServiceDeleting

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Json = dict[str, Any]

NO_TASK_ROLE = (
    "The service couldn't be {} because a valid taskRoleArn is not being used. "
    "Specify a valid task role in your task definition and try again."
)


@operation("CreateService")
def create_service(plane: "ControlPlane", request: Json) -> Json:
    """Record a service that is wanted; its first round begins when time moves."""
    cluster = plane.cluster(request.get("cluster"))
    check_token("CreateService", request)
    if existing := existing_service(cluster, request):
        return {"service": describe_service.service(plane, existing, tags=True)}
    check_create(request)
    if controller(request) == "EXTERNAL":
        # As public captures show it before any task set.
        settings = service_settings.first(request, "EC2", None, None)
        service = _record(plane, cluster, request, settings, "task sets")
        plane.rounds.wake(service)
        return {"service": describe_service.service(plane, service, tags=True)}
    if "taskDefinition" not in request:
        raise invalid_parameter("TaskDefinition can not be blank.")
    definition = definition_to_run(plane, request["taskDefinition"])
    settings = _admitted(plane, cluster, definition, request)
    service = _record(plane, cluster, request, settings, definition.name)
    if service.uses_task_sets:
        of_set = task_sets.revision_settings(settings)
        first = task_sets.begin(plane, service, definition, of_set, scale=100.0)
        task_sets.make_primary(plane, service, first)
    else:
        rollouts.begin(plane, service, definition)
    return {"service": describe_service.service(plane, service, tags=True)}


def _admitted(
    plane: "ControlPlane", cluster: Cluster, definition: TaskDefinition, request: Json
) -> Json:
    """What to store of a new service with a task definition; raises what AWS refuses it with."""
    launch_type, strategy = capacity(cluster, request)
    if launch_type == "FARGATE" and request.get("schedulingStrategy") == "DAEMON":
        raise invalid_parameter(NO_DAEMON)
    config, _ = runnable(plane, definition, launch_type, strategy, request)
    check_execute_command(definition.spec, request, NO_TASK_ROLE.format("created"))
    check_role(definition, request)
    settings = service_settings.first(request, launch_type, strategy, config)
    settings["serviceConnectConfiguration"] = reachable(
        plane,
        cluster,
        definition,
        name=request["serviceName"],
        desired=request.get("desiredCount", 0),
        settings=settings,
        connect=request.get("serviceConnectConfiguration"),
    )
    return settings


def _record(
    plane: "ControlPlane", cluster: Cluster, request: Json, settings: Json, what: str
) -> Service:
    service = Service(
        name=request["serviceName"],
        arn=plane.arn(f"service/{cluster.name}/{request['serviceName']}"),
        cluster=cluster,
        desired=request.get("desiredCount", 0),  # a daemon service counts its instances
        settings=settings,
        created_ms=plane.clock.now_ms,
        created_by=plane.caller,
        ref=plane.story.service(cluster.ref, request["serviceName"]),
        request=request,
        tags=admitted(request.get("tags", [])),
    )
    cluster.services[service.name] = service
    plane.story.say(ServiceCreated(service=service.ref, desired=service.desired, of=what))
    return service


@operation("UpdateService")
def update_service(plane: "ControlPlane", request: Json) -> Json:
    """Change what is wanted; what tasks get only by being started anew starts a
    deployment, where it is new (facts, section 5.6).
    """
    cluster = plane.cluster(request.get("cluster"))
    service = active_service(plane, cluster, request["service"])
    check_update(request, service)
    if service.uses_task_sets:
        return _update_controlled(plane, service, request)
    definition = wanted_definition(plane, service, request)
    settings = _readmitted(plane, service, definition, request)
    deploys = starts_deployment(service, definition, settings, request)
    limits, service.settings = rollouts.bounds(service), settings  # from here on nothing refuses
    want(plane, service, request.get("desiredCount", service.desired))
    if deploys:
        rollouts.begin(plane, service, definition)
    else:
        service.primary.settings |= {name: settings[name] for name in CAPACITY}
        rollouts.heed_limits(plane, service, limits)
    plane.rounds.wake(service)
    return {"service": describe_service.service(plane, service, tags=True)}


def _readmitted(
    plane: "ControlPlane", service: Service, definition: TaskDefinition, request: Json
) -> Json:
    """What to store of a service that changes; raises what AWS refuses the change with."""
    settings = service_settings.changed(service.cluster, service, request)
    wanted = {k: v for k, v in settings.items() if v is not None} | request
    strategy = settings["capacityProviderStrategy"]
    check_launch(definition, launch_type_of(settings), strategy, wanted)
    config = awsvpc(definition, launch_type_of(settings), wanted)
    settings["networkConfiguration"] = service_settings.networking(config)
    if not same(settings["networkConfiguration"], service.settings["networkConfiguration"]):
        subnets(plane, config)
    check_execute_command(definition.spec, request, NO_TASK_ROLE.format("updated"))
    asked = changed_configuration(settings["deploymentConfiguration"], request)
    check_traffic(asked["strategy"], settings["loadBalancers"])
    refuse_other_traffic(asked["strategy"], {k: v for k, v in settings.items() if v} | request)
    daemon = settings["schedulingStrategy"] == "DAEMON"
    settings["deploymentConfiguration"] = deployment_configuration(asked, daemon=daemon)
    rebalancing(settings["availabilityZoneRebalancing"], settings)
    settings["serviceConnectConfiguration"] = reachable(
        plane,
        service.cluster,
        definition,
        name=service.name,
        desired=request.get("desiredCount", service.desired),
        settings=settings,
        connect=request.get("serviceConnectConfiguration", settings["serviceConnectConfiguration"]),
        held=held(service),
    )
    return unchanged(service, settings)


def _update_controlled(plane: "ControlPlane", service: Service, request: Json) -> Json:
    """Change the little that UpdateService changes when somebody else
    deploys (facts, sections 7.2 and 7.3).
    """
    settings = service.settings | {k: request[k] for k in QUIET if k in request}
    check_placement(launch_type_of(settings), {k: v for k, v in settings.items() if v is not None})
    asked = settings["deploymentConfiguration"] | request.get("deploymentConfiguration", {})
    settings["deploymentConfiguration"] = deployment_configuration(asked, daemon=False)
    rebalancing(settings["availabilityZoneRebalancing"], settings)
    desired = request.get("desiredCount", service.desired)
    check_count(
        [r for d in service.deployments for r in d.settings["serviceRegistries"] or []], desired
    )
    service.settings = settings
    want(plane, service, desired)
    plane.rounds.wake(service)
    return {"service": describe_service.service(plane, service, tags=True)}


@operation("DeleteService")
def delete_service(plane: "ControlPlane", request: Json) -> Json:
    """Stop wanting a service: desired must be 0 unless forced; DRAINING,
    then INACTIVE (facts, section 5.1).
    """
    cluster = plane.cluster(request.get("cluster"))
    service = plane.find_service(cluster, request["service"])
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.status == "ACTIVE":
        if service.desired and not request.get("force"):
            raise invalid_parameter("The service cannot be stopped while it is scaled above 0.")
        service.status, service.desired = "DRAINING", 0
        rollouts.supersede(plane, service, "the service was deleted")
        plane.story.say(ServiceDeleting(service=service.ref))
        plane.rounds.wake(service)
    return {"service": describe_service.service(plane, service, tags=True)}
