"""Scalable targets: RegisterScalableTarget, DeregisterScalableTarget,
DescribeScalableTargets, and their tags.
"""

from ecslab.autoscaling.activities import find
from ecslab.autoscaling.autoscaler import Autoscaler
from ecslab.autoscaling.model import DIMENSION, NAMESPACE, ScalableTarget
from ecslab.autoscaling.requests import Json, check_resource, filtered, not_found, operation, page
from ecslab.ecs.model.account import AccountState
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError, validation

PER_PAGE = 50  # botocore, DescribeScalableTargets$MaxResults
SUSPENSIONS = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)
ROLE = (  # AWS CLI's examples
    "arn:aws:iam::{}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_ECSService"
)


class TargetOperations:
    """Scalable targets registered, deregistered, shown and tagged."""

    def __init__(
        self, *, clock: Clock, chance: Chance, state: AccountState, autoscaling: Autoscaler
    ) -> None:
        self._clock, self._chance, self._state = clock, chance, state
        self._autoscaling = autoscaling

    @operation("RegisterScalableTarget")
    def register_scalable_target(self, request: Json) -> Json:
        """Register a service, or change its bounds; its desired count is
        brought inside them at once (botocore).
        """
        resource = check_resource(request)
        held = self._autoscaling.held.targets
        target = held.get(resource)
        service = find(self._state, resource)
        if service is None:
            raise validation(f"ECS service doesn't exist: {resource}")
        if service.settings["schedulingStrategy"] == "DAEMON":
            # the wording is ours
            raise validation(f"The daemon service {resource} has no desired count to scale.")
        minimum = request.get("MinCapacity", target.minimum if target else None)
        maximum = request.get("MaxCapacity", target.maximum if target else None)
        if minimum is None or maximum is None:
            # the wording is ours
            raise validation(
                "MinCapacity and MaxCapacity are required when registering a new scalable target."
            )
        if minimum < 0:
            raise validation("Minimum capacity cannot be less than 0.")  # the wording is ours
        if maximum < minimum:
            raise validation(
                "Maximum capacity cannot be less than minimum capacity"
            )  # public captures
        if target and request.get("Tags"):
            raise validation(
                "The scalable target that you tried to tag already exists. "
                "To update tags on an existing scalable target, use the TagResource API."
            )  # github.com/terraform-aws-modules/terraform-aws-rds-aurora/pull/420
        if target is None:
            target = held[resource] = self._new(resource, minimum, maximum, request)
        target.minimum, target.maximum = minimum, maximum
        target.suspended |= request.get("SuspendedState", {})
        self._autoscaling.fit(target)
        return {"ScalableTargetARN": target.arn}

    def _new(self, resource: str, minimum: int, maximum: int, request: Json) -> ScalableTarget:
        number = self._chance.hex("scalable target ids", 36)
        return ScalableTarget(
            resource=resource,
            arn=f"arn:aws:application-autoscaling:{self._state.region}:{self._state.number}:scalable-target/{number}",
            minimum=minimum,
            maximum=maximum,
            created_ms=self._clock.now_ms,
            role=ROLE.format(self._state.number),
            suspended=dict.fromkeys(SUSPENSIONS, False),
            tags=dict(request.get("Tags", {})),
        )

    @operation("DeregisterScalableTarget")
    def deregister_scalable_target(self, request: Json) -> Json:
        """Forget a target, with its policies, their alarms, and its scheduled
        actions (botocore, PutScalingPolicy).
        """
        scaling = self._autoscaling
        target = scaling.held.targets.get(check_resource(request))
        if target is None:
            raise not_found("scalable target found", request)
        for policy in list(target.policies.values()):
            scaling.drop(target, policy)
        for action in target.actions.values():
            scaling.scheduled.disarm(action)
        del scaling.held.targets[target.resource]
        return {}

    @operation("DescribeScalableTargets")
    def describe_scalable_targets(self, request: Json) -> Json:
        """The targets, in the order of registration."""
        found, rest = page(
            filtered(self._autoscaling.held.targets.values(), request), request, PER_PAGE
        )
        return {"ScalableTargets": [self._shown(t) for t in found], **rest}

    def _shown(self, target: ScalableTarget) -> Json:
        return {
            "ServiceNamespace": NAMESPACE,
            "ResourceId": target.resource,
            "ScalableDimension": DIMENSION,
            "MinCapacity": target.minimum,
            "MaxCapacity": target.maximum,
            "RoleARN": target.role,
            "CreationTime": self._clock.timestamp(target.created_ms),
            "SuspendedState": dict(target.suspended),
            "ScalableTargetARN": target.arn,
        }

    @operation("ListTagsForResource")
    def list_tags_for_resource(self, request: Json) -> Json:
        """The tags of a target."""
        return {"Tags": dict(self._by_arn(request).tags)}

    @operation("TagResource")
    def tag_resource(self, request: Json) -> Json:
        """Add tags to a target, or change them."""
        target = self._by_arn(request)
        tags = target.tags | request["Tags"]
        if len(tags) > 50:  # noqa: PLR2004 - facts, section 15
            raise AwsError(
                "TooManyTagsException",
                "A scalable target has at most 50 tags.",
                ResourceName=target.arn,
            )
        target.tags = tags
        return {}

    @operation("UntagResource")
    def untag_resource(self, request: Json) -> Json:
        """Take tags off a target."""
        target = self._by_arn(request)
        target.tags = {k: v for k, v in target.tags.items() if k not in request["TagKeys"]}
        return {}

    def _by_arn(self, request: Json) -> ScalableTarget:
        arn = request["ResourceARN"]
        for target in self._autoscaling.held.targets.values():
            if target.arn == arn:
                return target
        # the wording is ours
        raise AwsError(
            "ResourceNotFoundException",
            f"The scalable target {arn} does not exist.",
            ResourceName=arn,
        )


# Tags
