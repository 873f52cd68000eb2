"""What of an account is still under way: worked out from its state whenever
somebody asks, and remembered by nobody.

That is what comes about by itself, without a call, a schedule, traffic or a program that ends.
What cannot get any further and has said why (no instance, no room between the percentages, a
failed deployment) is not under way. Whatever costs little is looked at first, because who waits
until nothing is under way asks at every instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ecslab.ecs.capacity.instances import Instances
from ecslab.ecs.capacity.managed_draining import ManagedDraining
from ecslab.ecs.capacity.providers import Capacity
from ecslab.ecs.definitions.in_use import is_in_use
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.service_deployments import ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage, Task
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ecs.services import looks
from ecslab.ecs.targets.health import INITIAL
from ecslab.ecs.tasks.dependencies import waiting
from ecslab.ecs.tasks.reach import Reach
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ground.clock import Clock


@dataclass(frozen=True, slots=True)
class Movement:
    """One thing that is under way, as a sentence: who, and what about it."""

    subject: str
    what: str
    asks: bool = False  # somebody is waited for, who may say that it goes on

    def __str__(self) -> str:
        """The sentence, without its full stop."""
        return f"{self.subject} {self.what}"


class UnderWay:
    """What of an account and region is under way."""

    def __init__(
        self,
        *,
        clock: Clock,
        state: AccountState,
        balancers: Balancers,
        capacity: Capacity,
        draining: ManagedDraining,
        instances: Instances,
        reach: Reach,
        runner: TaskRunner,
    ) -> None:
        self._clock, self._state, self._balancers = clock, state, balancers
        self._capacity, self._draining, self._instances = capacity, draining, instances
        self._reach, self._runner = reach, runner

    def under_way(self) -> Iterator[Movement]:
        """Everything that is under way in an account and region, in no order."""
        for task in self._runner.moving.values():
            yield Movement(task.label, self._stage(task))
        for instance in self._instances.coming:
            yield Movement(instance, "is on its way to its cluster")
        for machine in self._draining.machines:
            yield Movement(machine, "drains before its Auto Scaling group ends it")
        for cluster in self._state.clusters.values():
            for service in cluster.services.values():
                yield from self._of_service(service)
        yield from self._of_records()
        for cluster in self._state.clusters.values():
            for task in cluster.tasks.values():
                yield from _of_running(task)
        if self._balancers.drained_ms() is not None:
            yield Movement("Elastic Load Balancing", "lets targets drain")

    def _stage(self, task: Task) -> str:
        """Where a task on its way is, and what it waits for."""
        waits = waiting(task.containers)
        if task.launch_type != "FARGATE" and task.instance is None and task.desired == "RUNNING":
            waits.append("it waits for capacity")
        if unreached := self._reach.unreached(task):
            waits.append(f"it cannot reach {unreached}")
        return f"is {task.last_status}" + (
            f": {'; '.join(waits)}" if waits and task.desired == "RUNNING" else ""
        )

    def _of_service(self, service: Service) -> Iterator[Movement]:
        subject = service.ref.label
        if service.status == "INACTIVE":
            return
        if service.status == "DRAINING":
            yield Movement(subject, "is DRAINING")
            return
        known = False
        work = service.service_deployment
        if work and work.ongoing and work.shifting and not work.shifting.over:
            known = True
            yield Movement(subject, *_of_shift(work))
        for look in looks.ahead(self._clock, service):
            if not look.polls:
                known = True
                yield Movement(subject, f"{look.why}, {look.at_ms / 1000:g} s after the lab began")
        if service.asked:
            yield Movement(subject, "has its next round before it")
        elif not (known or service.steady or service.blocked):
            yield Movement(subject, "is not steady")

    def _of_records(self) -> Iterator[Movement]:
        for provider in self._capacity.providers.values():
            if (provider.update_status or "").endswith("_IN_PROGRESS"):
                yield Movement(
                    f"capacity-provider/{provider.name}", f"is in {provider.update_status}"
                )
        for revisions in self._state.families.values():
            for definition in revisions:
                if definition.status == "DELETE_IN_PROGRESS" and not is_in_use(
                    self._state, definition
                ):
                    yield Movement(f"task-definition/{definition.name}", "is in DELETE_IN_PROGRESS")


# Tasks


def _of_running(task: Task) -> Iterator[Movement]:
    """A task that runs, while it is not known how well."""
    if task.stage != Stage.RUNNING:
        return
    for container in task.containers:
        if container.starting:
            yield Movement(task.label, f"restarts {container.name}")
        elif (
            container.status == "RUNNING"
            and container.has_health_check
            and container.health == "UNKNOWN"
        ):
            yield Movement(task.label, f"waits for the first verdict on {container.name}'s health")
    if any(r.health.state == INITIAL and not r.draining for r in task.targets):
        yield Movement(task.label, "waits for the first health checks of its targets")


# Services


def _of_shift(work: ServiceDeployment) -> tuple[str, bool]:
    """What the stage of a deployment that shifts traffic is, and whether it waits for somebody."""
    assert work.shifting is not None, "only a deployment with stages has come to one"
    hooks = [hook for hook in work.shifting.here if hook.open]
    back = "rolls back" if work.status == "ROLLBACK_IN_PROGRESS" else "deploys"
    stage = f"{back}, in {work.stage or 'no stage yet'}"
    if any(hook.target_type == "PAUSE" for hook in hooks):
        return f"{stage}: a hook waits for ContinueServiceDeployment", True
    return stage + (": a hook is open" if hooks else ""), False


# What is only written down
