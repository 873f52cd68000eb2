"""What exists on AWS for ECS Managed Instances, Managed Daemons and Windows
instances, and is refused here by name.
"""

import pytest
from account import NETWORK, Account
from capacity_fleet import APP, Fleet
from refusals import refused

PROVIDER = {
    "infrastructureRoleArn": "arn:aws:iam::123456789012:role/infrastructure",
    "instanceLaunchTemplate": {
        "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/p",
        "networkConfiguration": {"subnets": ["subnet-a"]},
    },
}
TEMPLATE = PROVIDER["instanceLaunchTemplate"]


@pytest.fixture
def account():
    """A Fargate account with a task definition called web."""
    account = Account()
    account.register("web", requiresCompatibilities=["FARGATE", "EC2"])
    return account


@pytest.mark.parametrize(
    "provider",
    [
        PROVIDER,
        PROVIDER | {"instanceLaunchTemplate": TEMPLATE | {"capacityOptionType": "SPOT"}},
        PROVIDER | {"instanceLaunchTemplate": TEMPLATE | {"capacityOptionType": "RESERVED"}},
        PROVIDER | {"infrastructureOptimization": {"scaleInAfter": 3600}},
        PROVIDER | {"infrastructureOptimization": {"scaleInAfter": -1}},
        PROVIDER | {"autoRepairConfiguration": {"actionsStatus": "ENABLED"}},
    ],
    ids=["provider", "purchase SPOT", "purchase RESERVED", "idle 3600", "idle -1", "auto repair"],
)
@pytest.mark.parametrize("operation", ["CreateCapacityProvider", "UpdateCapacityProvider"])
def test_a_provider_of_managed_instances_is_refused_whatever_it_asks_for(operation, provider):
    """Facts, section 8.5, provider, purchase, idle, draining hard limit and auto
    repair: UnsupportedFeatureException.
    """
    account = Fleet()
    account.provide("mine")
    name = "theirs" if operation == "CreateCapacityProvider" else "mine"
    error = refused(
        account, operation, name=name, cluster="default", managedInstancesProvider=provider
    )
    assert error.code == "UnsupportedFeatureException"
    assert "A capacity provider of ECS Managed Instances" in error.message
    told = account.call("DescribeCapacityProviders")["capacityProviders"]
    assert [p["name"] for p in told] == ["FARGATE", "FARGATE_SPOT", "mine"]


@pytest.mark.parametrize("operation", ["RunTask", "CreateService"])
def test_the_launch_type_of_managed_instances_is_refused(account, operation):
    """Facts, section 8.5, must use: requests omit it, they name a
    provider instead; nothing is started.
    """
    asked = {
        "taskDefinition": "web",
        "launchType": "MANAGED_INSTANCES",
        "networkConfiguration": NETWORK,
    }
    if operation == "CreateService":
        asked |= {"serviceName": "web", "desiredCount": 1}
    error = refused(account, operation, **asked)
    assert (error.code, "The launch type MANAGED_INSTANCES" in error.message) == (
        "UnsupportedFeatureException",
        True,
    )
    assert (
        account.call("ListTasks")["taskArns"] == account.call("ListServices")["serviceArns"] == []
    )


def test_their_log_drivers_cannot_be_asked_for(account):
    """Facts, section 8.5, log drivers: a definition that requires Managed Instances
    is refused as such, json-file or not.
    """
    container = APP | {"memory": 64, "logConfiguration": {"logDriver": "json-file"}}
    error = refused(
        account,
        "RegisterTaskDefinition",
        family="x",
        requiresCompatibilities=["MANAGED_INSTANCES"],
        networkMode="awsvpc",
        containerDefinitions=[container],
    )
    assert (error.code, "The compatibility MANAGED_INSTANCES" in error.message) == (
        "UnsupportedFeatureException",
        True,
    )


@pytest.mark.parametrize(
    "operation",
    [
        *("CreateDaemon", "UpdateDaemon", "DeleteDaemon", "DescribeDaemon", "ListDaemons"),
        *(
            "RegisterDaemonTaskDefinition",
            "DeleteDaemonTaskDefinition",
            "DescribeDaemonTaskDefinition",
        ),
        *("ListDaemonTaskDefinitions", "DescribeDaemonDeployments", "ListDaemonDeployments"),
        "DescribeDaemonRevisions",
    ],
)
def test_managed_daemons_are_refused(account, operation):
    """Facts, section 8.5, Managed Daemons: every operation, by its name."""
    error = refused(account, operation)
    assert (error.code, f"The ECS operation {operation}" in error.message) == (
        "UnsupportedFeatureException",
        True,
    )


WINDOWS = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"}


@pytest.mark.parametrize("operation", ["RunTask", "StartTask", "CreateService"])
def test_windows_tasks_are_for_fargate_only(operation):
    """Facts, section 3, <default> on EC2 Windows, and trunking, not for Windows:
    there are no Windows instances here.
    """
    account = Fleet()
    account.plane.neighbours.machines.launch()
    account.boot()
    account.define("win", runtimePlatform=WINDOWS, networkMode="awsvpc")
    asked = {"taskDefinition": "win", "networkConfiguration": NETWORK}
    if operation == "StartTask":
        asked |= {"containerInstances": list(account.plane.state.clusters["default"].instances)}
    else:
        asked |= {"launchType": "EC2"}
    if operation == "CreateService":
        asked |= {"serviceName": "win", "desiredCount": 1}
    error = refused(account, operation, **asked)
    assert (error.code, "A container instance with Windows" in error.message) == (
        "UnsupportedFeatureException",
        True,
    )


def test_a_network_mode_called_default_does_not_exist(account):
    """Facts, section 3, <default>: no value of the API; the field is omitted."""
    error = refused(
        account,
        "RegisterTaskDefinition",
        family="x",
        networkMode="default",
        containerDefinitions=[APP | {"memory": 64}],
    )
    assert error.code == "ClientException"
    assert "networkMode" in error.message
