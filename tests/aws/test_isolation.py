"""A lab leaves the machine alone, and two labs leave each other alone."""

import gc
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import boto3
import pytest

from ecslab import Lab, LabError

# What a learner with a real account might have, and what must stay unread. The
# credentials are AWS's own documented examples.
REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "a-real-looking-token",
    "AWS_PROFILE": "production",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "https://ecs.example.com",
    "AWS_ENDPOINT_URL_ECS": "https://ecs.example.com",
    "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/admin",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent/token",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/creds",
    "AWS_CA_BUNDLE": "/nonexistent/bundle.pem",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "HTTPS_PROXY": "http://proxy.example.com:3128",
    "HTTP_PROXY": "http://proxy.example.com:3128",
    "MOTO_ACCOUNT_ID": "999999999999",
    "TEST_SERVER_MODE": "true",
}

NO_SOCKETS = """
    import socket
    def closed(*args, **named):
        raise AssertionError("somebody was called, or a name looked up")
    class Closed(socket.socket):  # to be called on is allowed: what other programs are refused by
        connect = connect_ex = sendto = sendmsg = closed
    socket.socket = Closed
    socket.create_connection = socket.getaddrinfo = socket.gethostbyname = closed
"""


def run(code, tmp_path, **more):
    """Run a program that starts with sockets closed and a real-looking AWS
    configuration; its output, line by line.
    """
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text(
        "[default]\naws_access_key_id=AKIAI44QH8DHBEXAMPLE\n"
        "aws_secret_access_key=je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n"
    )
    (home / ".aws" / "config").write_text(
        "[default]\nregion=ap-south-1\nuse_fips_endpoint=true\n"
        "endpoint_url=https://ecs.example.com\n[profile production]\nregion=ap-south-1\n"
    )
    program = textwrap.dedent(NO_SOCKETS) + textwrap.dedent(code)
    environment = (
        REAL_LOOKING
        | {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        | more
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_lab_calls_nobody_and_reads_no_credentials(tmp_path):
    """With nobody to be called, and credentials, profile, endpoints and proxies
    set, calls work and use none of them.
    """
    said = run(
        """
        import boto3
        from ecslab import Lab
        with Lab() as lab:
            for ecs in (lab.client("ecs"), boto3.client("ecs")):
                print(ecs.create_cluster(clusterName="a")["cluster"]["clusterArn"])
                print(ecs._request_signer._credentials.access_key, ecs.meta.endpoint_url)
            print(boto3.client("sts").get_caller_identity()["Account"])
            vpcs = boto3.client("ec2").describe_vpcs()["Vpcs"]
            print(len(vpcs), boto3.client("s3").list_buckets()["Buckets"])
        """,
        tmp_path,
    )
    each = [
        "arn:aws:ecs:us-east-1:123456789012:cluster/a",
        "ECSLABFAKECREDENTIAL https://ecs.us-east-1.amazonaws.com",
    ]
    assert said == [*each, *each, "123456789012", "1 []"]


def test_what_nobody_simulates_is_refused_before_a_socket_is_opened(tmp_path):
    """A service that moto lacks, an endpoint of one's own, an instance's
    credentials: all refused in the process.
    """
    said = run(
        """
        import boto3
        from botocore.utils import InstanceMetadataFetcher
        from ecslab import Lab, LabError
        with Lab() as lab:
            for name, call, options in (
                ("mturk", "get_account_balance", {}),
                ("s3", "list_buckets", {"endpoint_url": "https://minio.example.com"}),
                ("ecs", "list_clusters", {"endpoint_url": "https://10.0.0.1"}),
                ("rekognition", "list_collections", {}),
                ("eks", "list_insights", {}),
            ):
                try:
                    asked = {"clusterName": "c"} if name == "eks" else {}
                    getattr(boto3.client(name, **options), call)(**asked)
                except LabError as refusal:
                    print(name, "not sent" if "not sent anywhere" in str(refusal) else refusal)
            print(InstanceMetadataFetcher().retrieve_iam_role_credentials())
        """,
        tmp_path,
    )
    assert said == [
        "mturk not sent",
        "s3 not sent",
        "ecs not sent",
        "rekognition not sent",
        "eks not sent",
        "{}",
    ]


def test_a_client_older_than_moto_is_answered_by_the_lab(tmp_path):
    """A client made before moto was imported does not ask moto; the lab hears it all
    the same, and its request stays here.
    """
    said = run(
        """
        import sys, boto3
        old = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-west-2").client("ecs")
        assert "moto" not in sys.modules
        from ecslab import Lab
        with Lab() as lab:
            print(old.create_cluster(clusterName="a")["cluster"]["clusterArn"])
        """,
        tmp_path,
        AWS_ENDPOINT_URL="",
        AWS_ENDPOINT_URL_ECS="",
        AWS_PROFILE="default",
        AWS_USE_FIPS_ENDPOINT="false",
        AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true",
    )
    assert said == ["arn:aws:ecs:us-west-2:123456789012:cluster/a"]


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_a_lab_works_in_a_network_namespace_without_a_network(tmp_path):
    """The same with the kernel's word for it: no interface, not even loopback."""
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us make namespaces")
    code = (
        "from ecslab import Lab\nwith Lab() as lab: "
        "print(lab.client('ecs').list_clusters()['clusterArns'], "
        "lab.client('ec2').describe_vpcs()['Vpcs'][0]['IsDefault'])"
    )
    environment = (
        os.environ | REAL_LOOKING | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    )
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.stdout == "[] True\n", done.stderr


def shape_of_the_process():
    """Everything a lab changes, as it is now."""
    import datetime as dt
    import random
    import time
    import uuid

    import boto3.s3.transfer
    import botocore.configprovider
    import botocore.credentials
    import botocore.endpoint
    import botocore.handlers
    import botocore.httpsession
    import botocore.monitoring
    import botocore.retryhandler
    import botocore.waiter
    import moto.backends
    import moto.core
    from botocore.retries.standard import ExponentialBackoff
    from moto.core.base_backend import AccountSpecificBackend
    from moto.core.botocore_stubber import BotocoreStubber
    from moto.core.models import MockAWS, botocore_stubber
    from moto.moto_api._internal import mock_random

    originals = {
        id(o)
        for o in (dt, dt.datetime, dt.date, time, time.time, time.sleep, random, uuid, uuid.uuid4)
    }
    return {
        "environment": dict(os.environ),
        "names in moto": {
            (module.__name__, name): id(value)
            for module in list(sys.modules.values())
            if getattr(module, "__name__", "").startswith("moto.")
            for name, value in vars(module).items()
            if id(value) in originals
        },
        "default session": boto3.DEFAULT_SESSION,
        "handlers": list(botocore.handlers.BUILTIN_HANDLERS),
        "sleeps": (
            botocore.waiter.time,
            botocore.endpoint.time,
            botocore.retryhandler.random,
            ExponentialBackoff.__init__.__defaults__,
        ),
        "send": botocore.httpsession.URLLib3Session.__dict__["send"],
        "clients": (
            *(vars(botocore.endpoint.Endpoint)[name] for name in ("__init__", "make_request")),
            boto3.s3.transfer._should_use_crt,
        ),
        "sessions": [
            vars(botocore.session.Session)[name]
            for name in ("__init__", "create_client", "get_credentials")
        ],
        "credentials": [
            vars(botocore.credentials.RefreshableCredentials)[name]
            for name in ("__init__", "_refresh", "get_frozen_credentials")
        ],
        "other programs'": (
            vars(botocore.configprovider.ConfiguredEndpointProvider)["provide"],
            vars(botocore.monitoring.Monitor)["register"],
            vars(botocore.monitoring.SocketPublisher)["publish"],
        ),
        "stubber": (
            BotocoreStubber.__dict__["process_request"],
            botocore_stubber.enabled,
            MockAWS._nested_count,
        ),
        "registry": (
            moto.backends.get_backend,
            moto.core.DEFAULT_ACCOUNT_ID,
            AccountSpecificBackend.__dict__["get_session"],
        ),
        "ecs": (
            sys.modules["moto.ecs.models"].ecs_backends.backend
            if "moto.ecs.models" in sys.modules
            else None
        ),
        "chance": (type(mock_random), mock_random.getstate()),
        "regions": boto3.session.Session.get_available_regions,
        "import": list(sys.meta_path),
    }


def test_the_last_lab_to_close_gives_the_process_back_as_it_was(monkeypatch):
    """Environment, default session, handlers, moto's modules, its random state,
    the way to the network: all as before.
    """
    for name, value in REAL_LOOKING.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", object())
    with Lab() as lab:  # loads what there is to load
        for service in ("sqs", "ec2", "application-autoscaling", "s3"):
            lab.client(service)
        lab.client("ec2").describe_vpcs()
        lab.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
    before = shape_of_the_process()
    with Lab() as first, Lab(region="eu-central-1") as second:
        first.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
        second.client("sqs").create_queue(QueueName="q")
        assert not before.keys() & {
            k for k, v in shape_of_the_process().items() if v == before[k]
        } - {
            "ecs",
            "regions",
        }
    assert shape_of_the_process() == before


def test_python_looks_for_garbage_as_before_once_time_stands_still():
    """While time moves nearly all that is made stays, so it is looked at
    less often; also when a step raises.
    """
    before = gc.get_threshold()
    with Lab() as lab:
        seen = []
        lab.advance("1s")
        lab.until(lambda: seen.append(gc.get_threshold()) or True, timeout="1s")
    assert seen[0][0] > before[0]
    assert gc.get_threshold() == before


def test_a_lab_that_cannot_open_changes_nothing():
    """A refusal leaves the process alone."""
    before = dict(os.environ)
    with pytest.raises(LabError):
        Lab(region="us-weast-1")
    with Lab() as lab, pytest.raises(LabError):
        Lab(account=lab.account)
    assert dict(os.environ) == before


def test_two_labs_share_nothing():
    """Account id, clock, timeline, ECS and every neighbour are a lab's own."""
    with Lab() as one, Lab() as two:
        assert (one.account, two.account) == ("123456789012", "123456789013")
        one.advance("1m")
        one.client("ecs").create_cluster(clusterName="only-in-one")
        one.client("s3").create_bucket(Bucket="same-name")
        two.client("s3").create_bucket(Bucket="same-name")
        one.client("sqs").create_queue(QueueName="only-in-one")
        assert two.clock.now_ms == 0
        assert two.client("ecs").list_clusters()["clusterArns"] == []
        assert "QueueUrls" not in two.client("sqs").list_queues()
        assert [lab.client("sts").get_caller_identity()["Account"] for lab in (one, two)] == [
            one.account,
            two.account,
        ]


def test_closing_one_lab_leaves_the_other_s_data():
    """Only the closed account's data goes."""
    with Lab() as kept:
        gone = Lab()
        for lab in (kept, gone):
            lab.client("s3").create_bucket(Bucket="box")
            lab.client("s3").put_object(Bucket="box", Key="k", Body=b"1")
            lab.client("ecs").create_cluster(clusterName="c")
        gone.close()
        assert kept.client("s3").get_object(Bucket="box", Key="k")["Body"].read() == b"1"
        assert len(kept.client("ecs").list_clusters()["clusterArns"]) == 1
        with Lab() as again:
            assert again.account == gone.account
            assert again.client("s3").list_buckets()["Buckets"] == []
            assert again.client("ecs").list_clusters()["clusterArns"] == []


def fingerprint(lab):
    """Ids and times that moto and ECS hand out."""
    ec2, elb, sqs = lab.client("ec2"), lab.client("elbv2"), lab.client("sqs")
    yield ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]]
    yield subnets
    yield elb.create_load_balancer(Name="front", Subnets=subnets[:2])["LoadBalancers"]
    yield sqs.send_message(QueueUrl=sqs.create_queue(QueueName="q")["QueueUrl"], MessageBody="m")[
        "MessageId"
    ]
    yield lab.client("ecs").create_cluster()["ResponseMetadata"]["RequestId"]
    deploy = lab.client("codedeploy")  # draws from the standard library's uuid
    yield deploy.create_application(applicationName="app", computePlatform="ECS")["applicationId"]
    yield lab.client("cloudwatch").describe_alarms()["ResponseMetadata"]["RequestId"]
    yield ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]


def test_the_same_seed_gives_the_same_ids():
    """A story does not depend on what ran in the process before."""
    told = []
    for _ in range(2):
        with Lab(seed=7) as lab:
            told.append(list(fingerprint(lab)))
    with Lab(seed=8) as other:
        assert list(fingerprint(other)) != told[0]
    assert told[0] == told[1]


def test_the_same_seed_gives_the_same_ids_in_every_process():
    """Whatever order Python gives to its sets, and whether moto's modules are
    loaded on the way or there already.
    """
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nfrom test_isolation import fingerprint\n"
        "from ecslab import Lab\n"
        "for _ in range(2):\n    with Lab(seed=7) as lab: print(list(fingerprint(lab)))"
    )
    told = set()
    for order in "12":
        environment = os.environ | {
            "PYTHONHASHSEED": order,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        program = [sys.executable, "-c", code, str(Path(__file__).parent)]
        told.update(
            subprocess.run(
                program, env=environment, capture_output=True, text=True, check=True
            ).stdout.splitlines()
        )
    assert len(told) == 1


def test_a_lab_s_ids_do_not_depend_on_its_neighbour():
    """Two labs at work in turns draw the ids that each draws alone."""
    with Lab(seed=1), Lab(seed=2) as quiet:
        expected = list(fingerprint(quiet))
    with Lab(seed=1) as noise, Lab(seed=2) as lab:
        mixed = [line for _, line in zip(fingerprint(noise), fingerprint(lab), strict=True)]
    assert mixed == expected


def test_plain_boto3_talks_to_the_lab_opened_last():
    """`boto3.client("ecs")` without a region works, and follows the labs as they open and close."""
    with Lab(region="eu-west-1") as first:
        with Lab(region="us-west-2") as second:
            assert (
                boto3.client("ecs").create_cluster()["cluster"]["clusterArn"]
                == f"arn:aws:ecs:us-west-2:{second.account}:cluster/default"
            )
        assert (
            boto3.client("ecs").create_cluster()["cluster"]["clusterArn"]
            == f"arn:aws:ecs:eu-west-1:{first.account}:cluster/default"
        )


def test_a_client_made_in_a_lab_says_so_when_used_after_it():
    """It holds made-up credentials; nothing is sent."""
    with Lab() as lab:
        plain, own = boto3.client("ecs"), lab.client("ecs")
    with pytest.raises(LabError, match="there is no lab any more"):
        plain.list_clusters()
    with pytest.raises(LabError, match="has been closed"):
        own.list_clusters()
    with Lab() as other:
        other.client("ecs").create_cluster()
        with pytest.raises(LabError, match="has been closed"):
            own.list_clusters()


def test_a_lab_inside_somebody_s_own_mock_leaves_that_mock_alone():
    """A mock_aws around a lab keeps its data, its credentials and its ECS."""
    from moto import mock_aws

    with mock_aws():
        mine = boto3.client("ecs", region_name="us-east-1")
        mine.create_cluster(clusterName="mine")
        with Lab(account="111122223333") as lab:
            assert lab.client("ecs").list_clusters()["clusterArns"] == []
        assert len(mine.list_clusters()["clusterArns"]) == 1
        assert os.environ["AWS_ACCESS_KEY_ID"] == "FOOBARKEY"
    assert os.environ.get("AWS_ACCESS_KEY_ID") != "FOOBARKEY"


def test_a_proxy_does_not_get_what_is_meant_for_this_machine(monkeypatch):
    """A request to a loopback endpoint never goes through a proxy of the environment."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example.com:3128")
    before = boto3.Session("a", "b", region_name="us-east-1").client(
        "ecs", endpoint_url="http://127.0.0.1:1"
    )
    with Lab():
        with pytest.raises(LabError, match="proxy"):
            before.list_clusters()
        from botocore.exceptions import EndpointConnectionError

        config = boto3.session.Config(retries={"max_attempts": 0})
        with pytest.raises(EndpointConnectionError):
            boto3.client("ecs", endpoint_url="http://127.0.0.1:1", config=config).list_clusters()
