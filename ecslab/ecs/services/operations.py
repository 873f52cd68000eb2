"""CreateService, UpdateService, DeleteService (facts, sections 5 and 17)."""

from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.client_tokens import check_token
from ecslab.ecs.api.equality import same
from ecslab.ecs.api.tags import admitted
from ecslab.ecs.capacity.strategy import launch_type as launch_type_of
from ecslab.ecs.connect.registry_rules import check_count
from ecslab.ecs.deployments import rollouts, task_sets
from ecslab.ecs.deployments.controller_rules import controller
from ecslab.ecs.deployments.rollouts import Rollouts
from ecslab.ecs.deployments.rules import changed_configuration, deployment_configuration
from ecslab.ecs.deployments.shifting.rules import refuse_other_traffic
from ecslab.ecs.deployments.shifting.traffic_rules import check_traffic
from ecslab.ecs.deployments.task_sets import TaskSets
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
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ecs.ports.discovery import Discovery
from ecslab.ecs.ports.network import Network
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.services import describe as describe_service
from ecslab.ecs.services import settings as service_settings
from ecslab.ecs.services.changes import held, starts_deployment, unchanged, wanted_definition
from ecslab.ecs.services.checks import reachable
from ecslab.ecs.services.rebalancing_rules import rebalancing
from ecslab.ecs.services.rules import check_create, check_update
from ecslab.ecs.services.settings import CAPACITY, NO_DAEMON, QUIET
from ecslab.ecs.services.wanting import active_service, existing_service, want
from ecslab.ecs.targets.rules import check_role
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, invalid_parameter
from ecslab.timeline.services import ServiceCreated, ServiceDeleting
from ecslab.timeline.teller import Teller

Json = dict[str, Any]

NO_TASK_ROLE = (
    "The service couldn't be {} because a valid taskRoleArn is not being used. "
    "Specify a valid task role in your task definition and try again."
)


class ServiceOperations:
    """Services made, changed and deleted."""

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        state: AccountState,
        rounds: Rounds,
        balancers: Balancers,
        discovery: Discovery,
        network: Network,
        rollouts: Rollouts,
        task_sets: TaskSets,
    ) -> None:
        self._clock, self._story, self._state, self._rounds = clock, story, state, rounds
        self._balancers, self._discovery, self._network = balancers, discovery, network
        self._rollouts, self._task_sets = rollouts, task_sets

    @operation("CreateService")
    def create_service(self, request: Json) -> Json:
        """Record a service that is wanted; its first round begins when time moves."""
        cluster = self._state.cluster(request.get("cluster"))
        check_token("CreateService", request)
        if existing := existing_service(cluster, request):
            return {"service": describe_service.service(self._clock, existing, tags=True)}
        check_create(request)
        if controller(request) == "EXTERNAL":
            # As public captures show it before any task set.
            settings = service_settings.first(request, "EC2", None, None)
            service = self._record(cluster, request, settings, "task sets")
            self._rounds.wake(service)
            return {"service": describe_service.service(self._clock, service, tags=True)}
        if "taskDefinition" not in request:
            raise invalid_parameter("TaskDefinition can not be blank.")
        definition = definition_to_run(self._state, request["taskDefinition"])
        settings = self._admitted(cluster, definition, request)
        service = self._record(cluster, request, settings, definition.name)
        if service.uses_task_sets:
            of_set = task_sets.revision_settings(settings)
            first = self._task_sets.begin(service, definition, of_set, scale=100.0)
            self._task_sets.make_primary(service, first)
        else:
            self._rollouts.begin(service, definition)
        return {"service": describe_service.service(self._clock, service, tags=True)}

    def _admitted(self, cluster: Cluster, definition: TaskDefinition, request: Json) -> Json:
        """What to store of a new service with a task definition; raises what AWS refuses it
        with.
        """
        launch_type, strategy = capacity(cluster, request)
        if launch_type == "FARGATE" and request.get("schedulingStrategy") == "DAEMON":
            raise invalid_parameter(NO_DAEMON)
        config, _ = runnable(self._network, definition, launch_type, strategy, request)
        check_execute_command(definition.spec, request, NO_TASK_ROLE.format("created"))
        check_role(definition, request)
        settings = service_settings.first(request, launch_type, strategy, config)
        settings["serviceConnectConfiguration"] = reachable(
            self._state,
            self._balancers,
            self._discovery,
            cluster,
            definition,
            name=request["serviceName"],
            desired=request.get("desiredCount", 0),
            settings=settings,
            connect=request.get("serviceConnectConfiguration"),
        )
        return settings

    def _record(self, cluster: Cluster, request: Json, settings: Json, what: str) -> Service:
        service = Service(
            name=request["serviceName"],
            arn=self._state.arn(f"service/{cluster.name}/{request['serviceName']}"),
            cluster=cluster,
            desired=request.get("desiredCount", 0),  # a daemon service counts its instances
            settings=settings,
            created_ms=self._clock.now_ms,
            created_by=self._state.caller,
            ref=self._story.service(cluster.ref, request["serviceName"]),
            request=request,
            tags=admitted(request.get("tags", [])),
        )
        cluster.services[service.name] = service
        self._story.say(ServiceCreated(service=service.ref, desired=service.desired, of=what))
        return service

    @operation("UpdateService")
    def update_service(self, request: Json) -> Json:
        """Change what is wanted; what tasks get only by being started anew starts a
        deployment, where it is new (facts, section 5.6).
        """
        cluster = self._state.cluster(request.get("cluster"))
        service = active_service(self._state, cluster, request["service"])
        check_update(request, service)
        if service.uses_task_sets:
            return self._update_controlled(service, request)
        definition = wanted_definition(self._state, service, request)
        settings = self._readmitted(service, definition, request)
        deploys = starts_deployment(service, definition, settings, request)
        limits, service.settings = (
            rollouts.bounds(service),
            settings,
        )  # from here on nothing refuses
        want(self._story, service, request.get("desiredCount", service.desired))
        if deploys:
            self._rollouts.begin(service, definition)
        else:
            service.primary.settings |= {name: settings[name] for name in CAPACITY}
            self._rollouts.heed_limits(service, limits)
        self._rounds.wake(service)
        return {"service": describe_service.service(self._clock, service, tags=True)}

    def _readmitted(self, service: Service, definition: TaskDefinition, request: Json) -> Json:
        """What to store of a service that changes; raises what AWS refuses the change with."""
        settings = service_settings.changed(service.cluster, service, request)
        wanted = {k: v for k, v in settings.items() if v is not None} | request
        strategy = settings["capacityProviderStrategy"]
        check_launch(definition, launch_type_of(settings), strategy, wanted)
        config = awsvpc(definition, launch_type_of(settings), wanted)
        settings["networkConfiguration"] = service_settings.networking(config)
        if not same(settings["networkConfiguration"], service.settings["networkConfiguration"]):
            subnets(self._network, config)
        check_execute_command(definition.spec, request, NO_TASK_ROLE.format("updated"))
        asked = changed_configuration(settings["deploymentConfiguration"], request)
        check_traffic(asked["strategy"], settings["loadBalancers"])
        refuse_other_traffic(asked["strategy"], {k: v for k, v in settings.items() if v} | request)
        daemon = settings["schedulingStrategy"] == "DAEMON"
        settings["deploymentConfiguration"] = deployment_configuration(asked, daemon=daemon)
        rebalancing(settings["availabilityZoneRebalancing"], settings)
        settings["serviceConnectConfiguration"] = reachable(
            self._state,
            self._balancers,
            self._discovery,
            service.cluster,
            definition,
            name=service.name,
            desired=request.get("desiredCount", service.desired),
            settings=settings,
            connect=request.get(
                "serviceConnectConfiguration", settings["serviceConnectConfiguration"]
            ),
            held=held(service),
        )
        return unchanged(service, settings)

    def _update_controlled(self, service: Service, request: Json) -> Json:
        """Change the little that UpdateService changes when somebody else
        deploys (facts, sections 7.2 and 7.3).
        """
        settings = service.settings | {k: request[k] for k in QUIET if k in request}
        check_placement(
            launch_type_of(settings), {k: v for k, v in settings.items() if v is not None}
        )
        asked = settings["deploymentConfiguration"] | request.get("deploymentConfiguration", {})
        settings["deploymentConfiguration"] = deployment_configuration(asked, daemon=False)
        rebalancing(settings["availabilityZoneRebalancing"], settings)
        desired = request.get("desiredCount", service.desired)
        check_count(
            [r for d in service.deployments for r in d.settings["serviceRegistries"] or []], desired
        )
        service.settings = settings
        want(self._story, service, desired)
        self._rounds.wake(service)
        return {"service": describe_service.service(self._clock, service, tags=True)}

    @operation("DeleteService")
    def delete_service(self, request: Json) -> Json:
        """Stop wanting a service: desired must be 0 unless forced; DRAINING,
        then INACTIVE (facts, section 5.1).
        """
        cluster = self._state.cluster(request.get("cluster"))
        service = self._state.find_service(cluster, request["service"])
        if service is None:
            raise AwsError("ServiceNotFoundException", "Service not found.")
        if service.status == "ACTIVE":
            if service.desired and not request.get("force"):
                raise invalid_parameter("The service cannot be stopped while it is scaled above 0.")
            service.status, service.desired = "DRAINING", 0
            self._rollouts.supersede(service, "the service was deleted")
            self._story.say(ServiceDeleting(service=service.ref))
            self._rounds.wake(service)
        return {"service": describe_service.service(self._clock, service, tags=True)}
