"""Whatever moto cannot do becomes AWS's error or a LabError in this process, and
an error that nobody retries in another.
"""

import re
from contextlib import suppress
from zlib import crc32

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto import backends

from ecslab import Lab, LabError
from ecslab.aws import failures

QUICK = re.compile(r"(?:List|Describe|Get)")
FEW = 2  # calls of each service: all of them take a minute
# Services whose calls have failed with a bare Python error.
BARE = {
    "ebs": ("ListSnapshotBlocks", "ListChangedBlocks", "GetSnapshotBlock"),
    "meteringmarketplace": ("ResolveCustomer",),
    "s3tables": ("GetTable", "ListTables"),
    "sns": ("GetTopicAttributes",),
    "elb": ("DescribeLoadBalancerAttributes",),
    "autoscaling": ("DescribeLoadBalancers", "DescribeWarmPool"),
}


def least(shape):
    """The smallest value that fits a shape."""
    if shape.type_name == "structure":
        return {member: least(shape.members[member]) for member in shape.required_members}
    if shape.type_name == "list":
        return [least(shape.member)]
    if shape.type_name == "string":
        enum = getattr(shape, "enum", None)
        return enum[0] if enum else "w" * max(3, shape.metadata.get("min", 1))
    if shape.type_name in {"integer", "long", "float", "double"}:
        return shape.metadata.get("min", 1)
    return {"map": {}, "blob": b"x", "boolean": True, "timestamp": 0}[shape.type_name]


def simulated():
    """The services that moto has and boto3 knows."""
    known = {
        name.replace("-", ""): name for name in boto3.session.Session().get_available_services()
    }
    names = (name.removeprefix("aws") for name in backends.list_of_moto_modules())
    return sorted(known[name] for name in names if name in known)


@pytest.fixture(scope="module")
def lab():
    """An empty account that all these harmless questions share."""
    with Lab() as lab:
        yield lab


@pytest.mark.parametrize("service", simulated())
def test_a_harmless_question_is_answered_refused_or_said_not_to_be_simulated(lab, service):
    """A few reading calls of every service that moto has, chosen by their
    names, and those that have failed before.
    """
    client = lab.client(service)
    model = client.meta.service_model
    quick = sorted(
        (n for n in model.operation_names if QUICK.match(n)), key=lambda n: crc32(n.encode())
    )
    methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    for operation in {*quick[:FEW], *BARE.get(service, ())}:
        shape = model.operation_model(operation).input_shape
        with suppress(
            ClientError, LabError, BotoCoreError
        ):  # anything else would end the learner's program
            getattr(client, methods[operation])(**least(shape) if shape else {})


def test_there_is_something_to_ask():
    """Most of moto's 180 services."""
    assert len(simulated()) > 150


@pytest.mark.parametrize("service", BARE)
def test_what_moto_fails_at_is_a_lab_error_with_its_cause(lab, service):
    """It says which call, and what moto said; nothing of it looks like a bug of the learner's."""
    client = lab.client(service)
    methods = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    operation = BARE[service][0]
    shape = client.meta.service_model.operation_model(operation).input_shape
    with pytest.raises(LabError, match=r"not sent anywhere"):
        getattr(client, methods[operation])(**least(shape))


def raised(function, module):
    """An exception as it looks when a function of a module raised it."""
    scope = {"__name__": module}
    exec(f"def fail(*_): {function}", scope)
    try:
        scope["fail"]()
    except Exception as failure:  # noqa: BLE001 - whatever it raises
        return failure


def test_a_failure_is_of_whoever_raised_it_last():
    """Moto's becomes a LabError, ecslab's own stays a bug, and what is
    meant for the caller stays as it is.
    """
    assert "KeyError" in str(failures.of_moto(raised("{}['x']", "moto.sns.models"), "sns X"))
    assert failures.of_moto(raised("{}['x']", "ecslab.aws.gate.gate"), "sns X") is None
    assert failures.of_moto(raised("{}['x']", "somebody.else"), "sns X") is None
    assert failures.of_moto(LabError("no"), "sns X") is None
    assert "not simulated" in str(failures.of_moto(NotImplementedError("X"), "sns X"))


# Another process


def program(endpoint, name):
    """A client of another program, with botocore's own retries."""
    return boto3.session.Session().client(
        name,
        endpoint_url=endpoint.url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"mode": "standard"}),
    )


def environment(lab):
    """A valid request for a compute environment."""
    role = lab.client("iam").create_role(RoleName="batch", AssumeRolePolicyDocument="{}")["Role"][
        "Arn"
    ]
    ec2 = lab.client("ec2")
    resources = {
        "type": "FARGATE",
        "maxvCpus": 4,
        "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
        "securityGroupIds": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
    }
    return {
        "computeEnvironmentName": "some",
        "type": "MANAGED",
        "serviceRole": role,
        "computeResources": resources,
    }


CALLS = {
    "a compute environment": lambda lab, at: program(at, "batch").create_compute_environment(
        **environment(lab)
    ),
    "a stack with a cluster": lambda _, at: program(at, "cloudformation").create_stack(
        StackName="web", TemplateBody='{"Resources": {"C": {"Type": "AWS::ECS::Cluster"}}}'
    ),
    "a machine without data": lambda _, at: program(at, "ec2").run_instances(
        ImageId="ami-1e749f67",
        InstanceType="x1.32xlarge",
        MinCount=1,
        MaxCount=1,
        UserData="ECS_CLUSTER=default",
    ),
    "a bare error of moto": lambda _, at: program(at, "sns").get_topic_attributes(TopicArn="www"),
    "an operation that moto lacks": lambda _, at: program(
        at, "meteringmarketplace"
    ).resolve_customer(RegistrationToken="x"),
    "a document of a type without data": lambda _, at: program(
        at, "ecs"
    ).register_container_instance(
        instanceIdentityDocument='{"instanceId": "i-1", "instanceType": "x9.large"}'
    ),
}


@pytest.mark.parametrize("what", CALLS)
def test_no_client_is_told_to_try_again_what_is_not_simulated(what):
    """One request, one answer: 4xx, or the 501 that SDKs do not
    retry; and nothing is left behind.
    """
    with Lab() as lab:
        lab.client("ecs").create_cluster(clusterName="default")
        with lab.serve() as endpoint, pytest.raises(ClientError) as refused:
            CALLS[what](lab, endpoint)
        meta = refused.value.response["ResponseMetadata"]
        assert meta["RetryAttempts"] == 0
        assert meta["HTTPStatusCode"] in {400, 501}
        assert lab.client("cloudformation").describe_stacks()["Stacks"] == []
        assert lab.client("batch").describe_compute_environments()["computeEnvironments"] == []
        assert lab.client("ec2").describe_instances()["Reservations"] == []


def test_another_program_changes_listeners_as_this_one_does(lab):
    """ECS hears of Elastic Load Balancing's changes from whoever calls."""
    heard = []
    lab.plane().neighbours.balancers.on_change = lambda: heard.append(True)
    lab.client("elbv2").describe_target_groups()
    with lab.serve() as endpoint:
        client = program(endpoint, "elbv2")
        client.create_target_group(Name="blue", TargetType="lambda")
        assert heard == [True]
        client.describe_target_groups()
        assert heard == [True]
