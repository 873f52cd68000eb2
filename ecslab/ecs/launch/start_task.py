"""StartTask: a task on the container instances that the caller names;
placement is not asked (facts, section 4).
"""

from typing import Any

from ecslab.ecs.api import operation
from ecslab.ecs.api.failures import long_form
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.launch.new_task import Launch, TaskMaker, role_problem
from ecslab.ecs.launch.requests import MOST_AT_ONCE, NO_TASK_ROLE, check_request, tags_at_launch
from ecslab.ecs.launch.rules import (
    check_definition,
    check_execute_command,
    definition_to_run,
    effective_spec,
    network_configuration,
)
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Needs
from ecslab.ecs.placement.fit import refusal
from ecslab.ecs.placement.needs import needs
from ecslab.ecs.ports.network import Network, Subnet
from ecslab.ecs.ports.roles import Roles
from ecslab.ecs.tasks import describe as describe_task
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ground.clock import Clock
from ecslab.ground.errors import client_exception, invalid_parameter
from ecslab.ground.text import Text

Json = dict[str, Any]


class StartTask:
    """Tasks put on the instances that the caller names."""

    def __init__(
        self,
        *,
        clock: Clock,
        state: AccountState,
        network: Network,
        roles: Roles,
        instances: Instances,
        runner: TaskRunner,
        task_maker: TaskMaker,
    ) -> None:
        self._clock, self._state, self._network, self._roles = clock, state, network, roles
        self._instances, self._runner, self._task_maker = instances, runner, task_maker

    @operation("StartTask")
    def start_task(self, request: Json) -> Json:
        """One task on each instance named; `failures` with MISSING, INACTIVE or
        what the instance lacks for the others.
        """
        cluster = self._state.cluster(request.get("cluster"))
        definition = definition_to_run(self._state, request["taskDefinition"])
        if not 1 <= len(request["containerInstances"]) <= MOST_AT_ONCE:
            raise invalid_parameter("containerInstances can have 1 to 10 items.")
        check_request(definition, request)
        check_definition(definition, "EC2", request)
        spec = effective_spec(definition, "EC2", request)
        check_execute_command(spec, request, NO_TASK_ROLE)
        config, subnets = network_configuration(self._network, definition, "EC2", request)
        if problem := role_problem(self._roles, spec):
            raise client_exception(problem)
        wanted = needs(spec)
        tasks, failures = [], []
        for name in request["containerInstances"]:
            instance = self._instances.find(cluster, name)
            if instance is None or (reason := _reason(instance, wanted, subnets)):
                arn = long_form(self._state, f"container-instance/{cluster.name}", name)
                failures.append({"arn": arn, "reason": reason if instance else "MISSING"})
                continue
            launch = Launch(
                launch_type="EXTERNAL" if instance.external else "EC2",
                group=request.get("group") or f"family:{definition.family}",
                started_by=request.get("startedBy"),
                network=config,
                overrides=request.get("overrides") or {},
                tags=tuple(tags_at_launch(cluster, definition, request)),
                execute_command=request.get("enableExecuteCommand", False),
            )
            subnet = next((s for s in subnets if s.zone == instance.zone), None)
            task = self._task_maker.new_task(
                cluster, definition, launch, subnet=subnet, instance=instance
            )
            self._runner.launch(task, Text("StartTask named this instance"))
            tasks.append(task)
        return {
            "tasks": [describe_task.task(self._clock, t, tags=True) for t in tasks],
            "failures": failures,
        }


def _reason(instance: ContainerInstance, wanted: Needs, subnets: list[Subnet]) -> str | None:
    zones = {s.zone for s in subnets} if subnets else None
    verdict = refusal(instance, wanted, zones=zones, external=instance.external)
    return verdict.code if verdict else None
