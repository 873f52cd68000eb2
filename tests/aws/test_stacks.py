"""CloudFormation succeeds or fails as a whole, and says what it does not do."""

import json

import pytest
from botocore.exceptions import ClientError, WaiterError

QUEUE = {"Type": "AWS::SQS::Queue"}
NOWHERE = {
    "Type": "AWS::EC2::Subnet",
    "Properties": {"VpcId": "vpc-none", "CidrBlock": "10.0.0.0/24"},
}
CLUSTER = {"Type": "AWS::ECS::Cluster"}
UNKNOWN = {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": {}}
CUSTOM = {
    "Type": "Custom::Thing",
    "Properties": {"ServiceToken": "arn:aws:lambda:us-east-1:1:function:x"},
}
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
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


@pytest.fixture
def stacks(lab):
    """CloudFormation."""
    return lab.client("cloudformation")


def template(**resources):
    """A template of these resources."""
    return json.dumps({"Resources": resources})


def refusal(call, **asked):
    """Code and message of what a call is refused with."""
    with pytest.raises(ClientError) as refused:
        call(**asked)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def queues(lab):
    """The logical ids in the names of the account's queues."""
    return [url.split("-")[-2] for url in lab.client("sqs").list_queues().get("QueueUrls", [])]


def events(stacks, name):
    """What became of what, oldest first."""
    told = stacks.describe_stack_events(StackName=name)["StackEvents"]
    return [(e["LogicalResourceId"], e["ResourceStatus"]) for e in reversed(told)]


@pytest.mark.parametrize("resource", [CLUSTER, UNKNOWN, CUSTOM], ids=lambda r: r["Type"])
def test_a_template_with_something_that_is_not_simulated_is_refused_and_leaves_nothing(
    lab, stacks, resource
):
    """A typed error that names the type; the same name can be used at once."""
    for _ in range(2):
        code, text = refusal(
            stacks.create_stack, StackName="web", TemplateBody=template(Q=QUEUE, X=resource)
        )
        assert (code, text) == (
            "UnsupportedFeatureException",
            f"{resource['Type']} in a stack is not simulated by ecslab.",
        )
    assert (queues(lab), stacks.describe_stacks()["Stacks"]) == ([], [])
    stacks.create_stack(StackName="web", TemplateBody=template(Q=QUEUE))
    assert queues(lab) == ["Q"]


def test_an_output_of_something_that_is_not_simulated_is_refused_too(stacks):
    """Moto asks a type that it does not know for its attributes."""
    asked = {"Resources": {"X": UNKNOWN}, "Outputs": {"O": {"Value": {"Fn::GetAtt": ["X", "Id"]}}}}
    code, _ = refusal(stacks.create_stack, StackName="web", TemplateBody=json.dumps(asked))
    assert code == "UnsupportedFeatureException"


def test_what_nothing_depends_on_is_passed_over(lab, stacks):
    """CDK writes such a resource into every template."""
    metadata = {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2"}}
    with pytest.warns(UserWarning, match="AWS::CDK::Metadata"):
        stacks.create_stack(StackName="web", TemplateBody=template(M=metadata, Q=QUEUE))
    assert queues(lab) == ["Q"]


def test_a_stack_that_meets_an_error_of_aws_rolls_back(lab, stacks):
    """As in AWS: the call answers, the stack fails, its events say which resource and why."""
    stacks.create_stack(StackName="web", TemplateBody=template(Q=QUEUE, S=NOWHERE))
    (stack,) = stacks.describe_stacks(StackName="web")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "[S]" in stack["StackStatusReason"]
    assert queues(lab) == []
    assert events(stacks, "web") == [
        ("web", "CREATE_IN_PROGRESS"),
        ("S", "CREATE_FAILED"),
        ("web", "ROLLBACK_IN_PROGRESS"),
        ("web", "ROLLBACK_COMPLETE"),
    ]
    failed = stacks.describe_stack_events(StackName="web")["StackEvents"][-2]
    assert failed["ResourceStatusReason"] == "VpcID vpc-none does not exist."
    with pytest.raises(WaiterError, match="ROLLBACK_COMPLETE"):
        stacks.get_waiter("stack_create_complete").wait(StackName="web")
    stacks.delete_stack(StackName="web")
    assert stacks.describe_stacks()["Stacks"] == []


def test_exports_of_a_stack_that_rolled_back_are_free_again(stacks):
    """Another stack may export the same name."""
    outputs = {"O": {"Value": "x", "Export": {"Name": "shared"}}}
    broken = {"Resources": {"S": NOWHERE}, "Outputs": outputs}
    stacks.create_stack(StackName="one", TemplateBody=json.dumps(broken))
    assert stacks.list_exports()["Exports"] == []
    stacks.create_stack(
        StackName="two", TemplateBody=json.dumps({"Resources": {"Q": QUEUE}, "Outputs": outputs})
    )
    assert [e["Name"] for e in stacks.list_exports()["Exports"]] == ["shared"]
    code, _ = refusal(
        stacks.create_stack,
        StackName="three",
        TemplateBody=json.dumps({"Resources": {"Q": QUEUE}, "Outputs": outputs}),
    )
    assert code == "ValidationError"
    assert {s["StackName"] for s in stacks.describe_stacks()["Stacks"]} == {"one", "two"}


def test_an_update_that_meets_an_error_of_aws_goes_back(lab, stacks):
    """Added resources are gone, removed ones are there again, and the next update works."""
    stacks.create_stack(StackName="web", TemplateBody=template(Q=QUEUE))
    stacks.update_stack(StackName="web", TemplateBody=template(P=QUEUE, S=NOWHERE))
    assert stacks.describe_stacks()["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert queues(lab) == ["Q"]
    assert events(stacks, "web")[-2:] == [
        ("web", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("web", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    stacks.update_stack(StackName="web", TemplateBody=template(P=QUEUE))
    assert queues(lab) == ["P"]
    stacks.delete_stack(StackName="web")
    assert queues(lab) == []


def test_an_update_to_something_that_is_not_simulated_is_refused_and_changes_nothing(lab, stacks):
    """Neither resources nor status nor events."""
    stacks.create_stack(StackName="web", TemplateBody=template(Q=QUEUE))
    before = events(stacks, "web")
    code, _ = refusal(
        stacks.update_stack, StackName="web", TemplateBody=template(P=QUEUE, X=CLUSTER)
    )
    assert code == "UnsupportedFeatureException"
    assert queues(lab) == ["Q"]
    assert events(stacks, "web") == before
    assert stacks.describe_stacks()["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("bad", "typed"), [(CLUSTER, True), (NOWHERE, False)], ids=["not simulated", "AWS's"]
)
def test_a_change_set_that_cannot_be_executed_leaves_nothing(lab, stacks, bad, typed):
    """Which is how the AWS CLI and CDK deploy."""
    stacks.create_change_set(
        StackName="web",
        ChangeSetName="one",
        ChangeSetType="CREATE",
        TemplateBody=template(Q=QUEUE, X=bad),
    )
    if typed:
        code, _ = refusal(stacks.execute_change_set, StackName="web", ChangeSetName="one")
        assert code == "UnsupportedFeatureException"
    else:
        stacks.execute_change_set(StackName="web", ChangeSetName="one")
    assert stacks.describe_stacks()["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    assert queues(lab) == []


def test_a_change_set_that_updates_goes_back(lab, stacks):
    """The stack has what it had."""
    stacks.create_stack(StackName="web", TemplateBody=template(Q=QUEUE))
    stacks.create_change_set(
        StackName="web",
        ChangeSetName="two",
        ChangeSetType="UPDATE",
        TemplateBody=template(P=QUEUE, X=NOWHERE),
    )
    stacks.execute_change_set(StackName="web", ChangeSetName="two")
    assert stacks.describe_stacks()["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert queues(lab) == ["Q"]


def test_a_stack_around_one_that_rolled_back_rolls_back_too(lab, stacks):
    """Nested stacks: nothing of either stays."""
    s3 = lab.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key="inner", Body=template(P=QUEUE, S=NOWHERE))
    inner = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://s3.amazonaws.com/templates/inner"},
    }
    stacks.create_stack(StackName="outer", TemplateBody=template(Q=QUEUE, I=inner))
    outer = next(s for s in stacks.describe_stacks()["Stacks"] if s["StackName"] == "outer")
    assert outer["StackStatus"] == "ROLLBACK_COMPLETE"
    assert queues(lab) == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{", "Template format error: JSON not well-formed. (line 1, column 2)"),
        (
            template(Q={"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Nope"}}}),
            "Template format error: Unresolved resource dependencies [Nope] in the Resources "
            "block of the template",
        ),
        (
            json.dumps(
                {
                    "Parameters": {
                        "BootstrapVersion": {
                            "Type": "AWS::SSM::Parameter::Value<String>",
                            "Default": "/cdk-bootstrap/hnb659fds/version",
                        }
                    },
                    "Resources": {"Q": QUEUE},
                }
            ),
            "Unable to fetch parameters [/cdk-bootstrap/hnb659fds/version] from parameter "
            "store for this account.",
        ),
    ],
    ids=["no JSON", "a reference to nothing", "a parameter that is not in the store"],
)
def test_a_template_that_cannot_be_read_is_refused(lab, stacks, body, text):
    """In AWS's words; no stack begins."""
    assert refusal(stacks.create_stack, StackName="web", TemplateBody=body) == (
        "ValidationError",
        text,
    )
    assert (stacks.describe_stacks()["Stacks"], queues(lab)) == ([], [])


@pytest.mark.parametrize("name", ["short", "n" * 120])
def test_generated_names_fit_their_service(lab, stacks, name):
    """A role has at most 64 characters: ECS, IAM and the stack know it by the same name."""
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [EXECUTION]},
    }
    stacks.create_stack(StackName=name, TemplateBody=template(ExecutionRole=role, Q=QUEUE))
    iam = lab.client("iam")
    (made,) = iam.list_roles()["Roles"]
    assert len(made["RoleName"]) <= 64
    attached = iam.list_attached_role_policies(RoleName=made["RoleName"])["AttachedPolicies"]
    assert [p["PolicyArn"] for p in attached] == [EXECUTION]
    assert all(
        len(url.rpartition("/")[2]) <= 80 for url in lab.client("sqs").list_queues()["QueueUrls"]
    )
    lab.client("ecs").register_task_definition(
        family="web",
        executionRoleArn=made["Arn"],
        containerDefinitions=[{"name": "app", "image": "nginx", "memory": 64}],
    )
    stacks.delete_stack(StackName=name)
    assert iam.list_roles()["Roles"] == []


@pytest.mark.parametrize(
    ("call", "asked", "member", "most"),
    [
        (
            "create_role",
            {"RoleName": "n" * 65, "AssumeRolePolicyDocument": json.dumps(TRUST)},
            "roleName",
            64,
        ),
        ("create_user", {"UserName": "n" * 65}, "userName", 64),
        ("create_group", {"GroupName": "n" * 129}, "groupName", 128),
        ("create_instance_profile", {"InstanceProfileName": "n" * 129}, "instanceProfileName", 128),
    ],
)
def test_names_that_are_too_long_for_iam_are_refused(lab, call, asked, member, most):
    """The text of CreateRole is in many public reports, such as
    aws/copilot-cli#2118; the others follow it.
    """
    iam = lab.client("iam")
    given = next(v for k, v in asked.items() if k.endswith("Name"))
    assert refusal(getattr(iam, call), **asked) == (
        "ValidationError",
        f"1 validation error detected: Value '{given}' at '{member}' failed to satisfy constraint: "
        f"Member must have length less than or equal to {most}",
    )
    getattr(iam, call)(**{k: v[:-1] if v == given else v for k, v in asked.items()})


def test_a_public_parameter_that_is_not_there_is_not_found(lab):
    """Systems Manager's own refusal."""
    code, _ = refusal(lab.client("ssm").get_parameter, Name="/aws/service/ecs/optimized-ami/none")
    assert code == "ParameterNotFound"


def test_a_public_parameter_of_several_values_is_a_json_text(lab):
    """What deployment tools read: the recommended image is the one that its own parameter names."""
    ssm, name = lab.client("ssm"), "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended"
    [recommended] = ssm.get_parameters(Names=[name])["Parameters"]
    alone = ssm.get_parameter(Name=f"{name}/image_id")["Parameter"]["Value"]
    assert json.loads(recommended["Value"])["image_id"] == alone
    below = ssm.get_parameters_by_path(Path="/aws/service/ecs/optimized-ami", Recursive=True)[
        "Parameters"
    ]
    assert {type(p["Value"]) for p in below} == {str}
