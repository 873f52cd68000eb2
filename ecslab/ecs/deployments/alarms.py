"""Watches the CloudWatch alarms of the deployment that is under way, and how
long it bakes (facts, section 6.5).
"""

from ecslab.cloudwatch.alarms import AlarmChange, Alarms
from ecslab.cloudwatch.evaluator import AlarmEvaluator
from ecslab.ecs.deployments import rollbacks
from ecslab.ecs.deployments.bake import bake_ms
from ecslab.ecs.deployments.rollbacks import Rollbacks
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.service_deployments import ServiceDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.rounds import Rounds
from ecslab.ground.clock import Clock
from ecslab.timeline.deployments import AlarmsIgnored, AlarmsMissing, BakeStarted
from ecslab.timeline.teller import Teller

EVENT = "deployment failed: alarm detected."  # the wording is ours


class DeploymentAlarms:
    """The alarms that watch deployments: when they fail one, and when it has baked."""

    def __init__(
        self,
        *,
        clock: Clock,
        story: Teller,
        state: AccountState,
        rounds: Rounds,
        alarms: Alarms,
        evaluator: AlarmEvaluator,
        rollbacks: Rollbacks,
    ) -> None:
        self._clock, self._story, self._state, self._rounds = clock, story, state, rounds
        self._alarms, self._evaluator, self._rollbacks = alarms, evaluator, rollbacks

    def begin(self, service: Service, work: ServiceDeployment) -> None:
        """Watch a service deployment that begins; alarms of which one is in ALARM
        already are ignored (facts, section 6.5).

        What ECS makes of a name that no alarm has is not documented; here it watches the others
        (assumption), and the timeline names it.
        """
        asked = work.configuration.get("alarms") or {}
        work.alarms.names = list(asked.get("alarmNames", []))
        if not asked.get("enable"):
            return
        states = self._evaluator.state(work.alarms.names)
        if missing := [name for name in work.alarms.names if states[name] is None]:
            self._story.say(
                AlarmsMissing(
                    service=service.ref,
                    deployment=service.primary.ref,
                    work=work.id,
                    missing=tuple(missing),
                )
            )
        ringing = self.in_alarm(work)
        if ringing:
            self._story.say(
                AlarmsIgnored(
                    service=service.ref,
                    deployment=service.primary.ref,
                    work=work.id,
                    ringing=tuple(ringing),
                )
            )
        else:
            work.alarms.status = "MONITORING"

    def in_alarm(self, work: ServiceDeployment) -> list[str]:
        """Which of a service deployment's alarms are in ALARM now."""
        states = self._evaluator.state(work.alarms.names)
        return [name for name in work.alarms.names if states[name] == "ALARM"]

    def heard(self, change: AlarmChange) -> None:
        """An alarm changed: services that deploy under it are looked at in their next round."""
        for cluster in self._state.clusters.values():
            for service in cluster.services.values():
                work = service.service_deployment
                if (
                    work
                    and work.alarms.status == "MONITORING"
                    and change.alarm.name in work.alarms.names
                ):
                    self._rounds.wake(service)

    def judge(self, service: Service) -> bool:
        """In the scheduler's round: an alarm in ALARM ends the deployment, and
        rolls it back when that was asked for.

        True when it has just ended.
        """
        work = service.service_deployment
        if work is None or work.alarms.status != "MONITORING":
            return False
        ringing = self.in_alarm(work)
        if ringing:
            work.alarms.status, work.alarms.triggered = "TRIGGERED", ringing
            reason = f"ECS deployment alarms: {', '.join(ringing)} in ALARM."  # the wording is ours
            rollback = bool(work.configuration["alarms"]["rollback"])
            self._rollbacks.give_up(
                service, work, rollbacks.Failed(EVENT, reason, rollback=rollback)
            )
        return bool(ringing)

    def baked(self, service: Service, work: ServiceDeployment) -> bool:
        """Whether a deployment that is ready has been watched for its bake time;
        without alarms that watch it, it needs none.
        """
        if work.alarms.status != "MONITORING":
            return True
        now = self._clock.now_ms
        if work.bake_until_ms is None:
            known = self._alarms.known()
            length_ms = bake_ms(
                work.configuration, [known[n] for n in work.alarms.names if n in known]
            )
            work.bake_until_ms = now + length_ms
            if length_ms:
                self._story.say(
                    BakeStarted(
                        service=service.ref,
                        deployment=service.primary.ref,
                        work=work.id,
                        bake_ms=length_ms,
                        alarms=tuple(work.alarms.names),
                    )
                )
        return now >= work.bake_until_ms
