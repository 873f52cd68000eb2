"""Tags on everything that can carry them."""

import pytest
from account import Account
from hypothesis import given
from hypothesis import strategies as st
from refusals import refused

PREFIX = "arn:aws:ecs:us-east-1:123456789012:"
TAG = {"key": "team", "value": "red"}


@pytest.fixture
def account():
    """An account with one of each taggable thing."""
    account = Account()
    account.register("web")
    account.serve("site", "web", desired=1)
    account.run("web")
    return account


def _arns(account):
    task = account.call("ListTasks")["taskArns"][0]
    return [
        f"{PREFIX}cluster/default",
        f"{PREFIX}service/default/site",
        task,
        f"{PREFIX}task-definition/web:1",
    ]


def _tags(account, arn):
    return account.call("ListTagsForResource", resourceArn=arn)["tags"]


@pytest.mark.parametrize("which", range(4), ids=["cluster", "service", "task", "task definition"])
def test_clusters_services_tasks_and_task_definitions_can_be_tagged(account, which):
    """TagResource adds and replaces by key, UntagResource removes by key
    (BC:TagResource, BC:UntagResource).
    """
    arn = _arns(account)[which]
    account.call("TagResource", resourceArn=arn, tags=[TAG, {"key": "env", "value": "test"}])
    account.call(
        "TagResource", resourceArn=arn, tags=[{"key": "env", "value": "prod"}, {"key": "bare"}]
    )
    assert _tags(account, arn) == [
        TAG,
        {"key": "env", "value": "prod"},
        {"key": "bare", "value": ""},
    ]
    account.call("UntagResource", resourceArn=arn, tagKeys=["env", "never-there"])
    assert _tags(account, arn) == [TAG, {"key": "bare", "value": ""}]


def test_tags_show_where_the_resource_is_described(account):
    """The same tags in DescribeClusters, with include TAGS."""
    account.call("TagResource", resourceArn=f"{PREFIX}cluster/default", tags=[TAG])
    assert account.call("DescribeClusters", include=["TAGS"])["clusters"][0]["tags"] == [TAG]


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([{"value": "x"}], "Tag keys can not be blank."),
        (
            [{"key": "k" * 129, "value": ""}],
            "Tag keys can have up to 128 and tag values up to 256 characters.",
        ),
        (
            [{"key": "k", "value": "v" * 257}],
            "Tag keys can have up to 128 and tag values up to 256 characters.",
        ),
        (
            [{"key": "AWS:mine", "value": ""}],
            "Tag keys and values can not start with aws:, which is reserved for AWS use.",
        ),
        (
            [{"key": "k", "value": "aws:mine"}],
            "Tag keys and values can not start with aws:, which is reserved for AWS use.",
        ),
        (
            [{"key": "what?", "value": ""}],
            "Tags can have letters, numbers, spaces and the characters + - = . _ : / @ only.",
        ),
        ([TAG, TAG], "Multiple tags contain the same key."),
        (
            [{"key": f"k{n}", "value": ""} for n in range(51)],
            "A resource can have at most 50 tags.",
        ),
    ],
)
def test_tags_that_aws_does_not_allow_are_refused(account, tags, message):
    """BC:Tag and facts, section 15: wherever tags are given, and nothing is kept."""
    for operation, named in (
        ("TagResource", {"resourceArn": f"{PREFIX}cluster/default"}),
        ("CreateCluster", {"clusterName": "new"}),
    ):
        error = refused(account, operation, **named, tags=tags)
        assert (error.code, error.message) == ("InvalidParameterException", message)
    assert _tags(account, f"{PREFIX}cluster/default") == []


def test_letters_of_any_alphabet_and_spaces_are_fine(account):
    """The pattern of BC:TagKey: letters, separators, numbers, and _ . :
    / = + - @; 128 and 256 of them.
    """
    tags = [{"key": "équipe Ω_.:/=+-@", "value": "赤 1"}, {"key": "k" * 128, "value": "v" * 256}]
    account.call("TagResource", resourceArn=f"{PREFIX}cluster/default", tags=tags)
    assert _tags(account, f"{PREFIX}cluster/default") == tags


def test_a_resource_carries_fifty_tags_and_not_one_more(account):
    """Facts, section 15; the ones of AWS do not count."""
    arn = f"{PREFIX}cluster/default"
    account.plane.state.clusters["default"].tags = [
        {"key": "aws:ecs:clusterName", "value": "default"}
    ]
    account.call(
        "TagResource", resourceArn=arn, tags=[{"key": f"k{n}", "value": ""} for n in range(50)]
    )
    error = refused(
        account, "TagResource", resourceArn=arn, tags=[{"key": "one more", "value": ""}]
    )
    assert error.code == "LimitExceededException"
    assert len(_tags(account, arn)) == 51


def test_the_tags_of_aws_cannot_be_removed(account):
    """You cannot edit or delete tag keys with this prefix (BC:Tag)."""
    task = account.call(
        "RunTask",
        taskDefinition="web",
        launchType="FARGATE",
        enableECSManagedTags=True,
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
    )["tasks"][0]
    managed = _tags(account, task["taskArn"])
    account.call("UntagResource", resourceArn=task["taskArn"], tagKeys=[t["key"] for t in managed])
    assert _tags(account, task["taskArn"]) == managed != []


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        ("web", "InvalidParameterException", "The ARN provided is invalid."),
        (
            "arn:aws:ecs:eu-west-1:123456789012:cluster/default",
            "InvalidParameterException",
            "The ARN provided is invalid.",
        ),
        (
            f"{PREFIX}service/site",
            "InvalidParameterException",
            "Long arn format must be used for tagging operations",
        ),
        (f"{PREFIX}cluster/nope", "ClusterNotFoundException", "Cluster not found."),
        (f"{PREFIX}service/nope/site", "ClusterNotFoundException", "Cluster not found."),
        (
            f"{PREFIX}service/default/nope",
            "ResourceNotFoundException",
            "The specified service does not exist.",
        ),
        (
            f"{PREFIX}task/default/nope",
            "ResourceNotFoundException",
            "The specified task does not exist.",
        ),
        (
            f"{PREFIX}task-definition/web:2",
            "ResourceNotFoundException",
            "The specified task definition does not exist.",
        ),
        (
            f"{PREFIX}container-instance/default/i",
            "ResourceNotFoundException",
            "The specified container instance does not exist.",
        ),
    ],
)
def test_what_does_not_exist_cannot_be_tagged(account, arn, code, message):
    """The codes each operation declares: ListTagsForResource knows no
    ResourceNotFoundException (BC).
    """
    for operation, more in (
        ("TagResource", {"tags": [TAG]}),
        ("UntagResource", {"tagKeys": ["team"]}),
    ):
        error = refused(account, operation, resourceArn=arn, **more)
        assert (error.code, error.message) == (code, message)
    listed = refused(account, "ListTagsForResource", resourceArn=arn)
    assert listed.code == code.replace("ResourceNotFoundException", "InvalidParameterException")


def test_deleted_clusters_and_services_cannot_be_tagged(account):
    """When a resource is deleted its tags are, too (BC:TagResource)."""
    account.call("DeleteService", service="site", force=True)
    for arn in account.call("ListTasks")["taskArns"]:
        account.call("StopTask", task=arn)
    account.advance(300)
    error = refused(account, "TagResource", resourceArn=f"{PREFIX}service/default/site", tags=[TAG])
    assert (
        error.message
        == "The specified service is inactive. Specify an active service and try again."
    )
    account.call("DeleteCluster", cluster="default")
    error = refused(account, "ListTagsForResource", resourceArn=f"{PREFIX}cluster/default")
    assert (
        error.message
        == "The specified cluster is inactive. Specify an active cluster and try again."
    )


KEYS = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.lists(
    st.one_of(
        st.dictionaries(KEYS, st.text("xyz", max_size=3), min_size=1), st.lists(KEYS, min_size=1)
    ),
    max_size=8,
)


@given(STEPS)
def test_tags_behave_like_a_dictionary(steps):
    """Whatever is added and removed, the tags are those of a dictionary with the same history."""
    account, wanted = Account(), {}
    arn = f"{PREFIX}cluster/default"
    for step in steps:
        if isinstance(step, dict):
            wanted |= step
            account.call(
                "TagResource",
                resourceArn=arn,
                tags=[{"key": k, "value": v} for k, v in step.items()],
            )
        else:
            wanted = {k: v for k, v in wanted.items() if k not in step}
            account.call("UntagResource", resourceArn=arn, tagKeys=step)
    assert _tags(account, arn) == [{"key": k, "value": v} for k, v in wanted.items()]
