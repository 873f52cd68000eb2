"""Programs that are started while a lab is open: they reach the lab when it is
served, and else nobody, and hear what to do.
"""

import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
import warnings
from contextlib import ExitStack
from itertools import permutations
from pathlib import Path

import boto3
import nbformat
import pytest
from botocore.exceptions import ClientError
from nbclient import NotebookClient

from ecslab import Lab

BIN = Path(sys.executable).parent
needs_cli = pytest.mark.skipif(
    shutil.which("aws", path=str(BIN)) is None, reason="the AWS CLI is not installed here"
)
REFUSED = "(LabNotServed) when calling the ListClusters operation"
OLDER = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")


def run(*command):
    """Start a program as a script would, with the environment that there is."""
    path = os.pathsep.join((str(BIN), os.environ["PATH"]))
    return subprocess.run(
        command,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def run_python(code):
    """Start a Python program that knows nothing of labs; what it printed."""
    done = run(sys.executable, "-c", textwrap.dedent(code))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def code_of(client, call="list_clusters", **request):
    """The code of the error that a client gets."""
    with pytest.raises(ClientError) as refused:
        getattr(client, call)(**request)
    return refused.value.response["Error"]["Code"]


# What they hear


@needs_cli
def test_the_aws_cli_of_a_script_is_refused_with_a_sentence_and_works_once_the_lab_is_served():
    """Without a configuration: credentials, region and endpoint are
    inherited; each answer comes at once.
    """
    with Lab(region="eu-west-1") as lab:
        lab.client("ecs").create_cluster(clusterName="shop")
        refused = run("aws", "ecs", "list-clusters")
        assert refused.returncode != 0
        assert REFUSED in refused.stderr
        assert "Call lab.serve()" in refused.stderr
        with lab.serve():
            assert json.loads(run("aws", "ecs", "list-clusters").stdout)["clusterArns"] == [
                f"arn:aws:ecs:eu-west-1:{lab.account}:cluster/shop"
            ]
        assert REFUSED in run("aws", "ecs", "list-clusters").stderr


@needs_cli
def test_the_aws_cli_of_a_notebook_s_cell_too(monkeypatch):
    """`!aws ecs list-clusters`, before and after `lab.serve()`."""
    monkeypatch.setenv("PATH", os.pathsep.join((str(BIN), os.environ["PATH"])))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    cells = [
        "from ecslab import Lab\nlab = Lab()\n"
        "lab.client('ecs').create_cluster(clusterName='shop');",
        "!aws ecs list-clusters",
        "lab.serve();",
        "!aws ecs list-clusters --output text",
        "lab.close()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    refused, answered = (
        "".join(o.get("text", "") for o in notebook.cells[n].outputs).replace("\r\n", "\n")
        for n in (1, 3)
    )
    assert REFUSED in refused
    assert answered == "CLUSTERARNS\tarn:aws:ecs:us-east-1:123456789012:cluster/shop\n"


def test_a_program_that_outlives_the_lab_reaches_nobody():
    """Its endpoint is gone, and no other one is tried."""
    with Lab():
        environment = dict(os.environ)
    boto3_only = (
        "import boto3; from botocore.config import Config; boto3.client('ecs', "
        "config=Config(retries={'total_max_attempts': 1})).list_clusters()"
    )
    done = subprocess.run(
        [sys.executable, "-c", boto3_only],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Could not connect to the endpoint URL" in done.stderr
    assert environment["AWS_ENDPOINT_URL"] in done.stderr


CALLS = {
    "JSON": ("ecs", "list_clusters", {}),
    "CBOR": ("cloudwatch", "list_metrics", {}),
    "Query": ("iam", "list_roles", {}),
    "EC2": ("ec2", "describe_vpcs", {}),
    "REST with JSON": ("lambda", "list_functions", {}),
    "REST with XML": ("route53", "list_hosted_zones", {}),
    "S3": ("s3", "list_buckets", {}),
    "S3, a body": ("s3", "put_object", {"Bucket": "box", "Key": "k", "Body": b"x" * (3 << 20)}),
    "REST, a body": ("lambda", "invoke", {"FunctionName": "f", "Payload": b"x" * (1 << 20)}),
}


@pytest.mark.parametrize("form", CALLS)
def test_the_refusal_has_the_form_that_each_protocol_s_client_reads(lab, form):
    """Code and sentence, and a status that nobody tries again; before a body that waits
    to be asked for, and after one that comes.
    """
    service, call, request = CALLS[form]
    client = boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    with pytest.raises(ClientError) as refused:
        getattr(client, call)(**request)
    answer = refused.value.response
    assert answer["Error"]["Code"] == "LabNotServed"
    assert "Call lab.serve() there" in answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["RetryAttempts"] == 0
    del lab


def test_who_only_has_a_status_to_read_gets_one(lab):
    """HEAD has no body."""
    s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    assert code_of(s3, "head_bucket", Bucket="box") == "400"
    del lab


def test_nobody_keeps_others_from_being_refused(lab):
    """Not who says nothing, says half of it, speaks something else, or goes away."""
    address = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://").split(":")
    with ExitStack() as held:

        def connect():
            return held.enter_context(socket.create_connection((address[0], int(address[1]))))

        for said in (
            b"",
            b"POST / HT",
            b"\x16\x03\x01" * 30_000,
            b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        ):
            connect().sendall(said)
        connect().close()
        silent = [connect() for _ in range(100)]
        ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
        assert [code_of(ecs) for _ in range(3)] == ["LabNotServed"] * 3
        assert silent[0].recv(1) == b""  # the oldest gives way
    del lab


def test_a_program_started_before_the_lab_was_served_hears_where_it_is_now(lab):
    """Its own environment says otherwise, and stays as it is."""
    ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    with lab.serve() as endpoint:
        with pytest.raises(ClientError, match=f"served at {endpoint.url} by now") as refused:
            ecs.list_clusters()
        assert refused.value.response["Error"]["Code"] == "LabServedElsewhere"


def test_a_presigned_url_of_a_served_lab_s_client_is_for_any_program(lab):
    """It leads to the endpoint, whoever fetches it; that of another client leads to AWS."""
    lab.client("s3").create_bucket(Bucket="box")
    lab.client("s3").put_object(Bucket="box", Key="k", Body=b"kept")
    with lab.serve() as endpoint:
        s3 = boto3.client("s3", endpoint_url=endpoint.url)
        url = s3.generate_presigned_url("get_object", {"Bucket": "box", "Key": "k"})
        assert (
            run_python(
                f"from urllib.request import urlopen; print(urlopen({url!r}).read().decode())"
            )
            == "kept"
        )
    of_aws = lab.client("s3").generate_presigned_url("get_object", {"Bucket": "box", "Key": "k"})
    assert of_aws.startswith("https://box.s3.amazonaws.com/k?")


# This process


def test_in_this_process_the_endpoint_of_other_programs_changes_nothing(lab):
    """Plain clients, the lab's, those of sessions new and old:
    AWS's own URLs, and the lab answers.
    """
    for served in (False, True):
        if served:
            lab.serve()
        assert os.environ["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
        for client in (
            boto3.client("ecs"),
            lab.client("ecs"),
            boto3.Session().client("ecs"),
            OLDER.client("ecs"),
        ):
            assert client.meta.endpoint_url == "https://ecs.us-east-1.amazonaws.com"
            assert client.list_clusters()["clusterArns"] == []


def test_what_the_user_had_is_put_back_and_what_the_user_changes_stays(monkeypatch):
    """Endpoints of services too; in the lab nobody sees them, here or in another program."""
    had = {
        "AWS_ENDPOINT_URL": "https://mine.example.com",
        "AWS_ENDPOINT_URL_ECS": "https://ecs.example.com",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_DEFAULT_REGION": "eu-west-3",
    }
    for name, value in had.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PAGER", raising=False)
    with Lab(), Lab(region="eu-west-1"):
        assert "AWS_ENDPOINT_URL_ECS" not in os.environ
        assert (
            run_python("import boto3; print(boto3.client('ecs').meta.endpoint_url)")
            == os.environ["AWS_ENDPOINT_URL"]
        )
    assert {name: os.environ.get(name) for name in had} == had
    assert "AWS_PAGER" not in os.environ
    with Lab():
        os.environ.update(
            AWS_DEFAULT_REGION="eu-north-1",
            AWS_ENDPOINT_URL_ECS="https://other.example.com",
            AWS_PAGER="less",
        )
        os.environ["MOTO_OF_THE_USER"] = "x"
        del os.environ["AWS_EC2_METADATA_DISABLED"]
        assert boto3.client("ecs").meta.endpoint_url == "https://ecs.eu-north-1.amazonaws.com"
    changed = had | {
        "AWS_DEFAULT_REGION": "eu-north-1",
        "AWS_ENDPOINT_URL_ECS": "https://other.example.com",
    }
    assert {name: os.environ.get(name) for name in had} == changed
    assert (os.environ.pop("AWS_PAGER"), os.environ.pop("MOTO_OF_THE_USER")) == ("less", "x")
    assert "AWS_EC2_METADATA_DISABLED" not in os.environ


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_several_labs_lead_other_programs_where_they_lead_plain_clients(order):
    """To the lab opened last of those still open: served or not, in whatever
    order they close; one listener for all.
    """
    before = dict(os.environ)
    labs = [Lab() for _ in range(3)]
    refusing = os.environ["AWS_ENDPOINT_URL"]
    served = labs[1].serve()
    assert os.environ["AWS_ENDPOINT_URL"] == refusing
    left = [0, 1, 2]
    for number in order:
        labs[number].close()
        left.remove(number)
        if left:
            assert os.environ["AWS_ENDPOINT_URL"] == (served.url if left[-1] == 1 else refusing)
    assert dict(os.environ) == before


def test_an_endpoint_that_closes_gives_way_to_the_one_before_it(lab):
    """The last of several; closing one twice takes nothing away from another."""
    refusing = os.environ["AWS_ENDPOINT_URL"]
    first, second = lab.serve(), lab.serve()
    assert os.environ["AWS_ENDPOINT_URL"] == second.url
    second.close()
    second.close()
    assert os.environ["AWS_ENDPOINT_URL"] == first.url
    first.close()
    assert os.environ["AWS_ENDPOINT_URL"] == refusing


# Forks, sandboxes, and what a lab costs


def in_a_worker(queue):
    """Open a lab of one's own in a forked process, and say what is seen there."""
    with Lab(account="999999999999") as own:
        own.client("ecs").create_cluster(clusterName="mine")
        grandchild = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
        seen = (
            boto3.client("ecs").list_clusters()["clusterArns"],
            code_of(grandchild),
            os.environ["AWS_ENDPOINT_URL"],
        )
    queue.put((*seen, os.environ["AWS_ENDPOINT_URL"]))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forked_workers_open_labs_of_their_own_and_their_parent_is_not_disturbed(lab):
    """No thread is seen when the process forks (Python warns of it from 3.12
    on), and the listener goes on in both.
    """
    lab.client("ecs").create_cluster(clusterName="parent")
    context, refusing = multiprocessing.get_context("fork"), os.environ["AWS_ENDPOINT_URL"]
    queue = context.SimpleQueue()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        workers = [context.Process(target=in_a_worker, args=(queue,)) for _ in range(2)]
        for worker in workers:
            worker.start()
    told = [queue.get() for _ in workers]
    for worker in workers:
        worker.join(30)
        assert worker.exitcode == 0
    for clusters, code, own_port, afterwards in told:
        assert clusters == ["arn:aws:ecs:us-east-1:999999999999:cluster/mine"]
        assert (code, own_port != refusing, afterwards != refusing) == ("LabNotServed", True, True)
    assert code_of(boto3.client("ecs", endpoint_url=refusing)) == "LabNotServed"


def test_a_lab_opens_where_no_socket_can_be_had(monkeypatch):
    """A sandbox, a browser: other programs find nobody there."""

    def refused(*_, **__):
        raise OSError("no sockets here")

    monkeypatch.setattr(socket, "create_server", refused)
    with Lab() as lab:
        assert lab.client("ecs").list_clusters()["clusterArns"] == []
        assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"


def test_the_listener_costs_a_lab_next_to_nothing():
    """Opened and closed with every lab: a small part of the few milliseconds that one takes."""
    from ecslab.aws.gate.unserved import ProcessListener

    port, times = ProcessListener(), []
    for _ in range(50):
        began = time.perf_counter()
        port.open(lambda: ("code", "sentence"))
        port.close()
        times.append(time.perf_counter() - began)
    assert min(times) < 0.001
