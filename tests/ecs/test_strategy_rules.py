"""What is refused of a deploymentConfiguration and of loadBalancers that shift
traffic, and the defaults filled in.
"""

import pytest
from refusals import changed

from ecslab.ecs.deployments.shifting.rules import refuse_other_traffic, strategy_members
from ecslab.ecs.deployments.shifting.traffic_rules import check_rules, check_traffic
from ecslab.ground.errors import AwsError

ELB = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
BLUE, GREEN = f"{ELB}:targetgroup/blue/1", f"{ELB}:targetgroup/green/2"
RULE, TEST_RULE = f"{ELB}:listener-rule/app/front/1/2/3", f"{ELB}:listener-rule/app/front/1/2/4"
LISTENER = f"{ELB}:listener/net/front/1/2"
ROLE = "arn:aws:iam::123456789012:role/ecsInfrastructureRole"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:check"
LAMBDA = {"hookTargetArn": FUNCTION, "roleArn": ROLE, "lifecycleStages": ["POST_SCALE_UP"]}
PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
BALANCER = {
    "targetGroupArn": BLUE,
    "containerName": "app",
    "containerPort": 80,
    "advancedConfiguration": {
        "alternateTargetGroupArn": GREEN,
        "productionListenerRule": RULE,
        "testListenerRule": TEST_RULE,
        "roleArn": ROLE,
    },
}


def error(check, *args):
    """What a rule answers."""
    with pytest.raises(AwsError) as caught:
        check(*args)
    return caught.value.code, caught.value.message


def test_defaults_are_those_of_the_model():
    """Facts, section 7.1: LINEAR 10 % every 6 min, CANARY 5 % for 10 min;
    hooks wait a day and then roll back.
    """
    assert strategy_members({"strategy": "LINEAR"}) == {
        "strategy": "LINEAR",
        "bakeTimeInMinutes": 0,
        "lifecycleHooks": [],
        "linearConfiguration": {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6},
    }
    assert strategy_members({"strategy": "CANARY", "bakeTimeInMinutes": 3})[
        "canaryConfiguration"
    ] == {
        "canaryPercent": 5.0,
        "canaryBakeTimeInMinutes": 10,
    }
    found = strategy_members(
        {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 3, "lifecycleHooks": [LAMBDA]}
    )
    assert found["lifecycleHooks"] == [
        LAMBDA
        | {
            "targetType": "AWS_LAMBDA",
            "timeoutConfiguration": {"timeoutInMinutes": 1440, "action": "ROLLBACK"},
        }
    ]


def test_a_configuration_of_another_strategy_is_dropped_as_ecs_was_seen_to_do():
    """A canaryConfiguration under BLUE_GREEN is accepted and not stored;
    ROLLING stores none of these members.
    """
    asked = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 0,
        "canaryConfiguration": {"canaryPercent": 1.0},
    }
    assert "canaryConfiguration" not in strategy_members(asked)
    assert strategy_members({"canaryConfiguration": {"canaryPercent": 1.0}}) == {}


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"strategy": "PURPLE"}, "Invalid deployment strategy PURPLE."),
        ({"strategy": "BLUE_GREEN"}, "bakeTimeInMinutes is required"),
        ({"bakeTimeInMinutes": 1441}, "bakeTimeInMinutes must be between 0 and 1440."),
        (
            {"linearConfiguration": {"stepPercent": 2.9}},
            "stepPercent must be a multiple of 0.1 between 3.0 and 100.0.",
        ),
        ({"linearConfiguration": {"stepPercent": 3.05}}, "stepPercent must be a multiple of 0.1"),
        ({"linearConfiguration": {"stepPercent": 100.1}}, "stepPercent must be a multiple of 0.1"),
        (
            {"linearConfiguration": {"stepBakeTimeInMinutes": -1}},
            "stepBakeTimeInMinutes must be between 0 and 1440.",
        ),
        (
            {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.0}},
            "canaryPercent must be a multiple of 0.1 between 0.1 and 100.0.",
        ),
        (
            {"strategy": "CANARY", "canaryConfiguration": {"canaryBakeTimeInMinutes": 1441}},
            "canaryBakeTimeInMinutes must be between 0 and 1440.",
        ),
        (
            {"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            "deploymentCircuitBreaker is not supported",
        ),
        ({"earlySuccessCriteria": {"enable": True}}, "earlySuccessCriteria is not supported"),
        (
            {"lifecycleHooks": [LAMBDA | {"targetType": "PHONE"}]},
            "Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE",
        ),
        ({"lifecycleHooks": [LAMBDA | {"lifecycleStages": []}]}, "lifecycleStages is required"),
        (
            {"lifecycleHooks": [LAMBDA | {"lifecycleStages": ["SCALE_UP"]}]},
            "Invalid lifecycle stage SCALE_UP.",
        ),
        (
            {"lifecycleHooks": [PAUSE | {"lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"]}]},
            "Invalid lifecycle stage provided for Pause Hook",
        ),
        (
            {"lifecycleHooks": [PAUSE | {"roleArn": ROLE}]},
            "roleArn is not supported for a hook of type PAUSE.",
        ),
        (
            {"lifecycleHooks": [changed(LAMBDA, {"hookTargetArn": ...})]},
            "hookTargetArn is required",
        ),
        ({"lifecycleHooks": [changed(LAMBDA, {"roleArn": ...})]}, "roleArn is required"),
        (
            {"lifecycleHooks": [LAMBDA | {"hookTargetArn": "check"}]},
            "hookTargetArn must be the ARN of a Lambda function.",
        ),
        (
            {"lifecycleHooks": [LAMBDA | {"timeoutConfiguration": {"timeoutInMinutes": 1441}}]},
            "timeoutInMinutes must be between 1 and 1440 for a hook of type AWS_LAMBDA.",
        ),
        (
            {"lifecycleHooks": [PAUSE | {"timeoutConfiguration": {"timeoutInMinutes": 20161}}]},
            "timeoutInMinutes must be between 1 and 20160 for a hook of type PAUSE.",
        ),
        (
            {
                "lifecycleHooks": [
                    PAUSE | {"timeoutConfiguration": {"timeoutInMinutes": 5, "action": "HOPE"}}
                ]
            },
            "Invalid timeout action.",
        ),
        (
            {"lifecycleHooks": [PAUSE] * 11},
            "A service can have at most 10 lifecycle hooks of type PAUSE.",
        ),
    ],
)
def test_values_that_cannot_be_are_refused(asked, text):
    """Facts, section 7.1: ranges, required members, stages of each kind of hook."""
    code, message = error(strategy_members, {"strategy": "LINEAR"} | asked)
    assert code == "InvalidParameterException"
    assert message.startswith(text)


def test_hooks_may_wait_as_long_as_the_model_says():
    """Facts, section 7.1: a pause hook up to 14 days, ten hooks of each kind."""
    fortnight = PAUSE | {"timeoutConfiguration": {"timeoutInMinutes": 20160}}
    asked = {"strategy": "CANARY", "lifecycleHooks": [fortnight] * 10 + [LAMBDA] * 10}
    assert len(strategy_members(asked)["lifecycleHooks"]) == 20


@pytest.mark.parametrize(
    ("strategy", "spoken"),
    [("BLUE_GREEN", "Blue/green"), ("LINEAR", "linear"), ("CANARY", "canary")],
)
def test_each_balancer_needs_its_advanced_configuration(strategy, spoken):
    """The text CreateService was seen to answer, for each strategy's name."""
    assert error(check_traffic, strategy, [changed(BALANCER, {"advancedConfiguration": ...})]) == (
        "ClientException",
        f"advancedConfiguration field is required for all loadBalancers when using the {spoken} "
        "deployment strategy",
    )
    check_traffic(strategy, [BALANCER])


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"targetGroupArn": GREEN}, f"Duplicate targetGroupArn found: {GREEN}"),
        (
            {"advancedConfiguration.alternateTargetGroupArn": ...},
            "alternateTargetGroupArn is required",
        ),
        (
            {"advancedConfiguration.productionListenerRule": ...},
            "productionListenerRule is required",
        ),
        ({"advancedConfiguration.roleArn": ...}, "roleArn is required"),
        (
            {"advancedConfiguration.productionListenerRule": f"{ELB}:listener/app/front/1/2"},
            "productionListenerRule has an invalid ARN format. Must be RuleArn for ALB or "
            f"ListenerArn for NLB. Got: {ELB}:listener/app/front/1/2",
        ),
        (
            {"advancedConfiguration.testListenerRule": RULE},
            "The following rules cannot be used as both production and test listener rules: "
            f"{RULE}",
        ),
    ],
)
def test_advanced_configurations_that_cannot_be_are_refused(changes, text):
    """Facts, section 7.1, LB fields; texts of AWS's troubleshooting guide."""
    code, message = error(check_traffic, "BLUE_GREEN", [changed(BALANCER, changes)])
    assert code == "InvalidParameterException"
    assert message.startswith(text)


def test_all_balancers_or_none_are_advanced_and_classic_ones_never():
    """Texts of AWS's troubleshooting guide; ROLLING may carry the block for later."""
    plain = {
        "targetGroupArn": f"{ELB}:targetgroup/other/3",
        "containerName": "app",
        "containerPort": 80,
    }
    assert error(check_traffic, "ROLLING", [BALANCER, plain])[1].startswith("Either all or none")
    classic = changed(BALANCER, {"targetGroupArn": ..., "loadBalancerName": "old"})
    assert "ELBv1" in error(check_traffic, "ROLLING", [classic])[1]
    check_traffic("ROLLING", [BALANCER])


def test_only_blue_green_does_without_a_load_balancer():
    """Facts, section 7.1: headless BLUE_GREEN; LINEAR and CANARY need
    traffic to shift, by the model an ALB's.
    """
    check_traffic("BLUE_GREEN", [])
    assert error(check_traffic, "CANARY", [])[0] == "InvalidParameterException"
    network = changed(BALANCER, {"advancedConfiguration.productionListenerRule": LISTENER})
    check_traffic("BLUE_GREEN", [network])
    assert error(check_traffic, "LINEAR", [network])[0] == "UnsupportedFeatureException"


def test_a_production_rule_that_reaches_one_group_needs_a_test_rule():
    """Text of AWS's troubleshooting guide."""

    class Elb:
        def __init__(self, *groups):
            self.groups = groups

        def weights(self, arn):
            assert arn == RULE
            return dict.fromkeys(self.groups, 1)

    alone = changed(BALANCER, {"advancedConfiguration.testListenerRule": ...})
    assert error(check_rules, [alone], Elb(BLUE))[1].startswith(
        "For Application LoadBalancer, testListenerRule"
    )
    check_rules([alone], Elb(BLUE, GREEN))
    check_rules([BALANCER], Elb(BLUE))


@pytest.mark.parametrize(
    "request_",
    [
        {"serviceConnectConfiguration": {"enabled": True}},
        {"vpcLatticeConfigurations": [{}]},
        {"schedulingStrategy": "DAEMON"},
    ],
)
def test_other_ways_of_shifting_traffic_are_not_simulated(request_):
    """Facts, section 7.1: Service Connect and VPC Lattice can
    carry a blue/green deployment on AWS.
    """
    assert error(refuse_other_traffic, "BLUE_GREEN", request_)[0] == "UnsupportedFeatureException"
    refuse_other_traffic("ROLLING", request_)
