"""ECS Anywhere: what runs on machines that are not AWS's, and what is
refused there (facts, section 8.6).
"""

import pytest
from account import Account
from refusals import refused

ANYWHERE = [
    {"name": "CPU", "type": "INTEGER", "integerValue": 2048},
    {"name": "MEMORY", "type": "INTEGER", "integerValue": 4096},
]
PORTS = [{"containerPort": 80, "name": "http"}]


@pytest.fixture
def account():
    """An account with an EC2 instance and an EXTERNAL one, and a bridge definition for both."""
    account = Account()
    account.plane.neighbours.machines.launch()
    account.plane.instances.sync()
    account.advance(46)
    account.call(
        "RegisterContainerInstance",
        attributes=[{"name": "ecs.capability.external"}],
        totalResources=ANYWHERE,
    )
    account.register(
        "web",
        {"name": "app", "image": "nginx", "portMappings": PORTS},
        networkMode="bridge",
        requiresCompatibilities=["EXTERNAL", "EC2"],
    )
    return account


def asked_for(**more):
    """The request for a service on EXTERNAL instances."""
    return {
        "serviceName": "web",
        "taskDefinition": "web",
        "desiredCount": 2,
        "launchType": "EXTERNAL",
    } | more


@pytest.mark.parametrize("mode", ["bridge", "host", "none"])
def test_tasks_run_on_external_instances_in_each_of_their_network_modes(account, mode):
    """Facts, section 8.6, network modes: bridge, host and none; never on an EC2 instance."""
    ports = [] if mode == "none" else PORTS
    account.register(
        "any",
        {"name": "app", "image": "nginx", "portMappings": ports},
        networkMode=mode,
        requiresCompatibilities=["EXTERNAL"],
    )
    account.call("CreateService", **asked_for(taskDefinition="any", desiredCount=1))
    account.advance(120)
    [task] = account.plane.state.clusters["default"].services["web"].tasks.values()
    assert (task.stage.name, task.launch_type, task.instance.external) == (
        "RUNNING",
        "EXTERNAL",
        True,
    )


def test_ecs_exec_works_there(account):
    """Facts, section 8.6: ECS Exec works; it needs a task role, as everywhere."""
    account.register(
        "shell",
        networkMode="bridge",
        requiresCompatibilities=["EXTERNAL"],
        taskRoleArn="arn:aws:iam::123456789012:role/shell",
    )
    asked = asked_for(taskDefinition="shell", desiredCount=1, enableExecuteCommand=True)
    assert account.call("CreateService", **asked)["service"]["enableExecuteCommand"] is True
    account.advance(60)
    [told] = account.call("DescribeTasks", tasks=account.tasks_of("web"))["tasks"]
    assert told["containers"][0]["managedAgents"][0]["name"] == "ExecuteCommandAgent"


BALANCER = {"targetGroupArn": "web", "containerName": "app", "containerPort": 80}
CONNECT = {"enabled": True, "namespace": "shop", "services": [{"portName": "http"}]}


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (
            {"loadBalancers": [BALANCER]},
            "Load balancers are not supported with EXTERNAL launch type.",
        ),
        (
            {
                "serviceRegistries": [
                    {"registryArn": "made", "containerName": "app", "containerPort": 80}
                ]
            },
            "Service discovery is not supported with the EXTERNAL launch type.",
        ),
        (
            {"serviceConnectConfiguration": CONNECT},
            "Service Connect is not supported with the EXTERNAL launch type.",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]},
            "Specifying both a launch type and capacity provider strategy is not supported",
        ),
        (
            {"availabilityZoneRebalancing": "ENABLED"},
            "AvailabilityZoneRebalancing does not support the EXTERNAL launch type",
        ),
    ],
    ids=[
        "load balancers",
        "service discovery",
        "Service Connect",
        "capacity providers",
        "AZ rebalancing",
    ],
)
def test_what_is_not_available_there_is_refused(account, more, text):
    """Facts, section 8.6, not available; no service is left behind."""
    if "loadBalancers" in more:
        group = account.balancers.make("web", target_type="instance")
        more = {"loadBalancers": [BALANCER | {"targetGroupArn": group}]}
    if "serviceRegistries" in more:
        arn = account.plane.neighbours.discovery.make("web", SRV=60)
        more = {"serviceRegistries": [more["serviceRegistries"][0] | {"registryArn": arn}]}
    if "serviceConnectConfiguration" in more:
        account.plane.neighbours.discovery.make_namespace("shop")
    error = refused(account, "CreateService", **asked_for(**more))
    assert (error.code, error.message) == ("InvalidParameterException", text)
    assert account.call("ListServices")["serviceArns"] == []


def test_a_mesh_needs_awsvpc_which_is_not_there(account):
    """Facts, section 8.6, not available: App Mesh, for its proxy needs awsvpc."""
    proxy = {"type": "APPMESH", "containerName": "app", "properties": []}
    container = [{"name": "app", "image": "nginx", "memory": 64}]
    asked = {
        "family": "x",
        "containerDefinitions": container,
        "requiresCompatibilities": ["EXTERNAL"],
    }
    error = refused(
        account, "RegisterTaskDefinition", **asked, networkMode="bridge", proxyConfiguration=proxy
    )
    assert error.message == "APPMESH proxy configuration is only supported in networkMode=awsvpc"
    error = refused(account, "RegisterTaskDefinition", **asked, networkMode="awsvpc")
    assert error.message == "EXTERNAL compatible task definitions do not support networkMode=awsvpc"


def test_a_detector_watches_nobody_there(account):
    """Facts, section 8.6, not available: GuardDuty Runtime Monitoring."""
    account.plane.neighbours.threats.watching = {
        "EC2_AGENT_MANAGEMENT",
        "ECS_FARGATE_AGENT_MANAGEMENT",
    }
    account.call("CreateService", **asked_for(desiredCount=1))
    account.advance(60)
    [task] = account.plane.state.clusters["default"].services["web"].tasks.values()
    assert task.monitored_by is None


def test_without_a_launch_type_or_strategy_it_is_ec2(account):
    """Facts, section 8.6, launch type default; section 8.1."""
    told = account.call("RunTask", taskDefinition="web")["tasks"][0]
    assert told["launchType"] == "EC2"
    assert (
        account.call("CreateService", serviceName="s", taskDefinition="web", desiredCount=0)[
            "service"
        ]["launchType"]
        == "EC2"
    )
