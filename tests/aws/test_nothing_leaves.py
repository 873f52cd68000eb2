"""Whatever a program does with its clients, sessions and threads while labs open
and close, no request of a lab leaves.
"""

import os
import socket
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from unittest.mock import MagicMock

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ConnectTimeoutError
from botocore.httpsession import URLLib3Session
from botocore.session import Session as CoreSession

from ecslab import Lab, LabError

AT_ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def sent(monkeypatch):
    """The URLs that botocore's way to the network was given; nothing is really sent."""
    urls = []

    def send(_, request):
        urls.append(request.url)
        raise ConnectTimeoutError(endpoint_url=request.url)

    monkeypatch.setattr(URLLib3Session, "send", send)
    return urls


def fake_session():
    """A session that looks for no credentials of this machine's."""
    return boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1")


OLDER = fake_session()  # made before any lab


def before_sending(client, *acts):
    """Have a client do these, one each time that it is about to send."""
    left = iter(acts)

    def act(**_):
        next(left, int)()

    client.meta.events.register_first("before-send", act)


def list_all(client):
    """ECS's clusters, by a paginator."""
    return list(client.get_paginator("list_clusters").paginate())


def wait(client):
    """For a service, by a waiter."""
    client.get_waiter("services_inactive").wait(services=["web"])


KINDS = {
    "plain": (lambda _: boto3.client("ecs"), lambda c: c.list_clusters()),
    "of a session": (lambda _: fake_session().client("ecs"), lambda c: c.list_clusters()),
    "of an older session": (lambda _: OLDER.client("ecs"), lambda c: c.list_clusters()),
    "of botocore": (
        lambda _: CoreSession().create_client("ecs", region_name="us-east-1"),
        lambda c: c.list_clusters(),
    ),
    "the lab's": (lambda lab: lab.client("ecs"), lambda c: c.list_clusters()),
    "a paginator's": (lambda _: boto3.client("ecs"), list_all),
    "a waiter's": (lambda _: boto3.client("ecs"), wait),
    "the lab's, of S3": (lambda lab: lab.client("s3"), lambda c: c.list_buckets()),
    "plain, of S3": (lambda _: boto3.client("s3"), lambda c: c.list_buckets()),
    "plain, of SQS": (lambda _: boto3.client("sqs"), lambda c: c.list_queues()),
    "a resource's": (lambda _: boto3.resource("sqs").meta.client, lambda c: c.list_queues()),
    "of the older way to retry": (
        lambda _: boto3.client("ecs", config=Config(retries={"mode": "legacy"})),
        lambda c: c.list_clusters(),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_lab_that_closes_at_the_last_moment_lets_nothing_out(sent, kind):
    """Between asking whether a lab is open and sending: as when
    another thread closes it just then.
    """
    make, use = KINDS[kind]
    lab = Lab()
    client = make(lab)
    before_sending(client, lab.close)
    with pytest.raises(LabError):
        use(client)
    with pytest.raises(LabError):  # and for ever
        use(client)
    assert sent == []


def test_a_client_of_the_lab_s_time_is_refused_even_where_nobody_asks_before_the_call(sent):
    """The guard is in what sends: handlers that a program takes away change nothing."""
    with Lab():
        clients = [boto3.client("ecs"), OLDER.client("ecs"), boto3.resource("s3").meta.client]
    for client in clients:
        with pytest.raises(LabError, match="no lab any more"):
            client._endpoint._send(client_request())
    assert sent == []


def client_request():
    """A request as botocore would send it."""
    return AWSRequest("POST", "https://ecs.us-east-1.amazonaws.com/", data="{}").prepare()


@pytest.mark.parametrize("service", ["ecs", "s3"])
def test_a_lab_s_client_never_reaches_the_next_lab_of_the_same_number(service):
    """Numbers are used again: a call under way when its lab closes is for that lab and no other."""
    lab, opened = Lab(), []
    client = lab.client(service)

    def close_and_open_another():
        lab.close()
        opened.append(Lab())

    before_sending(client, close_and_open_another)
    with pytest.raises(LabError, match="123456789012 has been closed"):
        client.create_cluster() if service == "ecs" else client.create_bucket(Bucket="box")
    with opened[0] as another:
        assert another.account == lab.account
        assert another.client("ecs").list_clusters()["clusterArns"] == []
        assert another.client("s3").list_buckets()["Buckets"] == []


def test_a_session_of_the_lab_s_time_makes_no_client_that_sends_after_it(sent):
    """It may hold made-up credentials, and says so."""
    with Lab():
        session = boto3.Session(region_name="us-east-1")
        session.get_credentials()
    with pytest.raises(LabError, match="no lab any more"):
        session.client("ecs", config=AT_ONCE).list_clusters()
    assert sent == []


def test_a_client_older_than_the_lab_is_its_maker_s_again_but_sends_nothing_begun_in_the_lab(
    sent,
):
    """In the lab it is answered; a call under way at the close is refused; later
    calls are none of the lab's business.
    """
    older = OLDER.client("ecs", config=AT_ONCE)
    lab = Lab()
    assert older.list_clusters()["clusterArns"] == []
    before_sending(older, lab.close)
    with pytest.raises(LabError, match="no lab any more"):
        older.list_clusters()
    assert sent == []
    with pytest.raises(ConnectTimeoutError):
        older.list_clusters()
    assert len(sent) == 1


def test_an_older_client_s_retries_stay_in_the_lab_too(sent):
    """A call is one, however often it is sent."""
    older = OLDER.client(
        "sqs", config=Config(retries={"total_max_attempts": 3, "mode": "standard"})
    )
    lab = Lab()

    def fail(**_):
        lab.close()
        older.meta.events.unregister("before-send", fail)
        raise ConnectTimeoutError(endpoint_url="of the lab")

    older.meta.events.register_first("before-send", fail)
    with pytest.raises(LabError, match="no lab any more"):
        older.list_queues()
    assert sent == []


LABS, THREADS = 25, 40  # a thousand threads at work while their lab closes


def work_for(lab):
    """What threads do: call ECS and S3 with one kind of client or another."""
    session = boto3.Session(region_name="us-east-1")
    session.get_credentials()
    return [
        boto3.client("ecs").list_clusters,
        lab.client("ecs").list_clusters,
        OLDER.client("ecs").list_clusters,
        boto3.client("s3").list_buckets,
        lambda: session.client("ecs", config=AT_ONCE).list_clusters(),  # made anew for every call
    ]


def at_work(call, ready):
    """Call until it is refused; the error."""
    ready.wait()
    for _ in range(10_000):
        try:
            call()
        except (
            LabError,
            KeyError,
        ) as refusal:  # os.environ cannot be read while another thread changes it
            return type(refusal)
    return "never refused"


def test_a_thousand_threads_at_work_while_their_lab_closes_send_nothing(sent):
    """Each goes on until it is refused, whatever it was doing at that moment."""
    ends = Counter()
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(LABS):
            lab, ready = Lab(), threading.Barrier(THREADS + 1)
            work = work_for(lab)
            working = [pool.submit(at_work, work[n % len(work)], ready) for n in range(THREADS)]
            ready.wait()
            lab.close()
            ends.update(w.result() for w in working)
    assert ends.keys() <= {LabError, KeyError}
    assert ends[LabError] > ends[KeyError] * 10
    assert (ends.total(), sent) == (1000, [])


def test_threads_of_an_upload_that_outlives_the_lab_send_nothing(sent):
    """S3's transfers run in threads of their own, with the client that they were given."""
    lab = Lab()
    s3 = boto3.client("s3", config=AT_ONCE)
    s3.create_bucket(Bucket="box")
    before_sending(s3, int, int, lab.close)
    small = TransferConfig(
        multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=4
    )
    with pytest.raises(LabError, match=r"has been closed|no lab any more"):
        s3.upload_fileobj(BytesIO(bytes(30 << 20)), "box", "big", Config=small)
    assert sent == []


def test_uploads_go_through_the_client_whatever_library_is_asked_for(sent, monkeypatch):
    """AWS's own transfer library has sockets of its own: it is not asked in a lab."""
    monkeypatch.setattr("boto3.s3.transfer.HAS_CRT", True)
    monkeypatch.setattr("boto3.s3.transfer.has_minimum_crt_version", lambda _: True, raising=False)
    monkeypatch.setattr("boto3.s3.transfer.awscrt", MagicMock(), raising=False)
    asked = []
    monkeypatch.setattr(
        "boto3.s3.transfer.create_crt_transfer_manager",
        lambda *_: asked.append("CRT"),
        raising=False,
    )
    with Lab() as lab:
        s3 = lab.client("s3")
        s3.create_bucket(Bucket="box")
        s3.upload_fileobj(
            BytesIO(b"1"), "box", "k", Config=TransferConfig(preferred_transfer_client="crt")
        )
        assert s3.get_object(Bucket="box", Key="k")["Body"].read() == b"1"
    assert (asked, sent) == ([], [])


# Credentials of sessions older than the lab


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """A configuration whose program for credentials leaves a
    trace when it runs; how often it ran.
    """
    trace = tmp_path / "ran"
    program = tmp_path / "credentials.py"
    program.write_text(
        f"open({str(trace)!r}, 'a').write('x')\n"
        'print(\'{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "S", "Expiration": '
        '"2020-01-01T00:00:00Z"}\')'
    )
    (tmp_path / "config").write_text(
        f"[profile real]\nregion = us-east-1\ncredential_process = {sys.executable} {program}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return lambda: len(trace.read_text()) if trace.exists() else 0


def test_an_older_session_s_program_for_credentials_does_not_run_in_a_lab(sent, profile):
    """Its clients get made-up ones; after the lab it finds its own, as if there had been none."""
    older = boto3.Session(profile_name="real")
    older.client("s3").meta.endpoint_url  # noqa: B018 - a session that has asked once
    asked_once, fresh = profile(), boto3.Session(profile_name="real")
    expired = older.client("ecs", config=AT_ONCE)
    assert asked_once == 1
    with Lab():
        for client in (older.client("ecs"), fresh.client("ecs"), expired):
            assert client.list_clusters()["clusterArns"] == []
        assert fresh.get_credentials().access_key == "ECSLABFAKECREDENTIAL"
    assert profile() == asked_once
    assert fresh.get_credentials()._access_key == "A"
    assert profile() > asked_once
    assert sent == []


def test_credentials_that_a_program_refreshes_in_the_lab_are_refreshed(sent):
    """A session made in the lab that assumes a role of the lab again
    and again, as some libraries do.
    """
    from datetime import UTC, datetime, timedelta

    refreshed = []

    def refresh():
        refreshed.append("again")
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        return {"access_key": "A" * 20, "secret_key": "S", "token": "T", "expiry_time": later}

    with Lab():
        session = CoreSession()
        session._credentials = RefreshableCredentials.create_from_metadata(
            refresh() | {"expiry_time": "2020-01-01T00:00:00Z"}, refresh, "sts-assume-role"
        )
        session.create_client("ecs").list_clusters()
    assert refreshed == ["again", "again"]
    assert sent == []


def test_an_older_session_does_not_ask_an_instance_s_metadata(sent, monkeypatch):
    """Of a machine in EC2, whose profile is a real one; nor once it has asked."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED", raising=False)
    untried, tried = boto3.Session(region_name="us-east-1"), boto3.Session(region_name="us-east-1")
    assert tried.get_credentials() is None
    assert sent.pop().startswith("http://169.254.169.254/")
    sent.clear()
    with Lab():
        for session in (untried, tried):
            assert session.client("ecs").list_clusters()["clusterArns"] == []
    assert sent == []


# Other ways out


def test_client_side_monitoring_hears_nothing_of_a_lab(monkeypatch):
    """The agent that listens may tell others. An older client's calls are
    reported again after the lab; a lab's never.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.bind(("127.0.0.1", 0))
        agent.settimeout(0.05)
        monkeypatch.setenv("AWS_CSM_ENABLED", "true")
        monkeypatch.setenv("AWS_CSM_PORT", str(agent.getsockname()[1]))
        monkeypatch.setattr(URLLib3Session, "send", refuse_to_send)
        session = fake_session()
        older = session.client("ecs", config=AT_ONCE)
        with Lab() as lab:
            made_here = session.client("ecs", config=AT_ONCE)
            for client in (older, made_here, lab.client("ecs"), boto3.client("ecs")):
                client.list_clusters()
        with pytest.raises(LabError):
            made_here.list_clusters()
        with pytest.raises(TimeoutError):
            agent.recv(9000)
        with pytest.raises(ConnectTimeoutError):
            older.list_clusters()
        assert b"ListClusters" in agent.recv(9000)
        session._session._internal_components.get_component("monitor")._publisher._socket.close()


def refuse_to_send(_, request):
    """A network that answers nobody."""
    raise ConnectTimeoutError(endpoint_url=request.url)


def test_names_under_localhost_are_asked_of_no_name_server(monkeypatch):
    """`bucket.localhost` is this machine by definition, and the
    server hears the name that was meant.
    """
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append((self.headers["Host"], self.path))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    looked_up = []
    look_up = socket.getaddrinfo

    def getaddrinfo(host, *more, **named):
        looked_up.append(host)
        return look_up(host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with HTTPServer(("127.0.0.1", 0), Handler) as server, Lab():
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        port = server.server_address[1]
        virtual = Config(s3={"addressing_style": "virtual"}, retries={"total_max_attempts": 1})
        s3 = boto3.client("s3", endpoint_url=f"http://localhost:{port}", config=virtual)
        s3.get_object(Bucket="box", Key="k")
        secure = boto3.client("s3", endpoint_url=f"https://localhost:{port}", config=virtual)
        with pytest.raises(LabError, match="a name server might be asked"):
            secure.get_object(Bucket="box", Key="k")
        server.shutdown()
    assert heard == [(f"box.localhost:{port}", "/k")]
    assert set(looked_up) <= {"127.0.0.1"}


def test_an_asynchronous_client_is_told_to_use_an_endpoint(sent):
    """aiobotocore's: it awaits what sends, and the lab answers it nothing in between."""

    class Asynchronous(URLLib3Session):
        async def send(self, request):
            raise AssertionError(request.url)

    with Lab() as lab:
        client = boto3.client("ecs")
        client._endpoint.http_session._session = Asynchronous()
        older = OLDER.client("ecs")
        older._endpoint.http_session = Asynchronous()
        for each in (client, older):
            with pytest.raises(
                LabError, match=r"only over its endpoint(?s:.*)endpoint_url=lab.serve\(\)\.url"
            ):
                each.create_cluster()
        assert lab.client("ecs").list_clusters()["clusterArns"] == []
    assert sent == []
