"""Capacity providers of Auto Scaling groups: their operations, their cluster,
their instances, and their refusals.
"""

from collections import Counter

import pytest
from account import NETWORK
from capacity_fleet import Fleet
from refusals import refused

ARN = "arn:aws:ecs:us-east-1:123456789012:capacity-provider/"
ON = {"status": "ENABLED"}


@pytest.fixture
def account():
    """An account with a task definition for EC2."""
    account = Fleet()
    account.define()
    return account


def create(account, name="mine", **more):
    """CreateCapacityProvider of a new group called as the provider."""
    group = account.groups.make(name)
    return account.call(
        "CreateCapacityProvider",
        name=name,
        autoScalingGroupProvider={"autoScalingGroupArn": group} | more,
    )["capacityProvider"]


def described(account, *names, **more):
    """The providers, by name."""
    told = account.call("DescribeCapacityProviders", capacityProviders=list(names), **more)[
        "capacityProviders"
    ]
    return {p["name"]: p for p in told}


# Operations


def test_a_provider_is_created_with_awss_defaults(account):
    """BC:ManagedScaling and AutoScalingGroupProvider: 100 %, steps of 1
    to 10,000, 300 s, everything off.
    """
    group = account.groups.make("fleet")
    told = account.call(
        "CreateCapacityProvider",
        name="mine",
        autoScalingGroupProvider={"autoScalingGroupArn": "fleet"},  # its name does as well
        tags=[{"key": "team", "value": "a"}],
    )["capacityProvider"]
    assert told == {
        "capacityProviderArn": ARN + "mine",
        "name": "mine",
        "status": "ACTIVE",
        "type": "EC2_AUTOSCALING",
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": group,
            "managedScaling": {
                "status": "DISABLED",
                "targetCapacity": 100,
                "minimumScalingStepSize": 1,
                "maximumScalingStepSize": 10000,
                "instanceWarmupPeriod": 300,
            },
            "managedTerminationProtection": "DISABLED",
            "managedDraining": "DISABLED",
        },
        "tags": [{"key": "team", "value": "a"}],
    }
    assert described(account, "mine")["mine"]["tags"] == []
    assert described(account, ARN + "mine", include=["TAGS"])["mine"]["tags"] == told["tags"]
    account.call("UntagResource", resourceArn=ARN + "mine", tagKeys=["team"])
    assert account.call("ListTagsForResource", resourceArn=ARN + "mine")["tags"] == []


def test_everybody_has_fargates_providers(account):
    """Facts, section 8.1: predefined; Describe lists them
    without being asked, ten a page at most.
    """
    for number in range(12):
        create(account, f"p{number}")
    first = account.call("DescribeCapacityProviders")
    assert [p["name"] for p in first["capacityProviders"]][:3] == ["FARGATE", "FARGATE_SPOT", "p0"]
    rest = account.call("DescribeCapacityProviders", nextToken=first["nextToken"])
    assert [p["name"] for p in rest["capacityProviders"]] == ["p8", "p9", "p10", "p11"]
    assert described(account, "FARGATE")["FARGATE"]["type"] == "FARGATE"
    account.associate("FARGATE", "p3")
    assert list(described(account, cluster="default")) == ["FARGATE", "p3"]
    missing = account.call("DescribeCapacityProviders", capacityProviders=["nope", "p1"])
    assert missing["failures"] == [{"arn": ARN + "nope", "reason": "MISSING"}]


def test_an_update_changes_what_is_given_and_is_soon_complete(account):
    """BC:CapacityProviderUpdateStatus: UPDATE_IN_PROGRESS, then UPDATE_COMPLETE; the rest stays."""
    create(account, managedScaling=ON | {"targetCapacity": 80})
    told = account.call(
        "UpdateCapacityProvider",
        name="mine",
        autoScalingGroupProvider={
            "managedScaling": {"maximumScalingStepSize": 4},
            "managedDraining": "ENABLED",
        },
    )["capacityProvider"]
    assert told["updateStatus"] == "UPDATE_IN_PROGRESS"
    account.advance(10)
    told = described(account, "mine")["mine"]
    scaling = told["autoScalingGroupProvider"]["managedScaling"]
    assert (scaling["targetCapacity"], scaling["maximumScalingStepSize"], scaling["status"]) == (
        80,
        4,
        "ENABLED",
    )
    assert told["autoScalingGroupProvider"]["managedDraining"] == "ENABLED"
    assert told["updateStatus"] == "UPDATE_COMPLETE"


def test_a_provider_is_deleted_once_no_cluster_has_it(account):
    """BC:DeleteCapacityProvider: DELETE_FAILED and its reason, else INACTIVE; then
    the name and the group are free again.
    """
    create(account)
    account.associate("mine")
    told = account.call("DeleteCapacityProvider", capacityProvider="mine")["capacityProvider"]
    assert (told["status"], told["updateStatus"], told["updateStatusReason"]) == (
        "ACTIVE",
        "DELETE_FAILED",
        "The capacity provider cannot be deleted because it is associated with cluster: default. "
        "Remove the capacity provider from the cluster and try again.",
    )
    account.associate()
    told = account.call("DeleteCapacityProvider", capacityProvider=ARN + "mine")["capacityProvider"]
    assert (told["status"], told["updateStatus"]) == ("ACTIVE", "DELETE_IN_PROGRESS")
    account.advance(10)
    assert described(account, "mine")["mine"]["status"] == "INACTIVE"
    put = {
        "cluster": "default",
        "capacityProviders": ["mine"],
        "defaultCapacityProviderStrategy": [],
    }
    assert "was not found" in refused(account, "PutClusterCapacityProviders", **put).message
    create(account)
    assert described(account, "mine")["mine"]["status"] == "ACTIVE"


def test_deleting_the_cluster_lets_its_providers_go(account):
    """BC:DeleteCapacityProvider: to remove a provider from a
    cluster, the cluster can be deleted.
    """
    create(account)
    account.associate("mine")
    account.call("DeleteCluster", cluster="default")
    told = account.call("DeleteCapacityProvider", capacityProvider="mine")["capacityProvider"]
    assert told["updateStatus"] == "DELETE_IN_PROGRESS"


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (
            {"name": "ecs-mine"},
            "ClientException",
            "The specified capacity provider name is invalid.",
        ),
        (
            {"name": "AWSmine"},
            "ClientException",
            "The specified capacity provider name is invalid.",
        ),
        (
            {"name": "Fargate2"},
            "ClientException",
            "The specified capacity provider name is invalid.",
        ),
        ({"name": "a b"}, "ClientException", "The specified capacity provider name is invalid."),
        (
            {"name": "x" * 256},
            "ClientException",
            "The specified capacity provider name is invalid.",
        ),
        ({"name": "taken"}, "ClientException", "The specified capacity provider already exists."),
        (
            {"group": "taken"},
            "ClientException",
            "is already being used by another capacity provider.",
        ),
        ({"group": "nope"}, "ClientException", "The specified Auto Scaling group was not found."),
        (
            {"managedScaling": ON | {"targetCapacity": 0}},
            "InvalidParameterException",
            "targetCapacity",
        ),
        (
            {"managedScaling": ON | {"targetCapacity": 101}},
            "InvalidParameterException",
            "targetCapacity",
        ),
        (
            {"managedScaling": {"minimumScalingStepSize": 0}},
            "InvalidParameterException",
            "minimumScalingStepSize",
        ),
        (
            {"managedScaling": {"minimumScalingStepSize": 3, "maximumScalingStepSize": 2}},
            "ClientException",
            "The minimum or maximum scaling step size value is invalid",
        ),
        (
            {"managedScaling": {"instanceWarmupPeriod": 10001}},
            "InvalidParameterException",
            "instanceWarmupPeriod",
        ),
        (
            {"managedTerminationProtection": "ENABLED"},
            "ClientException",
            "managed scaling must be enabled",
        ),
    ],
)
def test_creation_refuses_what_aws_refuses(account, request_, code, text):
    """Facts, sections 8.1 and 8.3; nothing is left behind."""
    create(account, "taken")
    account.groups.make("free")
    asked = {"autoScalingGroupArn": request_.pop("group", "free")}
    name = request_.pop("name", "new")
    error = refused(
        account, "CreateCapacityProvider", name=name, autoScalingGroupProvider=asked | request_
    )
    assert error.code == code
    assert text in error.message
    assert list(described(account)) == ["FARGATE", "FARGATE_SPOT", "taken"]


@pytest.mark.parametrize(
    ("change", "text"), [({"maximum": 0}, "MaxSize"), ({"weighted": True}, "weights")]
)
def test_a_group_that_cannot_be_scaled_is_refused(account, change, text):
    """Facts, section 8.3: MaxSize > 0 and no instance weights, once ECS shall scale it."""
    group = account.groups.make("mine", **change)
    asked = {"autoScalingGroupArn": group, "managedScaling": {"status": "ENABLED"}}
    error = refused(account, "CreateCapacityProvider", name="mine", autoScalingGroupProvider=asked)
    assert (error.code, text in error.message) == ("ClientException", True)
    account.call(
        "CreateCapacityProvider",
        name="mine",
        autoScalingGroupProvider={"autoScalingGroupArn": group},
    )
    change = {"managedScaling": {"status": "ENABLED"}}
    error = refused(account, "UpdateCapacityProvider", name="mine", autoScalingGroupProvider=change)
    assert text in error.message


def test_managed_instances_are_refused_as_not_simulated(account):
    """Facts, section 8.5: a typed refusal."""
    more = {"managedInstancesProvider": {"infrastructureRoleArn": "x"}}
    error = refused(account, "CreateCapacityProvider", name="mine", cluster="default", **more)
    assert error.code == "UnsupportedFeatureException"


def test_what_does_not_exist_is_neither_updated_nor_deleted_and_fargate_never_is(account):
    """Facts, section 8.1: the predefined ones cannot be deleted, nor created."""
    group = account.groups.make("fleet")
    change = {"autoScalingGroupProvider": {"managedScaling": ON}}
    unknown = (
        "The specified capacity provider does not exist. Specify a valid name or ARN and try again."
    )
    assert refused(account, "UpdateCapacityProvider", name="mine", **change).message == unknown
    assert refused(account, "DeleteCapacityProvider", capacityProvider="mine").message == unknown
    assert (
        "reserved" in refused(account, "DeleteCapacityProvider", capacityProvider="FARGATE").message
    )
    made = {"autoScalingGroupProvider": {"autoScalingGroupArn": group}}
    assert (
        "is invalid" in refused(account, "CreateCapacityProvider", name="FARGATE", **made).message
    )


def test_a_provider_whose_group_vanished_is_changed_unless_its_scaling_is(account):
    """Facts 2, section 31, row 5: what it refers to already is not asked
    again; to scale it, its group is needed.
    """
    create(account, "mine", managedScaling=ON)
    account.groups.delete("mine")
    same = {
        "managedScaling": ON,
        "managedTerminationProtection": "ENABLED",
        "managedDraining": "ENABLED",
    }
    told = account.call("UpdateCapacityProvider", name="mine", autoScalingGroupProvider=same)
    assert (
        told["capacityProvider"]["autoScalingGroupProvider"]["managedTerminationProtection"]
        == "ENABLED"
    )
    change = {"managedScaling": {"targetCapacity": 50}}
    error = refused(account, "UpdateCapacityProvider", name="mine", autoScalingGroupProvider=change)
    assert "no longer exists" in error.message


# Clusters


def test_a_cluster_shows_what_ecs_made_to_scale_its_providers(account):
    """Facts, section 8.3: a scaling policy per managed provider, and a tag on its group."""
    create(account, "scaled", managedScaling=ON)
    create(account, "plain")
    account.associate("FARGATE", "scaled", "plain")
    told = account.call("DescribeClusters", include=["ATTACHMENTS"])["clusters"][0]
    assert told["attachmentsStatus"] == "UPDATE_COMPLETE"
    [made] = told["attachments"]
    assert made["details"][0] == {"name": "capacityProviderName", "value": "scaled"}
    assert account.groups.tags == {"scaled": {"AmazonECSManaged"}, "plain": set()}


def test_a_provider_that_ecs_scales_is_in_one_cluster(account):
    """Facts, section 8.3: one cluster only; without managed scaling any number."""
    create(account, "scaled", managedScaling=ON)
    create(account, "plain")
    account.associate("scaled", "plain")
    account.call("CreateCluster", clusterName="other")
    put = {"cluster": "other", "defaultCapacityProviderStrategy": []}
    assert (
        "one cluster only"
        in refused(
            account, "PutClusterCapacityProviders", **put, capacityProviders=["scaled"]
        ).message
    )
    account.call("PutClusterCapacityProviders", **put, capacityProviders=["plain"])
    change = {"name": "plain", "autoScalingGroupProvider": {"managedScaling": ON}}
    assert "one cluster only" in refused(account, "UpdateCapacityProvider", **change).message


def test_twenty_providers_are_enough(account):
    """Facts, section 15: capacity providers per cluster."""
    names = [create(account, f"p{n}")["name"] for n in range(21)]
    account.associate(*names[:20])
    put = {"cluster": "default", "capacityProviders": names, "defaultCapacityProviderStrategy": []}
    assert "maximum of 20" in refused(account, "PutClusterCapacityProviders", **put).message


def test_a_strategy_is_fargates_or_auto_scaling_groups(account):
    """Facts, section 8.1: never both, whoever asks."""
    create(account)
    account.associate("mine", "FARGATE")
    mixed = [
        {"capacityProvider": "mine", "weight": 1},
        {"capacityProvider": "FARGATE", "weight": 1},
    ]
    text = (
        "A capacity provider strategy cannot contain a mix of capacity providers using Auto "
        "Scaling groups and Fargate providers."
    )
    put = {
        "cluster": "default",
        "capacityProviders": ["mine", "FARGATE"],
        "defaultCapacityProviderStrategy": mixed,
    }
    assert text in refused(account, "PutClusterCapacityProviders", **put).message
    assert (
        text
        in refused(account, "RunTask", taskDefinition="job", capacityProviderStrategy=mixed).message
    )


# Instances and placement


def test_instances_belong_to_the_provider_of_their_group(account):
    """BC:ContainerInstance.capacityProviderName; instances that
    nobody's group launched belong to none.
    """
    account.provide(desired=2)
    account.plane.neighbours.machines.launch()
    account.boot()
    arns = account.call("ListContainerInstances")["containerInstanceArns"]
    told = account.call("DescribeContainerInstances", containerInstances=arns)["containerInstances"]
    assert [i.get("capacityProviderName") for i in told] == ["mine", "mine", None]
    account.associate()
    told = account.call("DescribeContainerInstances", containerInstances=arns)["containerInstances"]
    assert all("capacityProviderName" not in i for i in told)


def test_tasks_of_a_provider_run_on_its_instances_only(account):
    """Facts, section 8.1: two providers at 1:1, and an instance that belongs to neither."""
    account.provide("mine", desired=1)
    account.provide("yours", desired=1)
    account.plane.neighbours.machines.launch()
    account.boot()
    both = [{"capacityProvider": p, "weight": 1} for p in ("mine", "yours")]
    account.keep(4, both)
    account.advance(120)
    assert account.sizes == [2, 2, 0]
    told = account.call("DescribeTasks", tasks=account.tasks_of("site"))["tasks"]
    assert Counter(t["capacityProviderName"] for t in told) == Counter(mine=2, yours=2)
    assert {t["launchType"] for t in told} == {"EC2"}


def test_without_managed_scaling_what_does_not_fit_fails(account):
    """Facts, section 4: RunTask's failures name the provider's instances and why each lost."""
    account.provide(desired=1)
    answer = account.go(3)
    assert len(answer["tasks"]) == 2
    assert [f["reason"] for f in answer["failures"]] == ["RESOURCE:CPU"]
    assert account.stages == Counter(PENDING=2)


def test_an_empty_provider_fails_at_once_and_its_service_says_so(account):
    """Facts, sections 4 and 5.3: EMPTY CAPACITY PROVIDER; `in your capacity
    provider.`; an instance that comes is used.
    """
    account.provide(desired=0)
    account.plane.neighbours.machines.launch()  # of nobody
    account.boot()
    assert account.go()["failures"] == [{"reason": "EMPTY CAPACITY PROVIDER"}]
    account.keep(1)
    account.advance(60)
    assert account.messages("site") == [
        "(service site) was unable to place a task because no container instance met all of "
        "its requirements. Reason: No Container Instances were found in your capacity provider."
    ]
    account.groups.resize("mine", 1)
    account.boot(90)
    assert account.stages == Counter(RUNNING=1)


def test_a_service_moves_between_launch_type_fargate_and_groups(account):
    """Facts, section 8.1 (the newer model): the change starts no
    deployment; the next one moves every task.
    """
    account.provide(desired=4)
    account.associate("FARGATE", "mine")
    account.call(
        "RegisterTaskDefinition",
        family="both",
        networkMode="awsvpc",
        requiresCompatibilities=["EC2", "FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "nginx"}],
    )
    account.keep(
        2,
        [{"capacityProvider": "mine", "weight": 1}],
        taskDefinition="both",
        networkConfiguration=NETWORK,
    )
    account.advance(120)
    for strategy, launch_type in (
        ([{"capacityProvider": "FARGATE", "weight": 1}], "FARGATE"),
        ([{"capacityProvider": "mine"}], "EC2"),
    ):
        account.call("UpdateService", service="site", capacityProviderStrategy=strategy)
        account.call("UpdateService", service="site", forceNewDeployment=True)
        account.advance(600)
        told = account.call("DescribeTasks", tasks=account.tasks_of("site"))["tasks"]
        assert [t["launchType"] for t in told] == [launch_type] * 2
