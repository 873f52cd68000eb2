"""Scaling policies: PutScalingPolicy, DeleteScalingPolicy,
DescribeScalingPolicies (facts, sections 9.2 and 9.3).
"""

from collections.abc import Sequence

from ecslab.autoscaling.activities import find
from ecslab.autoscaling.autoscaler import Autoscaler
from ecslab.autoscaling.decision import Wish
from ecslab.autoscaling.model import DIMENSION, NAMESPACE, ScalableTarget, ScalingPolicy
from ecslab.autoscaling.policies import policy as policy_of
from ecslab.autoscaling.requests import (
    Json,
    check_resource,
    filtered,
    not_found,
    operation,
    page,
    registered,
)
from ecslab.autoscaling.tracked_metric import REQUESTS, target_group
from ecslab.cloudwatch.alarms import MetricAlarm
from ecslab.cloudwatch.evaluator import AlarmEvaluator
from ecslab.ecs.model.account import AccountState
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, validation

PER_PAGE = 10  # botocore, DescribeScalingPolicies$MaxResults
MOST_POLICIES = 50  # Application Auto Scaling quotas, "Scaling policies per scalable target"
CHANGE = (  # github.com/hashicorp/terraform-provider-aws/issues/13710
    "You cannot change a TargetTrackingScaling policy to a non TargetTrackingScaling policy, or "
    "vice versa"
)


class PolicyOperations:
    """Scaling policies put, deleted and shown."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        state: AccountState,
        autoscaling: Autoscaler,
        evaluator: AlarmEvaluator,
    ) -> None:
        self._clock, self._chance, self._state = clock, chance, state
        self._autoscaling, self._evaluator = autoscaling, evaluator

    @operation("PutScalingPolicy")
    def put_scaling_policy(self, request: Json) -> Json:
        """Make a policy or change it; one that tracks a target gets its alarms."""
        target = registered(self._autoscaling, request)
        before = target.policies.get(request["PolicyName"])
        kind = _kind(request, before)
        module = policy_of(kind)
        member = f"{kind}PolicyConfiguration"
        if member not in request and before is None:
            # The wording is ours.
            raise validation(f"{member} is required for a policy of the type {kind}.")
        config = (before.config if before else {}) | request.get(member, {})
        module.check(config)
        self._check_controller(target, config)
        _check_others(target, request["PolicyName"], kind, config)
        if before is None or config != before.config:  # what it holds is not asked again
            self._check_target_group(target, target_group(config))
        policy = before or self._new(target, request["PolicyName"], kind)
        policy.config = config
        self._autoscaling.adopt(target, policy)
        self._make_alarms(policy, module.watch(config, target.resource), target)
        return {"PolicyARN": policy.arn, "Alarms": self._alarms(policy)}

    def _check_controller(self, target: ScalableTarget, config: Json) -> None:
        """Requests per target are of one target group, and CodeDeploy changes groups
        (facts, section 7.2; the wording is ours).
        """
        asked = (config.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
        service = self._state.service_in(target.cluster, target.service)
        if asked == REQUESTS and service and service.controller == "CODE_DEPLOY":
            raise validation(
                f"{REQUESTS} is not supported for services with a CODE_DEPLOY deployment "
                "controller."
            )

    def _check_target_group(self, target: ScalableTarget, group: str | None) -> None:
        """Requests per target are counted for a target group that the service is
        behind (botocore); the wording is ours.
        """
        service = find(self._state, target.resource)
        if group is None or service is None:
            return
        settings = [service.settings, *(d.settings for d in service.deployments)]
        attached = [
            b.get("targetGroupArn", "") for s in settings for b in s.get("loadBalancers") or []
        ]
        if not any(arn.endswith(f":{group}") for arn in attached):
            raise validation(
                f"The target group {group} is not attached to the service {target.resource}."
            )

    def _new(self, target: ScalableTarget, name: str, kind: str) -> ScalingPolicy:
        number = self._chance.uuid("scaling policy ids")
        where = f"resource/{NAMESPACE}/{target.resource}:policyName/{name}"
        whose = f"{self._state.region}:{self._state.number}"
        arn = f"arn:aws:autoscaling:{whose}:scalingPolicy:{number}:{where}"
        return ScalingPolicy(name, arn, kind, {}, self._clock.now_ms)

    def _make_alarms(
        self, policy: ScalingPolicy, wishes: Sequence[Wish], target: ScalableTarget
    ) -> None:
        """The alarms that AWS makes: their names and their rules are facts, section 9.2."""
        unwanted = [
            policy.alarms.pop(role)
            for role in list(policy.alarms)
            if role not in {w.role for w in wishes}
        ]
        self._evaluator.delete(unwanted)
        for wish in wishes:
            number = self._chance.uuid("scaling alarm ids")
            name = policy.alarms.setdefault(
                wish.role, f"TargetTracking-{target.resource}-Alarm{wish.role}-{number}"
            )
            action = f"{policy.arn}:createdBy/{self._chance.uuid('scaling alarm makers')}"
            alarm = MetricAlarm(
                name=name,
                arn="",
                queries=wish.queries,
                watched=wish.watched,
                comparison=wish.comparison,
                threshold=wish.threshold,
                periods=wish.periods,
                needed=wish.periods,
                actions={"ALARM": (action,)},
                description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {action}.",
            )
            self._evaluator.put(alarm)

    @operation("DeleteScalingPolicy")
    def delete_scaling_policy(self, request: Json) -> Json:
        """Delete a policy, and the alarms that were made for it; alarms of the user's stay."""
        resource = check_resource(request)
        target = self._autoscaling.held.targets.get(resource)
        policy = target.policies.get(request["PolicyName"]) if target else None
        if target is None or policy is None:
            raise not_found(
                "scaling policy found", request, f", policy name: {request['PolicyName']}"
            )
        self._autoscaling.drop(target, policy)
        return {}

    @operation("DescribeScalingPolicies")
    def describe_scaling_policies(self, request: Json) -> Json:
        """The policies, in the order of their targets and of their making."""
        targets = filtered(self._autoscaling.held.targets.values(), request)
        names = request.get("PolicyNames")
        policies = [
            (t, p) for t in targets for p in t.policies.values() if not names or p.name in names
        ]
        found, rest = page(policies, request, PER_PAGE)
        return {"ScalingPolicies": [self._shown(t, p) for t, p in found], **rest}

    def _shown(self, target: ScalableTarget, policy: ScalingPolicy) -> Json:
        return {
            "PolicyARN": policy.arn,
            "PolicyName": policy.name,
            "ServiceNamespace": NAMESPACE,
            "ResourceId": target.resource,
            "ScalableDimension": DIMENSION,
            "PolicyType": policy.kind,
            f"{policy.kind}PolicyConfiguration": policy.config,
            "Alarms": self._alarms(policy),
            "CreationTime": self._clock.timestamp(policy.created_ms),
        }

    def _alarms(self, policy: ScalingPolicy) -> list[Json]:
        return [
            {"AlarmName": a.name, "AlarmARN": a.arn} for a in self._evaluator.calling(policy.arn)
        ]


def _kind(request: Json, before: ScalingPolicy | None) -> str:
    """The type of the policy; raises for a change of it."""
    kind = request.get("PolicyType") or (before.kind if before else "StepScaling")
    if before and kind != before.kind:
        raise validation(CHANGE)
    if not before and "PolicyType" not in request:
        # The wording is ours.
        raise validation("PolicyType is required when creating a scaling policy.")
    return str(kind)


def _check_others(target: ScalableTarget, name: str, kind: str, config: Json) -> None:
    others = [p for p in target.policies.values() if p.name != name]
    if len(others) >= MOST_POLICIES:
        raise AwsError(
            "LimitExceededException",
            f"A scalable target has at most {MOST_POLICIES} scaling policies.",
        )
    specifications = ("PredefinedMetricSpecification", "CustomizedMetricSpecification")
    mine = [config.get(s) for s in specifications]
    if any(mine) and any(
        p.kind == kind and [p.config.get(s) for s in specifications] == mine for p in others
    ):
        # seen in several public issue threads
        raise validation(
            "Only one TargetTrackingScaling policy for a given metric specification is allowed."
        )
