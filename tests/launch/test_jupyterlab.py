"""`python3 -m ecslab start`, for real, in an environment that is already filled."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ecslab import __main__ as launcher
from ecslab import cli

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "in-a-test"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """JupyterLab on a free port, once it answers; its home folder is empty and stays so."""
    start = cli.read(["start"])
    if not (launcher.is_filled(start.needs) or launcher.is_usable(launcher.read_stamp())):
        pytest.skip("starting here would install: run the tests with `python3 -m ecslab test`")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    command = [sys.executable, "-m", "ecslab", "start", "--no-browser", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    log = home.with_suffix(".log")
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"HOME": str(home)}, stdout=out, stderr=out
        )
    try:
        wait_until_it_answers(port, process, log)
        yield port, home, log
    finally:
        process.terminate()
        process.wait(20)


def wait_until_it_answers(port, process, log):
    """Ask until JupyterLab listens; a process that ended says why in its log."""
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            get(port, "/api/status")
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"no answer in 30 s\n{log.read_text()}")


def get(port, path):
    """One request, redirects not followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Authorization": f"token {TOKEN}"})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer, body


def test_jupyterlab_answers(server):
    """The server is up and nobody has opened anything yet."""
    answer, body = get(server[0], "/api/status")
    assert answer.status == 200
    assert json.loads(body)["kernels"] == 0


def test_it_opens_the_course_map(server):
    """The address without a path leads to the map, and the map is there."""
    answer, _ = get(server[0], "/")
    assert answer.status == 302
    assert answer.headers["Location"].startswith("/lab/tree/lessons/README.md")
    assert get(server[0], "/lab/tree/lessons/README.md")[0].status == 200
    assert json.loads(get(server[0], "/api/contents/lessons/README.md")[1])["type"] == "file"


def test_markdown_opens_rendered_and_no_news_is_fetched(server):
    """Our settings are JupyterLab's defaults here; a learner can still change them."""
    settings = json.loads(
        get(server[0], "/lab/api/settings/@jupyterlab/docmanager-extension:plugin")[1]
    )
    assert settings["schema"]["properties"]["defaultViewers"]["default"] == {
        "markdown": "Markdown Preview"
    }
    settings = json.loads(
        get(server[0], "/lab/api/settings/@jupyterlab/apputils-extension:notification")[1]
    )
    assert settings["schema"]["properties"]["fetchNews"]["default"] == "false"


def test_a_learner_sees_none_of_the_instructors_menus(server):
    """Of nbgrader's extensions only validation is left."""
    page = get(server[0], "/lab")[1]
    config = json.loads(
        re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1]
    )
    disabled = set(config["disabledExtensions"])
    assert {"@jupyter/nbgrader:formgrader", "@jupyter/nbgrader:create-assignment"} <= disabled
    assert get(server[0], "/formgrader")[0].status == 404


def test_nothing_is_written_outside_the_clone(server):
    """Settings, history and runtime files go to `.jupyter` in the clone."""
    port, home, _ = server
    get(port, "/lab")
    assert list(home.iterdir()) == []


def test_it_listens_on_loopback_only(server):
    """Nothing on the network sees the course."""
    assert f"http://127.0.0.1:{server[0]}/" in server[2].read_text()
