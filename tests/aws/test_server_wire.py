"""What an endpoint makes of connections: whose they are, how
long they last, what they may carry.
"""

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from ecslab import Lab
from ecslab.aws.server import server

HEAD = {
    "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters",
    "Content-Type": "application/x-amz-json-1.1",
}


@pytest.fixture
def endpoint(lab):
    """A lab's endpoint."""
    with lab.serve() as served:
        yield served


def connection(endpoint):
    """A connection to it, of HTTP 1.1."""
    return http.client.HTTPConnection("127.0.0.1", int(endpoint.url.rpartition(":")[2]), timeout=10)


def ask(endpoint, body=b"{}", **headers):
    """One request of a connection of its own; the answer's status, headers and body."""
    with closing(connection(endpoint)) as one:
        one.request("POST", "/", body, HEAD | headers)
        answer = one.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


def raw(endpoint, data):
    """Send bytes, and read what comes until the endpoint hangs
    up or says nothing for two seconds.
    """
    with socket.create_connection(
        ("127.0.0.1", int(endpoint.url.rpartition(":")[2])), timeout=2
    ) as line:
        line.sendall(data)
        told = b""
        try:
            while got := line.recv(4096):
                told += got
        except TimeoutError:
            pass
    return told.decode()


def test_the_date_is_the_walls(endpoint):
    """The JavaScript SDK corrects its clock by it, and sends a
    refused call again whenever it had to.
    """
    told = parsedate_to_datetime(ask(endpoint)[1]["Date"])
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "[",
        "a b",
        "ecs.us-east-1.amazonaws.com",
    ],
)
def test_a_foreign_or_odd_host_is_refused(endpoint, host):
    """A page of another site that its own DNS led to 127.0.0.1 names that site."""
    status, _, told = ask(endpoint, Host=host)
    assert status == 403
    assert "This endpoint is of this machine alone" in json.loads(told)["message"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:5000", "localhost", "localhost:80", "bucket.localhost:5000", "[::1]:5000"]
)
def test_this_machines_names_are_its_own(endpoint, host):
    """Whatever port a client thinks it talks to."""
    assert ask(endpoint, Host=host)[0] == 200


def test_no_page_of_a_browser_may_read_an_answer(endpoint):
    """Neither ours nor moto's answers carry a CORS header."""
    one = connection(endpoint)
    for headers in (
        HEAD,
        {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b/us-east-1/s3/aws4_request"},
    ):
        one.request(
            "POST" if headers is HEAD else "GET", "/", b"{}" if headers is HEAD else None, headers
        )
        answer = one.getresponse()
        answer.read()
        assert answer.status == 200
        assert not [
            name for name, _ in answer.getheaders() if name.lower().startswith("access-control")
        ]
    one.close()


@pytest.mark.parametrize("depth", [200, 100_000])
@pytest.mark.parametrize("target", [HEAD["X-Amz-Target"], "DynamoDB_20120810.ListTables"])
def test_json_without_end_is_a_refusal(endpoint, depth, target):
    """Ours and moto's services alike; a string full of brackets is no nesting."""
    body = b'{"a":' * depth + b"1" + b"}" * depth
    status, _, told = ask(endpoint, body, **{"X-Amz-Target": target})
    assert (status, json.loads(told)["__type"]) == (400, "SerializationException")
    assert "nests" not in ask(endpoint, json.dumps({"nextToken": "[" * 500}).encode())[2]


def test_a_chunked_body_is_read_and_a_broken_one_refused(endpoint):
    """Streams of SDKs come in chunks."""
    head = (
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"X-Amz-Target: {HEAD['X-Amz-Target']}\r\n"
    )
    head += "Transfer-Encoding: chunked\r\n\r\n"
    assert raw(endpoint, (head + "2\r\n{}\r\n0\r\n\r\n").encode()).startswith("HTTP/1.1 200")
    assert raw(endpoint, (head + "zz\r\n{}\r\n0\r\n\r\n").encode()).startswith("HTTP/1.1 400")
    assert raw(endpoint, b"NONSENSE\r\n\r\n").startswith("HTTP/1.0 400")
    bad = head.replace("Transfer-Encoding: chunked", "Content-Length: many")
    assert raw(endpoint, bad.encode()).startswith("HTTP/1.1 400")


def test_a_connection_is_kept_alive(endpoint):
    """A hundred calls over one."""
    one = connection(endpoint)
    one.connect()
    first = one.sock
    for _ in range(100):
        one.request("POST", "/", b"{}", HEAD)
        assert json.loads(one.getresponse().read()) == {"clusterArns": []}
    assert one.sock is first
    one.close()


def test_a_client_that_says_nothing_is_dropped_and_holds_nobody_up(lab, monkeypatch):
    """Half a request, then silence: others are answered meanwhile, and the line is closed."""
    monkeypatch.setattr(server, "SILENT_S", 3)
    with lab.serve() as endpoint:
        port = int(endpoint.url.rpartition(":")[2])
        slow = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(20)]
        for line in slow:
            line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Le")
        assert ask(endpoint)[0] == 200
        assert [line.recv(1000) for line in slow] == [b""] * 20
        for line in slow:
            line.close()


def test_closing_hangs_up_on_those_who_are_connected(lab):
    """Nobody waits for a kept-alive connection to end."""
    threads = threading.active_count()
    with lab.serve() as endpoint:
        one = connection(endpoint)
        one.request("POST", "/", b"{}", HEAD)
        one.getresponse().read()
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert one.sock.recv(10) == b""
    one.close()
    assert threading.active_count() == threads


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--port", "{taken}"], "port {taken} of this machine cannot be used"),
        (["--port", "99999"], "a port is a whole number from 0 to 65535, not 99999."),
        (["--port", "http"], "not 'http'."),
        (["--speed", "0"], "the speed is a positive number, not 0."),
        (["--speed", "fast"], "not 'fast'."),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong_and_what_is_right(options, what):
    """No traceback, no usage text: the command line's own right line."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        words = [word.format(taken=taken) for word in options]
        command = [sys.executable, "-m", "ecslab.cli", "serve", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert what.format(taken=taken) in line
    assert line.endswith("Right: python3 -m ecslab serve --port 0 --speed 60")


def test_an_endpoint_that_is_busy_can_be_closed(lab):
    """Whoever is being answered gets an answer or a closed line; nothing of the
    server's own stays behind or breaks.
    """

    def call(endpoint):
        for _ in range(20):
            with suppress(OSError, http.client.HTTPException):
                ask(endpoint)

    for _ in range(30):
        with lab.serve() as endpoint:
            callers = [threading.Thread(target=call, args=(endpoint,)) for _ in range(4)]
            for caller in callers:
                caller.start()
            ask(endpoint)
        for caller in callers:
            caller.join()


def test_two_endpoints_close_by_themselves():
    """Each has a loop of its own."""
    with Lab() as lab:
        first, second = lab.serve(), lab.serve()
        first.close()
        assert ask(second)[0] == 200
        second.close()
