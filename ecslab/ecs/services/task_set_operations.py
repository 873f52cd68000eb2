"""CreateTaskSet, UpdateTaskSet, UpdateServicePrimaryTaskSet, DeleteTaskSet,
DescribeTaskSets (facts, section 7.3).
"""

from typing import TYPE_CHECKING, Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.client_tokens import asks_the_same
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.connect.registry_rules import check_registries
from ecslab.ecs.deployments import task_set_rules as rules
from ecslab.ecs.deployments import task_sets
from ecslab.ecs.launch.rules import capacity, definition_to_run, runnable
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.services import describe as describe_service
from ecslab.ecs.services.settings import place
from ecslab.ecs.services.wanting import active_service
from ecslab.ecs.targets.rules import check_load_balancers
from ecslab.ground.errors import invalid_parameter

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Json = dict[str, Any]


@operation("CreateTaskSet")
def create_task_set(plane: "ControlPlane", request: Json) -> Json:
    """Add a revision beside those a service has; its scale is 0 % unless given, its
    count is worked out when time moves.
    """
    service = _service(plane, request)
    rules.check_external(service)
    if earlier := _same_call(service, request):
        return {"taskSet": describe_service.task_set(plane, service, earlier, tags=True)}
    rules.check_create(service, request)
    scale = rules.percent(request.get("scale", {}))
    definition, settings = revision(plane, service, request)
    made = task_sets.begin(
        plane,
        service,
        definition,
        settings,
        scale=scale,
        external_id=request.get("externalId"),
        tags=admitted(request.get("tags", [])),
        request=request,
    )
    return {"taskSet": describe_service.task_set(plane, service, made, tags=True)}


def revision(plane: "ControlPlane", service: Service, request: Json) -> tuple[TaskDefinition, Json]:
    """The task definition a request names and the settings a task set keeps;
    raises what AWS refuses them with.
    """
    definition = definition_to_run(plane, request["taskDefinition"])
    launch_type, strategy = capacity(service.cluster, request)
    placed = {k: service.settings[k] for k in ("placementConstraints", "placementStrategy")}
    config, _ = runnable(plane, definition, launch_type, strategy, request | placed)
    balancers = request.get("loadBalancers", [])
    if len(balancers) > 1:  # facts, section 7.3; the form is AWS's
        raise invalid_parameter("load balancers can have at most 1 items.")
    check_load_balancers(plane, definition, launch_type, balancers)
    registries = request.get("serviceRegistries", [])
    check_registries(plane, definition, launch_type, registries, service.desired)
    reached = {"loadBalancers": balancers, "serviceRegistries": registries}
    return definition, place(request, launch_type, strategy, config) | reached


def _same_call(service: Service, request: Json) -> Deployment | None:
    """A clientToken seen before in the cluster gives the same task set again; for another
    request it is refused (wording is ours).
    """
    token = request.get("clientToken")
    named = {"service": service.name}
    there = (
        ((s, d) for s in service.cluster.services.values() for d in s.deployments) if token else ()
    )
    for owner, deployment in there:
        if deployment.task_set and deployment.task_set.request.get("clientToken") == token:
            if owner is not service or not asks_the_same(
                deployment.task_set.request | named, request | named
            ):
                raise invalid_parameter("Creation of task set was not idempotent.")
            return deployment
    return None


@operation("UpdateTaskSet")
def update_task_set(plane: "ControlPlane", request: Json) -> Json:
    """Change the scale of a task set, and nothing else."""
    service = _service(plane, request)
    rules.check_external(service)
    found = rules.existing(service, request["taskSet"])
    scale = rules.percent(request["scale"])
    if found.status == "DRAINING":
        raise invalid_parameter("The TaskSet is draining.")  # wording is ours
    task_sets.rescale(plane, service, found, scale)
    return {"taskSet": describe_service.task_set(plane, service, found)}


@operation("UpdateServicePrimaryTaskSet")
def update_service_primary_task_set(plane: "ControlPlane", request: Json) -> Json:
    """Say which task set serves production traffic: the service takes
    its settings over, no task moves.
    """
    service = _service(plane, request)
    rules.check_external(service)
    found = rules.existing(service, request["primaryTaskSet"])
    if found.status == "DRAINING":
        raise invalid_parameter("The TaskSet is draining.")  # wording is ours
    if found.status != "PRIMARY":
        task_sets.make_primary(plane, service, found)
    return {"taskSet": describe_service.task_set(plane, service, found)}


@operation("DeleteTaskSet")
def delete_task_set(plane: "ControlPlane", request: Json) -> Json:
    """Drain a task set; one that is primary, or not scaled to 0, has to be forced."""
    service = _service(plane, request)
    rules.check_external(service)
    found = rules.existing(service, request["taskSet"])
    rules.check_delete(found, force=bool(request.get("force")))
    if found.status != "DRAINING":
        task_sets.drain(plane, service, found)
    return {"taskSet": describe_service.task_set(plane, service, found)}


@operation("DescribeTaskSets")
def describe_task_sets(plane: "ControlPlane", request: Json) -> Json:
    """The task sets named, or all of the service's; unknown ones are
    `failures` with reason MISSING.
    """
    service = _service(plane, request)
    rules.check_external(service, also="CODE_DEPLOY")
    names = request.get("taskSets") or [d.id for d in service.deployments]
    tags = "TAGS" in request.get("include", [])
    found = [(name, rules.find(service, name)) for name in names]
    prefix = plane.arn(f"task-set/{service.cluster.name}/{service.name}/")
    missing = [
        n if n.startswith("arn:") else prefix + n for n, deployment in found if deployment is None
    ]
    return {
        "taskSets": [
            describe_service.task_set(plane, service, d, tags=tags) for _, d in found if d
        ],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing],
    }


def _service(plane: "ControlPlane", request: Json) -> Service:
    return active_service(plane, plane.cluster(request["cluster"]), request["service"])
