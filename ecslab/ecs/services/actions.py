"""What the scheduler does to a service: start and stop its tasks, retire
deployments, call it steady, drain it.
"""

from ecslab.ecs import timing
from ecslab.ecs.deployments import circuit_breaker as breakers
from ecslab.ecs.deployments.failures import Failure
from ecslab.ecs.deployments.fleet import Start
from ecslab.ecs.launch.launches import Launches
from ecslab.ecs.launch.new_task import Launch, role_problem
from ecslab.ecs.launch.places import NO_SPOT
from ecslab.ecs.launch.wanted import Wanted
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service, unhealthy_reason
from ecslab.ecs.model.tasks import Stage, Task, is_held
from ecslab.ecs.placement.batch import PlacementRefused
from ecslab.ecs.ports.network import Network, Subnet
from ecslab.ecs.ports.roles import Roles
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.services.launch import launch_of, that_stay
from ecslab.ecs.services.repeats import Repeats
from ecslab.ecs.tasks.runner import TaskRunner
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError
from ecslab.ground.text import Text
from ecslab.timeline.services import (
    LaunchFailed,
    PlacementFailed,
    ServiceInactive,
    ServiceSteady,
    TaskFailedChecks,
    TasksNotLaunched,
    TasksStarted,
    TasksStopped,
)
from ecslab.timeline.teller import Teller

# Facts, section 5.3.
NO_INSTANCES = (
    "was unable to place a task because no container instance met all of its requirements. "
    "Reason: No Container Instances were found in your cluster."
)


class ServiceActions:
    """Each act changes the service, and says on the timeline and in
    the service's events what it did.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        rounds: Rounds,
        repeats: Repeats,
        network: Network,
        roles: Roles,
        launches: Launches,
        runner: TaskRunner,
    ) -> None:
        self._clock, self._story, self._rounds = clock, story, rounds
        self._repeats, self._network, self._roles = repeats, network, roles
        self._launches, self._runner = launches, runner

    def start(self, service: Service, deployment: Deployment, wanted: Start, why: str) -> None:
        """Launch tasks of one deployment."""
        count = wanted.count
        service.steady = False
        launch = launch_of(service, deployment)
        try:
            subnets = self._subnets(launch)
        except AwsError as refused:
            self._failed_to_launch(service, deployment, count, refused.message)
            return
        if problem := role_problem(self._roles, deployment.definition.spec):
            self._failed_to_launch(service, deployment, count, problem)
            return
        by_provider = deployment.settings.get("capacityProviderStrategy")
        if launch.launch_type != "FARGATE" and not by_provider and not service.cluster.instances:
            why = Text("no container instances in the cluster")
            self._not_placed(service, deployment, NO_INSTANCES, "NO ACTIVE INSTANCES", why)
            self._could_not_launch(service, deployment, count, "NO ACTIVE INSTANCES")
            return
        started, refusals = self._launch(service, deployment, launch, subnets, count)
        if started:
            self._story.say(
                TasksStarted(
                    service=service.ref,
                    deployment=deployment.ref,
                    tasks=tuple(t.id for t in started),
                    because=why,
                    replaces=min(wanted.replaces, len(started)),
                )
            )
        for refusal in refusals:
            self._not_placed(service, deployment, refusal.event, refusal.code, refusal.why)
        if refusals:
            self._could_not_launch(service, deployment, count - len(started), refusals[0].code)
        if NO_SPOT in refusals:
            service.spot_again_ms = self._clock.now_ms + timing.SPOT_RETRY_MS

    def _subnets(self, launch: Launch) -> list[Subnet]:
        if not launch.network:
            return []
        groups = launch.network.get("securityGroups", [])
        return self._network.subnets(launch.network["subnets"], groups)

    def _launch(
        self,
        service: Service,
        deployment: Deployment,
        launch: Launch,
        subnets: list[Subnet],
        count: int,
    ) -> tuple[list[Task], list[PlacementRefused]]:
        live = [t for t in service.tasks.values() if t.desired == "RUNNING"]
        strategy = deployment.settings.get("capacityProviderStrategy") or []
        there = that_stay(service, deployment, live, self._clock.now_ms)
        wanted = Wanted(
            service.cluster, deployment.definition, launch, subnets, live, strategy, there
        )
        started: list[Task] = []
        refusals: list[PlacementRefused] = []
        for of_provider, place in self._launches.placements(wanted, count):
            if isinstance(place, PlacementRefused):
                refusals.append(place)
                continue
            started.append(self._launches.begin(wanted, of_provider, place, (service, deployment)))
        return started, refusals

    def _failed_to_launch(
        self, service: Service, deployment: Deployment, count: int, error: str
    ) -> None:
        """No task is even made: the event is public in many issue threads, e.g.
        hashicorp/terraform-provider-aws.
        """
        service.blocked = "failed to launch"
        breakers.failed(service, deployment, Failure.LAUNCH, count)
        deployment.new_failures += count
        self._repeats.say(
            service, LaunchFailed(service=service.ref, deployment=deployment.ref, error=error)
        )
        self._rounds.wake(service)

    def _could_not_launch(
        self, service: Service, deployment: Deployment, count: int, code: str
    ) -> None:
        """Tasks that had nowhere to go count as failed; under a circuit breaker
        they are tried again, until it trips.

        Facts, sections 5.3 and 6.4, lack of resources; how the event names the reason is ours.
        """
        breakers.failed(service, deployment, Failure.LAUNCH, count)
        if breakers.watching(service, deployment):
            deployment.new_failures += count
            short = TasksNotLaunched(
                service=service.ref, deployment=deployment.ref, count=count, code=code
            )
            self._repeats.say(service, short)
            self._rounds.wake(service)

    def stop(self, service: Service, tasks: list[Task], why: str) -> None:
        """Stop tasks the strategy has chosen, for the reason AWS gives."""
        for deployment, of_one in _by_scheduler(service, tasks):
            self._stop(service, deployment, of_one, why)

    def _stop(self, service: Service, deployment: Deployment, tasks: list[Task], why: str) -> None:
        running = tuple(t.id for t in tasks if t.stage == Stage.RUNNING)
        pending = tuple(t.id for t in tasks if t.stage != Stage.RUNNING)
        for task in tasks:
            assert task.deployment is not None, "a service's task belongs to a deployment"
            if why_unhealthy := unhealthy_reason(service, task, self._clock.now_ms):
                reason = why_unhealthy
                breakers.failed(service, task.deployment, Failure.HEALTH)
                if task.health == "UNHEALTHY":
                    self._story.say(TaskFailedChecks(service=service.ref, task=task.id))
            else:
                reason = f"Scaling activity initiated by (deployment {deployment.id})"
                if task.deployment.status == "ACTIVE" and not task.deployment.task_set:
                    task.deployment.desired -= 1  # one less to keep
            self._runner.stop(task, "ServiceSchedulerInitiated", reason, why)
        service.steady = False
        self._story.say(
            TasksStopped(
                service=service.ref,
                deployment=deployment.ref,
                running=running,
                pending=pending,
                because=why,
            )
        )

    def retire_deployments(self, service: Service) -> None:
        """Forget older deployments once none of their tasks is left to
        stop, or drains (facts, section 5.7).
        """
        if len(service.deployments) == 1:
            return
        alive = {
            id(t.deployment) for t in service.tasks.values() if t.desired == "RUNNING" or is_held(t)
        }
        work = service.service_deployment
        way = (
            work.shifting
            if work and work.ongoing and work.shifting and not work.shifting.over
            else None
        )
        kept = {way.target, way.source} if way else set()  # either may have no task for a while
        stay = [
            d for d in service.deployments if d is service.primary or id(d) in alive or d.id in kept
        ]
        for gone in service.deployments:
            if gone not in stay:
                gone.status = "INACTIVE"
        service.deployments = stay

    def steady(self, service: Service) -> None:
        """Everything wanted is there and well, and nothing else."""
        service.steady = True
        service.told.clear()
        self._story.say(
            ServiceSteady(
                service=service.ref, deployment=service.primary.ref, healthy=service.desired
            )
        )

    def drain(self, service: Service) -> None:
        """A deleted service is INACTIVE once all of its tasks are STOPPING
        or STOPPED (facts, section 5.1).
        """
        going = [t for t in service.tasks.values() if t.desired == "RUNNING"]
        if going:
            self.stop(service, going, Text("the service was deleted"))
        if all(t.stage >= Stage.STOPPING for t in service.tasks.values()):
            service.status = "INACTIVE"
            last = next(iter(service.deployments), None)
            # Deleted with it (facts, section 6.2)
            service.service_deployments, service.revisions = [], []
            self._story.say(
                ServiceInactive(service=service.ref, deployment=last.ref if last else None)
            )

    def _not_placed(
        self, service: Service, deployment: Deployment, event: str, code: str, why: str
    ) -> None:
        """No instance can take the task: said once, and tried again when an instance changes."""
        service.blocked = "placement failed"
        failed = PlacementFailed(
            service=service.ref, deployment=deployment.ref, code=code, because=why, message=event
        )
        self._repeats.say(service, failed)


def _by_scheduler(service: Service, tasks: list[Task]) -> list[tuple[Deployment, list[Task]]]:
    """Tasks by the deployment in whose name they stop: the newest one's, or
    that of the task set they are in.
    """
    if not service.uses_task_sets:
        return [(service.primary, tasks)]
    parts: dict[str, tuple[Deployment, list[Task]]] = {}
    for task in tasks:
        assert task.deployment is not None, "a service's task belongs to a deployment"
        parts.setdefault(task.deployment.id, (task.deployment, []))[1].append(task)
    return list(parts.values())
