"""One account's ECS in one region: its state, its clock, its
neighbours, and `call`, the only way in.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

# Importing a module of operations registers them.
from ecslab.autoscaling import activity_operations as activities  # noqa: F401
from ecslab.autoscaling import policy_operations as policies  # noqa: F401
from ecslab.autoscaling import schedule_operations as scheduled_actions  # noqa: F401
from ecslab.autoscaling import target_operations as targets  # noqa: F401
from ecslab.autoscaling.autoscaler import ServiceScaling
from ecslab.cloudwatch.evaluator import AlarmEvaluator
from ecslab.ecs.api import (  # importing a module of operations registers them
    OPERATIONS,
    identifiers,
    simulated,
    tags,  # noqa: F401
)
from ecslab.ecs.api import account_settings as settings  # noqa: F401
from ecslab.ecs.api.registry import bound
from ecslab.ecs.capacity import attributes  # noqa: F401
from ecslab.ecs.capacity import instance_operations as container_instances  # noqa: F401
from ecslab.ecs.capacity import provider_operations as capacity_providers  # noqa: F401
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.capacity.managed_draining import ManagedDraining
from ecslab.ecs.capacity.managed_scaling import ManagedScaling
from ecslab.ecs.capacity.providers import Capacity
from ecslab.ecs.capacity.scaling_policies import ScalingPolicies
from ecslab.ecs.clusters import operations as clusters  # noqa: F401
from ecslab.ecs.connect.registration import Registries
from ecslab.ecs.definitions import operations as task_definitions  # noqa: F401
from ecslab.ecs.deployments import alarms as deployment_alarms
from ecslab.ecs.deployments import operations as service_deployments  # noqa: F401
from ecslab.ecs.deployments.shifting import hook_operations as lifecycle_hooks  # noqa: F401
from ecslab.ecs.deployments.shifting.hooks import Hooks
from ecslab.ecs.eventbridge import EventBridge
from ecslab.ecs.insights import Insights
from ecslab.ecs.launch import run_task as tasks  # noqa: F401
from ecslab.ecs.launch import start_task  # noqa: F401
from ecslab.ecs.launch.spot import Spot
from ecslab.ecs.launch.waiting import Waiting
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ecs.ports import Neighbours
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.services import lists as service_lists  # noqa: F401
from ecslab.ecs.services import operations as services  # noqa: F401
from ecslab.ecs.services import task_set_operations as task_sets  # noqa: F401
from ecslab.ecs.services.messages import ServiceMessages
from ecslab.ecs.services.room import RoomNews
from ecslab.ecs.services.scheduler import Scheduler
from ecslab.ecs.targets.registrar import Targets
from ecslab.ecs.tasks import execute_command  # noqa: F401
from ecslab.ecs.tasks.reach import Reach
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ecs.tasks.runtime_monitoring import RuntimeMonitoring
from ecslab.ecs.under_way import Movement, under_way
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import not_simulated
from ecslab.timeline.teller import Teller
from ecslab.timeline.timeline import Timeline
from ecslab.traffic.calls import Callers
from ecslab.traffic.engine import Traffic

# When a task begins or ceases to answer.
ANSWERING = {Stage.RUNNING, Stage.DEACTIVATING, Stage.STOPPING}


class ControlPlane:
    """The ECS control plane: records what is wanted, and lets its
    controllers bring it about on virtual time.
    """

    def __init__(
        self,
        *,
        region: str,
        account: str,
        clock: Clock,
        chance: Chance,
        timeline: Timeline,
        neighbours: Neighbours,
    ) -> None:
        self.region, self.account = region, account
        self.clock, self.chance, self.timeline, self.neighbours = (
            clock,
            chance,
            timeline,
            neighbours,
        )
        self.story = Teller(timeline, clock, region)
        self.state, self.rounds = AccountState(region, account), Rounds(clock)
        self.clusters, self.families = self.state.clusters, self.state.families
        self.last_revision, self.account_settings = self.state.last_revision, self.state.settings
        # What its state finds, for rooms that still take the whole plane.
        self.arn, self.caller, self.service_called = (
            self.state.arn,
            self.state.caller,
            self.state.service_called,
        )
        self.cluster, self.find_cluster = self.state.cluster, self.state.find_cluster
        self.find_service, self.find_task = self.state.find_service, self.state.find_task
        self.task_definition = self.state.task_definition
        self.alarms = AlarmEvaluator(self)
        self.capacity, self.waiting = Capacity(self), Waiting(self)
        self.scaling, self.draining = ManagedScaling(self), ManagedDraining(self)
        self.scaling_policies = ScalingPolicies(self)
        self.instances = Instances(self)
        self.targets, self.traffic = Targets(self), Traffic(self)
        self.reach, self.runner = Reach(self), TaskRunner(self)
        self.scheduler, self.hooks = Scheduler(self), Hooks(self)
        self.spot = Spot(self)
        self.autoscaling = ServiceScaling(self)
        self.registries, self.callers = Registries(self), Callers(self)
        self.monitoring, self.insights = RuntimeMonitoring(self), Insights(self)
        # Who hears that a task set is steady, or is not any more.
        self.on_task_set: list[Callable[[Service, Deployment], None]] = []
        self.runner.on_change = self._task_changed
        self.messages = ServiceMessages(chance, self.story, self.state)
        self.eventbridge = EventBridge(clock, self.story, self.state, neighbours.bus)
        self.runner.announce = self.eventbridge.task_changed
        self.instances.announce = self.eventbridge.instance_changed
        room = RoomNews(self.rounds, self.waiting.room)
        self.instances.on_room, self.instances.on_given_back = room.offered, room.given_back
        self.rounds.on_round = self.scheduler.round
        self.operations = bound(OPERATIONS)  # those that are methods; the others take the plane
        self.alarms.on_change.append(partial(deployment_alarms.heard, self))

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one API operation; raises AwsError, the not-simulated kind included."""
        own, handler = self.operations.get(operation), OPERATIONS.get(operation)
        if handler is None:
            raise not_simulated(f"The ECS operation {operation}")
        simulated.check("ecs", operation, request)
        identifiers.check(self, operation, request)
        return own(request) if own else handler(self, request)

    def _task_changed(self, task: Task) -> None:
        self.registries.task_changed(task)
        self.monitoring.task_changed(task)
        if task.stage in ANSWERING:
            self.traffic.changed()
        self.scheduler.task_changed(task)

    @property
    def settled(self) -> bool:
        """Whether nothing is under way here: what is left waits for a call, or has
        said why it cannot get any further.
        """
        return next(under_way(self), None) is None

    @property
    def under_way(self) -> Iterator[Movement]:
        """What comes about by itself, worked out as it is asked for."""
        return under_way(self)
