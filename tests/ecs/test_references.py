"""What a task definition and a service name elsewhere: looked up when a task starts, in
one order, and nothing is taken on trust.
"""

import pytest
import requests_of
from account import NETWORK, ROLE, Account

from ecslab.aws.apis.members import leaves
from ecslab.ecs.definitions.references import STEPS
from ecslab.ground.errors import AwsError

FILE = "arn:aws:s3:::settings/web.env"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
SPLUNK = {"logDriver": "splunk", "options": {"splunk-url": "https://logs.example"}}
AWSLOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/ecs/web",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
    },
}
FETCHING = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution "
    "resource retrieval failed: "
)
RETRIED = "service call has been retried 1 time(s): "
NO_LOGS = (
    "ResourceInitializationError: failed to validate logger args: create stream has been "
    "retried 1 times: failed to create Cloudwatch log stream: log group /ecs/web does not "
    "exist : exit status 1"
)
EFS = (
    "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: "
    "stderr: "
)


def secret_options(name: str) -> dict:
    """A log configuration whose token is a secret."""
    return SPLUNK | {"secretOptions": [{"name": "splunk-token", "valueFrom": name}]}


def efs(**more) -> dict:
    """Volumes with one in EFS."""
    asked = {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"} | more
    return {"volumes": [{"name": "files", "efsVolumeConfiguration": asked}]}


# By the way to a member: the container's and the definition's members, or a
# service's; what is missing; and where; the words.
CONTAINER = "containerDefinitions."
EXAMPLES = {
    f"{CONTAINER}secrets.valueFrom": (
        {"secrets": [{"name": "P", "valueFrom": SECRET}]},
        ("secrets", SECRET),
        f"{FETCHING}unable to retrieve secret from asm: {RETRIED}{SECRET} was not found",
    ),
    f"{CONTAINER}logConfiguration.secretOptions.valueFrom": (
        {"logConfiguration": secret_options("token")},
        ("secrets", "token"),
        f"{FETCHING}unable to retrieve secrets from ssm: {RETRIED}token was not found",
    ),
    f"{CONTAINER}credentialSpecs": (
        {"credentialSpecs": ["credentialspec:arn:aws:s3:::settings/gmsa.json"]},
        ("objects", "arn:aws:s3:::settings/gmsa.json"),
        "ResourceInitializationError: failed to retrieve credential specs: "
        "arn:aws:s3:::settings/gmsa.json was not found",
    ),
    f"{CONTAINER}repositoryCredentials.credentialsParameter": (
        {"repositoryCredentials": {"credentialsParameter": "registry"}},
        ("secrets", "registry"),
        f"{FETCHING}unable to get registry auth from asm: {RETRIED}registry was not found",
    ),
    f"{CONTAINER}logConfiguration.options": (
        {"logConfiguration": AWSLOGS},
        ("logs", "/ecs/web"),
        NO_LOGS,
    ),
    f"{CONTAINER}environmentFiles.value": (
        {"environmentFiles": [{"type": "s3", "value": FILE}]},
        ("objects", FILE),
        f"ResourceInitializationError: failed to download env files: {RETRIED}{FILE} was not found",
    ),
    f"{CONTAINER}firelensConfiguration.options": (
        {
            "firelensConfiguration": {
                "type": "fluentbit",
                "options": {"config-file-type": "s3", "config-file-value": FILE},
            }
        },
        ("objects", FILE),
        "ResourceInitializationError: failed to download the firelens configuration file: "
        f"{FILE} was not found",
    ),
    "volumes.efsVolumeConfiguration.fileSystemId": (
        efs(),
        ("file_systems", "fs-1"),
        f"{EFS}fs-1 was not found",
    ),
    "volumes.efsVolumeConfiguration.authorizationConfig.accessPointId": (
        efs(authorizationConfig={"accessPointId": "fsap-1"}),
        ("file_systems", "fsap-1"),
        f"{EFS}fsap-1 was not found",
    ),
    "serviceConnect.logConfiguration.options": (
        {"logConfiguration": AWSLOGS},
        ("logs", "/ecs/web"),
        NO_LOGS,
    ),
    "serviceConnect.logConfiguration.secretOptions.valueFrom": (
        {"logConfiguration": secret_options("token")},
        ("secrets", "token"),
        f"{FETCHING}unable to retrieve secrets from ssm: {RETRIED}token was not found",
    ),
}
ON_INSTANCES = {f"{CONTAINER}credentialSpecs", f"{CONTAINER}firelensConfiguration.options"}


@pytest.fixture
def account():
    """An account with a default cluster, one instance and a namespace."""
    account = Account()
    account.plane.neighbours.machines.launch()
    account.plane.instances.sync()
    account.advance(300)
    account.plane.neighbours.discovery.make_namespace("shop.local")
    return account


def start(account: Account, way: str) -> dict:
    """Launch a task with the example of a way; described a minute later."""
    members = EXAMPLES[way][0]
    inside = {k: v for k, v in members.items() if k != "volumes"}
    outside = {k: v for k, v in members.items() if k == "volumes"}
    app = {"name": "app", "image": "nginx", "memory": 128}
    if way.startswith("serviceConnect"):
        account.register("web", app)
        connect = {"enabled": True, "namespace": "shop.local"} | inside
        account.serve("web", "web", serviceConnectConfiguration=connect)
        account.advance(60)
        [task] = [*account.tasks_of("web"), *account.tasks_of("web", desiredStatus="STOPPED")][:1]
    elif way in ON_INSTANCES:
        asked = {"family": "web", "containerDefinitions": [app | inside], "executionRoleArn": ROLE}
        account.call("RegisterTaskDefinition", **asked)
        [made] = account.call("RunTask", taskDefinition="web", launchType="EC2")["tasks"]
        task = made["taskArn"]
        account.advance(60)
    else:
        account.register("web", app | inside, **outside)
        [task] = account.run("web")
        account.advance(60)
    return account.task(task)


def test_there_is_an_example_of_every_reference():
    """A row of the table without one would be asked by no test."""
    assert EXAMPLES.keys() == {way for step in STEPS for way in step.ways}


@pytest.mark.parametrize("way", EXAMPLES)
def test_a_reference_that_leads_nowhere_fails_the_task_before_any_pull(account, way):
    """Facts, section 16, with facts 2, section 27: TaskFailedToStart,
    in the words of what was asked.
    """
    _, (neighbour, name), words = EXAMPLES[way]
    getattr(account.plane.neighbours, neighbour).missing.add(name)
    found = start(account, way)
    assert (found["stopCode"], found["stoppedReason"]) == ("TaskFailedToStart", words)
    assert "pulling" not in account.timeline.of("task/1").kinds()


@pytest.mark.parametrize("way", EXAMPLES)
def test_a_reference_that_leads_somewhere_lets_the_task_run(account, way):
    """The same tasks, and nothing is missing."""
    assert start(account, way)["lastStatus"] == "RUNNING"


def test_what_is_missing_comes_to_light_in_one_order(account):
    """Each repair uncovers the next: secrets, registry, logs, files, file systems; every
    container of a step before the next step.
    """
    examples = [way for step in STEPS for way in step.ways if not way.startswith("serviceConnect")]
    wanted = [way for way in examples if way not in ON_INSTANCES and "secretOptions" not in way]
    containers: dict = {"name": "app", "image": "nginx"}
    volumes: dict = {}
    for way in wanted:
        members, (neighbour, name), _ = EXAMPLES[way]
        (volumes if "volumes" in members else containers).update(members)
        getattr(account.plane.neighbours, neighbour).missing.add(name)
    account.register(
        "web", {"name": "side", "image": "nginx", "essential": False}, containers, **volumes
    )
    for way in wanted:
        [task] = account.run("web")
        account.advance(60)
        _, (neighbour, name), words = EXAMPLES[way]
        assert account.task(task)["stoppedReason"] == words
        getattr(account.plane.neighbours, neighbour).missing.discard(name)
    [task] = account.run("web")
    account.advance(60)
    assert account.task(task)["lastStatus"] == "RUNNING"


def test_files_that_an_override_names_are_looked_up_instead(account):
    """What the task runs counts, not what its definition says."""
    account.plane.neighbours.objects.missing.add("arn:aws:s3:::settings/other.env")
    account.register("web", {"name": "app", "image": "nginx"})
    other = [{"type": "s3", "value": "arn:aws:s3:::settings/other.env"}]
    [task] = account.run(
        "web", overrides={"containerOverrides": [{"name": "app", "environmentFiles": other}]}
    )
    account.advance(60)
    assert "other.env was not found" in account.task(task)["stoppedReason"]


def on_an_instance(account: Account, *containers: dict) -> dict:
    """Launch a task of these containers on the instance; described a minute later."""
    more = {"image": "nginx", "memory": 64}
    asked = {"family": "web", "containerDefinitions": [more | c for c in containers]}
    account.call("RegisterTaskDefinition", **asked, executionRoleArn=ROLE)
    [made] = account.call("RunTask", taskDefinition="web", launchType="EC2")["tasks"]
    account.advance(60)
    return account.task(made["taskArn"])


DOCKER = (
    "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: "
    "failed to create Cloudwatch log stream: log group /ecs/web does not exist"
)


def test_on_an_instance_docker_asks_for_a_log_group_when_it_starts_the_container(account):
    """Docker's words, in many public captures (for example aws/aws-cdk#5954): the
    reason is the container's, after its pull.
    """
    account.logs.missing.add("/ecs/web")
    found = on_an_instance(account, {"name": "app", "logConfiguration": AWSLOGS})
    [app] = found["containers"]
    assert (found["lastStatus"], found["stoppedReason"]) == (
        "STOPPED",
        "Essential container in task exited",
    )
    assert (app["lastStatus"], app["exitCode"], app["reason"]) == ("STOPPED", 128, DOCKER)
    assert account.timeline.of("task/1/app").kinds() == ["pulling", "pulled", "never started"]


def test_on_an_instance_a_side_container_without_its_log_group_does_not_end_the_task(account):
    """Only the container that Docker cannot start is over, and what waits for its start."""
    account.logs.missing.add("/ecs/web")
    side = {"name": "side", "essential": False, "logConfiguration": AWSLOGS}
    waits = {"dependsOn": [{"containerName": "side", "condition": "START"}]}
    last = {"name": "last", "essential": False} | waits
    found = on_an_instance(account, {"name": "app"}, side, last)
    reasons = {
        c["name"]: (c["lastStatus"], c.get("reason", "").partition(":")[0])
        for c in found["containers"]
    }
    never = ("STOPPED", "CannotStartContainerError")
    assert found["lastStatus"] == "RUNNING"
    assert reasons == {"app": ("RUNNING", ""), "side": never, "last": never}


def test_on_an_instance_a_container_logs_to_its_stream(account):
    """The group is there: prefix/container/task, as on Fargate."""
    found = on_an_instance(account, {"name": "app", "logConfiguration": AWSLOGS})
    assert found["lastStatus"] == "RUNNING"
    assert list(account.logs.lines) == [
        ("/ecs/web", f"web/app/{found['taskArn'].rpartition('/')[2]}")
    ]


def test_the_proxys_log_has_a_stream_of_its_own(account):
    """Service Connect's proxy logs as any container does: prefix/container/task."""
    found = start(account, "serviceConnect.logConfiguration.options")
    [proxy] = [c["name"] for c in found["containers"] if c["name"] != "app"]
    assert list(account.logs.lines) == [
        ("/ecs/web", f"web/{proxy}/{found['taskArn'].rpartition('/')[2]}")
    ]


@pytest.mark.parametrize(
    "operation", ["RunTask", "StartTask", "CreateService", "UpdateService", "CreateTaskSet"]
)
def test_a_volume_configured_at_launch_needs_its_configuration_at_every_door(account, operation):
    """Facts 2, section 27: the wording is ours."""
    disk = {"volumes": [{"name": "disk", "configuredAtLaunch": True}]}
    app = {"name": "app", "image": "nginx", "memory": 128}
    account.register("plain", app)
    account.register("disk", app, **disk)
    account.call("RegisterTaskDefinition", family="machine", containerDefinitions=[app], **disk)
    account.serve("web", "plain")
    account.call(
        "CreateService",
        serviceName="outside",
        deploymentController={"type": "EXTERNAL"},
        desiredCount=1,
    )
    on_fargate = {
        "taskDefinition": "disk",
        "launchType": "FARGATE",
        "networkConfiguration": NETWORK,
    }
    [instance] = account.call("ListContainerInstances")["containerInstanceArns"]
    asked = {
        "RunTask": on_fargate,
        "StartTask": {"taskDefinition": "machine", "containerInstances": [instance]},
        "CreateService": on_fargate | {"serviceName": "new", "desiredCount": 1},
        "UpdateService": {"service": "web", "taskDefinition": "disk"},
        "CreateTaskSet": on_fargate | {"service": "outside", "cluster": "default"},
    }[operation]
    with pytest.raises(
        AwsError, match="InvalidParameterException: The volume 'disk' in your Task Definition is"
    ):
        account.call(operation, **asked)


@pytest.mark.parametrize(
    "volume",
    [
        {"dockerVolumeConfiguration": {"driver": "rexray/ebs", "scope": "shared"}},
        {
            "fsxWindowsFileServerVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "rootDirectory": "share",
                "authorizationConfig": {"credentialsParameter": SECRET, "domain": "example.com"},
            }
        },
    ],
    ids=["a plugin of Docker", "FSx for Windows"],
)
def test_what_an_instance_must_have_for_a_volume_is_asked_when_a_place_is_looked_for(
    account, volume
):
    """Facts, section 4, failure reasons: no instance here can do it."""
    app = {"name": "app", "image": "nginx", "memory": 128}
    account.call(
        "RegisterTaskDefinition",
        family="web",
        containerDefinitions=[app],
        volumes=[{"name": "disk"} | volume],
    )
    answer = account.call("RunTask", taskDefinition="web", launchType="EC2")
    assert (answer["tasks"], [f["reason"] for f in answer["failures"]]) == ([], ["ATTRIBUTE"])


# Every member that is a text, and what becomes of it. A botocore with new members makes
# the last test fail: say here what they are.
ELSEWHERE = {
    "RegisterTaskDefinition": {
        "taskRoleArn": "RunTask and services ask whether it can be assumed",
        "executionRoleArn": "as the task role",
        "containerDefinitions.image": "pulled after everything in the table",
        "volumes.s3filesVolumeConfiguration": "refused as not simulated",
        "volumes.fsxWindowsFileServerVolumeConfiguration": "Windows machines only; none is "
        "simulated, so no place is found",
        "volumes.dockerVolumeConfiguration.driver": "placement asks for an instance that has "
        "the plugin",
        "volumes.host.sourcePath": "Docker makes it",
        "inferenceAccelerators": "a thing of the past",
        "proxyConfiguration.containerName": "a container of the task: registering asks",
        "containerDefinitions.links": "as above",
        "containerDefinitions.mountPoints.sourceVolume": "a volume of the task: registering asks",
        "containerDefinitions.volumesFrom.sourceContainer": "a container of the task: "
        "registering asks",
        "containerDefinitions.dependsOn.containerName": "as above",
        "containerDefinitions.linuxParameters.devices.hostPath": "of a machine, whose devices "
        "nobody knows",
        "containerDefinitions.resourceRequirements.value": "placement",
        "placementConstraints.expression": "placement",
    },
    "CreateService": {
        "cluster": "asked at once",
        "taskDefinition": "asked at once",
        "loadBalancers": "asked at once",
        "serviceRegistries": "asked at once",
        "capacityProviderStrategy": "asked at once",
        "networkConfiguration": "asked at once",
        "deploymentConfiguration.alarms": "asked at once",
        "deploymentConfiguration.lifecycleHooks": "asked when the stage comes",
        "serviceConnectConfiguration.namespace": "asked at once",
        "serviceConnectConfiguration.services": "ports of the task definition, asked at once; "
        "TLS is refused",
        "role": "of classic load balancers",
        "placementConstraints": "placement",
        "placementStrategy": "placement",
        "platformVersion": "asked at once",
        "volumeConfigurations": "refused as not simulated",
        "vpcLatticeConfigurations": "refused as not simulated",
        "gatewayConnectors": "refused as not simulated",
        "monitoring": "refused as not simulated",
    },
}
NAMES_NOTHING = {
    "RegisterTaskDefinition": (
        *("family", "cpu", "memory", "tags", "volumes.name", "proxyConfiguration.properties"),
        *(
            "trustedExecutionConfiguration.attestationPolicy",
            "volumes.efsVolumeConfiguration.rootDirectory",
        ),
        *(
            "volumes.dockerVolumeConfiguration.driverOpts",
            "volumes.dockerVolumeConfiguration.labels",
        ),
        *(
            CONTAINER + member
            for member in (
                *(
                    "name",
                    "portMappings",
                    "entryPoint",
                    "command",
                    "environment",
                    "mountPoints.containerPath",
                ),
                *(
                    "linuxParameters",
                    "secrets.name",
                    "hostname",
                    "user",
                    "workingDirectory",
                    "dnsServers",
                ),
                *(
                    "dnsSearchDomains",
                    "extraHosts",
                    "dockerSecurityOptions",
                    "dockerLabels",
                    "healthCheck",
                ),
                *("logConfiguration.secretOptions.name", "systemControls"),
            )
        ),
    ),
    "CreateService": (
        *("serviceName", "clientToken", "tags"),
        "serviceConnectConfiguration.logConfiguration.secretOptions.name",
    ),
}


@pytest.mark.parametrize("operation", ELSEWHERE)
def test_every_member_that_may_name_something_is_accounted_for(operation):
    """It is looked up at a launch, asked elsewhere, or names nothing; a new member
    of botocore's must be thought about.
    """
    shape = requests_of.shape("ecs", operation)
    looked_up = {
        way.replace("serviceConnect.", "serviceConnectConfiguration.")
        for step in STEPS
        for way in step.ways
    }
    known = [
        tuple(way.split("."))
        for way in (*looked_up, *ELSEWHERE[operation], *NAMES_NOTHING[operation])
    ]
    texts = [
        way
        for way in leaves(shape)
        if (leaf := requests_of.at(shape, way)).type_name == "string" and not leaf.enum
    ]
    assert [".".join(way) for way in texts if not any(way[: len(k)] == k for k in known)] == []
    reached = {k for k in known if any(way[: len(k)] == k for way in leaves(shape))}
    assert {".".join(k) for k in {*known} - reached} <= looked_up, (
        "nothing is listed that is no member"
    )
