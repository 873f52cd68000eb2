"""Clusters: made, described honestly, changed, deleted."""

import pytest
from account import NETWORK, Account
from refusals import refused

ARN = "arn:aws:ecs:us-east-1:123456789012:cluster/"
NOT_ASSOCIATED = (
    "The specified capacity provider strategy cannot contain a capacity provider that is not "
    "associated with the cluster. Associate the capacity provider with the cluster or specify "
    "a valid capacity provider and try again."
)
TWO_BASES = (
    "The specified capacity provider strategy contains multiple capacity providers with a base "
    "value defined. Only one capacity provider per strategy can have a base value defined."
)
NO_DESTINATION = (
    "A CloudWatch log group name or S3 bucket name must be specified when "
    "overriding the default log configuration."
)


@pytest.fixture
def account():
    """An account with a default cluster."""
    return Account()


def _described(account, *names, include=()):
    return account.call("DescribeClusters", clusters=list(names), include=list(include))


def test_a_new_cluster_is_active_and_empty(account):
    """BC:CreateClusterResponse; Container Insights is off unless the account
    says otherwise (facts, section 13).
    """
    cluster = account.call(
        "CreateCluster", clusterName="prod", tags=[{"key": "env", "value": "prod"}]
    )["cluster"]
    assert cluster == {
        "clusterArn": ARN + "prod",
        "clusterName": "prod",
        "status": "ACTIVE",
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": 0,
        "pendingTasksCount": 0,
        "activeServicesCount": 0,
        "statistics": cluster["statistics"],
        "tags": [{"key": "env", "value": "prod"}],
        "settings": [{"name": "containerInsights", "value": "disabled"}],
        "capacityProviders": [],
        "defaultCapacityProviderStrategy": [],
    }
    assert account.timeline.of("cluster/prod").kinds() == ["created"]


def test_creating_an_active_cluster_again_answers_with_the_same(account):
    """CreateCluster is idempotent: the story has one cluster."""
    first = account.call("CreateCluster", clusterName="prod")
    assert account.call("CreateCluster", clusterName="prod") == first
    assert account.call("ListClusters")["clusterArns"] == [ARN + "default", ARN + "prod"]
    assert account.timeline.of("cluster/prod").kinds() == ["created"]


@pytest.mark.parametrize(
    "other",
    [
        {"settings": [{"name": "containerInsights", "value": "enabled"}]},
        {"capacityProviders": ["FARGATE"]},
        {"tags": [{"key": "a", "value": "b"}]},
        {"configuration": {"executeCommandConfiguration": {"logging": "NONE"}}},
    ],
)
def test_creating_it_again_with_other_arguments_is_refused(account, other):
    """The text is in public code that then falls back to update_cluster."""
    error = refused(account, "CreateCluster", **other)
    assert error.code == "InvalidParameterException"
    assert (
        error.message
        == "Arguments on this idempotent request are inconsistent with arguments used in "
        "previous request(s)."
    )


def test_creating_it_again_compares_with_how_it_was_created(account):
    """What has been changed since does not matter, and what is not given is not compared."""
    tags = [{"key": "a", "value": "b"}]
    account.call("CreateCluster", clusterName="prod", tags=tags)
    account.call("TagResource", resourceArn=ARN + "prod", tags=[{"key": "c", "value": "d"}])
    again = account.call("CreateCluster", clusterName="prod", tags=tags, capacityProviders=[])[
        "cluster"
    ]
    assert len(again["tags"]) == 2
    assert (
        refused(account, "CreateCluster", clusterName="prod", tags=again["tags"]).code
        == "InvalidParameterException"
    )


@pytest.mark.parametrize("name", ["my cluster", "ümlaut", "x" * 256, "a/b"])
def test_a_cluster_name_has_letters_numbers_hyphens_and_underscores(account, name):
    """Up to 255 of them (BC:CreateClusterRequest.clusterName; text observed by cdk-preflight)."""
    error = refused(account, "CreateCluster", clusterName=name)
    assert (error.code, error.message) == (
        "InvalidParameterException",
        r"ClusterName must match ^[a-zA-Z0-9\\-_]{1,255}$",
    )


def test_describing_nothing_describes_the_default_cluster(account):
    """BC:DescribeClustersRequest.clusters."""
    assert [c["clusterName"] for c in account.call("DescribeClusters")["clusters"]] == ["default"]


def test_unknown_clusters_are_failures(account):
    """Reason MISSING (facts, section 4, failure reasons), by ARN, whether named or given by ARN."""
    answer = _described(account, "default", "nope", ARN + "gone")
    assert [c["clusterName"] for c in answer["clusters"]] == ["default"]
    assert answer["failures"] == [
        {"arn": ARN + "nope", "reason": "MISSING"},
        {"arn": ARN + "gone", "reason": "MISSING"},
    ]


def test_details_are_described_on_request_only(account):
    """BC:DescribeClustersRequest.include: otherwise the lists are empty."""
    configuration = {"executeCommandConfiguration": {"logging": "NONE"}}
    account.call(
        "CreateCluster",
        clusterName="prod",
        configuration=configuration,
        capacityProviders=["FARGATE"],
        tags=[{"key": "a", "value": "b"}],
    )
    (plain,) = _described(account, "prod")["clusters"]
    assert plain["tags"] == plain["settings"] == plain["statistics"] == []
    assert not {"configuration", "attachments", "attachmentsStatus"} & plain.keys()
    include = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
    (full,) = _described(account, "prod", include=include)["clusters"]
    assert full["configuration"] == configuration
    assert full["tags"] == [{"key": "a", "value": "b"}]
    assert full["attachmentsStatus"] == "UPDATE_COMPLETE"
    error = refused(account, "DescribeClusters", include=["EVERYTHING"])
    assert (
        error.message
        == "include should be one of [ATTACHMENTS,CONFIGURATIONS,SETTINGS,STATISTICS,TAGS]"
    )


def test_a_hundred_clusters_are_described_at_once(account):
    """And not one more (BC:DescribeClustersRequest.clusters)."""
    assert len(_described(account, *(f"c{n}" for n in range(100)))["failures"]) == 100
    assert (
        refused(account, "DescribeClusters", clusters=["c"] * 101).code
        == "InvalidParameterException"
    )


def test_the_counts_are_those_of_the_tasks_and_services(account):
    """Running, pending and active as they are at this moment (BC:Cluster),
    with the same numbers by launch type.
    """
    account.register("web")
    account.serve("site", "web", desired=2)
    account.run("web", count=3)
    (starting,) = _described(account, "default")["clusters"]
    assert (
        starting["runningTasksCount"],
        starting["pendingTasksCount"],
        starting["activeServicesCount"],
    ) == (0, 3, 1)
    account.advance(120)
    (running,) = _described(account, "default", include=["STATISTICS"])["clusters"]
    assert (running["runningTasksCount"], running["pendingTasksCount"]) == (5, 0)
    assert {s["name"]: s["value"] for s in running["statistics"]} == {
        "runningEC2TasksCount": "0",
        "runningFargateTasksCount": "5",
        "pendingEC2TasksCount": "0",
        "pendingFargateTasksCount": "0",
        "activeEC2ServiceCount": "0",
        "activeFargateServiceCount": "1",
        "drainingEC2ServiceCount": "0",
        "drainingFargateServiceCount": "0",
    }


def test_settings_and_configuration_change_separately(account):
    """UpdateCluster leaves alone what is not given (BC:UpdateClusterRequest)."""
    configuration = {
        "executeCommandConfiguration": {
            "logging": "OVERRIDE",
            "logConfiguration": {"s3BucketName": "b"},
        }
    }
    account.call("UpdateCluster", cluster="default", configuration=configuration)
    settings = [{"name": "containerInsights", "value": "enhanced"}]
    cluster = account.call("UpdateClusterSettings", cluster=ARN + "default", settings=settings)[
        "cluster"
    ]
    assert (cluster["settings"], cluster["configuration"]) == (settings, configuration)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"settings": [{"name": "containerInsights", "value": "on"}]}, "Invalid setting 'value'"),
        ({"settings": [{"name": "other", "value": "enabled"}]}, "Invalid setting 'name'"),
        (
            {"configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE"}}},
            NO_DESTINATION,
        ),
        (
            {
                "configuration": {
                    "executeCommandConfiguration": {"logConfiguration": {"s3BucketName": "b"}}
                }
            },
            "You must set logging to 'OVERRIDE' when you supply a log configuration.",
        ),
        (
            {"configuration": {"executeCommandConfiguration": {"logging": "ALL"}}},
            "logging should be one of [NONE,DEFAULT,OVERRIDE]",
        ),
    ],
)
@pytest.mark.parametrize("operation", ["CreateCluster", "UpdateCluster"])
def test_wrong_settings_and_exec_logging_are_refused(account, operation, request_, message):
    """Texts observed by cdk-preflight, and by users of the account settings."""
    named = {"cluster": "default"} if operation == "UpdateCluster" else {"clusterName": "new"}
    error = refused(account, operation, **named, **request_)
    assert (error.code, error.message) == ("InvalidParameterException", message)


def test_the_account_decides_whether_new_clusters_have_container_insights(account):
    """A cluster's own setting overrides the account's (facts, section 13)."""
    account.call("PutAccountSettingDefault", name="containerInsights", value="enhanced")
    assert (
        account.call("CreateCluster", clusterName="a")["cluster"]["settings"][0]["value"]
        == "enhanced"
    )
    own = [{"name": "containerInsights", "value": "disabled"}]
    assert (
        account.call("CreateCluster", clusterName="b", settings=own)["cluster"]["settings"] == own
    )


def test_capacity_providers_are_replaced_as_a_whole(account):
    """PutClusterCapacityProviders gives the whole list; weight and base are 0
    unless given (facts, section 8.1).
    """
    strategy = [
        {"capacityProvider": "FARGATE", "base": 100_000},
        {"capacityProvider": "FARGATE_SPOT", "weight": 1000},
    ]
    cluster = account.call(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=strategy,
    )["cluster"]
    assert cluster["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert cluster["defaultCapacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "weight": 0, "base": 100_000},
        {"capacityProvider": "FARGATE_SPOT", "weight": 1000, "base": 0},
    ]
    nothing = account.call(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=[],
        defaultCapacityProviderStrategy=[],
    )["cluster"]
    assert nothing["capacityProviders"] == nothing["defaultCapacityProviderStrategy"] == []
    assert [e.why for e in account.timeline.where(kind="capacity providers")] == [
        "FARGATE, FARGATE_SPOT",
        "none",
    ]


@pytest.mark.parametrize(
    ("providers", "strategy", "message"),
    [
        (
            ["mine"],
            [],
            "The specified capacity provider was not found. Specify a valid name or ARN and "
            "try again.",
        ),
        (
            ["FARGATE", "FARGATE"],
            [],
            "The specified capacity providers can not contain duplicates.",
        ),
        (["FARGATE"], [{"capacityProvider": "FARGATE_SPOT"}], NOT_ASSOCIATED),
        (
            ["FARGATE"],
            [{"capacityProvider": "FARGATE"}] * 2,
            "The specified capacity provider strategy can not contain duplicates.",
        ),
        (
            ["FARGATE"],
            [{"capacityProvider": "FARGATE", "weight": 1001}],
            "weight must be between 0 and 1000, base between 0 and 100000.",
        ),
        (
            ["FARGATE", "FARGATE_SPOT"],
            [{"capacityProvider": p, "base": 1} for p in ("FARGATE", "FARGATE_SPOT")],
            TWO_BASES,
        ),
    ],
)
def test_wrong_capacity_providers_and_strategies_are_refused(account, providers, strategy, message):
    """Facts, section 8.1; the same for CreateCluster and PutClusterCapacityProviders."""
    request = {"capacityProviders": providers, "defaultCapacityProviderStrategy": strategy}
    for operation, named in (
        ("CreateCluster", {"clusterName": "new"}),
        ("PutClusterCapacityProviders", {"cluster": "default"}),
    ):
        error = refused(account, operation, **named, **request)
        assert (error.code, error.message) == ("InvalidParameterException", message)
    assert _described(account, "new")["failures"] != []


def test_a_capacity_provider_in_use_cannot_be_removed(account):
    """ResourceInUseException (facts, section 8.1) until the service is gone."""
    put = {"cluster": "default", "defaultCapacityProviderStrategy": []}
    account.call(
        "PutClusterCapacityProviders", **put, capacityProviders=["FARGATE", "FARGATE_SPOT"]
    )
    account.register("web")
    strategy = [{"capacityProvider": "FARGATE", "weight": 1}]
    service = {
        "serviceName": "site",
        "taskDefinition": "web",
        "desiredCount": 1,
        "networkConfiguration": NETWORK,
    }
    account.call("CreateService", **service, capacityProviderStrategy=strategy)
    error = refused(
        account, "PutClusterCapacityProviders", **put, capacityProviders=["FARGATE_SPOT"]
    )
    assert (error.code, error.message) == (
        "ResourceInUseException",
        "The specified capacity provider is in use and cannot be removed.",
    )
    account.call("DeleteService", service="site", force=True)
    account.advance(300)
    account.call("PutClusterCapacityProviders", **put, capacityProviders=["FARGATE_SPOT"])


def test_a_cluster_with_services_or_tasks_is_not_deleted(account):
    """ClusterContainsServicesException, then ClusterContainsTasksException
    (facts, section 17, exceptions).
    """
    account.register("web")
    account.serve("site", "web", desired=1)
    account.advance(120)
    error = refused(account, "DeleteCluster", cluster="default")
    assert (error.code, error.message) == (
        "ClusterContainsServicesException",
        "The Cluster cannot be deleted while Services are active.",
    )
    account.call("DeleteService", service="site", force=True)
    account.advance(300)
    (task,) = account.run("web")
    error = refused(account, "DeleteCluster", cluster="default")
    assert (error.code, error.message) == (
        "ClusterContainsTasksException",
        "The Cluster cannot be deleted while Tasks are active.",
    )
    account.call("StopTask", task=task)
    account.advance(300)
    assert account.call("DeleteCluster", cluster="default")["cluster"]["status"] == "INACTIVE"


def test_a_deleted_cluster_is_described_but_not_listed_and_its_name_is_free(account):
    """It becomes INACTIVE and remains discoverable (BC:DeleteCluster)."""
    account.call("CreateCluster", clusterName="prod", tags=[{"key": "a", "value": "b"}])
    account.call("DeleteCluster", cluster="prod")
    (deleted,) = _described(account, "prod", include=["TAGS"])["clusters"]
    assert (deleted["status"], deleted["tags"]) == ("INACTIVE", [])
    assert account.call("ListClusters")["clusterArns"] == [ARN + "default"]
    assert account.call("CreateCluster", clusterName="prod")["cluster"]["status"] == "ACTIVE"
    assert account.timeline.of("cluster/prod").kinds() == ["created", "deleted", "created"]


@pytest.mark.parametrize("name", ["nope", "gone"])
@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("UpdateCluster", {}),
        ("UpdateClusterSettings", {"settings": []}),
        (
            "PutClusterCapacityProviders",
            {"capacityProviders": [], "defaultCapacityProviderStrategy": []},
        ),
        ("DeleteCluster", {}),
    ],
)
def test_only_an_active_cluster_can_be_changed(account, name, operation, more):
    """ClusterNotFoundException for a cluster that never was, or is INACTIVE."""
    account.call("CreateCluster", clusterName="gone")
    account.call("DeleteCluster", cluster="gone")
    assert refused(account, operation, cluster=name, **more).code == "ClusterNotFoundException"
