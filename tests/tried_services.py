"""Requests that try every member of what is about services, task sets and their deployments."""

from typing import Any

from scene import EXECUTION, FARGATE, INFRASTRUCTURE, RULE, TAGS, TEST_RULE, Json, Scene, Tried
from tried_tasks import PLACED, SPREAD, machines, paged, provided

SECRET = "arn:aws:ssm:us-east-1:123456789012:parameter/secret"
BEHIND = {"containerName": "app", "containerPort": 8080}
HOOK = {
    "targetType": "AWS_LAMBDA",
    "hookTargetArn": "arn:aws:lambda:us-east-1:123456789012:function:check",
    "roleArn": EXECUTION,
    "lifecycleStages": ["PRE_SCALE_UP"],
    "hookDetails": {"a": 1},
    "timeoutConfiguration": {"timeoutInMinutes": 5, "action": "CONTINUE"},
}
ROLLING: Json = {
    "deploymentCircuitBreaker": {
        "enable": True,
        "rollback": True,
        "resetOnHealthyTask": False,
        "thresholdConfiguration": {"type": "COUNT", "value": 3},
    },
    "maximumPercent": 150,
    "minimumHealthyPercent": 50,
    "alarms": {"alarmNames": ["ill"], "rollback": True, "enable": True},
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 3,
    "earlySuccessCriteria": {
        "enable": True,
        "healthyPercent": 60,
        "sourceServiceRevisionCleanup": "DEFERRED",
    },
}
CONNECT: Json = {
    "enabled": True,
    "namespace": "shop.local",
    "services": [
        {
            "portName": "http",
            "discoveryName": "found",
            "clientAliases": [{"port": 8080, "dnsName": "orders"}],
            "ingressPortOverride": 9000,
            "timeout": {"idleTimeoutSeconds": 60, "perRequestTimeoutSeconds": 5},
        }
    ],
    "logConfiguration": {
        "logDriver": "splunk",
        "options": {"splunk-url": "https://x", "splunk-token": "t"},
        "secretOptions": [{"name": "splunk-token", "valueFrom": SECRET}],
    },
    "accessLogConfiguration": {"format": "JSON", "includeQueryParameters": "ENABLED"},
    "containerConfigurations": [{"logLevel": "debug"}],
}
PLAIN: Json = FARGATE | {
    "cluster": "default",
    "serviceName": "api",
    "taskDefinition": "api",
    "desiredCount": 3,
}
WITH: Json = {
    "enableECSManagedTags": True,
    "propagateTags": "TASK_DEFINITION",
    "enableExecuteCommand": True,
    "healthCheckGracePeriodSeconds": 20,
    "availabilityZoneRebalancing": "DISABLED",
    "platformVersion": "1.3.0",
    "deploymentConfiguration": ROLLING,
}
WAITS = 400


def ready(scene: Scene) -> None:
    """A family that serves a named port, its next revision, a namespace, and an alarm."""
    app = {
        "name": "app",
        "image": "nginx",
        "portMappings": [{"containerPort": 8080, "name": "http", "appProtocol": "http"}],
    }
    scene.account.register(
        "api", app, taskRoleArn=EXECUTION, tags=[{"key": "of", "value": "definition"}]
    )
    scene.neighbours.discovery.make_namespace("shop.local")
    scene.neighbours.discovery.make_namespace("other.local")


def registry(scene: Scene, **more: int) -> str:
    """A Cloud Map service."""
    return scene.neighbours.discovery.make("api", **more)


def behind(scene: Scene) -> Json:
    """A load balancer whose traffic is shifted."""
    made = scene.front()
    other = made.pop("other")
    advanced = {
        "alternateTargetGroupArn": other,
        "productionListenerRule": RULE,
        "testListenerRule": TEST_RULE,
        "roleArn": INFRASTRUCTURE,
    }
    return made | {"advancedConfiguration": advanced}


def shifted(strategy: str, **more: Any) -> Any:
    """A service whose traffic is shifted in some way."""
    config = {"strategy": strategy, "bakeTimeInMinutes": 2, "lifecycleHooks": [HOOK]} | more
    return lambda scene: (
        PLAIN | {"loadBalancers": [behind(scene)], "deploymentConfiguration": config}
    )


def again(scene: Scene, request: Json) -> Any:
    """The same call once more, as by a caller that did not hear the answer."""
    return scene.ecs("CreateService", **request)


def serving(scene: Scene, **more: Any) -> None:
    """A service that is there."""
    ready(scene)
    scene.ecs("CreateService", **PLAIN | more)
    scene.account.register(
        "api",
        {
            "name": "app",
            "image": "nginx:2",
            "portMappings": [{"containerPort": 8080, "name": "http", "appProtocol": "http"}],
        },
        taskRoleArn=EXECUTION,
    )
    scene.advance(200)


def on_instances(scene: Scene, **more: Any) -> None:
    """A service on instances."""
    provided(scene)
    machines(scene)
    asked = {
        "cluster": "default",
        "serviceName": "api",
        "taskDefinition": "job",
        "desiredCount": 4,
        "launchType": "EC2",
    }
    scene.ecs("CreateService", **asked | more)
    scene.advance(200)


UPDATE: Json = {
    k: v for k, v in (PLAIN | WITH).items() if k not in {"serviceName", "launchType"}
} | {"service": "api"}

CREATED = [
    Tried(
        "ecs",
        "CreateService",
        PLAIN
        | WITH
        | {"tags": TAGS, "schedulingStrategy": "REPLICA", "deploymentController": {"type": "ECS"}},
        ready,
        None,
        WAITS,
    ),
    Tried("ecs", "CreateService", PLAIN | {"clientToken": "once"}, ready, again),
    Tried(
        "ecs", "CreateService", PLAIN | {"serviceConnectConfiguration": CONNECT}, ready, None, WAITS
    ),
    Tried(
        "ecs",
        "CreateService",
        lambda scene: (
            PLAIN | {"serviceRegistries": [BEHIND | {"registryArn": registry(scene, SRV=60)}]}
        ),
        ready,
        None,
        WAITS,
    ),
    Tried(
        "ecs",
        "CreateService",
        lambda scene: (
            PLAIN | {"serviceRegistries": [{"registryArn": registry(scene, SRV=60), "port": 80}]}
        ),
        ready,
        None,
        WAITS,
    ),
    Tried("ecs", "CreateService", shifted("BLUE_GREEN"), ready, None, WAITS),
    Tried(
        "ecs",
        "CreateService",
        shifted("LINEAR", linearConfiguration={"stepPercent": 40.0, "stepBakeTimeInMinutes": 1}),
        ready,
        None,
        WAITS,
    ),
    Tried(
        "ecs",
        "CreateService",
        shifted(
            "CANARY", canaryConfiguration={"canaryPercent": 20.0, "canaryBakeTimeInMinutes": 1}
        ),
        ready,
        None,
        WAITS,
    ),
    Tried(
        "ecs",
        "CreateService",
        {"serviceName": "api", "taskDefinition": "job", "desiredCount": 2, "launchType": "EC2"}
        | PLACED,
        machines,
        None,
        120,
    ),
    Tried(
        "ecs",
        "CreateService",
        {
            "serviceName": "api",
            "taskDefinition": "job",
            "desiredCount": 4,
            "capacityProviderStrategy": SPREAD,
        },
        provided,
        None,
        120,
    ),
    Tried(
        "ecs",
        "CreateService",
        {
            "serviceName": "api",
            "taskDefinition": "job",
            "launchType": "EC2",
            "schedulingStrategy": "DAEMON",
        },
        machines,
        None,
        120,
    ),
    Tried(
        "ecs",
        "CreateService",
        lambda scene: {
            "serviceName": "api",
            "taskDefinition": "job",
            "desiredCount": 1,
            "launchType": "EC2",
            "role": EXECUTION,
            "loadBalancers": [
                {
                    "targetGroupArn": scene.neighbours.balancers.make("t", target_type="instance"),
                    "containerName": "app",
                    "containerPort": 80,
                }
            ],
        },
        machines,
        None,
        120,
    ),
    Tried(
        "ecs",
        "CreateService",
        PLAIN
        | {
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-b"],
                    "securityGroups": ["sg-1"],
                    "assignPublicIp": "ENABLED",
                }
            }
        },
        ready,
        None,
        120,
    ),
    Tried(
        "ecs", "CreateService", {"serviceName": "x", "deploymentController": {"type": "EXTERNAL"}}
    ),
]
UPDATED = [
    Tried(
        "ecs",
        "UpdateService",
        UPDATE | {"taskDefinition": "api:2", "desiredCount": 4},
        serving,
        None,
        WAITS,
    ),
    Tried(
        "ecs", "UpdateService", {"service": "api", "forceNewDeployment": True}, serving, None, WAITS
    ),
    Tried(
        "ecs",
        "UpdateService",
        {"service": "api", "serviceConnectConfiguration": CONNECT},
        serving,
        None,
        WAITS,
    ),
    Tried(
        "ecs",
        "UpdateService",
        lambda scene: {
            "service": "api",
            "serviceRegistries": [BEHIND | {"registryArn": registry(scene, SRV=60)}],
        },
        serving,
        None,
        WAITS,
    ),
    Tried(
        "ecs",
        "UpdateService",
        lambda scene: {
            "service": "api",
            "serviceRegistries": [{"registryArn": registry(scene, SRV=60), "port": 80}],
        },
        serving,
        None,
        WAITS,
    ),
    *(
        Tried(
            "ecs",
            "UpdateService",
            lambda scene, strategy=strategy, more=more: (
                {
                    k: v
                    for k, v in shifted(strategy, **more)(scene).items()
                    if k in {"loadBalancers", "deploymentConfiguration"}
                }
                | {"service": "api", "taskDefinition": "api:2"}
            ),
            serving,
            None,
            WAITS,
        )
        for strategy, more in (
            ("BLUE_GREEN", {}),
            ("LINEAR", {"linearConfiguration": {"stepPercent": 40.0, "stepBakeTimeInMinutes": 1}}),
            (
                "CANARY",
                {"canaryConfiguration": {"canaryPercent": 20.0, "canaryBakeTimeInMinutes": 1}},
            ),
        )
    ),
    Tried(
        "ecs",
        "UpdateService",
        {"service": "api", "desiredCount": 5, "availabilityZoneRebalancing": "DISABLED"} | PLACED,
        on_instances,
        None,
        120,
    ),
    Tried(
        "ecs",
        "UpdateService",
        {"service": "api", "desiredCount": 8, "capacityProviderStrategy": SPREAD},
        on_instances,
        None,
        120,
    ),
    Tried(
        "ecs",
        "UpdateService",
        {
            "service": "api",
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-b"],
                    "securityGroups": ["sg-1"],
                    "assignPublicIp": "ENABLED",
                }
            },
        },
        serving,
        None,
        120,
    ),
    Tried(
        "ecs",
        "UpdateService",
        {"service": "api", "deploymentController": {"type": "ECS"}},
        serving,
        values={"deploymentController.type": "EXTERNAL"},
    ),
]


def external(scene: Scene) -> None:
    """A service for task sets, and one that is there."""
    ready(scene)
    scene.ecs(
        "CreateService",
        serviceName="sets",
        desiredCount=4,
        deploymentController={"type": "EXTERNAL"},
    )


def with_sets(scene: Scene) -> None:
    """Two task sets, the first of them primary."""
    external(scene)
    asked = FARGATE | {
        "cluster": "default",
        "service": "sets",
        "taskDefinition": "api",
        "scale": {"value": 50, "unit": "PERCENT"},
    }
    sets = [scene.ecs("CreateTaskSet", **asked, tags=TAGS)["taskSet"]["id"] for _ in range(2)]
    scene.ecs(
        "UpdateServicePrimaryTaskSet", cluster="default", service="sets", primaryTaskSet=sets[0]
    )
    scene.advance(120)


def sets(scene: Scene) -> list[str]:
    """Their ids."""
    return [s["id"] for s in scene.account.service("sets")["taskSets"]]


SET: Json = {"cluster": "default", "service": "sets"}
CREATE_SET: Json = (
    FARGATE
    | SET
    | {
        "externalId": "7",
        "taskDefinition": "api",
        "platformVersion": "1.3.0",
        "scale": {"value": 50, "unit": "PERCENT"},
        "clientToken": "once",
        "tags": TAGS,
    }
)
TASK_SETS = [
    Tried(
        "ecs",
        "CreateTaskSet",
        CREATE_SET,
        external,
        lambda scene, request: scene.ecs("CreateTaskSet", **request),
        120,
    ),
    Tried(
        "ecs",
        "CreateTaskSet",
        lambda scene: (
            CREATE_SET
            | {
                "loadBalancers": [
                    {k: v for k, v in behind(scene).items() if k != "advancedConfiguration"}
                ]
            }
        ),
        external,
        None,
        120,
    ),
    Tried(
        "ecs",
        "CreateTaskSet",
        lambda scene: CREATE_SET | {"loadBalancers": [behind(scene)]},
        external,
        None,
        120,
    ),
    Tried(
        "ecs",
        "CreateTaskSet",
        lambda scene: (
            CREATE_SET | {"serviceRegistries": [BEHIND | {"registryArn": registry(scene, SRV=60)}]}
        ),
        external,
        None,
        120,
    ),
    Tried(
        "ecs",
        "CreateTaskSet",
        lambda scene: (
            CREATE_SET
            | {"serviceRegistries": [{"registryArn": registry(scene, SRV=60), "port": 80}]}
        ),
        external,
        None,
        120,
    ),
    Tried(
        "ecs",
        "CreateTaskSet",
        CREATE_SET
        | {
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-b"],
                    "securityGroups": ["sg-1"],
                    "assignPublicIp": "ENABLED",
                }
            }
        },
        external,
        None,
        120,
    ),
    Tried(
        "ecs",
        "CreateTaskSet",
        SET
        | {
            "taskDefinition": "job",
            "scale": {"value": 100, "unit": "PERCENT"},
            "capacityProviderStrategy": SPREAD,
        },
        lambda scene: (external(scene), provided(scene)),
        None,
        120,
    ),
    Tried(
        "ecs",
        "UpdateTaskSet",
        lambda scene: SET | {"taskSet": sets(scene)[1], "scale": {"value": 75, "unit": "PERCENT"}},
        with_sets,
        None,
        120,
    ),
    Tried(
        "ecs",
        "UpdateServicePrimaryTaskSet",
        lambda scene: SET | {"primaryTaskSet": sets(scene)[1]},
        with_sets,
    ),
    Tried(
        "ecs",
        "DeleteTaskSet",
        lambda scene: SET | {"taskSet": sets(scene)[1], "force": True},
        with_sets,
    ),
    Tried(
        "ecs",
        "DescribeTaskSets",
        lambda scene: SET | {"taskSets": sets(scene)[1:], "include": ["TAGS"]},
        with_sets,
    ),
]


def several(scene: Scene) -> None:
    """Services of several kinds, one of them deployed twice, an hour apart."""
    serving(scene, tags=TAGS, serviceConnectConfiguration=CONNECT)
    scene.ecs(
        "CreateService",
        **PLAIN
        | {
            "serviceName": "client",
            "serviceConnectConfiguration": {"enabled": True, "namespace": "shop.local"},
        },
    )
    on_instances(scene, serviceName="machine")
    scene.ecs(
        "CreateService",
        serviceName="d",
        taskDefinition="job",
        launchType="EC2",
        schedulingStrategy="DAEMON",
    )
    for revision in (2, 1, 2):
        scene.advance(3600)
        scene.ecs("UpdateService", service="api", taskDefinition=f"api:{revision}")
    scene.advance(60)


def paused(scene: Scene) -> None:
    """A deployment that waits for somebody."""
    ready(scene)
    pause = {"targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"]}
    config = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 2, "lifecycleHooks": [pause]}
    scene.ecs("CreateService", **PLAIN | {"loadBalancers": [behind(scene)]})
    scene.advance(200)
    scene.ecs(
        "UpdateService", service="api", deploymentConfiguration=config, forceNewDeployment=True
    )
    scene.advance(60)


def deployment(scene: Scene) -> Json:
    """The newest service deployment of api."""
    found = scene.ecs("ListServiceDeployments", service="api")["serviceDeployments"]
    arn = found[0]["serviceDeploymentArn"]
    return scene.ecs("DescribeServiceDeployments", serviceDeploymentArns=[arn])[
        "serviceDeployments"
    ][0]


def hook_id(scene: Scene) -> str:
    """The hook that waits."""
    work = scene.plane.state.find_service(scene.plane.state.cluster(None), "api").service_deployment
    return work.shifting.here[0].id


ABOUT = [
    Tried(
        "ecs",
        "DescribeServices",
        {"cluster": "default", "services": ["api"], "include": ["TAGS"]},
        several,
    ),
    Tried("ecs", "ListServices", paged("ListServices", cluster="default"), several),
    Tried("ecs", "ListServices", {"maxResults": 1}, several),
    Tried("ecs", "ListServices", {"launchType": "FARGATE"}, several),
    Tried("ecs", "ListServices", {"schedulingStrategy": "DAEMON"}, several),
    Tried("ecs", "ListServices", {"resourceManagementType": "ECS"}, several),
    Tried(
        "ecs",
        "ListServicesByNamespace",
        paged("ListServicesByNamespace", namespace="shop.local"),
        several,
    ),
    Tried("ecs", "ListServicesByNamespace", {"namespace": "shop.local", "maxResults": 1}, several),
    Tried("ecs", "DeleteService", {"cluster": "default", "service": "api", "force": True}, several),
    Tried(
        "ecs",
        "ListServiceDeployments",
        paged("ListServiceDeployments", service="api", cluster="default"),
        several,
    ),
    Tried("ecs", "ListServiceDeployments", {"service": "api", "status": ["IN_PROGRESS"]}, several),
    Tried(
        "ecs",
        "ListServiceDeployments",
        lambda scene: {
            "service": "api",
            "createdAt": {
                "after": deployment(scene)["createdAt"] - 5000,
                "before": deployment(scene)["createdAt"] - 100,
            },
        },
        several,
    ),
    Tried(
        "ecs",
        "DescribeServiceDeployments",
        lambda scene: {"serviceDeploymentArns": [deployment(scene)["serviceDeploymentArn"]]},
        several,
    ),
    Tried(
        "ecs",
        "DescribeServiceRevisions",
        lambda scene: {"serviceRevisionArns": [deployment(scene)["targetServiceRevision"]["arn"]]},
        several,
    ),
    Tried(
        "ecs",
        "StopServiceDeployment",
        lambda scene: {
            "serviceDeploymentArn": deployment(scene)["serviceDeploymentArn"],
            "stopType": "ROLLBACK",
        },
        several,
        None,
        60,
    ),
    Tried(
        "ecs",
        "ContinueServiceDeployment",
        lambda scene: {
            "serviceDeploymentArn": deployment(scene)["serviceDeploymentArn"],
            "hookId": hook_id(scene),
            "action": "ROLLBACK",
        },
        paused,
        None,
        300,
    ),
]
