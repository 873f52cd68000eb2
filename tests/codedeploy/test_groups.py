"""Applications, groups, configurations, revisions, tags, and what
CodeDeploy refuses (facts, section 7.2).
"""

import json

import pytest
from blue_green import GROUP, Shop, appspec, blue_green, spec

from ecslab.codedeploy.appspec import parse
from ecslab.codedeploy.lifecycle import PREDEFINED, shifts
from ecslab.ground.errors import AwsError

PAIR = {"targetGroups": [{"name": "blue"}, {"name": "green"}]}
LINEAR = "CodeDeployDefault.ECSLinear10PercentEvery3Minutes"


def refused(shop, operation, **request):
    """The error a call is answered with."""
    with pytest.raises(AwsError) as caught:
        shop.call(operation, **request)
    return caught.value


@pytest.mark.parametrize(
    ("member", "code", "text"),
    [
        (
            {
                "deploymentStyle": {
                    "deploymentType": "IN_PLACE",
                    "deploymentOption": "WITHOUT_TRAFFIC_CONTROL",
                }
            },
            "InvalidDeploymentStyleException",
            "For ECS deployment, the deployment type must be BLUE_GREEN, and deployment option "
            "must be WITH_TRAFFIC_CONTROL.",
        ),
        (
            {"loadBalancerInfo": None},
            "InvalidLoadBalancerInfoException",
            "For ECS deployment group, loadBalancerInfo must be specified",
        ),
        (
            {"loadBalancerInfo": {"elbInfoList": [{"name": "x"}]}},
            "InvalidLoadBalancerInfoException",
            "For ECS deployment group, loadBalancerInfo must not contain elbInfo list",
        ),
        (
            {"loadBalancerInfo": {"targetGroupPairInfoList": [PAIR]}},
            "InvalidLoadBalancerInfoException",
            "prodTrafficRoute",
        ),
        (
            {
                "loadBalancerInfo": {
                    "targetGroupPairInfoList": [PAIR | {"targetGroups": [{"name": "blue"}]}]
                }
            },
            "InvalidTargetGroupPairException",
            "pair",
        ),
        (
            {
                "loadBalancerInfo": {
                    "targetGroupPairInfoList": [
                        PAIR | {"targetGroups": [{"name": "blue"}, {"name": "no"}]}
                    ]
                }
            },
            "InvalidTargetGroupPairException",
            "no does not exist",
        ),
        ({"ecsServices": []}, "InvalidECSServiceException", "one ECS service"),
        (
            {"ecsServices": [{"clusterName": "default", "serviceName": "plain"}]},
            "InvalidECSServiceException",
            "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment "
            "controller.",
        ),
        (
            {"ecsServices": [{"clusterName": "default", "serviceName": "gone"}]},
            "InvalidECSServiceException",
            "Could not load ECS service information for cluster: default, service: gone.",
        ),
        (
            {"autoScalingGroups": ["fleet"]},
            "InvalidInputException",
            "For ECS deployment group, autoScalingGroups can not be specified",
        ),
        ({"deploymentConfigName": "none"}, "DeploymentConfigDoesNotExistException", "none"),
        ({"serviceRoleArn": "me"}, "InvalidRoleException", "role ARN"),
        (
            {"alarmConfiguration": {"enabled": True, "alarms": []}},
            "InvalidAlarmConfigException",
            "none",
        ),
        (
            {
                "alarmConfiguration": {
                    "enabled": True,
                    "alarms": [{"name": str(n)} for n in range(11)],
                }
            },
            "AlarmsLimitExceededException",
            "10",
        ),
        (
            {"autoRollbackConfiguration": {"enabled": True, "events": ["WEATHER"]}},
            "InvalidAutoRollbackConfigException",
            "events",
        ),
        (
            {"blueGreenDeploymentConfiguration": blue_green(ending=2881)},
            "InvalidBlueGreenDeploymentConfigurationException",
            "2880",
        ),
        (
            {"triggerConfigurations": [{"triggerName": "t"}]},
            "UnsupportedFeatureException",
            "not simulated",
        ),
    ],
)
def test_a_group_that_no_ecs_deployment_can_use_is_refused(member, code, text):
    """Facts, section 7.2; where a text is AWS's own,
    `api/group_rules.py` says where it is public.
    """
    shop = Shop()
    shop.account.serve("plain", "web")
    asked = shop.group(deploymentGroupName="other") | member
    asked = {name: value for name, value in asked.items() if value is not None}
    error = refused(shop, "CreateDeploymentGroup", **asked)
    assert (error.code, text in error.message) == (code, True)
    assert shop.call("ListDeploymentGroups", applicationName="shop")["deploymentGroups"] == ["web"]


def test_a_network_load_balancer_takes_all_traffic_at_once():
    """Facts, section 7.2: NLB only with ECSAllAtOnce; the text is
    that of the troubleshooting guide.
    """
    shop = Shop()
    for arn in (shop.blue, shop.green):
        shop.balancers.edit(arn, protocol="TCP")
    error = refused(
        shop,
        "UpdateDeploymentGroup",
        applicationName="shop",
        currentDeploymentGroupName="web",
        deploymentConfigName=LINEAR,
    )
    assert error.message == (
        "Only ALB supports gradual traffic routing, use AllAtOnce Traffic routing instead when "
        "you create/update Deployment group."
    )


def test_a_group_is_changed_whatever_vanished_that_it_refers_to():
    """Its service, a target group and a listener are asked for when they are
    new (facts 2, section 31, row 5).
    """
    shop = Shop()
    listener = shop.listener
    shop.account.call("DeleteService", service="web", force=True)
    shop.balancers.delete(shop.green)
    shop.balancers.shift(listener, {})
    names = {"applicationName": "shop", "currentDeploymentGroupName": "web"}
    shop.call("UpdateDeploymentGroup", **names, deploymentConfigName=LINEAR)
    shop.call("UpdateDeploymentGroup", **names, ecsServices=shop.group()["ecsServices"])
    other = [{"clusterName": "default", "serviceName": "other"}]
    assert "other" in refused(shop, "UpdateDeploymentGroup", **names, ecsServices=other).message


def test_a_group_is_shown_with_its_defaults():
    """What `aws ecs deploy` reads: platform, services, and both waits in minutes."""
    shop = Shop(blueGreenDeploymentConfiguration={})
    info = shop.call("GetDeploymentGroup", **GROUP)["deploymentGroupInfo"]
    assert (info["computePlatform"], info["deploymentConfigName"]) == (
        "ECS",
        "CodeDeployDefault.ECSAllAtOnce",
    )
    assert info["blueGreenDeploymentConfiguration"] == blue_green()
    assert shop.call(
        "BatchGetDeploymentGroups", applicationName="shop", deploymentGroupNames=["web"]
    )["deploymentGroupsInfo"] == [info]


@pytest.mark.parametrize("platform", ["Server", "Lambda", None])
def test_other_compute_platforms_are_not_simulated(platform):
    """Said by a typed error; Server is what CodeDeploy takes when nothing is said."""
    asked = {"computePlatform": platform} if platform else {}
    error = refused(Shop(), "CreateApplication", applicationName="other", **asked)
    assert (error.code, "not simulated" in error.message) == ("UnsupportedFeatureException", True)


@pytest.mark.parametrize(
    "operation",
    ["CreateCloudFormationThing", "RegisterOnPremisesInstance", "GetDeploymentInstance"],
)
def test_operations_of_other_platforms_are_not_simulated(operation):
    """An operation that nobody registered is refused by a typed error."""
    with pytest.raises(AwsError) as caught:
        Shop().deploy.call(operation, {})
    assert caught.value.code == "UnsupportedFeatureException"


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("GetApplication", {"applicationName": "no"}, "ApplicationDoesNotExistException"),
        (
            "CreateApplication",
            {"applicationName": "shop", "computePlatform": "ECS"},
            "ApplicationAlreadyExistsException",
        ),
        (
            "GetDeploymentGroup",
            {"applicationName": "shop", "deploymentGroupName": "no"},
            "DeploymentGroupDoesNotExistException",
        ),
        ("CreateDeployment", {"applicationName": "shop"}, "DeploymentGroupNameRequiredException"),
        ("CreateDeployment", GROUP, "RevisionRequiredException"),
        (
            "CreateDeployment",
            GROUP | {"revision": {"revisionType": "S3"}},
            "UnsupportedFeatureException",
        ),
        (
            "CreateDeployment",
            GROUP | {"revision": {"revisionType": "GitHub"}},
            "InvalidRevisionException",
        ),
        ("GetDeployment", {"deploymentId": "d-NOTHERE12"}, "DeploymentDoesNotExistException"),
        ("StopDeployment", {"deploymentId": "d-NOTHERE12"}, "DeploymentDoesNotExistException"),
        (
            "GetDeploymentConfig",
            {"deploymentConfigName": "no"},
            "DeploymentConfigDoesNotExistException",
        ),
        ("DeleteDeploymentConfig", {"deploymentConfigName": LINEAR}, "InvalidOperationException"),
        ("ListDeployments", {"applicationName": "shop"}, "DeploymentGroupNameRequiredException"),
        ("ListApplications", {"nextToken": "x"}, "InvalidNextTokenException"),
        ("ListTagsForResource", {"ResourceArn": "arn:aws:s3:::x"}, "InvalidArnException"),
        (
            "CreateDeploymentConfig",
            {
                "deploymentConfigName": "c",
                "computePlatform": "ECS",
                "trafficRoutingConfig": {
                    "type": "TimeBasedCanary",
                    "timeBasedCanary": {"canaryPercentage": 100, "canaryInterval": 5},
                },
            },
            "InvalidTrafficRoutingConfigurationException",
        ),
    ],
)
def test_what_is_missing_or_wrong_has_the_models_error(operation, request_, code):
    """BC-cd: the code each operation's model declares."""
    assert refused(Shop(), operation, **request_).code == code


def test_waiting_for_something_else_is_refused():
    """BC-cd:ContinueDeployment."""
    shop = Shop()
    id_ = shop.release()
    shop.advance(5)
    assert (
        refused(shop, "ContinueDeployment", deploymentId=id_).code
        == "DeploymentIsNotInReadyStateException"
    )
    assert (
        refused(shop, "ContinueDeployment", deploymentId=id_, deploymentWaitType="LUNCH").code
        == "InvalidDeploymentWaitTypeException"
    )
    assert (
        refused(shop, "GetDeploymentTarget", deploymentId=id_, targetId="x:y").code
        == "DeploymentTargetDoesNotExistException"
    )


def test_applications_and_groups_come_and_go():
    """Create, list, rename, tag and delete."""
    shop = Shop()
    shop.call(
        "CreateApplication",
        applicationName="b",
        computePlatform="ECS",
        tags=[{"Key": "team", "Value": "web"}],
    )
    assert shop.call("ListApplications")["applications"] == ["shop", "b"]
    shop.call("UpdateApplication", applicationName="b", newApplicationName="c")
    arn = "arn:aws:codedeploy:us-east-1:123456789012:application:c"
    shop.call("TagResource", ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    shop.call("UntagResource", ResourceArn=arn, TagKeys=["team"])
    assert shop.call("ListTagsForResource", ResourceArn=arn)["Tags"] == [
        {"Key": "stage", "Value": "test"}
    ]
    assert [
        a["applicationName"]
        for a in shop.call("BatchGetApplications", applicationNames=["shop", "c"])[
            "applicationsInfo"
        ]
    ] == ["shop", "c"]
    shop.call(
        "UpdateDeploymentGroup",
        applicationName="shop",
        currentDeploymentGroupName="web",
        newDeploymentGroupName="front",
    )
    group = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:shop/front"
    assert shop.call("ListTagsForResource", ResourceArn=group)["Tags"] == []
    shop.call("DeleteDeploymentGroup", applicationName="shop", deploymentGroupName="front")
    shop.call("DeleteApplication", applicationName="c")
    assert shop.call("ListDeploymentGroups", applicationName="shop")["deploymentGroups"] == []
    assert shop.call("ListApplications")["applications"] == ["shop"]


def test_a_revision_can_be_registered_and_deployed_by_its_hash():
    """BC-cd:GetDeployment: its content is shown by GetApplicationRevision only."""
    shop = Shop()
    shop.call(
        "RegisterApplicationRevision", applicationName="shop", revision=spec(), description="two"
    )
    location = shop.call("ListApplicationRevisions", applicationName="shop")["revisions"][0]
    assert "content" not in location["appSpecContent"]
    shown = shop.call("GetApplicationRevision", applicationName="shop", revision=location)
    assert json.loads(shown["revision"]["appSpecContent"]["content"]) == appspec()
    id_ = shop.call("CreateDeployment", **GROUP, revision=location)["deploymentId"]
    shop.advance(400)
    assert shop.info(id_)["status"] == "Succeeded"
    told = shop.call("BatchGetApplicationRevisions", applicationName="shop", revisions=[location])[
        "revisions"
    ][0]
    assert (
        told["genericRevisionInfo"]["deploymentGroups"],
        told["genericRevisionInfo"]["description"],
    ) == (
        ["web"],
        "two",
    )


YAML = """
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: "web:2"
        LoadBalancerInfo:
          ContainerName: "app"
          ContainerPort: 8080
        PlatformVersion: "1.4.0"
        NetworkConfiguration:
          AwsvpcConfiguration:
            Subnets: ["subnet-1"]
            SecurityGroups: ["sg-1"]
            AssignPublicIp: "ENABLED"
        CapacityProviderStrategy:
          - CapacityProvider: "FARGATE_SPOT"
            Base: 1
            Weight: 2
Hooks:
  - BeforeInstall: "before"
  - AfterAllowTraffic: "after"
"""


def test_an_appspec_in_yaml_is_the_same_as_in_json():
    """Facts, section 7.2, AppSpec: every property, in either form, and
    with the CLI's lower-case names.
    """
    import yaml

    read = parse(YAML)
    assert read == parse(json.dumps(yaml.safe_load(YAML)))
    assert read == parse(
        YAML.replace("Resources", "resources").replace("TaskDefinition", "taskDefinition")
    )
    assert (read.task_definition, read.container, read.port, read.platform_version) == (
        "web:2",
        "app",
        8080,
        "1.4.0",
    )
    assert read.network == {
        "awsvpcConfiguration": {
            "subnets": ["subnet-1"],
            "securityGroups": ["sg-1"],
            "assignPublicIp": "ENABLED",
        }
    }
    assert read.strategy == [{"capacityProvider": "FARGATE_SPOT", "base": 1, "weight": 2}]
    assert read.hooks == {"BeforeInstall": "before", "AfterAllowTraffic": "after"}


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("BeforeInstall", "Install", "install"),
        ("ContainerPort: 8080", "ContainerPort: many", "ContainerPort"),
        ('ContainerName: "app"', "", "ContainerName"),
        ("Subnets", "Nets", "nets"),
        ("Base: 1", "Bass: 1", "CapacityProviderStrategy"),
    ],
)
def test_what_an_appspec_cannot_say_is_named(before, after, why):
    """Facts, section 7.2: the events in parentheses cannot be scripted; the wordings are ours."""
    with pytest.raises(AwsError) as caught:
        parse(YAML.replace(before, after, 1))
    assert why in caught.value.message


@pytest.mark.parametrize("name", PREDEFINED)
def test_every_configuration_ends_with_all_traffic(name):
    """Facts, section 7.2: shares grow, and the last one is everything, with nothing to wait for."""
    steps = shifts(PREDEFINED[name])
    percents = [step.percent for step in steps]
    assert percents == sorted(set(percents))
    assert (steps[-1].percent, steps[-1].minutes) == (100, 0)
