"""What scaling policies propose when alarms call them, and what stands in the
way of a proposal (facts, section 9.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecslab.autoscaling.activities import running
from ecslab.autoscaling.decision import Bounded, Decision, ServiceSituation, bounded
from ecslab.autoscaling.model import ScalableTarget, ScalingPolicy
from ecslab.autoscaling.policies import policy as policy_of
from ecslab.cloudwatch.alarms import AlarmChange
from ecslab.cloudwatch.evaluator import AlarmEvaluator
from ecslab.ecs.model.services import Service
from ecslab.ground.clock import Clock

FROZEN = "a deployment is in progress, and scale-in is off while one is"
HOLDS_BACK = "ECS"  # the deployment controller whose deployments hold scale-in back


@dataclass(frozen=True, slots=True)
class AlarmCall:
    """An alarm has called a policy."""

    policy: ScalingPolicy
    alarm: AlarmChange

    @property
    def cause(self) -> str:
        """In the words of AWS's examples."""
        alarm = self.alarm
        return (
            f"monitor alarm {alarm.alarm.name} in state {alarm.state} triggered policy "
            f"{self.policy.name}"
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a policy wants, and what the bounds make of it."""

    call: AlarmCall
    decision: Decision
    bounded: Bounded


def propose(
    clock: Clock,
    evaluator: AlarmEvaluator,
    target: ScalableTarget,
    service: Service,
    call: AlarmCall,
) -> Proposal:
    """Ask the policy that was called; a scale-in begins with what runs now, whatever
    a scale-out's cooldown counts as done.
    """
    module, alarm, config = policy_of(call.policy.kind), call.alarm.alarm, call.policy.config
    assert call.alarm.value is not None, "an alarm without a datapoint calls nobody"
    read = module.statistic(config)
    value = evaluator.latest(alarm.name, read) if read and not call.alarm.told else None
    now = ServiceSituation(
        running=counted(target, service, clock.now_ms),
        desired=service.desired,
        minimum=target.minimum,
        maximum=target.maximum,
        value=call.alarm.value if value is None else value,
        threshold=alarm.threshold,
        above=alarm.comparison.startswith("Greater"),
    )
    decision = module.decide(now, config)
    if not decision.out:
        now = replace(now, running=running(service))
        decision = module.decide(now, config)
    return Proposal(call, decision, bounded(decision, now))


def counted(target: ScalableTarget, service: Service, now_ms: int) -> int:
    """The tasks that a scale-out begins with: those that run, but during a
    cooldown no more than ran before it.
    """
    if target.out and now_ms < target.out.until_ms:
        return min(running(service), target.out.running)
    return running(service)


def in_order(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Those that want something done, the most tasks first; none
    scales in while another scales out.
    """
    able = sorted(
        (p for p in proposals if p.bounded.to is not None), key=lambda p: -(p.bounded.to or 0)
    )
    return [p for p in able if p.decision.out] or able


def hindrance(
    clock: Clock,
    evaluator: AlarmEvaluator,
    target: ScalableTarget,
    service: Service,
    wanted: Proposal,
) -> str:
    """Why a proposal must not be carried out now; empty when it may."""
    if wanted.decision.out:
        return "scale-out is suspended" if target.is_suspended("DynamicScalingOut") else ""
    if target.is_suspended("DynamicScalingIn"):
        return "scale-in is suspended"
    if service.controller == HOLDS_BACK and service.primary.rollout == "IN_PROGRESS":
        return FROZEN
    if target.in_ and clock.now_ms < target.in_.until_ms:
        return "the last scale-in's cooldown is not over"
    if wanted.decision.unanimous and (others := _against(evaluator, target)):
        return f"{', '.join(others)} does not agree"
    return ""


def _against(evaluator: AlarmEvaluator, target: ScalableTarget) -> list[str]:
    """The policies that track a target and do not want fewer tasks; those whose
    scale-in is disabled are not asked.
    """
    lows = {p.name: p.alarms["Low"] for p in target.policies.values() if "Low" in p.alarms}
    states = evaluator.state(lows.values())
    return [name for name, low in lows.items() if states[low] != "ALARM"]
