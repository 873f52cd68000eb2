"""Container instances: RegisterContainerInstance, Describe, List, the two updates,
Deregister (facts, sections 3, 8.4, 8.6, 12).
"""

from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.failures import missing
from ecslab.ecs.api.paging import page
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.capacity import describe as describe_instance
from ecslab.ecs.capacity.instance_rules import registration
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import AGENT_VERSION, ContainerInstance
from ecslab.ecs.model.tasks import Stage
from ecslab.ecs.ports.machines import Machines
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, client_exception, invalid_parameter, not_simulated
from ecslab.ground.text import Text

Json = dict[str, Any]

# BC:DescribeContainerInstancesRequest, UpdateContainerInstancesStateRequest.
MOST_DESCRIBED, MOST_UPDATED = 100, 10
MOST_REGISTERED = 5_000  # facts, section 15
# BC:ContainerInstanceStatus.
STATUSES = "ACTIVE", "DRAINING", "REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"
FIELDS = ("TAGS", "CONTAINER_INSTANCE_HEALTH")


class InstanceOperations:
    """Container instances as the API registers, shows and changes them."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        state: AccountState,
        machines: Machines,
        instances: Instances,
    ) -> None:
        self._clock, self._chance, self._state = clock, chance, state
        self._machines, self._instances = machines, instances

    @operation("RegisterContainerInstance")
    def register_container_instance(self, request: Json) -> Json:
        """What an agent calls: take a machine into a cluster, EXTERNAL when it says so; the
        same machine again is the same instance.
        """
        cluster = self._state.cluster(request.get("cluster"))
        tags = admitted(request.get("tags", []))
        if "containerInstanceArn" in request:
            return {
                "containerInstance": self._shown(
                    self._again(cluster, request["containerInstanceArn"])
                )
            }
        said = registration(self._chance, self._machines, request)
        there = self._instances.on(said.ec2_id)
        if there and there.cluster is not cluster:
            # Facts, section 8.6: one cluster at a time; the wording is ours.
            raise client_exception(
                f"{said.ec2_id} is registered with the cluster {there.cluster.name} already."
            )
        if there is None and len(cluster.instances) >= MOST_REGISTERED:
            raise AwsError(
                "LimitExceededException", "You have exceeded the limit of container instances."
            )  # wording is ours
        instance = there or self._instances.register(
            cluster, said, Text("RegisterContainerInstance was called")
        )
        instance.tags = tags or instance.tags
        self._instances.connect(instance)
        return {"containerInstance": self._shown(instance, tags=True)}

    def _again(self, cluster: Cluster, arn: str) -> ContainerInstance:
        """An agent that restarts names the instance it was; deregistering is
        final (seen in public agent logs).
        """
        instance = self._instances.find(cluster, arn)
        if instance is None or instance.status == "INACTIVE":
            raise client_exception(
                f"Referenced container instance {arn.rpartition('/')[2]} not registered."
            )
        self._instances.connect(instance, Text("its agent registered again"))
        return instance

    @operation("DescribeContainerInstances")
    def describe_container_instances(self, request: Json) -> Json:
        """Up to 100 instances, those that left within the hour included; unknown
        ones are `failures` with reason MISSING.
        """
        cluster = self._state.cluster(request.get("cluster"))
        include = request.get("include", [])
        if any(field not in FIELDS for field in include):
            raise invalid_parameter(f"include should be one of [{','.join(FIELDS)}]")
        found, failures = self._named(cluster, request["containerInstances"], MOST_DESCRIBED)
        tags, health = "TAGS" in include, "CONTAINER_INSTANCE_HEALTH" in include
        return {
            "containerInstances": [self._shown(i, tags=tags, health=health) for i in found],
            "failures": failures,
        }

    def _named(
        self, cluster: Cluster, names: list[str], most: int
    ) -> tuple[list[ContainerInstance], list[Json]]:
        """The instances a request names, and a failure for each it cannot have;
        the texts are public error messages.
        """
        if not names:
            raise invalid_parameter("Container Instances cannot be empty.")
        if len(names) > most:
            raise invalid_parameter(f"instanceIds can have at most {most} items.")
        found = [(name, self._instances.find(cluster, name)) for name in names]
        failures = missing(self._state, f"container-instance/{cluster.name}", found)
        return [instance for _, instance in found if instance], failures

    @operation("ListContainerInstances")
    def list_container_instances(self, request: Json) -> Json:
        """ARNs by status and cluster query, in order of registration; INACTIVE ones are in no
        list.
        """
        cluster = self._state.cluster(request.get("cluster"))
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
    def update_container_instances_state(self, request: Json) -> Json:
        """Drain instances, or end their draining; those in another status
        are refused (facts, section 8.4).
        """
        cluster = self._state.cluster(request.get("cluster"))
        status = request["status"]
        if status not in {"ACTIVE", "DRAINING"}:
            raise invalid_parameter("Container instance status should be one of [ACTIVE, DRAINING]")
        found, failures = self._named(cluster, request["containerInstances"], MOST_UPDATED)
        for instance in found:
            if instance.status not in {"ACTIVE", "DRAINING"}:
                # BC:UpdateContainerInstancesState says that an error is received; its wording is
                # ours.
                raise invalid_parameter(
                    f"The container instance {instance.id} is {instance.status}: "
                    "only ACTIVE and DRAINING container instances can be updated."
                )
        for instance in found:
            if status == "DRAINING" and instance.status == "ACTIVE":
                self._instances.drain(instance, Text("UpdateContainerInstancesState was called"))
            elif status == "ACTIVE" and instance.status == "DRAINING":
                self._instances.activate(instance, Text("UpdateContainerInstancesState was called"))
        return {"containerInstances": [self._shown(i) for i in found], "failures": failures}

    @operation("DeregisterContainerInstance")
    def deregister_container_instance(self, request: Json) -> Json:
        """Let an instance go for good; with tasks on it only by force, which
        orphans them (facts, section 8.4).
        """
        instance = self._registered(request)
        if not request.get("force") and any(
            t.stage < Stage.STOPPED for t in instance.tasks.values()
        ):
            raise invalid_parameter("Found running tasks on the instance.")  # public error messages
        self._instances.deregister(instance, Text("DeregisterContainerInstance was called"))
        return {"containerInstance": self._shown(instance)}

    @operation("UpdateContainerAgent")
    def update_container_agent(self, request: Json) -> Json:
        """Every agent that boots here is the newest, so there is nothing to update
        to; an older one has to say so itself.
        """
        instance = self._registered(request)
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
                "NoUpdateAvailableException",
                "There is no update available for your container agent.",
            )  # the text is in public programs that look for it
        raise not_simulated("Updating an older container agent")

    def _registered(self, request: Json) -> ContainerInstance:
        cluster = self._state.cluster(request.get("cluster"))
        name = request["containerInstance"]
        instance = self._instances.find(cluster, name)
        if instance is None or instance.status == "INACTIVE":
            # The form is public ("Referenced container instance … not found.").
            raise client_exception(
                f"Referenced container instance {name.rpartition('/')[2]} not found."
            )
        return instance

    def _shown(
        self, instance: ContainerInstance, *, tags: bool = False, health: bool = False
    ) -> Json:
        return describe_instance.container_instance(self._clock, instance, tags=tags, health=health)
