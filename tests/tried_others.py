"""Requests that try every member of what is about clusters, instances, capacity
providers, settings, attributes and tags.
"""

import json
from typing import Any

from scene import TAGS, Json, Scene, Tried
from tried_tasks import SPREAD, machines, paged, provided

EXEC: Json = {
    "kmsKeyId": "alias/x",
    "logging": "OVERRIDE",
    "logConfiguration": {
        "cloudWatchLogGroupName": "/exec",
        "cloudWatchEncryptionEnabled": True,
        "s3BucketName": "b",
        "s3EncryptionEnabled": True,
        "s3KeyPrefix": "p",
    },
}
CONFIGURATION = {
    "executeCommandConfiguration": EXEC,
    "managedStorageConfiguration": {
        "kmsKeyId": "alias/y",
        "fargateEphemeralStorageKmsKeyId": "alias/z",
    },
}
INSIGHTS = [{"name": "containerInsights", "value": "enabled"}]
SCALING = {
    "status": "ENABLED",
    "targetCapacity": 80,
    "minimumScalingStepSize": 3,
    "maximumScalingStepSize": 4,
    "instanceWarmupPeriod": 60,
}


def namespace(scene: Scene) -> None:
    """A namespace to be the default."""
    scene.neighbours.discovery.make_namespace("shop.local")
    provided(scene)


def clusters(scene: Scene) -> None:
    """Several clusters, with all that can be included."""
    for name in ("one", "two", "three"):
        scene.ecs(
            "CreateCluster",
            clusterName=name,
            tags=TAGS,
            settings=INSIGHTS,
            configuration=CONFIGURATION,
        )


CLUSTERS = [
    Tried(
        "ecs",
        "CreateCluster",
        {
            "clusterName": "full",
            "tags": TAGS,
            "settings": INSIGHTS,
            "configuration": CONFIGURATION,
            "capacityProviders": ["mine", "yours"],
            "defaultCapacityProviderStrategy": SPREAD,
            "serviceConnectDefaults": {"namespace": "shop.local"},
        },
        namespace,
    ),
    Tried(
        "ecs",
        "UpdateCluster",
        {
            "cluster": "default",
            "settings": INSIGHTS,
            "configuration": CONFIGURATION,
            "serviceConnectDefaults": {"namespace": "shop.local"},
        },
        namespace,
    ),
    Tried("ecs", "UpdateClusterSettings", {"cluster": "default", "settings": INSIGHTS}),
    Tried(
        "ecs",
        "PutClusterCapacityProviders",
        {
            "cluster": "default",
            "capacityProviders": ["mine", "yours"],
            "defaultCapacityProviderStrategy": SPREAD,
        },
        provided,
    ),
    Tried(
        "ecs",
        "DescribeClusters",
        {"clusters": ["one"], "include": ["TAGS", "SETTINGS", "CONFIGURATIONS"]},
        clusters,
    ),
    Tried("ecs", "ListClusters", paged("ListClusters"), clusters),
    Tried("ecs", "DeleteCluster", {"cluster": "one"}, clusters),
]


def group(scene: Scene, name: str = "new") -> str:
    """An Auto Scaling group."""
    return scene.neighbours.groups.make(name, 0, 10)


def managed(scene: Scene) -> None:
    """A provider that scales its group by itself, and a task that needs it."""
    scene.on_ec2()
    provider = {"autoScalingGroupArn": group(scene, "own"), "managedScaling": {"status": "ENABLED"}}
    scene.ecs("CreateCapacityProvider", name="own", autoScalingGroupProvider=provider, tags=TAGS)
    scene.ecs(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["own"],
        defaultCapacityProviderStrategy=[],
    )


def needed(scene: Scene, _request: Json) -> None:
    """The new provider is used: a hundred tasks need seven instances."""
    scene.ecs(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["own"],
        defaultCapacityProviderStrategy=[],
    )
    for _ in range(10):
        strategy = [{"capacityProvider": "own", "weight": 1}]
        scene.ecs("RunTask", taskDefinition="job", count=10, capacityProviderStrategy=strategy)


def unused(scene: Scene) -> None:
    """A provider that no cluster has."""
    scene.ecs(
        "CreateCapacityProvider",
        name="yours",
        autoScalingGroupProvider={"autoScalingGroupArn": group(scene)},
    )


PROVIDERS = [
    Tried(
        "ecs",
        "CreateCapacityProvider",
        lambda scene: {
            "name": "own",
            "tags": TAGS,
            "autoScalingGroupProvider": {
                "autoScalingGroupArn": group(scene),
                "managedScaling": SCALING,
                "managedTerminationProtection": "ENABLED",
                "managedDraining": "ENABLED",
            },
        },
        lambda scene: scene.on_ec2(),
        needed,
        600,
    ),
    Tried(
        "ecs",
        "UpdateCapacityProvider",
        {
            "name": "own",
            "autoScalingGroupProvider": {
                "managedScaling": SCALING,
                "managedTerminationProtection": "ENABLED",
                "managedDraining": "ENABLED",
            },
        },
        managed,
        needed,
        600,
    ),
    Tried(
        "ecs",
        "DescribeCapacityProviders",
        {"capacityProviders": ["own"], "include": ["TAGS"]},
        managed,
    ),
    Tried("ecs", "DescribeCapacityProviders", {"cluster": "default"}, managed),
    Tried("ecs", "DescribeCapacityProviders", paged("DescribeCapacityProviders"), managed),
    Tried("ecs", "DeleteCapacityProvider", {"capacityProvider": "yours"}, unused),
    Tried(
        "ecs",
        "DeleteCapacityProvider",
        {"capacityProvider": "yours", "cluster": "default"},
        unused,
    ),
    Tried(
        "ecs",
        "CreateCapacityProvider",
        lambda scene: {
            "name": "x",
            "cluster": "default",
            "autoScalingGroupProvider": {"autoScalingGroupArn": group(scene)},
        },
    ),
    Tried(
        "ecs",
        "UpdateCapacityProvider",
        {
            "name": "own",
            "cluster": "default",
            "autoScalingGroupProvider": {"managedDraining": "ENABLED"},
        },
        managed,
    ),
]


DOCUMENT = json.dumps(
    {"instanceId": "i-1", "instanceType": "m5.large", "availabilityZone": "us-east-1a"}
)
REGISTER: Json = {
    "cluster": "default",
    "instanceIdentityDocument": DOCUMENT,
    "instanceIdentityDocumentSignature": "signed",
    "totalResources": [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1000},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22"]},
        {"name": "EXTRA", "type": "DOUBLE", "doubleValue": 1.0, "longValue": 1},
    ],
    "versionInfo": {
        "agentVersion": "1.80.0",
        "agentHash": "abc",
        "dockerVersion": "DockerVersion: 1",
    },
    "attributes": [
        {"name": "kind", "value": "a", "targetType": "container-instance", "targetId": "x"}
    ],
    "platformDevices": [{"id": "GPU-1", "type": "GPU"}],
    "tags": TAGS,
}


def instance(scene: Scene, number: int = 0) -> str:
    """A container instance's ARN."""
    return scene.ecs("ListContainerInstances")["containerInstanceArns"][number]


def busy(scene: Scene) -> None:
    """Instances with a task, one draining."""
    machines(scene)
    scene.ecs("RunTask", taskDefinition="job", count=3)
    scene.advance(60)
    scene.ecs(
        "UpdateContainerInstancesState", containerInstances=[instance(scene, 2)], status="DRAINING"
    )


ATTRIBUTE = {"name": "colour", "value": "red", "targetType": "container-instance"}


def coloured(scene: Scene) -> None:
    """Attributes of two instances."""
    machines(scene)
    for number, value in ((0, "red"), (1, "blue")):
        scene.ecs(
            "PutAttributes",
            attributes=[ATTRIBUTE | {"value": value, "targetId": instance(scene, number)}],
        )


def placed(where: str) -> Any:
    """Then a task is placed by an attribute."""
    constraint = {"type": "memberOf", "expression": f"attribute:{where}"}
    return lambda scene, _: scene.ecs(
        "RunTask", taskDefinition="job", placementConstraints=[constraint]
    )


def updated(scene: Scene, _request: Json) -> Any:
    """Then its agent shall be updated."""
    return scene.ecs("UpdateContainerAgent", containerInstance=instance(scene))


INSTANCES = [
    Tried(
        "ecs",
        "RegisterContainerInstance",
        REGISTER,
        lambda scene: scene.on_ec2(),
        placed("kind == a"),
    ),
    Tried("ecs", "RegisterContainerInstance", REGISTER, None, updated),
    Tried(
        "ecs",
        "RegisterContainerInstance",
        lambda scene: {"containerInstanceArn": instance(scene)},
        machines,
    ),
    Tried(
        "ecs",
        "DescribeContainerInstances",
        lambda scene: {
            "cluster": "default",
            "containerInstances": [instance(scene)],
            "include": ["TAGS", "CONTAINER_INSTANCE_HEALTH"],
        },
        machines,
    ),
    Tried(
        "ecs", "ListContainerInstances", paged("ListContainerInstances", cluster="default"), busy
    ),
    Tried("ecs", "ListContainerInstances", {"filter": "attribute:kind == a"}, busy),
    Tried(
        "ecs", "ListContainerInstances", {"status": "DRAINING"}, busy, values={"status": "ACTIVE"}
    ),
    Tried(
        "ecs",
        "UpdateContainerInstancesState",
        lambda scene: {
            "cluster": "default",
            "containerInstances": [instance(scene)],
            "status": "DRAINING",
        },
        busy,
    ),
    Tried(
        "ecs",
        "DeregisterContainerInstance",
        lambda scene: {"cluster": "default", "containerInstance": instance(scene), "force": True},
        busy,
    ),
    Tried(
        "ecs",
        "UpdateContainerAgent",
        lambda scene: {"cluster": "default", "containerInstance": instance(scene)},
        busy,
    ),
    Tried(
        "ecs",
        "PutAttributes",
        lambda scene: {
            "cluster": "default",
            "attributes": [ATTRIBUTE | {"targetId": instance(scene)}],
        },
        machines,
        placed("colour == red"),
    ),
    Tried(
        "ecs",
        "DeleteAttributes",
        lambda scene: {
            "cluster": "default",
            "attributes": [ATTRIBUTE | {"targetId": instance(scene)}],
        },
        coloured,
    ),
    Tried(
        "ecs",
        "ListAttributes",
        {
            "cluster": "default",
            "targetType": "container-instance",
            "attributeName": "colour",
            "attributeValue": "red",
        },
        coloured,
    ),
    Tried(
        "ecs", "ListAttributes", paged("ListAttributes", targetType="container-instance"), coloured
    ),
]

USER = "arn:aws:iam::123456789012:user/ann"


def settings(scene: Scene) -> None:
    """Settings of two principals."""
    scene.ecs("PutAccountSetting", name="awsvpcTrunking", value="enabled", principalArn=USER)
    scene.ecs("PutAccountSetting", name="containerInsights", value="enabled", principalArn=USER)
    scene.ecs("PutAccountSettingDefault", name="awsvpcTrunking", value="enabled")


SETTINGS = [
    Tried(
        "ecs",
        "PutAccountSetting",
        {"name": "containerInsights", "value": "enabled", "principalArn": USER},
    ),
    Tried("ecs", "PutAccountSettingDefault", {"name": "containerInsights", "value": "enabled"}),
    Tried(
        "ecs",
        "DeleteAccountSetting",
        {"name": "awsvpcTrunking", "principalArn": USER},
        settings,
        lambda scene, _: scene.ecs("ListAccountSettings", principalArn=USER),
    ),
    Tried(
        "ecs",
        "ListAccountSettings",
        {"name": "awsvpcTrunking", "principalArn": USER, "effectiveSettings": True},
        settings,
    ),
    Tried(
        "ecs",
        "ListAccountSettings",
        {"name": "awsvpcTrunking", "value": "enabled", "principalArn": USER},
        settings,
    ),
    Tried("ecs", "ListAccountSettings", {"effectiveSettings": True}, settings),
    Tried("ecs", "ListAccountSettings", {"effectiveSettings": True, "maxResults": 1}, settings),
    Tried("ecs", "ListAccountSettings", paged("ListAccountSettings", principalArn=USER), settings),
]


def tagged(scene: Scene) -> Json:
    """The service that the shop has."""
    return {"resourceArn": scene.account.service("web")["serviceArn"]}


def with_tags(scene: Scene) -> None:
    """It has tags."""
    scene.ecs("TagResource", **tagged(scene), tags=TAGS)


TAGGING = [
    Tried("ecs", "TagResource", lambda scene: tagged(scene) | {"tags": TAGS}),
    Tried("ecs", "UntagResource", lambda scene: tagged(scene) | {"tagKeys": ["team"]}, with_tags),
    Tried("ecs", "ListTagsForResource", tagged, with_tags),
]
