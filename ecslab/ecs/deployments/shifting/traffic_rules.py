"""What a service's loadBalancers may say of shifting traffic:
`advancedConfiguration` (facts, section 7.1).

Texts are those of AWS's troubleshooting guide for blue/green deployments, and of public reports of
what CreateService answered; where neither gives one the wording is ours.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ecslab.ground.errors import AwsError, invalid_parameter, not_simulated

Json = dict[str, Any]

# As the error texts name them.
SPOKEN = {"BLUE_GREEN": "Blue/green", "LINEAR": "linear", "CANARY": "canary"}
RULE, LISTENER = ":listener-rule/app/", ":listener/net/"


class RuleWeights(Protocol):
    """Elastic Load Balancing, as far as this file asks it."""

    def weights(self, arn: str) -> Mapping[str, int]:
        """The weight of each target group that a rule or listener forwards to."""


def check_traffic(strategy: str, balancers: Sequence[Json]) -> None:
    """Refuse loadBalancers that do not go with the strategy, whatever the account holds."""
    if any("loadBalancerName" in b and "advancedConfiguration" in b for b in balancers):
        raise invalid_parameter(
            "advancedConfiguration field is not allowed with ELBv1 loadBalancers"
        )
    with_advanced = [b for b in balancers if b.get("advancedConfiguration")]
    if strategy != "ROLLING":
        _check_strategy(strategy, balancers, with_advanced)
    if with_advanced and len(with_advanced) < len(balancers):
        raise invalid_parameter(
            "Either all or none of the provided loadBalancers must have advancedConfiguration "
            "defined"
        )
    _check_unique(balancers)
    for balancer in with_advanced:
        _check_advanced(strategy, balancer["advancedConfiguration"])


def _check_strategy(
    strategy: str, balancers: Sequence[Json], with_advanced: Sequence[Json]
) -> None:
    if len(with_advanced) < len(balancers):
        # As CreateService was seen to answer (terraform-aws-modules/terraform-aws-ecs#377).
        raise AwsError(
            "ClientException",
            "advancedConfiguration field is required for all loadBalancers "
            f"when using the {SPOKEN[strategy]} deployment strategy",
        )
    if not balancers and strategy != "BLUE_GREEN":
        # Facts, section 7.1: only BLUE_GREEN does without traffic to shift.
        raise invalid_parameter(
            f"The {SPOKEN[strategy]} deployment strategy requires an Application Load Balancer "
            "or Service Connect."
        )


def _check_unique(balancers: Sequence[Json]) -> None:
    seen: set[str] = set()
    for balancer in balancers:
        advanced = balancer.get("advancedConfiguration", {})
        for group in filter(
            None, (balancer.get("targetGroupArn"), advanced.get("alternateTargetGroupArn"))
        ):
            if group in seen and advanced:
                raise invalid_parameter(f"Duplicate targetGroupArn found: {group}")
            seen.add(group)


def _check_advanced(strategy: str, advanced: Json) -> None:
    for name in ("alternateTargetGroupArn", "productionListenerRule", "roleArn"):
        if not advanced.get(name):
            raise invalid_parameter(f"{name} is required in advancedConfiguration.")
    rules = [name for name in ("productionListenerRule", "testListenerRule") if advanced.get(name)]
    for name in rules:
        if RULE not in advanced[name] and LISTENER not in advanced[name]:
            raise invalid_parameter(
                f"{name} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for "
                f"NLB. Got: {advanced[name]}"
            )
    if advanced["productionListenerRule"] == advanced.get("testListenerRule"):
        raise invalid_parameter(
            "The following rules cannot be used as both production and test listener rules: "
            f"{advanced['testListenerRule']}"
        )
    if strategy in {"LINEAR", "CANARY"} and any(LISTENER in advanced[name] for name in rules):
        # BC:CreateService names ALB and Service Connect; AWS's guide names NLB as well.
        raise not_simulated(f"The deployment strategy {strategy} behind a Network Load Balancer")


def check_rules(balancers: Sequence[Json], elb: RuleWeights) -> None:
    """Refuse a production rule of an Application Load Balancer that can only reach one
    of the two groups, without a test rule.
    """
    for balancer in balancers:
        advanced = balancer.get("advancedConfiguration")
        if (
            not advanced
            or advanced.get("testListenerRule")
            or RULE not in advanced["productionListenerRule"]
        ):
            continue
        reached = elb.weights(advanced["productionListenerRule"])
        if not {balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]} <= set(reached):
            raise invalid_parameter(
                "For Application LoadBalancer, testListenerRule is required when "
                "productionListenerRule is not associated with both targetGroup and "
                "alternateTargetGroup"
            )
