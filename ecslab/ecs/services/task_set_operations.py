"""CreateTaskSet, UpdateTaskSet, UpdateServicePrimaryTaskSet, DeleteTaskSet,
DescribeTaskSets (facts, section 7.3).
"""

from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.client_tokens import asks_the_same
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.connect.registry_rules import check_registries
from ecslab.ecs.deployments import task_set_rules as rules
from ecslab.ecs.deployments.task_sets import TaskSets
from ecslab.ecs.launch.rules import capacity, definition_to_run, runnable
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ecs.ports.discovery import Discovery
from ecslab.ecs.ports.network import Network
from ecslab.ecs.services import describe as describe_service
from ecslab.ecs.services.settings import place
from ecslab.ecs.services.wanting import active_service
from ecslab.ecs.targets.rules import check_load_balancers
from ecslab.ground.clock import Clock
from ecslab.ground.errors import invalid_parameter

Json = dict[str, Any]


class TaskSetOperations:
    """Task sets made, changed, deleted and shown."""

    def __init__(
        self,
        *,
        clock: Clock,
        state: AccountState,
        balancers: Balancers,
        discovery: Discovery,
        network: Network,
        task_sets: TaskSets,
    ) -> None:
        self._clock, self._state, self._balancers = clock, state, balancers
        self._discovery, self._network, self._task_sets = discovery, network, task_sets

    @operation("CreateTaskSet")
    def create_task_set(self, request: Json) -> Json:
        """Add a revision beside those a service has; its scale is 0 % unless given, its
        count is worked out when time moves.
        """
        service = self._service(request)
        rules.check_external(service)
        if earlier := _same_call(service, request):
            return {"taskSet": describe_service.task_set(self._clock, service, earlier, tags=True)}
        rules.check_create(service, request)
        scale = rules.percent(request.get("scale", {}))
        definition, settings = self.revision(service, request)
        made = self._task_sets.begin(
            service,
            definition,
            settings,
            scale=scale,
            external_id=request.get("externalId"),
            tags=admitted(request.get("tags", [])),
            request=request,
        )
        return {"taskSet": describe_service.task_set(self._clock, service, made, tags=True)}

    def revision(self, service: Service, request: Json) -> tuple[TaskDefinition, Json]:
        """The task definition a request names and the settings a task set keeps;
        raises what AWS refuses them with.
        """
        definition = definition_to_run(self._state, request["taskDefinition"])
        launch_type, strategy = capacity(service.cluster, request)
        placed = {k: service.settings[k] for k in ("placementConstraints", "placementStrategy")}
        config, _ = runnable(self._network, definition, launch_type, strategy, request | placed)
        balancers = request.get("loadBalancers", [])
        if len(balancers) > 1:  # facts, section 7.3; the form is AWS's
            raise invalid_parameter("load balancers can have at most 1 items.")
        check_load_balancers(self._balancers, definition, launch_type, balancers)
        registries = request.get("serviceRegistries", [])
        check_registries(self._discovery, definition, launch_type, registries, service.desired)
        reached = {"loadBalancers": balancers, "serviceRegistries": registries}
        return definition, place(request, launch_type, strategy, config) | reached

    @operation("UpdateTaskSet")
    def update_task_set(self, request: Json) -> Json:
        """Change the scale of a task set, and nothing else."""
        service = self._service(request)
        rules.check_external(service)
        found = rules.existing(service, request["taskSet"])
        scale = rules.percent(request["scale"])
        if found.status == "DRAINING":
            raise invalid_parameter("The TaskSet is draining.")  # wording is ours
        self._task_sets.rescale(service, found, scale)
        return {"taskSet": describe_service.task_set(self._clock, service, found)}

    @operation("UpdateServicePrimaryTaskSet")
    def update_service_primary_task_set(self, request: Json) -> Json:
        """Say which task set serves production traffic: the service takes
        its settings over, no task moves.
        """
        service = self._service(request)
        rules.check_external(service)
        found = rules.existing(service, request["primaryTaskSet"])
        if found.status == "DRAINING":
            raise invalid_parameter("The TaskSet is draining.")  # wording is ours
        if found.status != "PRIMARY":
            self._task_sets.make_primary(service, found)
        return {"taskSet": describe_service.task_set(self._clock, service, found)}

    @operation("DeleteTaskSet")
    def delete_task_set(self, request: Json) -> Json:
        """Drain a task set; one that is primary, or not scaled to 0, has to be forced."""
        service = self._service(request)
        rules.check_external(service)
        found = rules.existing(service, request["taskSet"])
        rules.check_delete(found, force=bool(request.get("force")))
        if found.status != "DRAINING":
            self._task_sets.drain(service, found)
        return {"taskSet": describe_service.task_set(self._clock, service, found)}

    @operation("DescribeTaskSets")
    def describe_task_sets(self, request: Json) -> Json:
        """The task sets named, or all of the service's; unknown ones are
        `failures` with reason MISSING.
        """
        service = self._service(request)
        rules.check_external(service, also="CODE_DEPLOY")
        names = request.get("taskSets") or [d.id for d in service.deployments]
        tags = "TAGS" in request.get("include", [])
        found = [(name, rules.find(service, name)) for name in names]
        prefix = self._state.arn(f"task-set/{service.cluster.name}/{service.name}/")
        missing = [
            n if n.startswith("arn:") else prefix + n
            for n, deployment in found
            if deployment is None
        ]
        return {
            "taskSets": [
                describe_service.task_set(self._clock, service, d, tags=tags) for _, d in found if d
            ],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing],
        }

    def _service(self, request: Json) -> Service:
        return active_service(
            self._state, self._state.cluster(request["cluster"]), request["service"]
        )


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
