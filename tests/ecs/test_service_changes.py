"""What UpdateService takes for a change: equal values are no release, and what a
service refers to already is not asked again.
"""

import copy
from typing import Any

import botocore.session
import pytest
from account import NETWORK, Account
from behind_a_balancer import PORT, front
from fakes import SUBNETS
from refusals import refused

from ecslab.ground.errors import AwsError

# Another value of each member that UpdateService changes, and whether it
# is a release (facts, section 5.6).
RELEASES: dict[str, Any] = {
    "taskDefinition": "web:2",
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": list(SUBNETS[1:3])}},
    "platformVersion": "1.4.0",
    "loadBalancers": [],
    "serviceRegistries": [],
    "serviceConnectConfiguration": {"enabled": False},
    "forceNewDeployment": True,
}
QUIET: dict[str, Any] = {
    "desiredCount": 3,
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
    "deploymentConfiguration": {"maximumPercent": 150},
    "availabilityZoneRebalancing": "DISABLED",
    "healthCheckGracePeriodSeconds": 30,
    "enableExecuteCommand": True,
    "enableECSManagedTags": True,
    "propagateTags": "SERVICE",
    "placementConstraints": [],  # Fargate has none, so that there is no other value
    "placementStrategy": [],
}
ELSEWHERE = {
    "cluster": "it names the service",
    "service": "it names the service",
    "deploymentController": "a change of it is not simulated",
    "volumeConfigurations": "not simulated",
    "vpcLatticeConfigurations": "not simulated",
    "gatewayConnectors": "not simulated",
    "monitoring": "not simulated",
}


class Shop:
    """A service that uses everything an UpdateService request can name, and is steady."""

    def __init__(self) -> None:
        self.account = account = Account()
        self.neighbours = account.plane.neighbours
        self.neighbours.discovery.make_namespace("shop.local")
        self.registry = self.neighbours.discovery.make("web", A=60)
        self.group = self.neighbours.balancers.make("web")
        app = {
            "name": "app",
            "image": "nginx",
            "portMappings": [{"containerPort": PORT, "name": "http"}],
        }
        for _ in range(2):
            account.register(
                "web", app, taskRoleArn="arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
            )
        account.call(
            "PutClusterCapacityProviders",
            cluster="default",
            capacityProviders=["FARGATE"],
            defaultCapacityProviderStrategy=[],
        )
        served = [{"portName": "http", "clientAliases": [{"port": PORT}]}]
        account.serve(
            "web",
            "web:1",
            2,
            loadBalancers=front(self.group),
            serviceRegistries=[{"registryArn": self.registry}],
            serviceConnectConfiguration={
                "enabled": True,
                "namespace": "shop.local",
                "services": served,
            },
        )
        account.advance(300)
        assert self.account.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"

    def update(self, **members: Any) -> dict[str, Any]:
        """One UpdateService call; the service as it answers."""
        return self.account.call("UpdateService", service="web", **members)["service"]

    @property
    def releases(self) -> int:
        """How many service deployments there have been."""
        return len(self.account.call("ListServiceDeployments", service="web")["serviceDeployments"])

    def shown(self) -> dict[str, Any]:
        """The service as DescribeServices shows it, with what it shows of its deployment only."""
        service = copy.deepcopy(self.account.service("web"))
        return {
            "serviceConnectConfiguration": service["deployments"][0]["serviceConnectConfiguration"]
        } | service


def test_every_member_of_update_service_is_known_here():
    """A new botocore shows its new members: each is a release, or is not, or is
    not for an existing service to change.
    """
    shape = (
        botocore.session.get_session()
        .get_service_model("ecs")
        .operation_model("UpdateService")
        .input_shape
    )
    assert set(shape.members) == RELEASES.keys() | QUIET.keys() | ELSEWHERE.keys()


def test_what_a_service_shows_can_be_applied_again_without_a_release():
    """Facts 2, section 31, row 15: equal values start no deployment,
    member by member and all together.
    """
    shop = Shop()
    before = shop.shown()
    stored = {m: before[m] for m in (*RELEASES, *QUIET) if m in before}
    assert RELEASES.keys() - stored.keys() == {"forceNewDeployment"}
    for member, value in stored.items():
        shop.update(**{member: value})
        assert (member, shop.shown()) == (member, before)
    shop.update(**stored)
    shop.account.advance(300)
    assert {k: v for k, v in shop.shown().items() if k != "events"} == {
        k: v for k, v in before.items() if k != "events"
    }
    assert shop.releases == 1


@pytest.mark.parametrize("member", RELEASES)
def test_a_new_value_that_only_new_tasks_get_is_a_release(member):
    """Facts, section 5.6; the same value once more is none, except that a
    forced deployment always is one.
    """
    shop = Shop()
    shop.update(**{member: RELEASES[member]})
    assert shop.releases == 2
    shop.account.advance(900)
    assert shop.account.service("web")["deployments"][0]["rolloutState"] == "COMPLETED"
    shop.update(**{member: RELEASES[member]})
    assert shop.releases == (3 if member == "forceNewDeployment" else 2)


@pytest.mark.parametrize("member", QUIET)
def test_other_new_values_are_no_release(member):
    """Facts, section 5.6: the NO row."""
    shop = Shop()
    shop.update(**{member: QUIET[member]})
    assert shop.releases == 1


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("taskDefinition", "web:1"),
        ("taskDefinition", "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1"),
        ("networkConfiguration", {"awsvpcConfiguration": {"subnets": list(reversed(SUBNETS[:2]))}}),
        (
            "networkConfiguration",
            {"awsvpcConfiguration": {"subnets": list(SUBNETS[:2]), "assignPublicIp": "DISABLED"}},
        ),
        ("platformVersion", "LATEST"),
        (
            "serviceConnectConfiguration",
            {
                "enabled": True,
                "namespace": "shop.local",
                "services": [
                    {
                        "portName": "http",
                        "discoveryName": "http",
                        "clientAliases": [{"port": PORT, "dnsName": "http.shop.local"}],
                    }
                ],
            },
        ),
    ],
)
def test_another_spelling_of_the_same_is_no_release(member, value):
    """Family and revision, ARN, the order of subnets, and defaults written
    out: all of them ask for what is there.
    """
    shop = Shop()
    before = shop.shown()
    shop.update(**{member: value})
    assert shop.shown() == before


def test_a_family_alone_is_a_release_when_it_has_a_newer_revision():
    """A family means its latest ACTIVE revision: web:2, and after its
    deregistration web:1, which the service runs.
    """
    shop = Shop()
    shop.account.call("DeregisterTaskDefinition", taskDefinition="web:2")
    shop.update(taskDefinition="web")
    assert shop.releases == 1
    shop.account.call("RegisterTaskDefinition", family="web", **_of(shop, "web:1"))
    assert shop.update(taskDefinition="web")["taskDefinition"].endswith("web:3")
    assert shop.releases == 2


def test_what_is_compared_is_what_is_wanted_now():
    """Under way to web:2, web:2 again changes nothing, and web:1 is a release."""
    shop = Shop()
    shop.update(taskDefinition="web:2")
    shop.update(taskDefinition="web:2")
    assert shop.releases == 2
    shop.update(taskDefinition="web:1")
    assert shop.releases == 3


def test_a_failed_revision_can_be_tried_again_after_the_rollback():
    """After a rollback the service wants the old revision: the
    one that failed is a change again.
    """
    shop = Shop()
    breaker = {"enable": True, "rollback": True}
    broken = shop.account.register(
        "web",
        _of(shop, "web:1")["containerDefinitions"][0]
        | {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1"},
    )
    shop.update(
        taskDefinition=broken, deploymentConfiguration={"deploymentCircuitBreaker": breaker}
    )
    shop.account.advance(3600)
    assert shop.account.service("web")["taskDefinition"].endswith("web:1")
    shop.update(taskDefinition="web:1")
    assert shop.releases == 2
    shop.update(taskDefinition=broken)
    assert shop.releases == 3


def test_what_a_new_deployment_brings_does_not_reach_the_one_before():
    """A rollback goes back to the platform version and the strategy
    that the completed deployment had.
    """
    shop = Shop()
    strategy = [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    shop.update(platformVersion="1.4.0", capacityProviderStrategy=strategy)
    [newest, *_] = shop.account.call("ListServiceDeployments", service="web")["serviceDeployments"]
    shop.account.call("StopServiceDeployment", serviceDeploymentArn=newest["serviceDeploymentArn"])
    shop.account.advance(900)
    service = shop.account.service("web")
    assert (service["platformVersion"], service["launchType"]) == ("LATEST", "FARGATE")
    assert "capacityProviderStrategy" not in service


# What a service refers to already


def _of(shop: Shop, revision: str) -> dict[str, Any]:
    spec = shop.account.call("DescribeTaskDefinition", taskDefinition=revision)["taskDefinition"]
    asked = (
        "containerDefinitions",
        "cpu",
        "memory",
        "networkMode",
        "requiresCompatibilities",
        "executionRoleArn",
    )
    return {k: spec[k] for k in asked}


def _deregistered(shop: Shop) -> None:
    shop.account.call("DeregisterTaskDefinition", taskDefinition="web:1")


def _deleted(shop: Shop) -> None:
    _deregistered(shop)
    shop.account.call("DeleteTaskDefinitions", taskDefinitions=["web:1"])


def _without_subnets(shop: Shop) -> None:
    shop.neighbours.network.known.clear()


def _without_group(shop: Shop) -> None:
    shop.neighbours.balancers.delete(shop.group)


def _without_registry(shop: Shop) -> None:
    shop.neighbours.discovery.registries.clear()


def _without_namespace(shop: Shop) -> None:
    shop.neighbours.discovery.namespaces.clear()


VANISHED = [
    _deregistered,
    _deleted,
    _without_subnets,
    _without_group,
    _without_registry,
    _without_namespace,
]
STILL_ALLOWED = [
    {"desiredCount": 3},
    {"healthCheckGracePeriodSeconds": 5},
    {"deploymentConfiguration": {"maximumPercent": 150}},
    {"forceNewDeployment": True},
]


@pytest.mark.parametrize("vanish", VANISHED)
def test_an_existing_service_is_changed_whatever_vanished_that_it_refers_to(vanish):
    """Facts 2, section 31, row 5: only new references are refused; so can a service be scaled,
    and everything that it shows applied again.
    """
    for request in STILL_ALLOWED:
        shop = Shop()
        vanish(shop)
        shop.update(**request)
    shop = Shop()
    shown = shop.shown()
    vanish(shop)
    shop.update(**{m: shown[m] for m in (*RELEASES, *QUIET) if m in shown})
    assert shop.releases == 1


@pytest.mark.parametrize("vanish", VANISHED[2:])
def test_a_new_revision_does_not_ask_for_what_vanished_either(vanish):
    """A revision is the only new reference of this request."""
    shop = Shop()
    vanish(shop)
    shop.update(taskDefinition="web:2")
    assert shop.releases == 2


@pytest.mark.parametrize("vanish", VANISHED[:2])
def test_tasks_of_an_inactive_revision_are_replaced_and_more_are_started(vanish):
    """BC:DeregisterTaskDefinition: existing services go on, and scale."""
    shop = Shop()
    vanish(shop)
    shop.update(desiredCount=3)
    shop.account.call("StopTask", task=shop.account.tasks_of("web")[0])
    shop.account.advance(600)
    assert shop.account.service("web")["runningCount"] == 3


def test_a_rollback_goes_back_to_a_revision_that_was_deregistered_meanwhile():
    """Nobody refers to it anew."""
    shop = Shop()
    shop.update(taskDefinition="web:2")
    _deregistered(shop)
    [newest, *_] = shop.account.call("ListServiceDeployments", service="web")["serviceDeployments"]
    shop.account.call("StopServiceDeployment", serviceDeploymentArn=newest["serviceDeploymentArn"])
    shop.account.advance(600)
    service = shop.account.service("web")
    assert (service["taskDefinition"][-5:], service["runningCount"]) == ("web:1", 2)


@pytest.mark.parametrize(
    ("member", "value", "text"),
    [
        ("taskDefinition", "web:2", "TaskDefinition is inactive"),
        (
            "networkConfiguration",
            {"awsvpcConfiguration": {"subnets": ["subnet-gone"]}},
            "subnet-gone",
        ),
        ("loadBalancers", front("arn:gone"), "not found"),
        ("serviceRegistries", [{"registryArn": "arn:gone"}], "was not found"),
        ("serviceConnectConfiguration", {"enabled": True, "namespace": "gone.local"}, "gone.local"),
    ],
)
def test_new_references_are_still_refused(member, value, text):
    """Facts 2, section 31, row 5: changing to it is refused, and nothing is changed."""
    shop = Shop()
    shop.account.call("DeregisterTaskDefinition", taskDefinition="web:2")
    before = shop.shown()
    assert text in refused(shop.account, "UpdateService", service="web", **{member: value}).message
    assert shop.shown() == before


def test_a_new_service_cannot_refer_to_an_inactive_revision():
    """BC:DeregisterTaskDefinition."""
    shop = Shop()
    _deregistered(shop)
    with pytest.raises(AwsError, match="TaskDefinition is inactive"):
        shop.account.serve("other", "web:1", 1, networkConfiguration=NETWORK)


def test_scaling_goes_on_when_the_revision_is_inactive():
    """Application Auto Scaling asks UpdateService as anybody does: no activity fails."""
    shop = Shop()
    _deregistered(shop)
    asked = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/default/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    shop.account.region.autoscaling.call(
        "RegisterScalableTarget", asked | {"MinCapacity": 4, "MaxCapacity": 6}
    )
    shop.account.advance(600)
    assert shop.account.service("web")["runningCount"] == 4
