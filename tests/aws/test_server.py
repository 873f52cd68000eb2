"""The account on a loopback endpoint: unmodified programs work against
it, and nothing else gets in or out.
"""

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from deployed import network

from ecslab import Lab, LabError
from ecslab.aws.gate import mount
from ecslab.aws.server.server import serve

AWS = shutil.which("aws", path=str(Path(sys.executable).parent))
DEFINITION = {
    "family": "web",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "app", "image": "nginx", "essential": True}],
}


class Wall:
    """A wall clock that a test moves."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        """The seconds it shows."""
        return self.seconds


def aws(endpoint, *words):
    """Run the AWS CLI; what it printed, read as JSON when it is."""
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | endpoint.environment()
    done = subprocess.run(
        [AWS, *words], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout.strip()


def client(endpoint, name, **more):
    """A boto3 client of another program's kind: it knows the
    endpoint's address and nothing else.
    """
    settings = Config(retries={"total_max_attempts": 1}, **more)
    return boto3.session.Session().client(
        name,
        endpoint_url=endpoint.url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=settings,
    )


def service(lab, ecs, desired=1, **more):
    """A Fargate service in the default VPC."""
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(**DEFINITION)
    ecs.create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition="web",
        desiredCount=desired,
        launchType="FARGATE",
        networkConfiguration=network(lab, subnets=1),
        **more,
    )


def running(ecs):
    """The service's running count."""
    return ecs.describe_services(cluster="shop", services=["web"])["services"][0]["runningCount"]


# The AWS CLI


@pytest.mark.skipif(AWS is None, reason="the AWS CLI is not installed here")
def test_the_aws_cli_runs_a_task_and_waits_for_it(lab):
    """Unmodified, with its own waiter; and what it made is what the lab's own process sees."""
    with lab.serve(clock="paced", speed=5000) as endpoint:
        aws(endpoint, "ecs", "create-cluster", "--cluster-name", "shop")
        subnet = aws(
            endpoint,
            "ec2",
            "describe-subnets",
            "--query",
            "Subnets[0].SubnetId",
            "--output",
            "text",
        )
        made = aws(
            endpoint, "ecs", "register-task-definition", "--cli-input-json", json.dumps(DEFINITION)
        )
        network = f"awsvpcConfiguration={{subnets=[{subnet}],assignPublicIp=ENABLED}}"
        task = (
            "--cluster",
            "shop",
            "--task-definition",
            made["taskDefinition"]["taskDefinitionArn"],
        )
        ran = aws(
            endpoint,
            "ecs",
            "run-task",
            *task,
            "--launch-type",
            "FARGATE",
            "--network-configuration",
            network,
        )
        arn = ran["tasks"][0]["taskArn"]
        aws(endpoint, "ecs", "wait", "tasks-running", "--cluster", "shop", "--tasks", arn)
        aws(
            endpoint,
            "ecs",
            "create-service",
            "--service-name",
            "web",
            "--desired-count",
            "2",
            *task,
            "--launch-type",
            "FARGATE",
            "--network-configuration",
            network,
        )
        aws(endpoint, "ecs", "wait", "services-stable", "--cluster", "shop", "--services", "web")
        told = aws(endpoint, "ecs", "describe-services", "--cluster", "shop", "--services", "web")
        aws(endpoint, "logs", "create-log-group", "--log-group-name", "/ecs/web")
    assert told["services"][0]["runningCount"] == 2
    assert (
        lab.client("ecs").describe_tasks(cluster="shop", tasks=[arn])["tasks"][0]["lastStatus"]
        == "RUNNING"
    )
    assert len(lab.client("ec2").describe_network_interfaces()["NetworkInterfaces"]) == 3
    assert lab.client("logs").describe_log_groups()["logGroups"][0]["logGroupName"] == "/ecs/web"


# Clocks


def test_manual_time_stands_still(lab):
    """Only the lab's own process moves it."""
    with lab.serve() as endpoint:
        ecs = client(endpoint, "ecs")
        service(lab, ecs)
        assert (running(ecs), lab.clock.now_ms) == (0, 0)
        lab.settle()
        assert running(ecs) == 1


def test_settle_brings_about_what_a_call_wants_before_it_answers_the_next(lab):
    """After a call that changes something; a call that reads moves nothing."""
    with lab.serve(clock="settle") as endpoint:
        ecs = client(endpoint, "ecs")
        service(lab, ecs, desired=2)
        settled_ms = lab.clock.now_ms
        assert (running(ecs), lab.clock.now_ms) == (2, settled_ms)
        assert settled_ms > 0
        with pytest.raises(ClientError):
            ecs.update_service(cluster="shop", service="nothing", desiredCount=3)
        assert lab.clock.now_ms == settled_ms


def test_what_is_deleted_is_gone_before_the_next_call(lab):
    """Facts, section 5.1: any client's waiter sees INACTIVE at once,
    and the cluster can be deleted.
    """
    with lab.serve(clock="settle") as endpoint:
        ecs = client(endpoint, "ecs")
        service(lab, ecs, desired=2)
        ecs.delete_service(cluster="shop", service="web", force=True)
        waiter = ecs.get_waiter("services_inactive")
        waiter.wait(cluster="shop", services=["web"], WaiterConfig={"Delay": 1, "MaxAttempts": 1})
        assert ecs.delete_cluster(cluster="shop")["cluster"]["status"] == "INACTIVE"


def test_a_call_that_leaves_something_moving_succeeds_and_the_log_says_what_moves(lab, caplog):
    """An hour is all that a crash loop gets; the caller has its answer all the same."""
    with lab.serve(clock="settle") as endpoint:
        ecs = client(endpoint, "ecs")
        service(lab, ecs)
        before_ms = lab.clock.now_ms
        trust = {
            "Statement": {
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        }
        role = lab.client("iam").create_role(
            RoleName="pull", AssumeRolePolicyDocument=json.dumps(trust)
        )["Role"]
        gone = "123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1"
        broken = [DEFINITION["containerDefinitions"][0] | {"image": gone}]
        more = {"containerDefinitions": broken, "executionRoleArn": role["Arn"]}
        ecs.register_task_definition(**DEFINITION | more)
        caplog.clear()
        told = ecs.update_service(cluster="shop", service="web", taskDefinition="web")["service"]
        assert told["taskDefinition"].endswith("web:2")
        assert lab.clock.now_ms == before_ms + 3_600_000
    [line] = [
        record.message for record in caplog.records if record.name == "ecslab.aws.server.server"
    ]
    assert line.startswith("still under way at 2026-01-05 10:0")
    assert "service/web starts no task before its throttle ends" in line


def test_no_time_passes_over_a_wait_for_somebody(lab, caplog):
    """ContinueServiceDeployment is a call too: who pauses a deployment finds it where it waits."""
    with lab.serve(clock="settle") as endpoint:
        ecs = client(endpoint, "ecs")
        service(lab, ecs)
        before_ms = lab.clock.now_ms
        hooks = [{"targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"]}]
        ecs.update_service(
            cluster="shop",
            service="web",
            deploymentConfiguration={
                "strategy": "BLUE_GREEN",
                "bakeTimeInMinutes": 0,
                "lifecycleHooks": hooks,
            },
            forceNewDeployment=True,
        )
        assert lab.clock.now_ms - before_ms < 60_000
        assert "waits for ContinueServiceDeployment" in caplog.text


def test_paced_time_is_the_walls_time_times_the_speed(lab):
    """Before each request, whatever the lab's own process does in between; no fraction is lost."""
    wall = Wall()
    with serve(lab, clock="paced", speed=60, monotonic=wall) as endpoint:
        ecs = client(endpoint, "ecs")
        ecs.list_clusters()
        assert lab.clock.now_ms == 0
        for _ in range(10):
            wall.seconds += 0.1
            ecs.list_clusters()
        assert lab.clock.now_ms == 60_000
        lab.advance("5s")
        wall.seconds += 1
        ecs.list_clusters()
        assert lab.clock.now_ms == 125_000


# One account, many callers


def test_eight_callers_at_once_all_get_their_own_answers(lab, monkeypatch):
    """One request at a time: moto's server has no lock of its own."""
    answer, inside, most = mount.answer, [], []

    def watched(*request):
        inside.append(1)
        time.sleep(0.001)  # lets another thread in, if it can get in
        most.append(len(inside))
        told = answer(*request)
        inside.pop()
        return told

    monkeypatch.setattr(mount, "answer", watched)
    with lab.serve() as endpoint:
        ecs = client(endpoint, "ecs")
        for number in range(8):
            ecs.create_cluster(clusterName=f"c{number}", tags=[{"key": "n", "value": str(number)}])

        def ask(number):
            asked = {"clusters": [f"c{number}"], "include": ["TAGS"]}
            told = [ecs.describe_clusters(**asked)["clusters"] for _ in range(20)]
            return {(c["clusterName"], c["tags"][0]["value"]) for [c] in told}

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, range(8))) == [{(f"c{n}", str(n))} for n in range(8)]
    assert (len(most), max(most)) == (168, 1)


def test_every_request_belongs_to_the_endpoints_lab():
    """Whatever account, key or header the caller has: two labs are two endpoints."""
    with Lab() as one, Lab() as two, one.serve() as first, two.serve() as second:
        client(first, "ecs").create_cluster(clusterName="shop")
        client(second, "ec2").create_vpc(CidrBlock="10.0.0.0/16")
        assert client(second, "ecs").list_clusters()["clusterArns"] == []
        assert client(second, "sts").get_caller_identity()["Account"] == two.account
        assert [len(lab.client("ec2").describe_vpcs()["Vpcs"]) for lab in (one, two)] == [1, 2]


def test_serving_does_not_change_another_labs_story():
    """Looking up a service's addresses makes no account but the one that is served."""

    def story(*, served):
        with Lab(seed="s") as watched, Lab() as other:
            if served:
                with other.serve() as endpoint:
                    client(endpoint, "ec2").describe_vpcs()
            return watched.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]

    assert story(served=True) == story(served=False)


# What is refused


@pytest.mark.parametrize(
    ("name", "call", "arguments"),
    [
        ("braket", "search_devices", {"filters": []}),
        ("ec2", "describe_fast_launch_images", {}),
        ("lambda", "get_account_settings", {}),
        ("route53", "get_geo_location", {}),
        ("cloudwatch", "list_alarm_mute_rules", {}),
    ],
)
def test_what_is_not_simulated_says_so_and_goes_nowhere(lab, name, call, arguments):
    """A service that moto does not have, and operations that it does not
    have, in each of AWS's protocols.
    """
    with lab.serve() as endpoint, pytest.raises(ClientError) as refusal:
        getattr(client(endpoint, name), call)(**arguments)
    assert refusal.value.response["Error"]["Code"] == "NotImplemented"
    assert refusal.value.response["Error"]["Message"].startswith(
        "Not simulated by ecslab, and not sent anywhere: "
    )


@pytest.mark.parametrize("name", ["ecs", "ec2", "sts", "s3", "lambda"])
def test_a_bug_of_ours_is_a_readable_500(lab, name, monkeypatch, caplog):
    """The caller reads what happened in its own protocol; the log has the rest."""
    calls = {
        "ecs": "list_clusters",
        "ec2": "describe_vpcs",
        "sts": "get_caller_identity",
        "s3": "list_buckets",
        "lambda": "list_functions",
    }

    def broken(*_, **__):
        return 1 // 0

    with lab.serve() as endpoint:
        getattr(client(endpoint, name), calls[name])()
        monkeypatch.setattr("ecslab.aws.gate.mount.answer", broken)
        if name != "ecs":
            monkeypatch.setattr("ecslab.aws.server.wsgi.WsgiApplication._ask_moto", broken)
        with caplog.at_level(logging.CRITICAL), pytest.raises(ClientError) as failure:
            getattr(client(endpoint, name), calls[name])()
    assert (
        failure.value.response["Error"]["Message"]
        == "ecslab failed: ZeroDivisionError: integer division or modulo by zero"
    )
    assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_a_region_that_aws_does_not_have_is_refused(lab):
    """As by AWS's own signature check."""
    with lab.serve() as endpoint:
        there = boto3.session.Session().client(
            "ec2",
            endpoint_url=endpoint.url,
            region_name="us-nowhere-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        with pytest.raises(ClientError, match="Credential should be scoped to a valid region"):
            there.describe_vpcs()


def test_web_pages_and_motos_controls_stay_out(lab):
    """A page in a browser cannot use the account, and nobody
    can reset the process over the wire.
    """
    lab.client("ecs").create_cluster(clusterName="shop")
    with lab.serve() as endpoint:
        for path, headers, status in (
            ("/", {"Origin": "http://evil.example"}, 403),
            ("/moto-api/reset", {}, 404),
        ):
            request = urllib.request.Request(
                endpoint.url + path, method="POST", headers=headers, data=b""
            )
            with pytest.raises(HTTPError) as refusal:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
            assert refusal.value.code == status
            refusal.value.close()
    assert len(lab.client("ecs").list_clusters()["clusterArns"]) == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.1", "localhost"])
def test_no_other_address_is_served(lab, host):
    """This machine only."""
    with pytest.raises(LabError, match="on this machine only"):
        serve(lab, host=host)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"clock": "fast"}, "'fast' is not a clock"),
        ({"speed": 0}, "a positive number, not 0"),
        ({"speed": "60"}, "a positive number, not '60'"),
        ({"port": -1}, "from 0 to 65535, not -1"),
        ({"port": "http"}, "not 'http'"),
    ],
)
def test_options_that_cannot_be_are_refused_with_the_right_line(lab, options, what):
    """LabError, with the line as it was written."""
    with pytest.raises(LabError, match=what) as refusal:
        lab.serve(**options)
    [(name, value)] = options.items()
    assert f"wrong:  lab.serve({name}={value!r})" in str(refusal.value)


def test_a_port_that_is_taken_is_refused(lab):
    """It says which, and how to get a free one."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(LabError, match=f"port {port} of this machine cannot be used"):
            lab.serve(port=port)


# Opening and closing


def test_an_endpoint_ends_with_its_block_and_frees_its_port(lab):
    """Closing twice is harmless; the port can be used again at
    once; the URL is the one asked for.
    """
    with lab.serve() as endpoint:
        port = int(endpoint.url.rpartition(":")[2])
        client(endpoint, "ecs").list_clusters()
    endpoint.close()
    assert (
        repr(endpoint) == f"<Endpoint of account {lab.account} at http://127.0.0.1:{port}, closed>"
    )
    with lab.serve(port=port) as again:
        assert again.url == endpoint.url
        assert client(again, "ecs").list_clusters()["clusterArns"] == []


def test_an_endpoint_of_a_closed_lab_says_so():
    """Everything in the account has gone, and so has its clock."""
    with Lab() as other:
        lab = Lab()
        with serve(lab) as endpoint:  # lab.serve() would close it together with the lab
            lab.close()
            with pytest.raises(
                ClientError, match=f"the lab with the account {lab.account} has been closed"
            ):
                client(endpoint, "ecs").list_clusters()
        assert other.client("ecs").list_clusters()["clusterArns"] == []


def test_serving_prints_nothing(lab, capfd):
    """Not a line per request: the endpoint lives in somebody's notebook."""
    with lab.serve() as endpoint:
        client(endpoint, "ecs").list_clusters()
        with pytest.raises(ClientError):
            client(endpoint, "braket").search_devices(filters=[])
    assert capfd.readouterr() == ("", "")
