"""The service scheduler: in rounds it looks at a service's tasks, asks
the strategy, acts, and says so.
"""

from ecslab.ecs import timing
from ecslab.ecs.deployments import circuit_breaker as breakers
from ecslab.ecs.deployments import observation as fleets
from ecslab.ecs.deployments import rollouts
from ecslab.ecs.deployments.alarms import DeploymentAlarms
from ecslab.ecs.deployments.circuit_breaker import CircuitBreaker
from ecslab.ecs.deployments.failures import Failure
from ecslab.ecs.deployments.fleet import Fleet, Move, Start
from ecslab.ecs.deployments.rollouts import Rollouts
from ecslab.ecs.deployments.shifting.stages import Stages
from ecslab.ecs.deployments.strategies import strategy_of
from ecslab.ecs.deployments.task_sets import TaskSets
from ecslab.ecs.model.deployments import Deployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Stage, Task, is_checked, is_unhealthy, is_well, runs_well
from ecslab.ecs.placement.daemons import daemon_places, is_daemon
from ecslab.ecs.rounds import Rounds
from ecslab.ecs.services import looks
from ecslab.ecs.services.actions import ServiceActions
from ecslab.ecs.services.rebalancing import Rebalancing
from ecslab.ecs.services.repeats import Repeats
from ecslab.ecs.services.throttle import pause_ms
from ecslab.ecs.targets.registrar import Targets
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.timeline.services import (
    ServiceStuck,
    StartsImpaired,
    StartsThrottled,
    SteadyRepeated,
)
from ecslab.timeline.teller import Teller

# An essential container may end, or never start, before the others have
# started (facts 2, section 31, row 2).
FAILED_TO_START = ("TaskFailedToStart", "EssentialContainerExited")


class Scheduler:
    """Keeps every service at what is wanted; it sleeps until
    something about the service changes.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        story: Teller,
        rounds: Rounds,
        repeats: Repeats,
        actions: ServiceActions,
        breaker: CircuitBreaker,
        deployment_alarms: DeploymentAlarms,
        rebalancing: Rebalancing,
        rollouts: Rollouts,
        stages: Stages,
        targets: Targets,
        task_sets: TaskSets,
    ) -> None:
        self._clock, self._chance, self._story, self._rounds = clock, chance, story, rounds
        self._repeats, self._acts, self._breaker = repeats, actions, breaker
        self._deployment_alarms, self._rebalancing = deployment_alarms, rebalancing
        self._rollouts, self._stages, self._targets = rollouts, stages, targets
        self._task_sets = task_sets

    def task_changed(self, task: Task) -> None:
        """Hear that one task moved; only tasks of services concern the scheduler."""
        service = task.service
        if service is None:
            return
        if task.stage == Stage.STOPPED:
            service.tasks.pop(task.id, None)
        if (
            task.stage >= Stage.STOPPING
            and task.started_ms is None
            and task.stop_code in FAILED_TO_START
        ):
            self._count_failure(task, Failure.START)
        elif task.stop_code == "EssentialContainerExited" and is_checked(task) and not task.proved:
            # It died before a health check had passed: the way in which the breaker
            # sees a crash (facts, section 6.4).
            self._count_failure(task, Failure.HEALTH)
        if task.stage == Stage.RUNNING and task.deployment:
            task.deployment.one_ran = True
        if task.stage == Stage.RUNNING and not is_checked(task):
            self._clock.after(timing.COUNTS_AS_HEALTHY_MS, lambda: self._settled(task))
        if is_unhealthy(task) and task.desired == "RUNNING":
            service.steady = False
        elif is_checked(task) and is_well(task):
            self._settled(task)
        if task.desired == "STOPPED" and task.stage <= Stage.STOPPING:
            service.steady = False
        self._rounds.wake(service)

    def _count_failure(self, task: Task, failure: Failure) -> None:
        deployment = task.deployment
        if task.service and deployment and not task.counted_as_failed:
            task.counted_as_failed = True
            breakers.failed(task.service, deployment, failure)
            # What the throttle looks at (facts, section 5.2)
            deployment.new_failures += failure is Failure.START

    def _settled(self, task: Task) -> None:
        """A task runs well, or has run for as long as that counts as
        well: its service hears of it.
        """
        if task.service and runs_well(task, self._clock.now_ms):
            self._prove(task)
            self._rounds.wake(task.service)

    def _prove(self, task: Task) -> None:
        """A task that runs well ends a row of failures (facts, section 6.2)."""
        if task.service and task.deployment:
            task.proved = True
            task.deployment.failed_rounds = task.deployment.new_failures = 0
            breakers.well(task.service, task.deployment)
            task.service.told.pop(StartsImpaired(service=task.service.ref).content, None)

    def round(self, service: Service) -> None:
        """One round of a service: look, ask, act."""
        service.wake, service.asked, service.looked_at = None, False, True
        if service.status == "INACTIVE":
            return
        self._rollouts.take_up(service)
        if service.status == "DRAINING":
            self._acts.drain(service)
            return
        now_ms = self._clock.now_ms
        own_ms = self._look(service)
        due_ms = [look.at_ms for look in looks.ahead(self._clock, service)]
        if own_ms is not None:
            due_ms.append(now_ms + own_ms)
        if due_ms:
            self._rounds.ring(service, min(due_ms))

    def _look(self, service: Service) -> int | None:
        """One round of an ACTIVE service; after how many milliseconds its
        strategy wants to be asked again.
        """
        self._targets.heed_grace(service)
        self._count(service)
        if self._breaker.judge(service) or self._deployment_alarms.judge(service):
            self._rounds.wake(service)  # what comes of it is seen in the next round
            return None
        fleet = fleets.fleet(service, self._clock.now_ms, self._chance)  # look
        if service.rebalance and self._rebalancing.goes_on(service, fleet):
            return None
        return self._follow(service, fleet).again_ms

    def _follow(self, service: Service, fleet: Fleet) -> Move:
        """Ask the service's strategy what to do next, do it, and see what that comes to."""
        move = strategy_of(service.controller, _strategy(service))(fleet)
        service.blocked = "deployment failed" if fleet.target in fleet.halted else ""
        self._act(service, move)
        if service.uses_task_sets:
            if self._task_sets.conclude(service):
                self._remind(service)
            return move
        self._stages.act(service, move)
        self._acts.retire_deployments(service)
        if fleet.rollout:
            return move
        moves = bool(move.start or move.stop)
        if not moves or rollouts.is_early(service):
            self._conclude(service, fleet)
        if not moves and fleet.target not in fleet.halted:
            self._rebalancing.look(service, fleet)
        return move

    def _act(self, service: Service, move: Move) -> None:
        if move.stop:
            self._acts.stop(service, [service.tasks[i] for i in move.stop], move.why)
        for start in move.starts:
            self._start(service, start, move.why)
        if move.stuck:
            self._repeats.say(
                service,
                ServiceStuck(service=service.ref, deployment=service.primary.ref, because=move.why),
            )
        service.blocked = service.blocked or ("stuck" if move.stuck else "")

    def _count(self, service: Service) -> None:
        for task in service.tasks.values():
            if not task.proved and runs_well(task, self._clock.now_ms):
                self._prove(task)
        for deployment in service.deployments:
            self._note_failed_starts(service, deployment)
        self._task_sets.count(service)
        if is_daemon(service):
            service.desired = len(daemon_places(service))

    def _note_failed_starts(self, service: Service, deployment: Deployment) -> None:
        if deployment.new_failures:
            deployment.new_failures = 0
            deployment.failed_rounds += 1
            pause = pause_ms(deployment.failed_rounds)
            deployment.next_start_ms = self._clock.now_ms + pause
            if pause:
                self._story.say(
                    StartsThrottled(
                        service=service.ref,
                        deployment=deployment.ref,
                        failures=deployment.failed_rounds,
                        wait_s=pause / 1000,
                    )
                )

    def _start(self, service: Service, start: Start, why: str) -> None:
        deployment = next(d for d in service.deployments if d.id == start.deployment)
        if deployment.next_start_ms <= self._clock.now_ms:
            self._acts.start(service, deployment, start, why)
            return
        service.blocked = "throttled"
        self._repeats.say(service, StartsImpaired(service=service.ref))

    def _conclude(self, service: Service, fleet: Fleet) -> None:
        """Nothing to do: complete when what was asked for is there, steady when nothing
        else is left (facts, sections 5.1 and 6.3).
        """
        if service.primary.rollout == "IN_PROGRESS" and rollouts.is_ready(service, fleet):
            self._rollouts.complete_when_baked(service)
        done = fleet.healthy == len(fleet.copies) == service.desired and not fleet.old
        alone = len(service.deployments) == 1 and service.primary.rollout != "IN_PROGRESS"
        if done and alone and not service.steady:
            self._acts.steady(service)
            self._remind(service)

    def _remind(self, service: Service) -> None:
        self._clock.cancel(service.reminder)
        service.reminder = self._clock.after(
            timing.STEADY_REMINDER_MS, lambda: self._repeat_steady(service)
        )

    def _repeat_steady(self, service: Service) -> None:
        if service.steady and service.status == "ACTIVE":
            self._story.say(SteadyRepeated(service=service.ref))
            self._remind(service)


def _strategy(service: Service) -> str:
    """The strategy of the deployment that is under way, otherwise the one the
    service has been given for the next.
    """
    work = service.service_deployment
    config = (
        work.configuration if work and work.ongoing else service.settings["deploymentConfiguration"]
    )
    return str(config["strategy"])
