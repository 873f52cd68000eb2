"""Requests that try every member of what is about task definitions and tasks."""

from typing import Any

from scene import EXECUTION, FARGATE, TAGS, Json, Scene, Tried

PORT = {
    "containerPort": 8080,
    "hostPort": 8080,
    "protocol": "tcp",
    "name": "http",
    "appProtocol": "http",
}
CHECK = {"command": ["CMD", "ok"], "interval": 7, "timeout": 3, "retries": 2, "startPeriod": 9}
LOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/web",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "a",
    },
}
SECRET = "arn:aws:ssm:us-east-1:123456789012:parameter/secret"
ROLE = EXECUTION

ON_FARGATE: Json = {
    "family": "full",
    "taskRoleArn": ROLE,
    "executionRoleArn": ROLE,
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "512",
    "memory": "1024",
    "pidMode": "task",
    "ephemeralStorage": {"sizeInGiB": 30},
    "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
    "enableFaultInjection": True,
    "tags": TAGS,
    "volumes": [
        {"name": "scratch", "host": {}},
        {
            "name": "files",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-1234",
                "rootDirectory": "/",
                "transitEncryption": "ENABLED",
                "transitEncryptionPort": 2999,
                "authorizationConfig": {"accessPointId": "fsap-1234", "iam": "ENABLED"},
            },
        },
    ],
    "containerDefinitions": [
        {
            "name": "app",
            "image": "nginx",
            "cpu": 128,
            "memory": 512,
            "memoryReservation": 256,
            "essential": True,
            "portMappings": [PORT],
            "restartPolicy": {"enabled": True, "ignoredExitCodes": [3], "restartAttemptPeriod": 70},
            "entryPoint": ["sh"],
            "command": ["run"],
            "environment": [{"name": "A", "value": "1"}],
            "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::settings/web.env"}],
            "mountPoints": [
                {"sourceVolume": "scratch", "containerPath": "/data", "readOnly": True}
            ],
            "linuxParameters": {
                "capabilities": {"add": ["SYS_PTRACE"], "drop": ["CHOWN"]},
                "initProcessEnabled": True,
            },
            "secrets": [{"name": "KEY", "valueFrom": SECRET}],
            "dependsOn": [{"containerName": "side", "condition": "START"}],
            "startTimeout": 60,
            "stopTimeout": 40,
            "versionConsistency": "disabled",
            "user": "1000",
            "workingDirectory": "/srv",
            "readonlyRootFilesystem": True,
            "interactive": True,
            "pseudoTerminal": True,
            "dockerLabels": {"team": "shop"},
            "ulimits": [{"name": "nofile", "softLimit": 10, "hardLimit": 20}],
            "logConfiguration": LOGS,
            "healthCheck": CHECK,
            "systemControls": [{"namespace": "net.core.somaxconn", "value": "100"}],
            "repositoryCredentials": {
                "credentialsParameter": "arn:aws:secretsmanager:us-east-1:123456789012:secret:pull"
            },
            "credentialSpecs": ["credentialspecdomainless:arn:aws:s3:::specs/gmsa.json"],
        },
        {
            "name": "side",
            "image": "side",
            "essential": False,
            "volumesFrom": [{"sourceContainer": "app", "readOnly": True}],
        },
    ],
}
ON_EC2: Json = {
    "family": "full",
    "networkMode": "bridge",
    "executionRoleArn": ROLE,
    "ipcMode": "host",
    "pidMode": "host",
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
    "volumes": [
        {"name": "here", "host": {"sourcePath": "/srv"}},
        {
            "name": "docker",
            "dockerVolumeConfiguration": {
                "scope": "shared",
                "autoprovision": True,
                "driver": "local",
                "driverOpts": {"o": "1"},
                "labels": {"l": "1"},
            },
        },
        {
            "name": "windows",
            "fsxWindowsFileServerVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "rootDirectory": "/",
                "authorizationConfig": {"credentialsParameter": SECRET, "domain": "example.com"},
            },
        },
        {"name": "later", "configuredAtLaunch": True},
    ],
    "containerDefinitions": [
        {
            "name": "app",
            "image": "nginx",
            "memory": 128,
            "links": ["side"],
            "hostname": "host",
            "privileged": True,
            "dnsServers": ["10.0.0.2"],
            "dnsSearchDomains": ["example.com"],
            "extraHosts": [{"hostname": "db", "ipAddress": "10.0.0.3"}],
            "dockerSecurityOptions": ["no-new-privileges"],
            "portMappings": [{"containerPortRange": "80-81", "protocol": "udp"}],
            "linuxParameters": {
                "devices": [
                    {"hostPath": "/dev/x", "containerPath": "/dev/y", "permissions": ["read"]}
                ],
                "sharedMemorySize": 64,
                "tmpfs": [{"containerPath": "/t", "size": 10, "mountOptions": ["ro"]}],
                "maxSwap": 10,
                "swappiness": 20,
            },
            "resourceRequirements": [{"type": "GPU", "value": "1"}],
            "logConfiguration": {
                "logDriver": "splunk",
                "options": {"splunk-url": "https://x"},
                "secretOptions": [{"name": "splunk-token", "valueFrom": SECRET}],
            },
        },
        {"name": "side", "image": "side", "memory": 128, "disableNetworking": True},
    ],
}
FIRELENS: Json = {
    "family": "full",
    "networkMode": "bridge",
    "containerDefinitions": [
        {
            "name": "app",
            "image": "nginx",
            "memory": 128,
            "logConfiguration": {"logDriver": "awsfirelens"},
        },
        {
            "name": "router",
            "image": "router",
            "memory": 64,
            "firelensConfiguration": {
                "type": "fluentbit",
                "options": {"enable-ecs-log-metadata": "true"},
            },
        },
    ],
}
MESH: Json = {
    "family": "full",
    "networkMode": "awsvpc",
    "containerDefinitions": [{"name": "envoy", "image": "envoy", "memory": 128}],
    "proxyConfiguration": {
        "type": "APPMESH",
        "containerName": "envoy",
        "properties": [
            {"name": name, "value": value}
            for name, value in (
                ("ProxyIngressPort", "1"),
                ("ProxyEgressPort", "2"),
                ("AppPorts", "3"),
                ("IgnoredUID", "4"),
            )
        ],
    },
}


def _ready(scene: Scene) -> None:
    """Images for a full task: one ends with a code that is not restarted, the
    other before it is asked to be healthy.
    """
    scene.account.images.push(
        "nginx", exits_after=100, exit_code=3, prints="hello", ignores_sigterm=True
    )
    scene.account.images.push("side", exits_after=30)


def _run(scene: Scene, _request: Json) -> Any:
    return scene.ecs("RunTask", taskDefinition="full", **FARGATE)


def _families(scene: Scene) -> None:
    for family in ("api", "apix", "web"):
        scene.account.register(family)
    scene.ecs("DeregisterTaskDefinition", taskDefinition="api:1")


DEFINITIONS = [
    Tried(
        "ecs",
        "RegisterTaskDefinition",
        ON_FARGATE,
        _ready,
        _run,
        300,
        {"containerDefinitions.healthCheck.command": ["CMD", "false"]},
    ),
    Tried("ecs", "RegisterTaskDefinition", ON_EC2),
    Tried("ecs", "RegisterTaskDefinition", FIRELENS),
    Tried("ecs", "RegisterTaskDefinition", MESH),
    Tried("ecs", "DescribeTaskDefinition", {"taskDefinition": "web", "include": ["TAGS"]}),
    Tried("ecs", "DeregisterTaskDefinition", {"taskDefinition": "web:2"}),
    Tried(
        "ecs",
        "DeleteTaskDefinitions",
        {"taskDefinitions": ["web:2"]},
        lambda scene: scene.ecs("DeregisterTaskDefinition", taskDefinition="web:2"),
    ),
    Tried(
        "ecs",
        "ListTaskDefinitions",
        lambda scene: {
            "familyPrefix": "web",
            "status": "ACTIVE",
            "sort": "DESC",
            "maxResults": 1,
            "nextToken": scene.ecs(
                "ListTaskDefinitions",
                familyPrefix="web",
                status="ACTIVE",
                sort="DESC",
                maxResults=1,
            )["nextToken"],
        },
        lambda scene: [scene.account.register("web") for _ in range(3)],
    ),
    Tried(
        "ecs",
        "ListTaskDefinitionFamilies",
        lambda scene: {
            "familyPrefix": "api",
            "status": "ALL",
            "maxResults": 1,
            "nextToken": scene.ecs(
                "ListTaskDefinitionFamilies", familyPrefix="api", status="ALL", maxResults=1
            )["nextToken"],
        },
        _families,
        values={"status": "ACTIVE"},
    ),
    Tried("ecs", "ListTaskDefinitionFamilies", {"maxResults": 1}, _families),
]

OVERRIDES: Json = {
    "containerOverrides": [
        {
            "name": "app",
            "command": ["other"],
            "environment": [{"name": "A", "value": "2"}],
            "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::settings/other.env"}],
            "cpu": 64,
            "memory": 300,
            "memoryReservation": 200,
        }
    ],
    "cpu": "512",
    "memory": "1024",
    "executionRoleArn": ROLE,
    "taskRoleArn": ROLE + "2",
    "ephemeralStorage": {"sizeInGiB": 40},
}
RUN: Json = FARGATE | {
    "cluster": "default",
    "taskDefinition": "web",
    "count": 2,
    "platformVersion": "1.4.0",
    "enableECSManagedTags": True,
    "propagateTags": "TASK_DEFINITION",
    "enableExecuteCommand": True,
    "group": "batch",
    "startedBy": "somebody",
    "referenceId": "7",
    "tags": TAGS,
    "clientToken": "once",
    "overrides": {k: v for k, v in OVERRIDES.items() if k != "ephemeralStorage"},
}
NETWORK_MEMBERS = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-b"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "ENABLED",
    }
}


def _again(scene: Scene, request: Json) -> Any:
    return [scene.ecs("RunTask", **request), scene.ecs("ListTasks", startedBy="somebody")]


def _tagged(scene: Scene) -> None:
    scene.account.register("web", tags=[{"key": "from", "value": "definition"}])
    scene.neighbours.roles.refused[ROLE + "x"] = "ECS cannot assume it"


def machines(scene: Scene) -> list[str]:
    """Two machines in two zones, one of them special, and a family for
    them with a GPU's size of nothing.
    """
    scene.on_ec2()
    first = scene.instances(2)
    scene.instances(1, zone="us-east-1b", subnet="subnet-b")
    scene.ecs(
        "PutAttributes",
        attributes=[
            {"name": "kind", "value": "a", "targetType": "container-instance", "targetId": first[0]}
        ],
    )
    return first


def provided(scene: Scene) -> None:
    """Two capacity providers of Auto Scaling groups in the cluster."""
    scene.on_ec2()
    for name in ("mine", "yours"):
        group = scene.neighbours.groups.make(name, 2, 10)
        scene.ecs(
            "CreateCapacityProvider",
            name=name,
            autoScalingGroupProvider={
                "autoScalingGroupArn": group,
                "managedScaling": {"status": "DISABLED"},
            },
        )
    scene.ecs(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["mine", "yours", "FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    scene.plane.instances.sync()
    scene.advance(60)


PLACED = {
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:kind == a"}],
    "placementStrategy": [{"type": "spread", "field": "instanceId"}],
}
SPREAD = [
    {"capacityProvider": "mine", "weight": 3, "base": 1},
    {"capacityProvider": "yours", "weight": 1},
]


def _started(scene: Scene) -> Json:
    return RUN_ON_INSTANCES | {
        "containerInstances": [scene.ecs("ListContainerInstances")["containerInstanceArns"][0]]
    }


RUN_ON_INSTANCES = {
    k: v
    for k, v in RUN.items()
    if k
    not in {
        "launchType",
        "count",
        "platformVersion",
        "clientToken",
        "networkConfiguration",
        "taskDefinition",
        "overrides",
    }
} | {
    "taskDefinition": "job",
    "overrides": {k: v for k, v in OVERRIDES.items() if k != "ephemeralStorage"},
}


def _on_one(scene: Scene) -> None:
    machines(scene)
    scene.neighbours.roles.refused[ROLE + "x"] = "ECS cannot assume it"
    scene.on_ec2("job", tags=TAGS)


def _beside(scene: Scene, _request: Json) -> Any:
    beside = {"type": "memberOf", "expression": "task:group == batch"}
    return [
        scene.ecs("RunTask", taskDefinition="job", placementConstraints=[beside]),
        scene.ecs("ListTasks", startedBy="somebody"),
    ]


def _awsvpc(scene: Scene) -> None:
    scene.instances(1)
    app = {"name": "app", "image": "nginx", "memory": 128}
    scene.ecs(
        "RegisterTaskDefinition", family="own", networkMode="awsvpc", containerDefinitions=[app]
    )


def _gpu_machine(scene: Scene) -> None:
    scene.on_ec2()
    scene.instances(1, type="g4dn.xlarge")


def _gpu(scene: Scene, *, start: bool = False) -> Json:
    one = {"name": "app", "resourceRequirements": [{"type": "GPU", "value": "1"}]}
    where = (
        {"containerInstances": scene.ecs("ListContainerInstances")["containerInstanceArns"]}
        if start
        else {"launchType": "EC2"}
    )
    return where | {"taskDefinition": "job", "overrides": {"containerOverrides": [one]}}


def _several_tasks(scene: Scene) -> None:
    machines(scene)
    for who in ("somebody", "somebody", "else"):
        scene.account.run("web", startedBy=who)
        scene.ecs("RunTask", taskDefinition="job", startedBy=who)
    scene.account.serve("other", "web", 3)
    scene.advance(60)
    scene.ecs("StopTask", task=scene.ecs("ListTasks", startedBy="else")["taskArns"][0])


def paged(operation: str, **more: Any) -> Any:
    """A request for the second page."""
    return lambda scene: (
        more
        | {"maxResults": 1, "nextToken": scene.ecs(operation, **more, maxResults=1)["nextToken"]}
    )


def _task(scene: Scene) -> str:
    return scene.ecs("ListTasks")["taskArns"][0]


def _with_exec(scene: Scene) -> None:
    scene.account.register("shell", taskRoleArn=ROLE)
    scene.account.run("shell", enableExecuteCommand=True, startedBy="shell")
    scene.advance(60)


TASKS = [
    Tried("ecs", "RunTask", RUN, _tagged, _again, 60),
    Tried(
        "ecs",
        "RunTask",
        RUN | {"networkConfiguration": NETWORK_MEMBERS, "propagateTags": "TASK_DEFINITION"},
        _tagged,
        None,
        60,
    ),
    Tried(
        "ecs",
        "RunTask",
        {"launchType": "EC2", "taskDefinition": "job", "count": 2} | PLACED,
        machines,
        None,
        60,
    ),
    Tried(
        "ecs",
        "RunTask",
        {"capacityProviderStrategy": SPREAD, "taskDefinition": "job", "count": 3},
        provided,
        None,
        60,
    ),
    Tried("ecs", "RunTask", _gpu, _gpu_machine),
    Tried("ecs", "RunTask", {"taskDefinition": "job", "group": "batch"}, machines, _beside),
    Tried("ecs", "StartTask", lambda scene: _gpu(scene, start=True), _gpu_machine),
    Tried("ecs", "StartTask", _started, _on_one, _beside, 60),
    Tried(
        "ecs",
        "StartTask",
        lambda scene: {
            "taskDefinition": "own",
            "containerInstances": scene.ecs("ListContainerInstances")["containerInstanceArns"],
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-a"],
                    "securityGroups": ["sg-1"],
                    "assignPublicIp": "DISABLED",
                }
            },
        },
        _awsvpc,
        values={"networkConfiguration.awsvpcConfiguration.assignPublicIp": "ENABLED"},
    ),
    Tried(
        "ecs",
        "StopTask",
        lambda scene: {"cluster": "default", "task": _task(scene), "reason": "because"},
    ),
    Tried(
        "ecs",
        "DescribeTasks",
        lambda scene: {"cluster": "default", "tasks": [_task(scene)], "include": ["TAGS"]},
        lambda scene: scene.account.run("web", tags=TAGS),
    ),
    Tried("ecs", "ListTasks", paged("ListTasks", cluster="default"), _several_tasks),
    Tried(
        "ecs",
        "ListTasks",
        {
            "family": "web",
            "launchType": "FARGATE",
            "desiredStatus": "RUNNING",
            "serviceName": "other",
        },
        _several_tasks,
        values={"desiredStatus": "STOPPED"},
    ),
    Tried("ecs", "ListTasks", {"family": "web"}, _several_tasks),
    Tried("ecs", "ListTasks", {"launchType": "FARGATE"}, _several_tasks),
    Tried("ecs", "ListTasks", {"startedBy": "somebody"}, _several_tasks),
    Tried("ecs", "ListTasks", {"daemonName": "d"}, _several_tasks),
    Tried(
        "ecs",
        "ListTasks",
        lambda scene: {
            "containerInstance": scene.ecs("ListContainerInstances")["containerInstanceArns"][0]
        },
        _several_tasks,
    ),
    Tried(
        "ecs",
        "ExecuteCommand",
        lambda scene: {
            "cluster": "default",
            "task": scene.ecs("ListTasks", startedBy="shell")["taskArns"][0],
            "container": "app",
            "command": "ls",
            "interactive": True,
        },
        _with_exec,
    ),
]
