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
from ecslab.ecs.capacity.providers import CapacityProviders
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
from ecslab.ground.text import Listed, Text


@dataclass(frozen=True, slots=True)
class Movement:
    """One thing that is under way, as a sentence: who, and what about it."""

    subject: str
    what: Text
    asks: bool = False  # somebody is waited for, who may say that it goes on

    @property
    def says(self) -> Text:
        """The sentence, without its full stop."""
        return Text("{subject} {what}", subject=self.subject, what=self.what)

    def __str__(self) -> str:
        return self.says


class UnderWay:
    """What of an account and region is under way."""

    def __init__(
        self,
        *,
        clock: Clock,
        state: AccountState,
        balancers: Balancers,
        capacity: CapacityProviders,
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
            yield Movement(instance, Text("is on its way to its cluster"))
        for machine in self._draining.machines:
            yield Movement(machine, Text("drains before its Auto Scaling group ends it"))
        for cluster in self._state.clusters.values():
            for service in cluster.services.values():
                yield from self._of_service(service)
        yield from self._of_records()
        for cluster in self._state.clusters.values():
            for task in cluster.tasks.values():
                yield from _of_running(task)
        if self._balancers.drained_ms() is not None:
            yield Movement("Elastic Load Balancing", Text("lets targets drain"))

    def _stage(self, task: Task) -> Text:
        """Where a task on its way is, and what it waits for."""
        waits: list[Text] = waiting(task.containers)
        if task.launch_type != "FARGATE" and task.instance is None and task.desired == "RUNNING":
            waits.append(Text("it waits for capacity"))
        if unreached := self._reach.unreached(task):
            waits.append(Text("it cannot reach {destination}", destination=unreached))
        status = task.last_status
        if waits and task.desired == "RUNNING":
            return Text("is {status}: {waits}", status=status, waits=Listed("; ", waits))
        return Text("is {status}", status=status)

    def _of_service(self, service: Service) -> Iterator[Movement]:
        subject = service.ref.label
        if service.status == "INACTIVE":
            return
        if service.status == "DRAINING":
            yield Movement(subject, Text("is DRAINING"))
            return
        known = False
        work = service.service_deployment
        if work and work.ongoing and work.shifting and not work.shifting.over:
            known = True
            yield Movement(subject, *_of_shift(work))
        for look in looks.ahead(self._clock, service):
            if not look.polls:
                known = True
                when = Text(
                    "{why}, {at:g} s after the lab began", why=look.why, at=look.at_ms / 1000
                )
                yield Movement(subject, when)
        if service.asked:
            yield Movement(subject, Text("has its next round before it"))
        elif not (known or service.steady or service.blocked):
            yield Movement(subject, Text("is not steady"))

    def _of_records(self) -> Iterator[Movement]:
        for provider in self._capacity.providers.values():
            if (provider.update_status or "").endswith("_IN_PROGRESS"):
                yield Movement(
                    f"capacity-provider/{provider.name}",
                    Text("is in {status}", status=provider.update_status),
                )
        for revisions in self._state.families.values():
            for definition in revisions:
                if definition.status == "DELETE_IN_PROGRESS" and not is_in_use(
                    self._state, definition
                ):
                    yield Movement(
                        f"task-definition/{definition.name}",
                        Text("is in {status}", status=definition.status),
                    )


# Tasks


def _of_running(task: Task) -> Iterator[Movement]:
    """A task that runs, while it is not known how well."""
    if task.stage != Stage.RUNNING:
        return
    for container in task.containers:
        if container.starting:
            yield Movement(task.label, Text("restarts {container}", container=container.name))
        elif (
            container.status == "RUNNING"
            and container.has_health_check
            and container.health == "UNKNOWN"
        ):
            first = Text(
                "waits for the first verdict on {container}'s health", container=container.name
            )
            yield Movement(task.label, first)
    if any(r.health.state == INITIAL and not r.draining for r in task.targets):
        yield Movement(task.label, Text("waits for the first health checks of its targets"))


# Services


def _of_shift(work: ServiceDeployment) -> tuple[Text, bool]:
    """What the stage of a deployment that shifts traffic is, and whether it waits for somebody."""
    assert work.shifting is not None, "only a deployment with stages has come to one"
    hooks = [hook for hook in work.shifting.here if hook.open]
    stage = work.stage or Text("no stage yet")
    says = Text("deploys, in {stage}", stage=stage)
    if work.status == "ROLLBACK_IN_PROGRESS":
        says = Text("rolls back, in {stage}", stage=stage)
    if any(hook.target_type == "PAUSE" for hook in hooks):
        return Text("{says}: a hook waits for ContinueServiceDeployment", says=says), True
    return (Text("{says}: a hook is open", says=says) if hooks else says), False


# What is only written down
