"""ECS as the wire shows it: every operation answers, input and output fit
botocore's shapes, errors are AWS's.
"""

import json
import re
import sys

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from ecslab import Lab, LabError
from ecslab.aws.gate import mount, wire
from ecslab.ecs.api import OPERATIONS
from ecslab.ground.errors import AwsError

MODEL = ServiceModel(create_loader().load_service_model("ecs", "service-2"), "ecs")


def least(shape, name=""):
    """The smallest value that fits a shape: what is required, and nothing else."""
    if shape.type_name == "structure":
        needed = shape.required_members or (
            list(shape.members)[:1] if shape.is_tagged_union else []
        )
        return {member: least(shape.members[member], member) for member in needed}
    if shape.type_name == "list":
        return [least(shape.member, name)]
    if shape.type_name == "string":
        return shape.enum[0] if getattr(shape, "enum", None) else "web"
    return {"integer": 1, "long": 1, "double": 1.0, "boolean": True, "map": {}, "timestamp": 0}[
        shape.type_name
    ]


def snake(operation):
    """DescribeTasks → describe_tasks."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()


@pytest.fixture(scope="module")
def ecs():
    """A client of a lab that all of this file's harmless questions share."""
    with Lab() as lab:
        yield lab.client("ecs")


@pytest.mark.parametrize("operation", sorted(MODEL.operation_names))
def test_every_operation_of_ecs_answers(ecs, operation):
    """All that botocore knows: simulated, refused in AWS's words, or said not to be
    simulated; never a crash, never the network.
    """
    request = least(MODEL.operation_model(operation).input_shape)
    try:
        answer = getattr(ecs, snake(operation))(**request)
    except ClientError as refusal:
        error, meta = refusal.response["Error"], refusal.response["ResponseMetadata"]
        known = {shape.name for shape in MODEL.error_shapes}
        assert error["Code"] in known
        assert error["Message"]
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", meta["RequestId"])
        assert (error["Code"] == "UnsupportedFeatureException") == (
            "not simulated" in error["Message"]
        )
        assert (
            operation in OPERATIONS
            or error["Message"] == f"The ECS operation {operation} is not simulated by ecslab."
        )
    else:
        assert operation in OPERATIONS
        del answer["ResponseMetadata"]
        assert (
            not ParamValidator()
            .validate(answer, MODEL.operation_model(operation).output_shape)
            .has_errors()
        )


def test_there_is_something_to_ask():
    """The loop above covers botocore's whole model: 88 operations in botocore 1.44.5."""
    assert wire.operations() == set(MODEL.operation_names)
    assert len(wire.operations()) >= 88


def refusal(operation, body):
    """What reading a request raises."""
    with pytest.raises(AwsError) as caught:
        wire.read(operation, body)
    return caught.value


def test_a_text_where_a_number_belongs_is_a_serialization_error():
    """AWS's JSON parser names what it got and what it cannot make of it."""
    error = refusal("CreateService", '{"serviceName": "web", "desiredCount": "two"}')
    assert (error.code, error.message) == (
        "SerializationException",
        "STRING_VALUE can not be converted to an Integer",
    )
    error = refusal("CreateCluster", '{"clusterName": 7}')
    assert (error.code, error.message) == (
        "SerializationException",
        "NUMBER_VALUE can not be converted to a String",
    )


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "\ufeff{}x"])
def test_a_body_that_is_no_json_object_is_a_serialization_error(body):
    """Nothing that is not an object gets any further."""
    assert refusal("CreateCluster", body).code == "SerializationException"


def test_a_missing_or_unknown_parameter_is_named():
    """Clients that do not check their input, such as curl, hear what is wrong."""
    error = refusal("RunTask", "{}")
    assert error.code == "InvalidParameterException"
    assert "taskDefinition" in error.message
    error = refusal("CreateCluster", '{"colour": "red"}')
    assert error.code == "InvalidParameterException"
    assert "colour" in error.message


@pytest.mark.parametrize(
    ("operation", "body", "said"),
    [
        (
            "ListServices",
            '{"launchType": "FARGTE"}',
            "launchType should be one of [EC2,FARGATE,EXTERNAL,MANAGED_INSTANCES]",
        ),
        (
            "DescribeClusters",
            '{"include": ["TAGS", "tags"]}',
            "include should be one of [ATTACHMENTS,CONFIGURATIONS,SETTINGS,STATISTICS,TAGS]",
        ),
        (
            "RunTask",
            '{"taskDefinition": "web", "networkConfiguration": {"awsvpcConfiguration": '
            '{"subnets": [], "assignPublicIp": "YES"}}}',
            "assignPublicIp should be one of [ENABLED,DISABLED]",
        ),
    ],
)
def test_a_word_that_ecs_does_not_know_is_refused(operation, body, said):
    """At any depth, with the words that it knows; botocore would let it through."""
    error = refusal(operation, body)
    assert (error.code, error.message) == ("InvalidParameterException", said)


def test_a_null_is_a_parameter_that_was_not_given():
    """Some SDKs send null for what the caller left out, at any depth."""
    body = '{"clusterName": null, "tags": [{"key": "null", "value": null}]}'
    assert wire.read("CreateCluster", body) == {"tags": [{"key": "null"}]}
    assert wire.read("CreateCluster", b"") == {}


def test_a_member_that_the_api_does_not_have_is_a_bug_of_ours():
    """A response is written by botocore's shape, at every depth."""
    with pytest.raises(AssertionError, match="Cluster of ECS's API has no member colour"):
        wire.write("DescribeClusters", {"clusters": [{"colour": "red"}]})


def test_times_are_seconds_and_what_is_none_is_left_out():
    """The JSON protocol carries seconds since 1970; an absent member is absent."""
    from datetime import UTC, datetime

    moment = datetime(2026, 1, 5, 9, tzinfo=UTC)
    service = {
        "serviceName": "web",
        "createdAt": moment,
        "deployments": [{"createdAt": 1.5}],
        "roleArn": None,
    }
    written = json.loads(wire.write("DescribeServices", {"services": [service]}))
    assert written == {
        "services": [
            {
                "serviceName": "web",
                "createdAt": moment.timestamp(),
                "deployments": [{"createdAt": 1.5}],
            }
        ]
    }


def test_an_error_is_typed_and_carries_its_members(ecs):
    """The modeled class is raised; status, request id and date are there."""
    with pytest.raises(ecs.exceptions.ClusterNotFoundException) as caught:
        ecs.list_tasks(cluster="nowhere")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert (
        caught.value.response["ResponseMetadata"]["HTTPHeaders"]["date"]
        == "Mon, 05 Jan 2026 09:00:00 GMT"
    )
    error = AwsError("TargetNotFoundException", "gone", resourceIds=["a"])
    assert json.loads(wire.write_error(error)) == {
        "__type": "TargetNotFoundException",
        "message": "gone",
        "resourceIds": ["a"],
    }


def test_request_ids_come_from_the_seed():
    """Two labs with one seed hand out the same ids; no two requests of a lab share one."""
    ids = []
    for _ in range(2):
        with Lab(seed="s") as lab:
            client = lab.client("ecs")
            ids.append([client.list_clusters()["ResponseMetadata"]["RequestId"] for _ in range(3)])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def broken(*_):
    """An operation with a bug."""
    return 1 / 0


def test_a_bug_of_ours_surfaces_as_itself(lab, monkeypatch):
    """In this process a Python error keeps its type and traceback; it is
    not dressed up as an answer of AWS.
    """
    monkeypatch.setitem(lab.plane().operations, "ListClusters", broken)
    with pytest.raises(ZeroDivisionError):
        lab.client("ecs").list_clusters()


class Request:
    """What moto hands to a handler."""

    def __init__(self, account, region="us-east-1", body=b"{}"):
        self.headers = {
            "x-moto-account-id": account,
            "Authorization": f"AWS4-HMAC-SHA256 Credential=K/20260105/{region}/ecs/aws4_request, x",
        }
        self.data = body


def test_a_bug_of_ours_is_a_readable_500_for_another_process(lab, monkeypatch, caplog):
    """A client of the server cannot see our traceback; it gets the
    sentence, and the server's log the rest.
    """
    monkeypatch.setitem(lab.plane().operations, "ListClusters", broken)
    status, _, body = mount.answer_moto(
        Request(lab.account), "", {"X-Amz-Target": wire.TARGET_PREFIX + "ListClusters"}
    )
    assert status == 500
    assert json.loads(body) == {
        "__type": "ServerException",
        "message": "ecslab failed: ZeroDivisionError: division by zero",
    }
    assert "ecslab failed to answer" in caplog.text


@pytest.mark.parametrize(
    ("region", "target", "code"),
    [
        ("us-weast-1", "ListClusters", "InvalidSignatureException"),
        ("us-east-1", "MakeTea", "UnknownOperationException"),
    ],
)
def test_another_process_hears_of_unknown_regions_and_operations(lab, region, target, code):
    """What botocore prevents in this process, a client of the server can send."""
    status, _, body = mount.answer_moto(
        Request(lab.account, region), "", {"X-Amz-Target": wire.TARGET_PREFIX + target}
    )
    assert (status, json.loads(body)["__type"]) == (400, code)


def test_an_unknown_region_is_an_endpoint_that_cannot_be_reached(lab):
    """What botocore raises when AWS has no such host; the retries cost
    the lab's time, not the wall's.
    """
    for service, call in (
        ("ecs", "list_clusters"),
        ("ec2", "describe_vpcs"),
        ("sqs", "list_queues"),
    ):
        with pytest.raises(
            EndpointConnectionError, match=f"https://{service}.us-weast-1.amazonaws.com"
        ):
            getattr(boto3.client(service, region_name="us-weast-1"), call)()
    assert 0 < lab.clock.now_ms < 60_000


def test_a_service_whose_packages_are_missing_says_which(lab, monkeypatch):
    """Some of moto's services need packages that ecslab does without."""
    monkeypatch.setitem(sys.modules, "moto.mq", None)
    with pytest.raises(LabError, match=r"needs the package moto\.mq, which is not installed"):
        lab.client("mq").list_brokers()


def test_every_region_has_a_control_plane_of_its_own(lab):
    """Clusters live in a region; the clock and the timeline are the account's."""
    lab.client("ecs", region_name="eu-west-1").create_cluster(clusterName="there")
    assert lab.client("ecs").list_clusters()["clusterArns"] == []
    assert list(lab.plane("eu-west-1").state.clusters) == ["there"]
    assert lab.plane("eu-west-1").clock is lab.plane().clock


def test_ecs_answers_under_its_other_names_too(lab):
    """FIPS and dual-stack endpoints are the same ECS."""
    from botocore.config import Config

    lab.client("ecs").create_cluster(clusterName="a")
    for config in (Config(use_fips_endpoint=True), Config(use_dualstack_endpoint=True)):
        assert len(lab.client("ecs", config=config).list_clusters()["clusterArns"]) == 1


def test_moto_s_registry_holds_our_ecs(lab):
    """The server and the other services of moto find our
    ECS where moto's own would be.
    """
    import moto.backends

    backend = moto.backends.get_backend("ecs")[lab.account]["us-east-1"]
    assert isinstance(backend, mount.EcsBackend)
    assert (backend.account_id, backend.region_name) == (lab.account, "us-east-1")
    lab.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    from moto.ecs.models import ecs_backends

    assert isinstance(ecs_backends[lab.account]["us-east-1"], mount.EcsBackend)
    from moto.core.exceptions import ServiceException

    with pytest.raises(ServiceException, match=r"UnsupportedFeatureException.*create_task_set"):
        ecs_backends[lab.account]["us-east-1"].create_task_set()


def test_application_auto_scaling_sees_our_services(lab):
    """It refuses a service that our control plane does not have."""
    boto3.client("ecs").create_cluster(clusterName="prod")
    scaling = lab.client("application-autoscaling")
    with pytest.raises(ClientError, match="ECS service doesn't exist"):
        scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId="service/prod/web",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=2,
        )
