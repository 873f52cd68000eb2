"""What CodeDeploy changes for Service Auto Scaling, and what an AppSpec, a service or a
group says of settings (facts, section 7.2).
"""

import json

import pytest
from account import NETWORK
from blue_green import GROUP, PORT, Shop, appspec
from refusals import refused

from ecslab.ground.errors import AwsError

RESOURCE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/default/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def test_requests_per_target_cannot_be_tracked_under_code_deploy():
    """Facts, section 7.2: ALBRequestCountPerTarget is not usable; the wording is ours."""
    shop = Shop()
    shop.region.autoscaling.call(
        "RegisterScalableTarget", RESOURCE | {"MinCapacity": 1, "MaxCapacity": 9}
    )
    label = {
        "PredefinedMetricType": "ALBRequestCountPerTarget",
        "ResourceLabel": "app/lb/1/targetgroup/blue/1",
    }
    asked = {"PolicyName": "p", "PolicyType": "TargetTrackingScaling"}
    config = {"TargetValue": 10.0, "PredefinedMetricSpecification": label}
    with pytest.raises(
        AwsError, match="not supported for services with a CODE_DEPLOY deployment controller"
    ):
        shop.region.autoscaling.call(
            "PutScalingPolicy",
            RESOURCE | asked | {"TargetTrackingScalingPolicyConfiguration": config},
        )


@pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
def test_scaling_goes_on_while_somebody_else_deploys(controller):
    """Facts, sections 7.2, 7.3 and 9.1: scaling changes the service's desired
    count, and nothing holds scale-in back.
    """
    shop = Shop()
    account = shop.account
    if controller == "EXTERNAL":
        account.call("DeleteService", service="web", force=True)
        account.advance(60)
        account.call(
            "CreateService",
            serviceName="web",
            desiredCount=4,
            deploymentController={"type": "EXTERNAL"},
        )
        made = {
            "cluster": "default",
            "service": "web",
            "taskDefinition": "web",
            "launchType": "FARGATE",
        }
        account.call(
            "CreateTaskSet",
            **made,
            networkConfiguration=NETWORK,
            scale={"value": 50, "unit": "PERCENT"},
        )
    else:
        account.call("UpdateService", service="web", desiredCount=4)
        shop.release(deploymentConfigName="CodeDeployDefault.ECSCanary10Percent15Minutes")
    account.advance(120)
    shop.region.autoscaling.call(
        "RegisterScalableTarget", RESOURCE | {"MinCapacity": 0, "MaxCapacity": 2}
    )
    action = {
        "ScheduledActionName": "now",
        "Schedule": "rate(1 minute)",
        "ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 2},
    }
    shop.region.autoscaling.call("PutScheduledAction", RESOURCE | action)
    account.advance(180)
    service = account.service("web")
    assert service["desiredCount"] == 2
    assert {s["computedDesiredCount"] for s in service["taskSets"]} == (
        {1} if controller == "EXTERNAL" else {2}
    )


def test_an_appspec_may_change_platform_version_network_and_capacity():
    """Facts, section 7.2, AppSpec: what it says nothing of
    stays as the original task set has it.
    """
    shop = Shop()
    shop.account.call(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    spec = appspec()
    subnet = NETWORK["awsvpcConfiguration"]["subnets"][0]
    spec["Resources"][0]["TargetService"]["Properties"] |= {
        "PlatformVersion": "1.4.0",
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {"Subnets": [subnet], "AssignPublicIp": "ENABLED"}
        },
        "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}],
    }
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(spec)}}
    shop.call("CreateDeployment", **GROUP, revision=revision)
    shop.advance(400)
    service = shop.account.service("web")
    assert service["platformVersion"] == "1.4.0"
    assert service["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == [subnet]
    assert [p["capacityProvider"] for p in service["capacityProviderStrategy"]] == ["FARGATE_SPOT"]
    assert {shop.account.task(t)["capacityProviderName"] for t in shop.account.tasks_of("web")} == {
        "FARGATE_SPOT"
    }


def test_without_properties_of_its_own_an_appspec_keeps_the_originals():
    """Facts, section 7.2, AppSpec: PlatformVersion, NetworkConfiguration,
    CapacityProviderStrategy are optional.
    """
    shop = Shop()
    before = shop.account.service("web")
    shop.release()
    shop.advance(400)
    after = shop.account.service("web")
    for member in ("launchType", "platformVersion", "networkConfiguration"):
        assert after[member] == before[member]


@pytest.mark.parametrize(
    ("member", "text"),
    [
        (
            {"schedulingStrategy": "DAEMON"},
            "The CODE_DEPLOY deployment controller type is not supported for services using "
            "the DAEMON scheduling strategy.",
        ),
        (
            {"serviceConnectConfiguration": {"enabled": True}},
            "Service Connect feature is only supported with ECS (rolling update) deployment "
            "controller. Update to ECS deployment controller and try again.",
        ),
        (
            {"loadBalancers": []},
            "the service requires an Application Load Balancer or Network Load Balancer",
        ),
        (
            {
                "deploymentConfiguration": {
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True}
                }
            },
            "Deployment circuit breaker feature is only supported with ECS deployment controller. "
            "Update to ECS deployment controller and try again.",
        ),
        (
            {
                "deploymentConfiguration": {
                    "alarms": {"alarmNames": ["a"], "enable": True, "rollback": True}
                }
            },
            "Alarm based rollback feature is only supported with ECS deployment controller. "
            "Update to ECS deployment controller and try again.",
        ),
    ],
)
def test_what_code_deploy_does_not_support_is_refused_of_a_service(member, text):
    """Facts, sections 6.4, 7.2 and 17; texts: facts 2, sections 22.2 and 22.7."""
    shop = Shop()
    asked = {
        "serviceName": "api",
        "taskDefinition": "web:1",
        "desiredCount": 1,
        "launchType": "FARGATE",
        "networkConfiguration": NETWORK,
        "deploymentController": {"type": "CODE_DEPLOY"},
        "loadBalancers": [
            {"targetGroupArn": shop.green, "containerName": "app", "containerPort": PORT}
        ],
    }
    asked |= member
    if "schedulingStrategy" in member:
        del asked["desiredCount"]
    assert text in refused(shop.account, "CreateService", **asked).message


def test_task_sets_of_code_deploy_are_seen_and_not_managed():
    """Public in articles: task set management is for EXTERNAL services (facts, section 7.3)."""
    shop = Shop()
    told = shop.account.call("DescribeTaskSets", cluster="default", service="web")["taskSets"]
    assert [s["status"] for s in told] == ["PRIMARY"]
    error = refused(
        shop.account, "DeleteTaskSet", cluster="default", service="web", taskSet=told[0]["id"]
    )
    assert "only supports task set management" in error.message
