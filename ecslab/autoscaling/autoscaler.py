"""Service Auto Scaling: when an alarm that a policy acts on has been looked at, the
service's desired count follows (facts, section 9).
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from ecslab.autoscaling.activities import ScalingActivities, find
from ecslab.autoscaling.decision import AS_DESIRED, AT_MAXIMUM, AT_MINIMUM
from ecslab.autoscaling.model import Pause, Scalable, ScalableTarget, ScalingPolicy
from ecslab.autoscaling.policies import policy as policy_of
from ecslab.autoscaling.proposals import AlarmCall, Proposal, counted, hindrance, in_order, propose
from ecslab.autoscaling.scheduled import ScheduledScaling
from ecslab.cloudwatch.alarms import AlarmChange
from ecslab.cloudwatch.evaluator import AlarmEvaluator
from ecslab.ecs.api import simulated
from ecslab.ecs.api.registry import Answer
from ecslab.ecs.model import Json
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.services import Service
from ecslab.ecs.under_way import Movement
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import not_simulated
from ecslab.ground.text import Text
from ecslab.timeline.scaling import ScalingHeld, ServiceScaled
from ecslab.timeline.teller import Teller

# The clock's priority: alarms looked at in the same instant are decided on together.
AFTER_ALL_LOOKS = 6
MAKER = ":createdBy/"  # what follows it in an alarm's action says who made the alarm


class Autoscaler:
    """Application Auto Scaling for ECS: `call` is the way in, `held` what it knows."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        story: Teller,
        state: AccountState,
        evaluator: AlarmEvaluator,
        call: Callable[[str, Json], Json],
    ) -> None:
        self._clock, self._story, self._state = clock, story, state
        self._evaluator = evaluator
        self.held = Scalable()
        self.operations: Mapping[str, Answer] = {}  # given when all of them are made
        self.activities = ScalingActivities(
            self.held, clock=clock, chance=chance, state=state, call=call
        )
        self.scheduled = ScheduledScaling(
            clock=clock, story=story, state=state, activities=self.activities, fit=self.fit
        )
        self._policies: dict[str, tuple[ScalableTarget, ScalingPolicy]] = {}  # by ARN
        self._calls: dict[str, list[AlarmCall]] = {}  # of this instant, by resource
        evaluator.on_look.append(self._looked)

    def call(self, operation: str, request: Json) -> Json:
        """Answer one operation of Application Auto Scaling on ECS; raises
        AwsError, the not-simulated kind included.
        """
        if operation not in self.operations:
            raise not_simulated(f"The Application Auto Scaling operation {operation}")
        simulated.check("application-autoscaling", operation, request)
        return self.operations[operation](request)

    @property
    def under_way(self) -> Iterator[Movement]:
        """The activities that ECS has not brought about yet."""
        for activity in self.activities.followed():
            waits = Text(
                "waits until ECS has brought about: {activity}", activity=activity.description
            )
            yield Movement(activity.resource, waits)

    # Policies

    def adopt(self, target: ScalableTarget, policy: ScalingPolicy) -> None:
        """A policy was put: its alarms' actions lead to it from now on."""
        target.policies[policy.name] = policy
        self._policies[policy.arn] = (target, policy)

    def drop(self, target: ScalableTarget, policy: ScalingPolicy) -> None:
        """A policy was deleted, and the alarms made for it with it."""
        del target.policies[policy.name]
        del self._policies[policy.arn]
        self._evaluator.delete(list(policy.alarms.values()))

    # Bounds

    def fit(self, target: ScalableTarget) -> None:
        """Bring the desired count inside the bounds, now: when they were set
        by a call or a scheduled action.
        """
        service = find(self._state, target.resource)
        if service is None or target.minimum <= service.desired <= target.maximum:
            return
        low = service.desired < target.minimum
        to = target.minimum if low else target.maximum
        cause = Text(
            "minimum capacity was set to {to}" if low else "maximum capacity was set to {to}", to=to
        )
        before = service.desired
        if self.activities.set(target, to, cause):
            scaled = ServiceScaled(service=service.ref, before=before, after=to, because=cause)
            self._story.say(scaled)

    # Alarms

    def _looked(self, change: AlarmChange) -> None:
        """An alarm was looked at: note which policies it calls, and decide once all
        alarms of this instant are through.

        A policy is called by an alarm in ALARM; and a service without tasks by any datapoint
        (facts, section 9.1). While no new datapoint comes nothing is scaled by the last one again:
        what has been scaled since is not in it (that rule is ours).
        """
        alarm = change.alarm
        if (
            not self._policies
            or change.value is None
            or not change.fresh
            or not alarm.actions_enabled
        ):
            return
        for action in (alarm.actions or {}).get("ALARM", ()):
            target, policy = self._policies.get(action.partition(MAKER)[0], (None, None))
            if target and policy and (change.state == "ALARM" or self._is_empty(target, policy)):
                if target.resource not in self._calls:
                    self._calls[target.resource] = []
                    self._clock.after(0, partial(self._decide, target), AFTER_ALL_LOOKS)
                self._calls[target.resource].append(AlarmCall(policy, change))

    def _is_empty(self, target: ScalableTarget, policy: ScalingPolicy) -> bool:
        service = find(self._state, target.resource) if policy.alarms else None
        return service is not None and service.desired == 0

    def _decide(self, target: ScalableTarget) -> None:
        calls = self._calls.pop(target.resource)
        service = find(self._state, target.resource)
        if service is None or target is not self.held.targets.get(target.resource):
            return
        proposals = [
            propose(self._clock, self._evaluator, target, service, call) for call in calls
        ]  # look, ask
        able = in_order(proposals)
        hindrances = {
            id(p): hindrance(self._clock, self._evaluator, target, service, p) for p in able
        }
        chosen = next((p for p in able if not hindrances[id(p)]), None)
        if chosen:
            self._scale(target, service, chosen)  # act, say
        elif able:
            self._hold(target, service, able[0], hindrances[id(able[0])])
        else:
            self._stay(target, service, proposals[0])

    def _scale(self, target: ScalableTarget, service: Service, chosen: Proposal) -> None:
        to, out, policy = chosen.bounded.to, chosen.decision.out, chosen.call.policy
        assert to is not None, "only a proposal with a count is chosen"
        before = service.desired
        if not self.activities.set(target, to, chosen.call.cause):
            return
        until_ms = self._clock.now_ms + 1000 * policy_of(policy.kind).cooldown_s(
            policy.config, out=out
        )
        if out:
            target.out, target.in_ = (
                Pause(until_ms, counted(target, service, self._clock.now_ms)),
                None,
            )
        else:
            target.in_ = Pause(until_ms)
        target.said = ""
        self._story.say(
            ServiceScaled(
                service=service.ref,
                before=before,
                after=to,
                because=chosen.bounded.why,
                policy=policy.name,
                policy_type=policy.kind,
                alarm=chosen.call.alarm.alarm.name,
                value=chosen.call.alarm.value,
            )
        )

    def _stay(self, target: ScalableTarget, service: Service, proposal: Proposal) -> None:
        """The bounds or what is wanted already leave nothing to do: an
        activity that was not scaled, told once.
        """
        code, out = proposal.bounded.code, proposal.decision.out
        if code is None or code == target.said:
            return
        bound = {"MaxCapacity": target.maximum} if out else {"MinCapacity": target.minimum}
        reason: Json = {"Code": code, **bound, "CurrentCapacity": service.desired}
        self.activities.leave(target, proposal.call.cause, proposal.bounded.why, reason)
        self._hold(target, service, proposal, code)

    def _hold(
        self, target: ScalableTarget, service: Service, proposal: Proposal, kept: str
    ) -> None:
        """Say why nothing is done, unless that was said last; that as many as
        wanted are wanted already needs no line.
        """
        if kept == target.said:
            return
        target.said = kept
        if kept != AS_DESIRED:
            bounded, call = proposal.bounded.why, proposal.call
            at_bound = kept in {AT_MAXIMUM, AT_MINIMUM}
            self._story.say(
                ScalingHeld(
                    service=service.ref,
                    because=bounded if at_bound else Text("{why}: {kept}", why=bounded, kept=kept),
                    policy=call.policy.name,
                    alarm=call.alarm.alarm.name,
                    value=call.alarm.value,
                )
            )
