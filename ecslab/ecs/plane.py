"""One account's ECS in one region: its rooms, composed, and `call`, the only way in.

Each class is given what it uses, by the names of its constructor's parameters (`composer.py`), and
uses what was made before it. What has to go the other way is one callable, tied in `_tie`.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from ecslab.cloudwatch.evaluator import AlarmEvaluator
from ecslab.ecs.api import OPERATIONS, identifiers, simulated
from ecslab.ecs.api.account_settings import AccountSettings
from ecslab.ecs.api.registry import bound
from ecslab.ecs.api.tags import Tags
from ecslab.ecs.capacity.agent import DEFAULT_CLUSTER
from ecslab.ecs.capacity.attributes import AttributeOperations
from ecslab.ecs.capacity.instance_operations import InstanceOperations
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.capacity.machines import MachineWatch
from ecslab.ecs.capacity.managed_draining import ManagedDraining
from ecslab.ecs.capacity.managed_scaling import ManagedScaling
from ecslab.ecs.capacity.new_instance import InstanceMaker
from ecslab.ecs.capacity.provider_operations import ProviderOperations
from ecslab.ecs.capacity.providers import CapacityProviders
from ecslab.ecs.capacity.scaling_policies import ScalingPolicies
from ecslab.ecs.capacity.trunks import Trunks
from ecslab.ecs.clusters.operations import ClusterOperations
from ecslab.ecs.composer import Composer, Make
from ecslab.ecs.connect.registration import CloudMapRegistration
from ecslab.ecs.definitions.operations import DefinitionOperations
from ecslab.ecs.deployments.alarms import DeploymentAlarms
from ecslab.ecs.deployments.circuit_breaker import CircuitBreaker
from ecslab.ecs.deployments.operations import ServiceDeploymentOperations
from ecslab.ecs.deployments.rollbacks import Rollbacks
from ecslab.ecs.deployments.rollouts import Rollouts
from ecslab.ecs.deployments.shifting.hook_operations import HookOperations
from ecslab.ecs.deployments.shifting.hooks import Hooks
from ecslab.ecs.deployments.shifting.routes import Routes
from ecslab.ecs.deployments.shifting.stages import Stages
from ecslab.ecs.deployments.task_sets import TaskSets
from ecslab.ecs.eventbridge import EventBridge
from ecslab.ecs.insights import Insights
from ecslab.ecs.launch.launches import Launches
from ecslab.ecs.launch.new_task import TaskMaker
from ecslab.ecs.launch.run_task import TaskOperations
from ecslab.ecs.launch.spot import Spot
from ecslab.ecs.launch.start_task import StartTask
from ecslab.ecs.launch.waiting import Waiting
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ecs.ports import Neighbours
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.services.actions import ServiceActions
from ecslab.ecs.services.lists import ServiceLists
from ecslab.ecs.services.messages import ServiceMessages
from ecslab.ecs.services.operations import ServiceOperations
from ecslab.ecs.services.rebalancing import Rebalancing
from ecslab.ecs.services.repeats import Repeats
from ecslab.ecs.services.room import RoomNews
from ecslab.ecs.services.scheduler import Scheduler
from ecslab.ecs.services.task_set_operations import TaskSetOperations
from ecslab.ecs.targets.registrar import Targets
from ecslab.ecs.tasks.execute_command import ExecuteCommand
from ecslab.ecs.tasks.lookups import Lookups
from ecslab.ecs.tasks.reach import Reach
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ecs.tasks.runtime_monitoring import RuntimeMonitoring
from ecslab.ecs.under_way import Movement, UnderWay
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import not_simulated
from ecslab.timeline.teller import Teller
from ecslab.timeline.timeline import Timeline

# When a task begins or ceases to answer.
ANSWERING = {Stage.RUNNING, Stage.DEACTIVATING, Stage.STOPPING}
# What answers the API, in the order of rooms.
ANSWERERS: tuple[type, ...] = (
    AccountSettings,
    Tags,
    DefinitionOperations,
    ExecuteCommand,
    AttributeOperations,
    InstanceOperations,
    ProviderOperations,
    ClusterOperations,
    TaskOperations,
    StartTask,
    ServiceDeploymentOperations,
    HookOperations,
    ServiceLists,
    ServiceOperations,
)


class ControlPlane:
    """The ECS control plane: records what is wanted, and lets its
    rooms bring it about on virtual time.
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
        self.clock, self.chance, self.timeline = clock, chance, timeline
        self.neighbours, self.story = neighbours, Teller(timeline, clock, region)
        self.state, self.rounds = AccountState(region, account), Rounds(clock)
        self.composer = Composer(
            clock=clock, chance=chance, story=self.story, state=self.state, rounds=self.rounds
        )
        for port in fields(neighbours):
            self.composer.give(port.name, getattr(neighbours, port.name))
        # What else is under way here: each of these tells its own.
        self.movements: list[Callable[[], Iterator[Movement]]] = []
        self._compose_tasks(self.composer.make)
        self._compose_deployments(self.composer.make)
        self._tie()
        self.task_set_operations = self.composer.make(TaskSetOperations, "task_set_operations")
        answerers = [self.composer.make(kind) for kind in ANSWERERS]
        self.operations = bound(OPERATIONS, self.task_set_operations, *answerers)

    def _compose_tasks(self, make: Make) -> None:
        """Up to how a task gets its place."""
        self.alarms = make(AlarmEvaluator, "evaluator")
        self.targets = make(Targets, "targets")
        self.reach = make(Reach, "reach")
        make(Lookups, "lookups")
        self.runner = make(TaskRunner, "runner")
        self.monitoring = make(RuntimeMonitoring)
        self.capacity = make(CapacityProviders, "capacity")
        make(InstanceMaker, "instance_maker")
        make(Trunks, "trunks")
        make(MachineWatch, "watch", default_cluster=self._default_cluster)
        self.instances = make(Instances, "instances")
        self.draining = make(ManagedDraining, "draining")
        self.scaling = make(ManagedScaling)
        self.scaling_policies = make(ScalingPolicies, "scaling_policies")
        self.insights = make(Insights)
        self.composer.give("on_settings", self.insights.wake)
        self.waiting = make(Waiting, "waiting")
        self.spot = make(Spot, "spot")
        make(TaskMaker, "task_maker")
        make(Launches, "launches")

    def _compose_deployments(self, make: Make) -> None:
        """From where services are found to those who look after them, and who tells of it."""
        self.registries = make(CloudMapRegistration)
        make(Hooks, "hooks")
        make(Routes, "routes")
        make(Rollbacks, "rollbacks")
        make(CircuitBreaker, "breaker")
        self.deployment_alarms = make(DeploymentAlarms, "deployment_alarms")
        make(Stages, "stages")
        make(TaskSets, "task_sets")
        make(Rollouts, "rollouts")
        make(Repeats, "repeats")
        make(ServiceActions, "actions")
        make(Rebalancing, "rebalancing")
        self.scheduler = make(Scheduler)
        make(ServiceMessages)
        self.eventbridge = make(EventBridge)
        self._under_way = make(UnderWay)

    def _tie(self) -> None:
        """What goes against the order of rooms, one callable each."""
        self.rounds.on_round = self.scheduler.round
        self.targets.on_health = self.scheduler.task_changed
        self.runner.on_change = self._task_changed
        self.runner.on_booking, self.runner.on_left = self.instances.booked, self.instances.left
        self.runner.announce = self.eventbridge.task_changed
        self.instances.announce = self.eventbridge.instance_changed
        self.instances.on_sync, self.instances.on_left = self.draining.look, self.draining.freed
        room = RoomNews(self.rounds, self.waiting.room)
        self.instances.on_room, self.instances.on_given_back = room.offered, room.given_back
        self.capacity.machine_of = self.instances.machine
        self.capacity.on_association = self.scaling_policies.look
        self.capacity.on_change += [
            self.draining.switch,
            self.scaling.heed,
            lambda _provider: self.scaling_policies.look(),
        ]
        self.scaling.waiting = self.waiting.tasks
        self.alarms.on_change.append(self.deployment_alarms.heard)

    def _default_cluster(self) -> Cluster:
        """The cluster "default", made for an agent that found none."""
        self.call("CreateCluster", {"clusterName": DEFAULT_CLUSTER})
        return self.state.clusters[DEFAULT_CLUSTER]

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one API operation; raises AwsError, the not-simulated kind included."""
        if operation not in self.operations:
            raise not_simulated(f"The ECS operation {operation}")
        simulated.check("ecs", operation, request)
        identifiers.check(self.state, operation, request)
        return self.operations[operation](request)

    def _task_changed(self, task: Task) -> None:
        self.registries.task_changed(task)
        self.monitoring.task_changed(task)
        if task.stage in ANSWERING:
            self.targets.on_change()
        self.scheduler.task_changed(task)

    @property
    def under_way(self) -> Iterator[Movement]:
        """What comes about by itself, worked out as it is asked for."""
        yield from self._under_way.under_way()
        for movements in self.movements:
            yield from movements()

    @property
    def settled(self) -> bool:
        """Whether nothing is under way here: what is left waits for a call, or has
        said why it cannot get any further.
        """
        return next(self.under_way, None) is None
