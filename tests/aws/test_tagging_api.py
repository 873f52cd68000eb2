"""The Resource Groups Tagging API finds and tags everything of ECS, beside what moto holds."""

import pytest
from botocore.exceptions import ClientError
from test_instances import fleet

from ecslab import Lab
from ecslab.ecs.api.tags import taggable

TAGS = [{"key": "team", "value": "shop"}]
KINDS = {
    "cluster",
    "service",
    "task-set",
    "task",
    "container-instance",
    "task-definition",
    "capacity-provider",
}


def kind(arn):
    """What an ARN is of, such as cluster or task."""
    return arn.split(":")[5].partition("/")[0]


def populate(lab):
    """An account with every kind of thing that ECS tags, tagged team=shop, and a tagged queue."""
    ecs = lab.client("ecs")
    ecs.create_cluster(clusterName="prod", tags=TAGS)
    ecs.register_task_definition(
        family="web",
        containerDefinitions=[{"name": "app", "image": "nginx", "memory": 64}],
        tags=TAGS,
    )
    fleet(lab, 1)
    (machine,) = ecs.list_container_instances(cluster="prod")["containerInstanceArns"]
    ecs.tag_resource(resourceArn=machine, tags=TAGS)
    group = lab.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]
    ecs.create_capacity_provider(
        name="own",
        autoScalingGroupProvider={"autoScalingGroupArn": group["AutoScalingGroupARN"]},
        tags=TAGS,
    )
    ecs.run_task(cluster="prod", taskDefinition="web", tags=TAGS)
    ecs.create_service(
        cluster="prod",
        serviceName="web",
        deploymentController={"type": "EXTERNAL"},
        desiredCount=0,
        tags=TAGS,
    )
    ecs.create_task_set(cluster="prod", service="web", taskDefinition="web", tags=TAGS)
    lab.client("sqs").create_queue(QueueName="orders", tags={"team": "shop"})
    lab.settle()


@pytest.fixture(scope="module")
def shop():
    """Such an account, for all questions that change nothing."""
    with Lab() as lab:
        populate(lab)
        yield lab


@pytest.fixture
def own(lab):
    """Such an account for one test alone."""
    populate(lab)
    return lab


def found(lab, **asked):
    """The ARNs that GetResources answers, of all pages, and what each is tagged with."""
    pages = lab.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(**asked)
    return {
        m["ResourceARN"]: {t["Key"]: t["Value"] for t in m["Tags"]}
        for page in pages
        for m in page["ResourceTagMappingList"]
    }


def test_every_kind_of_ecs_resource_is_found(shop):
    """With its tags, as ListTagsForResource tells of them."""
    ours = {arn: tags for arn, tags in found(shop).items() if ":ecs:" in arn}
    assert {kind(arn) for arn in ours} == KINDS
    for arn, tags in ours.items():
        told = shop.client("ecs").list_tags_for_resource(resourceArn=arn)["tags"]
        assert tags == {t["key"]: t["value"] for t in told}
        assert tags["team"] == "shop"


def test_what_is_listed_is_exactly_what_can_be_tagged(shop):
    """The list and the finding by ARN are two ways to the same things."""
    plane = shop.plane()
    listed = list(taggable(plane.state, plane.capacity.providers.values()))
    assert {name for name, _ in listed} == KINDS
    for name, resource in listed:
        assert kind(resource.arn) == name
        plane.call("TagResource", {"resourceArn": resource.arn, "tags": []})
    assert len({resource.arn for _, resource in listed}) == len(listed)


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"ResourceTypeFilters": ["ecs"]}, KINDS),
        ({"ResourceTypeFilters": ["ecs:service", "ecs:task-set"]}, {"service", "task-set"}),
        ({"ResourceTypeFilters": ["ecs:cluster", "sqs"]}, {"cluster", "orders"}),
        ({"TagFilters": [{"Key": "team", "Values": ["shop", "other"]}]}, {*KINDS, "orders"}),
        ({"TagFilters": [{"Key": "team"}], "ResourceTypeFilters": ["ecs:task"]}, {"task"}),
        ({"TagFilters": [{"Key": "team", "Values": ["other"]}]}, set()),
        ({"TagFilters": [{"Key": "team"}, {"Key": "stage"}]}, set()),
    ],
)
def test_filters_choose(shop, asked, kinds):
    """By type, by service, by key and value."""
    assert {kind(arn) for arn in found(shop, **asked)} == kinds


def test_resources_are_found_by_arn(shop):
    """Together with no other filter, as botocore says."""
    arn = next(a for a in found(shop) if kind(a) == "service")
    assert list(found(shop, ResourceARNList=[arn])) == [arn]
    with pytest.raises(ClientError) as refusal:
        found(shop, ResourceARNList=[arn], TagFilters=[{"Key": "team"}])
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterException"


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_tell_of_everything_once(shop, size):
    """However many go on one."""
    pages = shop.client("resourcegroupstaggingapi").get_paginator("get_resources")
    told = [
        m["ResourceARN"]
        for page in pages.paginate(ResourcesPerPage=size)
        for m in page["ResourceTagMappingList"]
    ]
    assert len(told) == len(set(told))
    assert set(told) == set(found(shop))


def test_a_page_does_not_mind_what_has_changed_since(own):
    """A cluster made between two pages breaks neither."""
    api = own.client("resourcegroupstaggingapi")
    page = api.get_resources(ResourcesPerPage=1, ResourceTypeFilters=["ecs"])
    own.client("ecs").create_cluster(clusterName="later", tags=TAGS)
    own.client("ecs").run_task(cluster="prod", taskDefinition="web")
    told = [page["ResourceTagMappingList"][0]["ResourceARN"]]
    while page.get("PaginationToken"):
        page = api.get_resources(ResourcesPerPage=1, PaginationToken=page["PaginationToken"])
        told += [m["ResourceARN"] for m in page["ResourceTagMappingList"]]
    assert {kind(arn) for arn in told} == KINDS
    assert len(told) == len(set(told))


def test_keys_and_values_are_told_once(own):
    """All of the account, of ECS and of others."""
    api = own.client("resourcegroupstaggingapi")
    own.client("ecs").create_cluster(clusterName="other", tags=[{"key": "team", "value": "back"}])
    keys = api.get_tag_keys()["TagKeys"]
    assert keys.count("team") == 1
    values = [
        v
        for page in api.get_paginator("get_tag_values").paginate(Key="team")
        for v in page["TagValues"]
    ]
    assert sorted(values) == ["back", "shop"]
    assert api.get_tag_values(Key="stage")["TagValues"] == []


def test_resources_of_all_kinds_are_tagged_and_untagged(own):
    """ECS itself does it: its own operations tell of the same tags."""
    api, ecs = own.client("resourcegroupstaggingapi"), own.client("ecs")
    arns = [arn for arn in found(own) if kind(arn) in KINDS]
    assert (
        api.tag_resources(ResourceARNList=arns, Tags={"stage": "test", "team": "new"})[
            "FailedResourcesMap"
        ]
        == {}
    )
    assert all(
        t["stage"] == "test" and t["team"] == "new" for a, t in found(own).items() if a in arns
    )
    cluster = next(arn for arn in arns if kind(arn) == "cluster")
    assert {"key": "stage", "value": "test"} in ecs.list_tags_for_resource(resourceArn=cluster)[
        "tags"
    ]
    assert (
        api.untag_resources(ResourceARNList=arns, TagKeys=["stage", "team"])["FailedResourcesMap"]
        == {}
    )
    assert all(not {"stage", "team"} & set(t) for a, t in found(own).items() if a in arns)


def test_what_ecs_refuses_fails_for_its_resource_alone(own):
    """FailedResourcesMap has ECS's own code (botocore, FailureInfo); the others are tagged."""
    api = own.client("resourcegroupstaggingapi")
    cluster = next(arn for arn in found(own) if kind(arn) == "cluster")
    gone, elsewhere = cluster.replace("prod", "gone"), cluster.replace("us-east-1", "eu-west-1")
    failed = api.tag_resources(ResourceARNList=[cluster, gone, elsewhere], Tags={"stage": "test"})
    assert {arn: f["ErrorCode"] for arn, f in failed["FailedResourcesMap"].items()} == {
        gone: "ClusterNotFoundException",
        elsewhere: "InvalidParameterException",
    }
    assert found(own)[cluster]["stage"] == "test"
    failed = api.tag_resources(ResourceARNList=[cluster], Tags={"aws:mine": "x"})
    assert failed["FailedResourcesMap"][cluster]["StatusCode"] == 400


def test_regions_and_accounts_are_told_apart(shop):
    """A region without ECS has nothing, and asking makes nothing."""
    api = shop.client("resourcegroupstaggingapi", region_name="eu-west-1")
    assert api.get_resources()["ResourceTagMappingList"] == []
    shop.client("ecs", region_name="eu-west-1").create_cluster(clusterName="there", tags=TAGS)
    assert [kind(m["ResourceARN"]) for m in api.get_resources()["ResourceTagMappingList"]] == [
        "cluster"
    ]
    with Lab() as other:
        assert (
            other.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"] == []
        )
        assert other.client("resourcegroupstaggingapi").get_tag_keys()["TagKeys"] == []
