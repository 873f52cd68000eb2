"""The oldest boto3 that the package says it works with, and whether it does.

Asked for by name (`python3 -m ecslab test -m floor`): it needs the network, and a minute or two.
"""

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ecslab.region import OPERATIONS

ROOT = Path(__file__).parents[2]
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "dependencies"
]
FLOOR = next(
    d.removeprefix("boto3>=").partition(",")[0] for d in DEPENDENCIES if d.startswith("boto3>=")
)

# Named only to say that they are not simulated.
REFUSED = {"ec2DeploymentOptions", "sharingStrategy", "trustedExecutionConfiguration"}

# tests/test_simulated.py is not among them: it tries every member of
# the newest botocore's requests.
SMOKE = [
    *(
        f"tests/aws/test_{name}.py"
        for name in (
            "isolation",
            "lab",
            "mount",
            "nothing_leaves",
            "other_programs",
            "releases_under_traffic",
            "server",
            "waiters",
            "whose_client",
        )
    ),
]
# Not about the floor.
OF_THE_NEWEST = "not something_to_ask and not refused_member_is_a_member and not aws_cli"

WAYS = """
import json, sys
import botocore
sys.path.insert(0, "tests")
import requests_of
from ecslab.aws.apis.members import leaves

def ways():
    for service in requests_of.SERVICES:
        for operation in requests_of.model(service).operation_names:
            shape = requests_of.shape(service, operation)
            yield from ((service, operation, way) for way in [(), *leaves(shape)])

print(json.dumps([botocore.__version__, list(ways())]))
"""

pytestmark = pytest.mark.floor


@pytest.fixture(scope="module")
def floor(tmp_path_factory):
    """Runs this Python with the oldest boto3, and the botocore of the
    same version, before all else.
    """
    folder = tmp_path_factory.mktemp("floor")
    pins = (f"boto3=={FLOOR}", f"botocore=={FLOOR}")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--target", folder, *pins], check=True
    )

    def run(*words):
        path = os.pathsep.join((str(folder), str(ROOT)))
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def named_in_the_package():
    """Every text that stands by itself in what simulates: names of
    members and operations among them.
    """
    for part in ("ecs", "codedeploy"):
        for path in (ROOT / "ecslab" / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def ways(done):
    """A botocore's version, and the way to every member of every operation's request."""
    version, found = json.loads(done.stdout)
    return version, {(service, operation, tuple(way)) for service, operation, way in found}


def test_whatever_the_package_acts_on_can_be_asked_for_with_the_floor_s_botocore(floor):
    """What only newer ones have is named nowhere in the package; the floor
    rises with a feature that needs it.
    """
    here = subprocess.run(
        [sys.executable, "-c", WAYS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (_, newest), (version, oldest) = ways(here), ways(floor("-c", WAYS))
    assert version == FLOOR
    known = {name for service, operation, way in oldest for name in (operation, *way)}
    of_ours = [way for way in newest - oldest if way[1] in OPERATIONS[way[0]]]
    news = {name for service, operation, way in of_ours for name in (operation, *way)} - known
    assert news & set(named_in_the_package()) <= REFUSED


def test_the_account_works_with_it(floor):
    """Clients, isolation, other programs, releases: a part of
    the tests, run with the oldest boto3.
    """
    done = floor("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", OF_THE_NEWEST, *SMOKE)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
