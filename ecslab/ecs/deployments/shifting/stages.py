"""Takes a deployment that shifts traffic from stage to stage, as its
strategy says (facts, section 7.1).
"""

from ecslab.ecs.deployments.fleet import HookOutcome as Outcome
from ecslab.ecs.deployments.fleet import Move, Rollout, Shift
from ecslab.ecs.deployments.rollbacks import Rollbacks
from ecslab.ecs.deployments.shifting.hooks import Hooks
from ecslab.ecs.deployments.shifting.lifecycle import NLB_SHIFT_MS
from ecslab.ecs.deployments.shifting.routes import Routes
from ecslab.ecs.model.service_deployments import Hook, ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.rounds import Rounds
from ecslab.ground.clock import Clock
from ecslab.timeline.deployments import StageEntered
from ecslab.timeline.teller import Teller

NLB = ":listener/net/"
PAUSED = "waits for ContinueServiceDeployment"


def rollout_of(service: Service, now_ms: int) -> Rollout | None:
    """How far the service's deployment has come, as its strategy sees it; None
    when it shifts no traffic, or is over.
    """
    work = service.service_deployment
    if work is None or work.shifting is None or work.shifting.over or not work.ongoing:
        return None
    way = work.shifting
    return Rollout(
        stage=work.stage or "",
        source=way.source,
        step=way.step,
        stage_ms=now_ms - (work.stage_since_ms or work.created_ms),
        whole_ms=now_ms - work.created_ms,
        production=way.production,
        test=way.test,
        hooks=tuple(_seen(hook) for hook in way.here),
        config=work.configuration,
        shift_ms=NLB_SHIFT_MS if any(NLB in route.production for route in way.routes) else 0,
        routes=frozenset(_kinds(work)),
        broken=way.broken,
        back=work.status == "ROLLBACK_IN_PROGRESS",
    )


class Stages:
    """Brings a deployment that shifts traffic into its next stage."""

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        rounds: Rounds,
        hooks: Hooks,
        rollbacks: Rollbacks,
        routes: Routes,
    ) -> None:
        self._clock, self._story, self._rounds, self._hooks = clock, story, rounds, hooks
        self._rollbacks, self._routes = rollbacks, routes

    def act(self, service: Service, move: Move) -> None:
        """Do what a move says of the way: the next stage, the way back, the end."""
        work = service.service_deployment
        if work is None or work.shifting is None or work.shifting.over:
            return
        if move.rollback:
            self._rollbacks.turn_back(service, work, move.rollback)
            self._rounds.wake(service)
            return
        if move.shift:
            self._enter(service, work, move.shift)
        if move.complete:
            self._hooks.close(work)
            work.shifting.over = True
            work.bake_until_ms = self._clock.now_ms  # its bake time is behind it
            self._rounds.wake(service)
        if any(hook.open and hook.target_type == "PAUSE" for hook in work.shifting.here):
            service.blocked = PAUSED

    def _enter(self, service: Service, work: ServiceDeployment, to: Shift) -> None:
        way = work.shifting
        assert way is not None, "only a deployment with stages enters one"
        if work.stage is None and work.status == "IN_PROGRESS":
            way.broken = self._routes.problem(way)
        if way.broken and work.status == "IN_PROGRESS":
            self._rounds.wake(service)
            return
        work.enter(to.stage, self._clock.now_ms)
        way.step = to.step
        if to.stage == "CLEAN_UP" and work.alarms.status == "MONITORING":
            # It has been watched for long enough (facts, section 6.5)
            work.alarms.status = "MONITORING_COMPLETE"
        self._story.say(
            StageEntered(
                service=service.ref,
                deployment=service.deployment(way.target),
                work=work.id,
                stage=to.stage,
                step=to.step,
                back=work.status == "ROLLBACK_IN_PROGRESS",
                because=to.why,
            )
        )
        self._routes.shift(service, work, production=to.production, test=to.test)
        self._hooks.open(service, work)
        self._rounds.wake(service)


def _seen(hook: Hook) -> Outcome:
    return Outcome(hook.target_type, hook.status, hook.timeout_action or "ROLLBACK", hook.reason)


def _kinds(work: ServiceDeployment) -> list[str]:
    found = work.shifting.routes if work.shifting else ()
    return [*(["production"] if found else []), *(["test"] if any(r.test for r in found) else [])]


def given_up(service: Service) -> bool:
    """Have a newer deployment take over from one that shifts traffic; whether that one
    has left traffic where it was just then.

    One that only had to clean up has done its work: green is what the newer deployment replaces.
    """
    work = service.service_deployment
    if (
        work is None
        or work.shifting is None
        or work.status in {"SUCCESSFUL", "ROLLBACK_SUCCESSFUL"}
    ):
        return False
    if work.started_ms is None:
        return work.shifting.interrupts
    if work.stage == "CLEAN_UP" and work.ongoing and work.rollback is None:
        service.completed = next(d for d in service.deployments if d.id == work.shifting.target)
        service.completed.rollout = "COMPLETED"
    return True
