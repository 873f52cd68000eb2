"""AWS's own managed policies: there on first ask, the same in every lab,
and free for those who never ask.
"""

import json

import pytest
from botocore.exceptions import ClientError

from ecslab import Lab
from ecslab.aws.moto_patches import managed_policies

EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
OWN = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
UNKNOWN = "arn:aws:iam::aws:policy/AmazonTimeMachineFullAccess"


@pytest.fixture
def iam(lab):
    """A client of IAM, with a role, a user and a group called web."""
    client = lab.client("iam")
    client.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(TRUST))
    client.create_user(UserName="web")
    client.create_group(GroupName="web")
    return client


def attached(iam, whom="role"):
    """The policies attached to the role, user or group."""
    answer = getattr(iam, f"list_attached_{whom}_policies")(**{f"{whom.title()}Name": "web"})
    return [policy["PolicyArn"] for policy in answer["AttachedPolicies"]]


@pytest.mark.parametrize("whom", ["role", "user", "group"])
def test_a_policy_of_aws_is_attached_and_detached_without_having_been_made(iam, whom):
    """The first step of nearly every tutorial about task execution roles."""
    name = {f"{whom.title()}Name": "web", "PolicyArn": EXECUTION}
    getattr(iam, f"attach_{whom}_policy")(**name)
    assert attached(iam, whom) == [EXECUTION]
    assert iam.get_policy(PolicyArn=EXECUTION)["Policy"]["AttachmentCount"] == 1
    getattr(iam, f"detach_{whom}_policy")(**name)
    assert attached(iam, whom) == []


def test_get_policy_and_its_version_answer_at_once(iam):
    """With the document as AWS publishes it."""
    policy = iam.get_policy(PolicyArn=EXECUTION)["Policy"]
    assert (policy["PolicyName"], policy["Path"]) == (
        "AmazonECSTaskExecutionRolePolicy",
        "/service-role/",
    )
    assert policy["PolicyId"].startswith("ANPA")
    version = iam.get_policy_version(PolicyArn=EXECUTION, VersionId=policy["DefaultVersionId"])
    (statement,) = version["PolicyVersion"]["Document"]["Statement"]
    assert {"ecr:GetAuthorizationToken", "logs:PutLogEvents"} < set(statement["Action"])


def test_list_policies_tells_whose_they_are(iam):
    """Scope AWS has more than a thousand, in pages; Local has none of them, and
    OnlyAttached only what is attached.
    """
    own = iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(OWN))
    iam.attach_role_policy(RoleName="web", PolicyArn=EXECUTION)
    pages = iam.get_paginator("list_policies")
    found = {
        scope: [p["Arn"] for page in pages.paginate(Scope=scope) for p in page["Policies"]]
        for scope in ("AWS", "Local", "All")
    }
    assert len(found["AWS"]) == len(set(found["AWS"])) > 1_000
    assert EXECUTION in found["AWS"]
    assert found["Local"] == [own["Policy"]["Arn"]]
    assert set(found["All"]) == {*found["AWS"], *found["Local"]}
    only = iam.list_policies(Scope="AWS", OnlyAttached=True)["Policies"]
    assert [p["Arn"] for p in only] == [EXECUTION]


def test_account_authorization_details_tell_of_what_is_in_use(iam):
    """AWS's policies are no local ones."""
    iam.attach_role_policy(RoleName="web", PolicyArn=EXECUTION)
    for kind, expected in (("AWSManagedPolicy", [EXECUTION]), ("LocalManagedPolicy", [])):
        told = iam.get_account_authorization_details(Filter=[kind])["Policies"]
        assert [p["Arn"] for p in told] == expected


@pytest.mark.parametrize(
    "ask",
    [
        lambda iam: iam.get_policy(PolicyArn=UNKNOWN),
        lambda iam: iam.attach_role_policy(RoleName="web", PolicyArn=UNKNOWN),
        lambda iam: iam.attach_user_policy(UserName="web", PolicyArn=UNKNOWN),
        lambda iam: iam.get_policy_version(PolicyArn=UNKNOWN, VersionId="v1"),
        lambda iam: iam.detach_role_policy(RoleName="web", PolicyArn=EXECUTION),
    ],
    ids=["get", "attach to a role", "attach to a user", "version", "detach what is not attached"],
)
def test_a_policy_that_nobody_has_does_not_exist(iam, ask):
    """NoSuchEntity, as ever."""
    with pytest.raises(ClientError) as refusal:
        ask(iam)
    assert refusal.value.response["Error"]["Code"] == "NoSuchEntity"


def test_policies_of_aws_cost_only_those_who_ask(monkeypatch):
    """Roles and policies of one's own read nothing of AWS's; asking for one makes one."""
    read = []
    catalogue = managed_policies._catalogue
    monkeypatch.setattr(
        managed_policies, "_catalogue", lambda module: read.append(module) or catalogue(module)
    )
    with Lab() as lab:
        iam = lab.client("iam")
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(OWN))
        iam.list_policies(Scope="Local")
        assert read == []
        iam.attach_role_policy(RoleName="web", PolicyArn=EXECUTION)
        assert len(read) == 1
        from moto.iam.models import iam_backends

        assert len(iam_backends[lab.account]["aws"].managed_policies) == 2


def test_asking_for_a_policy_of_aws_shifts_no_other_id():
    """Its own id is AWS's, the same in every lab."""
    ids, told = [], []
    for ask in (
        lambda iam: iam.list_roles(),
        lambda iam: told.append(iam.get_policy(PolicyArn=EXECUTION)["Policy"]["PolicyId"]),
    ):
        with Lab(seed=7) as lab:
            iam = lab.client("iam")
            ask(iam)
            role = iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(TRUST))
            ids.append(role["Role"]["RoleId"])
    with Lab(seed=8) as lab:
        assert lab.client("iam").get_policy(PolicyArn=EXECUTION)["Policy"]["PolicyId"] == told[0]
    assert ids[0] == ids[1]


def test_each_lab_counts_its_own_attachments():
    """Two labs share what AWS wrote, and nothing that they do with it."""
    with Lab() as first, Lab() as second:
        iam = first.client("iam")
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.attach_role_policy(RoleName="web", PolicyArn=EXECUTION)
        counts = [
            lab.client("iam").get_policy(PolicyArn=EXECUTION)["Policy"]["AttachmentCount"]
            for lab in (first, second)
        ]
    assert counts == [1, 0]
