"""RunTask, StopTask, DescribeTasks and ListTasks (facts, sections 1 and 5.1)."""

from typing import TYPE_CHECKING, Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.client_tokens import KNOWN_FOR_MS, asks_the_same, check_token
from ecslab.ecs.api.failures import missing
from ecslab.ecs.api.paging import page
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.definitions.effective import effective
from ecslab.ecs.launch.launches import Launches
from ecslab.ecs.launch.new_task import Launch, role_problem
from ecslab.ecs.launch.places import losing
from ecslab.ecs.launch.requests import NO_TASK_ROLE, check_request, tags_at_launch
from ecslab.ecs.launch.rules import capacity, check_execute_command, definition_to_run, runnable
from ecslab.ecs.launch.waiting import FULL, LIMIT_EXCEEDED
from ecslab.ecs.launch.wanted import Wanted
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.placement.batch import PlacementRefused
from ecslab.ecs.ports.network import Network
from ecslab.ecs.ports.roles import Roles
from ecslab.ecs.tasks import describe as describe_task
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, client_exception, invalid_parameter
from ecslab.ground.text import Text

if TYPE_CHECKING:
    from ecslab.ecs.ports.network import Subnet

Json = dict[str, Any]

MOST_DESCRIBED = 100  # facts, section 5.1

# Facts, section 4, failure reasons.
NO_INSTANCES = "No Container Instances were found in your cluster."


class TaskOperations:
    """Standalone tasks run, and tasks stopped, shown and listed."""

    def __init__(
        self,
        *,
        clock: Clock,
        state: AccountState,
        network: Network,
        roles: Roles,
        instances: Instances,
        launches: Launches,
        runner: TaskRunner,
    ) -> None:
        self._clock, self._state, self._network, self._roles = clock, state, network, roles
        self._instances, self._launches, self._runner = instances, launches, runner

    @operation("RunTask")
    def run_task(self, request: Json) -> Json:
        """Launch up to ten copies of a task definition; they exist at once and run when time
        moves.
        """
        cluster = self._state.cluster(request.get("cluster"))
        check_token("RunTask", request)
        if earlier := self._same_call(cluster, request):
            return {"tasks": earlier, "failures": []}
        definition = definition_to_run(self._state, request["taskDefinition"])
        check_request(definition, request)
        launch_type, strategy = capacity(cluster, request)
        config, subnets = runnable(self._network, definition, launch_type, strategy, request)
        overrides = request.get("overrides") or {}
        spec = effective(definition.spec, overrides)
        check_execute_command(spec, request, NO_TASK_ROLE)
        if launch_type != "FARGATE" and not strategy and not cluster.instances:
            raise invalid_parameter(NO_INSTANCES)
        if problem := role_problem(self._roles, spec):
            raise client_exception(problem)
        launch = Launch(
            launch_type=launch_type,
            group=request.get("group") or f"family:{definition.family}",
            started_by=request.get("startedBy"),
            network=config,
            platform_version=request.get("platformVersion"),
            overrides=overrides,
            tags=tuple(tags_at_launch(cluster, definition, request)),
            execute_command=request.get("enableExecuteCommand", False),
            constraints=tuple(request.get("placementConstraints", [])),
            strategies=tuple(request.get("placementStrategy", [])),
        )
        count = request.get("count", 1)
        tasks, refusals = self._launch(
            cluster, definition, launch, strategy, subnets=subnets, count=count
        )
        if tasks and (token := request.get("clientToken")):
            cluster.client_tokens[token] = (self._clock.now_ms, request, [t.id for t in tasks])
        failures = [failure for refused in refusals for failure in losing(refused)]
        return {
            "tasks": [describe_task.task(self._clock, t, tags=True) for t in tasks],
            "failures": failures,
        }

    def _launch(
        self,
        cluster: Cluster,
        definition: TaskDefinition,
        launch: Launch,
        strategy: list[Json] | None,
        *,
        subnets: "list[Subnet]",
        count: int,
    ) -> tuple[list[Task], list[PlacementRefused]]:
        """A strategy's base and weights are of one call: its tasks alone are counted."""
        siblings = [
            t for t in cluster.tasks.values() if t.group == launch.group and t.desired == "RUNNING"
        ]
        wanted = Wanted(cluster, definition, launch, subnets, siblings, strategy or [], {})
        tasks: list[Task] = []
        refusals: list[PlacementRefused] = []
        found = list(self._launches.placements(wanted, count))
        if any(place is FULL for _, place in found):
            raise client_exception(LIMIT_EXCEEDED)
        for of_provider, place in found:
            if isinstance(place, PlacementRefused):
                refusals.append(place)
                continue
            tasks.append(self._launches.begin(wanted, of_provider, place))
        return tasks, refusals

    def _same_call(self, cluster: Cluster, request: Json) -> list[Json] | None:
        """A clientToken seen before gives the same tasks again, or ConflictException for
        another request (facts, section 5.1).

        It is forgotten after 24 hours, and with the last of its tasks: then there is
        nothing to answer with (assumption).
        """
        seen = cluster.client_tokens.get(request.get("clientToken", ""))
        if seen is None:
            return None
        at_ms, asked, ids = seen
        if self._clock.now_ms - at_ms >= KNOWN_FOR_MS or not any(i in cluster.tasks for i in ids):
            return None
        if not asks_the_same(asked, request):
            arns = [self._state.arn(f"task/{cluster.name}/{i}") for i in ids]
            # The wording is ours; the code and resourceIds are the model's.
            raise AwsError(
                "ConflictException",
                "The clientToken was used before with other parameters.",
                resourceIds=arns,
            )
        return [
            describe_task.task(self._clock, cluster.tasks[i], tags=True)
            for i in ids
            if i in cluster.tasks
        ]

    @operation("StopTask")
    def stop_task(self, request: Json) -> Json:
        """Want one task stopped; a service will replace it."""
        cluster = self._state.cluster(request.get("cluster"))
        task = self._state.find_task(cluster, request["task"])
        if task is None:
            raise invalid_parameter("The referenced task was not found.")
        self._runner.stop(
            task,
            "UserInitiated",
            request.get("reason") or "Task stopped by user",
            Text("StopTask was called"),
        )
        return {"task": describe_task.task(self._clock, task, tags=True)}

    @operation("DescribeTasks")
    def describe_tasks(self, request: Json) -> Json:
        """Up to 100 tasks, stopped ones included for an hour; unknown ones
        are `failures` with reason MISSING.
        """
        cluster = self._state.cluster(request.get("cluster"))
        names = request["tasks"]
        if not names:
            raise invalid_parameter("Tasks cannot be empty.")
        if len(names) > MOST_DESCRIBED:
            raise invalid_parameter("taskIds can have at most 100 items.")
        tags = "TAGS" in request.get("include", [])
        found = [(name, self._state.find_task(cluster, name)) for name in names]
        return {
            "tasks": [
                describe_task.task(self._clock, task, tags=tags) for _, task in found if task
            ],
            "failures": missing(self._state, f"task/{cluster.name}", found),
        }

    @operation("ListTasks")
    def list_tasks(self, request: Json) -> Json:
        """ARNs by cluster, family, service, instance, startedBy, launch type and
        desired status (RUNNING unless told).
        """
        cluster = self._state.cluster(request.get("cluster"))
        filters = [
            f
            for f in (
                "family",
                "serviceName",
                "containerInstance",
                "launchType",
                "desiredStatus",
                "daemonName",
            )
            if f in request
        ]
        if "startedBy" in request and filters:
            raise invalid_parameter(
                "startedBy must be the only filter."
            )  # BC:ListTasksRequest.startedBy; the wording is ours
        if (
            "serviceName" in request
            and self._state.find_service(cluster, request["serviceName"]) is None
        ):
            raise AwsError("ServiceNotFoundException", "Service not found.")
        if "daemonName" in request:
            return {"taskArns": []}  # there is none in this account
        arns, rest = page(
            [t.arn for t in cluster.tasks.values() if self._listed(cluster, t, request)], request
        )
        return {"taskArns": arns} | rest

    def _listed(self, cluster: Cluster, task: Task, request: Json) -> bool:
        if task.desired != request.get("desiredStatus", "RUNNING"):
            return False
        service = (
            self._state.find_service(cluster, request["serviceName"])
            if "serviceName" in request
            else None
        )
        if (
            "containerInstance" in request
        ):  # what AWS answers for an unknown one was not found; here it has no tasks
            instance = self._instances.find(cluster, request["containerInstance"])
            if instance is None or task.instance is not instance:
                return False
        return (
            request.get("family", task.definition.family) == task.definition.family
            and request.get("launchType", task.launch_type) == task.launch_type
            and ("startedBy" not in request or request["startedBy"] == task.started_by)
            and (service is None or task.service is service)
        )
