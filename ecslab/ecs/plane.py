"""One account's ECS in one region: its state, its clock, its neighbours, and `call`, the only way in."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ecslab.autoscaling import activity_operations as activities  # as above, of Application Auto Scaling  # noqa: F401
from ecslab.autoscaling import policy_operations as policies  # noqa: F401
from ecslab.autoscaling import schedule_operations as scheduled_actions  # noqa: F401
from ecslab.autoscaling import target_operations as targets  # noqa: F401
from ecslab.autoscaling.autoscaler import ServiceScaling
from ecslab.cloudwatch.evaluator import Alarms
from ecslab.ecs.api import (  # importing a module of operations registers them
    OPERATIONS,
    identifiers,
    simulated,
    tags,  # noqa: F401
)
from ecslab.ecs.api import account_settings as settings  # noqa: F401
from ecslab.ecs.capacity import attributes  # importing a module of operations registers them  # noqa: F401
from ecslab.ecs.capacity import instance_operations as container_instances  # noqa: F401
from ecslab.ecs.capacity import provider_operations as capacity_providers  # noqa: F401
from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.capacity.managed_draining import ManagedDraining
from ecslab.ecs.capacity.managed_scaling import ManagedScaling
from ecslab.ecs.capacity.providers import Capacity
from ecslab.ecs.capacity.scaling_policies import ScalingPolicies
from ecslab.ecs.clusters import operations as clusters  # importing a module of operations registers them  # noqa: F401
from ecslab.ecs.connect.registration import Registries
from ecslab.ecs.definitions import (
    operations as task_definitions,  # importing a module of operations registers them  # noqa: F401
)
from ecslab.ecs.deployments import alarms as deployment_alarms
from ecslab.ecs.deployments import (
    operations as service_deployments,  # importing a module of operations registers them  # noqa: F401
)
from ecslab.ecs.deployments.shifting import (
    hook_operations as lifecycle_hooks,  # importing a module of operations registers them  # noqa: F401
)
from ecslab.ecs.deployments.shifting.hooks import Hooks
from ecslab.ecs.insights import Insights
from ecslab.ecs.launch import run_task as tasks  # noqa: F401
from ecslab.ecs.launch import start_task  # importing a module of operations registers them  # noqa: F401
from ecslab.ecs.launch.spot import Spot
from ecslab.ecs.launch.waiting import Waiting
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ecs.ports import Neighbours
from ecslab.ecs.services import lists as service_lists  # importing a module of operations registers them  # noqa: F401
from ecslab.ecs.services import operations as services  # noqa: F401
from ecslab.ecs.services import task_set_operations as task_sets  # noqa: F401
from ecslab.ecs.services.scheduler import Scheduler
from ecslab.ecs.targets.registrar import Targets
from ecslab.ecs.tasks import execute_command  # importing a module of operations registers them  # noqa: F401
from ecslab.ecs.tasks.reach import Reach
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ecs.tasks.runtime_monitoring import RuntimeMonitoring
from ecslab.ecs.under_way import Movement, under_way
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, not_simulated
from ecslab.ground.numerals import whole
from ecslab.timeline.teller import Teller
from ecslab.timeline.timeline import Timeline
from ecslab.traffic.calls import Callers
from ecslab.traffic.engine import Traffic

ANSWERING = {Stage.RUNNING, Stage.DEACTIVATING, Stage.STOPPING}  # when a task begins or ceases to answer


class ControlPlane:
    """The ECS control plane: records what is wanted, and lets its controllers bring it about on virtual time."""

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
        self.clock, self.chance, self.timeline, self.neighbours = clock, chance, timeline, neighbours
        self.story = Teller(timeline, clock, region)
        self.clusters: dict[str, Cluster] = {}
        self.families: dict[str, list[TaskDefinition]] = {}
        self.last_revision: dict[str, int] = {}  # never goes back, even when revisions are deleted
        self.account_settings: dict[tuple[str, str], str] = {}
        self.alarms = Alarms(self)
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
        self.alarms.on_change.append(partial(deployment_alarms.heard, self))

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one API operation; raises AwsError, the not-simulated kind included."""
        handler = OPERATIONS.get(operation)
        if handler is None:
            raise not_simulated(f"The ECS operation {operation}")
        simulated.check("ecs", operation, request)
        identifiers.check(self, operation, request)
        return handler(self, request)

    def _task_changed(self, task: Task) -> None:
        self.registries.task_changed(task)
        self.monitoring.task_changed(task)
        if task.stage in ANSWERING:
            self.traffic.changed()
        self.scheduler.task_changed(task)

    @property
    def settled(self) -> bool:
        """Whether nothing is under way here: what is left waits for a call, or has said why it cannot get any further."""
        return next(under_way(self), None) is None

    @property
    def under_way(self) -> Iterator[Movement]:
        """What comes about by itself, worked out as it is asked for."""
        return under_way(self)

    def arn(self, resource: str) -> str:
        """The ARN of an ECS resource of this account and region."""
        return f"arn:aws:ecs:{self.region}:{self.account}:{resource}"

    @property
    def caller(self) -> str:
        """Who registers and creates: the only identity a lab knows."""
        return f"arn:aws:iam::{self.account}:root"

    def say(self, subject: str, kind: str, why: str = "", **facts: Any) -> None:
        """Put a line on the timeline, now."""
        self.story.say_untyped(subject, kind, why, **facts)

    def service_called(self, name: str) -> list[Service]:
        """The services of that name, in whatever cluster, that are not INACTIVE; "cluster/name" means one cluster's."""
        cluster, _, short = name.rpartition("/")
        there = [c for c in self.clusters.values() if cluster in {"", c.name}]
        return [s for c in there if (s := c.services.get(short)) and s.status != "INACTIVE"]

    # Finding things by name or ARN; each raises the error AWS raises.

    def cluster(self, name_or_arn: str | None) -> Cluster:
        """An ACTIVE cluster by name or ARN ("default" when not given); ClusterNotFoundException otherwise."""
        found = self.find_cluster(name_or_arn)
        if found is None:
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        if found.status != "ACTIVE":
            raise AwsError("ClusterNotFoundException", "The referenced cluster was inactive.")
        return found

    def find_cluster(self, name_or_arn: str | None) -> Cluster | None:
        """A cluster in any status, or None."""
        name = name_or_arn or "default"
        if name.startswith("arn:"):
            return next((c for c in self.clusters.values() if c.arn == name), None)
        return self.clusters.get(name)

    def find_service(self, cluster: Cluster, name_or_arn: str) -> Service | None:
        """A service in any status, by name, long ARN or short ARN."""
        if name_or_arn.startswith("arn:"):
            service = cluster.services.get(name_or_arn.rpartition("/")[2])
            old_form = self.arn(f"service/{service.name}") if service else ""
            return service if service and name_or_arn in {service.arn, old_form} else None
        return cluster.services.get(name_or_arn)

    def find_task(self, cluster: Cluster, id_or_arn: str) -> Task | None:
        """A task by id or ARN, or None."""
        if id_or_arn.startswith("arn:"):
            task = cluster.tasks.get(id_or_arn.rpartition("/")[2])
            return task if task and task.arn == id_or_arn else None
        return cluster.tasks.get(id_or_arn)

    def task_definition(self, name: str) -> TaskDefinition:
        """A revision by family, family:revision or ARN; a bare family means its latest ACTIVE revision.

        Raises ClientException "Unable to describe task definition." when there is none.
        """
        family, revision = _family_and_revision(name, self.arn("task-definition/"))
        revisions = self.families.get(family, [])
        if revision:
            found = next((d for d in revisions if d.revision == int(revision)), None)
        else:
            found = next((d for d in reversed(revisions) if d.status == "ACTIVE"), None)
        if found is None:
            raise AwsError("ClientException", "Unable to describe task definition.")
        return found


def _family_and_revision(name: str, prefix: str) -> tuple[str, str]:
    if name.startswith("arn:"):
        if not name.startswith(prefix):
            return "", ""
        name = name.removeprefix(prefix)
    family, _, revision = name.partition(":")
    return (family, revision) if not revision or whole(revision) is not None else ("", "")
