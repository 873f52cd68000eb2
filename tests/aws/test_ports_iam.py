"""A task's roles are roles of the account's IAM whose trust policy lets ECS tasks in."""

import json

import pytest

TASKS = "ecs-tasks.amazonaws.com"
ALLOW = {"Effect": "Allow", "Principal": {"Service": TASKS}, "Action": "sts:AssumeRole"}


@pytest.fixture
def roles(lab):
    """IAM, as the control plane sees it."""
    return lab.plane().neighbours.roles


def role(lab, *statements, path="/"):
    """A role with these trust statements; its ARN."""
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    made = lab.client("iam").create_role(
        RoleName="task", Path=path, AssumeRolePolicyDocument=json.dumps(policy)
    )
    return made["Role"]["Arn"]


def confused(account, arn):
    """The condition that the developer guide advises ("Prevent the confused deputy problem")."""
    return {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": arn}}


@pytest.mark.parametrize(
    "statements",
    [
        [ALLOW],
        [
            ALLOW
            | {
                "Principal": {"Service": ["ec2.amazonaws.com", TASKS]},
                "Action": ["sts:TagSession", "sts:AssumeRole"],
            }
        ],
        [ALLOW | {"Action": "sts:*"}],
        [ALLOW | {"Condition": confused("123456789012", "arn:aws:ecs:us-east-1:123456789012:*")}],
        [ALLOW | {"Condition": {"StringEqualsIfExists": {"aws:PrincipalTag/team": "shop"}}}],
        [
            ALLOW,
            {
                "Effect": "Deny",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        ],
    ],
    ids=["plain", "lists", "wildcard", "confused deputy", "if exists", "deny for another"],
)
def test_a_role_that_trusts_tasks_can_be_assumed(lab, roles, statements):
    """An Allow for ecs-tasks.amazonaws.com to sts:AssumeRole, however it is written."""
    assert roles.check(role(lab, *statements)) is None


@pytest.mark.parametrize(
    "statements",
    [
        [ALLOW | {"Principal": {"Service": "ec2.amazonaws.com"}}],
        [ALLOW | {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}],
        [ALLOW | {"Action": "sts:TagSession"}],
        [ALLOW, ALLOW | {"Effect": "Deny"}],
        [ALLOW | {"Condition": confused("999999999999", "arn:aws:ecs:us-east-1:123456789012:*")}],
        [ALLOW | {"Condition": confused("123456789012", "arn:aws:ecs:eu-west-1:123456789012:*")}],
        [ALLOW | {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "shop"}}}],
    ],
    ids=[
        "other service",
        "people",
        "other action",
        "denied",
        "other account",
        "other region",
        "key that is not sent",
    ],
)
def test_a_role_that_does_not_trust_tasks_is_refused_in_aws_words(lab, roles, statements):
    """The text that a service's events and a task's stoppedReason carry."""
    arn = role(lab, *statements)
    assert roles.check(arn) == (
        f"ECS was unable to assume the role '{arn}' that was provided for this task. Please "
        "verify that the role being passed has the proper trust relationship and permissions "
        "and that your IAM user has permissions to pass this role."
    )


def test_a_role_that_does_not_exist_is_refused(lab, roles):
    """The whole ARN counts: account, path and name."""
    arn = role(lab, ALLOW, path="/apps/")
    assert roles.check(arn) is None
    for wrong in (
        arn.replace("/apps/", "/"),
        arn.replace("123456789012", "210987654321"),
        arn + "s",
    ):
        assert f"'{wrong}'" in roles.check(wrong)
    lab.client("iam").delete_role(RoleName="task")
    assert roles.check(arn) is not None
