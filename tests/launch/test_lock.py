"""requirements.lock and what is derived from it."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()
PIN = runpy.run_path(str(ROOT / "binder" / "pin.py"))


@pytest.mark.parametrize("name", ["requirements.lock", "binder/requirements.txt"])
def test_a_lock_names_no_host(name):
    """Where packages come from is for each machine's own pip to say."""
    text = (ROOT / name).read_text()
    assert not re.search(r"://|index-url|find-links|--hash", text)


def test_every_requirement_is_locked():
    """Nothing in pyproject.toml is left to whatever is newest on the day."""
    asked = [
        *PROJECT["dependencies"],
        *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
    ]
    names = {re.split(r"[^\w.-]", line)[0] for line in asked} - {"ecslab"}
    assert names <= set(PIN["read_lock"](LOCK)[0])


def test_the_lock_leaves_out_what_slows_every_start():
    """Two seconds in each Jupyter process: see pyproject.toml."""
    assert not re.search(r"^(rfc3987-syntax|lark)==", LOCK, re.MULTILINE)


def test_binder_pins_what_the_lock_says():
    """Regenerating binder/requirements.txt changes nothing:
    otherwise run `python3 binder/pin.py`.
    """
    assert PIN["PINS"].read_text() == PIN["pins"]()


def test_binder_is_small():
    """No test tool, no grader and no second JupyterLab; moto and the pictures are there."""
    pinned = set(re.findall(r"^([\w.-]+)==", PIN["pins"](), re.MULTILINE))
    assert {"boto3", "moto", "plotly", "anywidget"} <= pinned
    assert (
        not {"jupyterlab", "notebook", "ipywidgets", "nbgrader", "pytest", "ruff", "awscli"}
        & pinned
    )
