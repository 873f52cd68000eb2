"""Container instances: RegisterContainerInstance, Describe, List, the two updates,
Deregister (facts, sections 3, 8.4, 8.6, 12).
"""

from typing import TYPE_CHECKING, Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.failures import missing
from ecslab.ecs.api.paging import page
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.capacity import describe as describe_instance
from ecslab.ecs.capacity.instance_rules import registration
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import AGENT_VERSION, ContainerInstance
from ecslab.ecs.model.tasks import Stage
from ecslab.ground.errors import AwsError, client_exception, invalid_parameter, not_simulated
from ecslab.timeline.text import Text

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Json = dict[str, Any]

# BC:DescribeContainerInstancesRequest, UpdateContainerInstancesStateRequest.
MOST_DESCRIBED, MOST_UPDATED = 100, 10
MOST_REGISTERED = 5_000  # facts, section 15
# BC:ContainerInstanceStatus.
STATUSES = "ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"
FIELDS = ("TAGS", "CONTAINER_INSTANCE_HEALTH")


@operation("RegisterContainerInstance")
def register_container_instance(plane: "ControlPlane", request: Json) -> Json:
    """What an agent calls: take a machine into a cluster, EXTERNAL when it says so; the
    same machine again is the same instance.
    """
    cluster = plane.cluster(request.get("cluster"))
    tags = admitted(request.get("tags", []))
    if "containerInstanceArn" in request:
        return {
            "containerInstance": _shown(
                plane, _again(plane, cluster, request["containerInstanceArn"])
            )
        }
    said = registration(plane, request)
    there = plane.instances.on(said.ec2_id)
    if there and there.cluster is not cluster:
        # Facts, section 8.6: one cluster at a time; the wording is ours.
        raise client_exception(
            f"{said.ec2_id} is registered with the cluster {there.cluster.name} already."
        )
    if there is None and len(cluster.instances) >= MOST_REGISTERED:
        raise AwsError(
            "LimitExceededException", "You have exceeded the limit of container instances."
        )  # wording is ours
    instance = there or plane.instances.register(
        cluster, said, Text("RegisterContainerInstance was called")
    )
    instance.tags = tags or instance.tags
    plane.instances.connect(instance)
    return {"containerInstance": _shown(plane, instance, tags=True)}


def _again(plane: "ControlPlane", cluster: Cluster, arn: str) -> ContainerInstance:
    """An agent that restarts names the instance it was; deregistering is
    final (seen in public agent logs).
    """
    instance = plane.instances.find(cluster, arn)
    if instance is None or instance.status == "INACTIVE":
        raise client_exception(
            f"Referenced container instance {arn.rpartition('/')[2]} not registered."
        )
    plane.instances.connect(instance, Text("its agent registered again"))
    return instance


@operation("DescribeContainerInstances")
def describe_container_instances(plane: "ControlPlane", request: Json) -> Json:
    """Up to 100 instances, those that left within the hour included; unknown
    ones are `failures` with reason MISSING.
    """
    cluster = plane.cluster(request.get("cluster"))
    include = request.get("include", [])
    if any(field not in FIELDS for field in include):
        raise invalid_parameter(f"include should be one of [{','.join(FIELDS)}]")
    found, failures = _named(plane, cluster, request["containerInstances"], MOST_DESCRIBED)
    tags, health = "TAGS" in include, "CONTAINER_INSTANCE_HEALTH" in include
    return {
        "containerInstances": [_shown(plane, i, tags=tags, health=health) for i in found],
        "failures": failures,
    }


def _named(
    plane: "ControlPlane", cluster: Cluster, names: list[str], most: int
) -> tuple[list[ContainerInstance], list[Json]]:
    """The instances a request names, and a failure for each it cannot have;
    the texts are public error messages.
    """
    if not names:
        raise invalid_parameter("Container Instances cannot be empty.")
    if len(names) > most:
        raise invalid_parameter(f"instanceIds can have at most {most} items.")
    found = [(name, plane.instances.find(cluster, name)) for name in names]
    failures = missing(plane, f"container-instance/{cluster.name}", found)
    return [instance for _, instance in found if instance], failures


@operation("ListContainerInstances")
def list_container_instances(plane: "ControlPlane", request: Json) -> Json:
    """ARNs by status and cluster query, in order of registration; INACTIVE ones are in no list."""
    cluster = plane.cluster(request.get("cluster"))
    status = request.get("status")
    if status is not None and status not in STATUSES:
        raise invalid_parameter(f"status should be one of [{','.join(STATUSES)}]")
    listed = [i for i in cluster.instances.values() if status in {None, i.status}]
    if request.get("filter"):
        from ecslab.ecs.placement.query import compile_query  # noqa: PLC0415 - few listings have a filter

        matches = compile_query(request["filter"])
        listed = [i for i in listed if matches(i)]
    arns, rest = page([i.arn for i in listed], request)
    return {"containerInstanceArns": arns} | rest


@operation("UpdateContainerInstancesState")
def update_container_instances_state(plane: "ControlPlane", request: Json) -> Json:
    """Drain instances, or end their draining; those in another status
    are refused (facts, section 8.4).
    """
    cluster = plane.cluster(request.get("cluster"))
    status = request["status"]
    if status not in {"ACTIVE", "DRAINING"}:
        raise invalid_parameter("Container instance status should be one of [ACTIVE, DRAINING]")
    found, failures = _named(plane, cluster, request["containerInstances"], MOST_UPDATED)
    for instance in found:
        if instance.status not in {"ACTIVE", "DRAINING"}:
            # BC:UpdateContainerInstancesState says that an error is received; its wording is ours.
            raise invalid_parameter(
                f"The container instance {instance.id} is {instance.status}: "
                "only ACTIVE and DRAINING container instances can be updated."
            )
    for instance in found:
        if status == "DRAINING" and instance.status == "ACTIVE":
            plane.instances.drain(instance, Text("UpdateContainerInstancesState was called"))
        elif status == "ACTIVE" and instance.status == "DRAINING":
            plane.instances.activate(instance, Text("UpdateContainerInstancesState was called"))
    return {"containerInstances": [_shown(plane, i) for i in found], "failures": failures}


@operation("DeregisterContainerInstance")
def deregister_container_instance(plane: "ControlPlane", request: Json) -> Json:
    """Let an instance go for good; with tasks on it only by force, which
    orphans them (facts, section 8.4).
    """
    instance = _registered(plane, request)
    if not request.get("force") and any(t.stage < Stage.STOPPED for t in instance.tasks.values()):
        raise invalid_parameter("Found running tasks on the instance.")  # public error messages
    plane.instances.deregister(instance, Text("DeregisterContainerInstance was called"))
    return {"containerInstance": _shown(plane, instance)}


@operation("UpdateContainerAgent")
def update_container_agent(plane: "ControlPlane", request: Json) -> Json:
    """Every agent that boots here is the newest, so there is nothing to update
    to; an older one has to say so itself.
    """
    instance = _registered(plane, request)
    if instance.external:  # facts, section 8.6; the wording is ours
        raise invalid_parameter(
            "UpdateContainerAgent is not supported on external container instances."
        )
    if not instance.connected:  # the wording is ours
        raise invalid_parameter(
            f"The agent of the container instance {instance.id} is not connected."
        )
    if instance.agent_version == AGENT_VERSION:
        raise AwsError(
            "NoUpdateAvailableException", "There is no update available for your container agent."
        )  # the text is in public programs that look for it
    raise not_simulated("Updating an older container agent")


def _registered(plane: "ControlPlane", request: Json) -> ContainerInstance:
    cluster = plane.cluster(request.get("cluster"))
    name = request["containerInstance"]
    instance = plane.instances.find(cluster, name)
    if instance is None or instance.status == "INACTIVE":
        # The form is public ("Referenced container instance … not found.").
        raise client_exception(
            f"Referenced container instance {name.rpartition('/')[2]} not found."
        )
    return instance


def _shown(
    plane: "ControlPlane", instance: ContainerInstance, *, tags: bool = False, health: bool = False
) -> Json:
    return describe_instance.container_instance(plane.clock, instance, tags=tags, health=health)
