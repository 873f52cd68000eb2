"""What `python3 -m ecslab` decides before it runs anything; pip and
venv are replaced, so no network.
"""

import ast
import contextlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

import ecslab
from ecslab import __main__ as launcher
from ecslab import cli

ROOT = Path(__file__).resolve().parents[2]
NEEDS = ("a_package_that_nobody_has",)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone in which pip and venv only write down that they were called."""
    (tmp_path / "pyproject.toml").write_text("[project]")
    (tmp_path / "requirements.lock").write_text("moto==1")
    venv = tmp_path / ".venv"
    monkeypatch.setattr(launcher, "ROOT", tmp_path)
    monkeypatch.setattr(launcher, "VENV", venv)
    monkeypatch.setattr(launcher, "PYTHON", venv / "python")
    monkeypatch.setattr(launcher, "STAMP", venv / "ecslab.json")
    monkeypatch.setattr(launcher, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(launcher, "PIP_CACHE", tmp_path / ".pip-cache")
    return Calls(tmp_path, monkeypatch)


class Calls:
    """What the launcher asked of venv and pip."""

    def __init__(self, root, monkeypatch):
        self.root = root
        self.made = []
        self.pip_fails = False
        monkeypatch.setattr(launcher, "make_venv", self._make_venv)
        monkeypatch.setattr(launcher, "pip", self._pip)

    def _make_venv(self, *, clear):
        self.made.append("cleared venv" if clear else "venv")
        (self.root / ".venv").mkdir(exist_ok=True)
        (self.root / ".venv" / "python").touch()

    def _pip(self, *arguments):
        if self.pip_fails:
            raise SystemExit("the network is gone")
        self.made.append(arguments[0])

    def after(self, extra):
        """Ask for an extra; return what had to be done for it."""
        self.made.clear()
        assert launcher.environment_for(extra, NEEDS) == str(self.root / ".venv" / "python")
        return self.made


def test_the_first_start_installs_and_the_second_does_not(clone):
    """A stamp remembers what was installed, and a warm start goes straight to JupyterLab."""
    assert clone.after("lab") == ["venv", "install", "uninstall"]
    assert clone.after("lab") == []


def test_the_tests_are_installed_on_top_of_the_course(clone):
    """Both commands share one environment."""
    clone.after("lab")
    assert clone.after("test") == ["install", "uninstall"]
    assert clone.after("lab") == []


def test_whoever_runs_the_tests_first_can_start_the_course(clone):
    """The test extra contains what the course needs."""
    clone.after("test")
    assert clone.after("lab") == []


def test_the_test_extra_contains_the_course():
    """What the launcher takes for granted is what pyproject.toml says."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert "ecslab[lab]" in extras["test"]


@pytest.mark.parametrize(
    "name",
    [
        "requirements.lock",
        "pyproject.toml",
        "ecslab/jupyter/overrides.json",
        "ecslab/jupyter/nbgrader_config.py",
    ],
)
def test_a_changed_requirement_is_installed_over_the_old(clone, name):
    """After `git pull`, the next start brings the environment up to date, without starting over."""
    clone.after("lab")
    (clone.root / name).parent.mkdir(parents=True, exist_ok=True)
    (clone.root / name).write_text("changed")
    assert clone.after("lab") == ["install", "uninstall"]


def test_an_interrupted_installation_starts_over(clone):
    """A package may be half there, and pip would believe it
    whole: only a new environment is sure.
    """
    clone.after("lab")
    clone.pip_fails = True
    with pytest.raises(SystemExit, match="the network is gone"):
        clone.after("test")
    clone.pip_fails = False
    assert clone.after("lab") == ["cleared venv", "install", "uninstall"]


@pytest.mark.parametrize("home", ["/elsewhere 3.11", "here 3.10"])
def test_a_moved_clone_or_another_python_starts_over(clone, home):
    """Scripts in `.venv` name the folder and the Python that they were made for."""
    clone.after("lab")
    launcher.STAMP.write_text(json.dumps(json.loads(launcher.STAMP.read_text()) | {"home": home}))
    assert clone.after("lab") == ["cleared venv", "install", "uninstall"]


def test_an_environment_that_another_tool_made_is_completed_not_cleared(clone):
    """A `.venv` without our stamp may hold someone's work."""
    (clone.root / ".venv").mkdir()
    assert clone.after("lab") == ["venv", "install", "uninstall"]


def test_an_environment_that_has_everything_is_used_as_it_is(monkeypatch):
    """On Binder, in a container or in one's own environment, no second one is made."""
    monkeypatch.setattr(launcher.metadata, "version", lambda _name: "0.1.0")
    monkeypatch.setattr(launcher, "STAMP", Path("no such file"))
    assert launcher.environment_for("lab", ("json", "sqlite3")) == sys.executable


def test_a_python_without_ecslab_is_not_taken_for_the_course(clone, monkeypatch):
    """JupyterLab alone, installed for something else, is not enough."""

    def unknown(_name):
        raise launcher.metadata.PackageNotFoundError

    monkeypatch.setattr(launcher.metadata, "version", unknown)
    assert not launcher.is_filled(("json",))
    assert clone.after("lab") == ["venv", "install", "uninstall"]


def test_a_package_without_the_course_around_it_installs_nothing(clone):
    """The command runs where it is, and says itself what is missing."""
    (clone.root / "requirements.lock").unlink()
    assert launcher.environment_for("lab", NEEDS) == sys.executable
    assert not (clone.root / ".venv").exists()


@pytest.mark.parametrize("version", [(3, 8), (3, 10), (3, 14)])
def test_an_unsupported_python_gets_one_sentence(version, monkeypatch):
    """It names the versions that work, and the one that is already here."""
    monkeypatch.setattr(
        launcher.shutil, "which", lambda name: name if name == "python3.12" else None
    )
    monkeypatch.setattr(sys, "argv", ["ecslab", "start"])
    with pytest.raises(
        SystemExit, match=r"3\.11, 3\.12 or 3\.13.*Run: python3\.12 -m ecslab start"
    ):
        launcher.refuse_an_unsupported_python(version)


def test_the_supported_pythons_are_those_of_pyproject():
    """One statement of the range in pyproject.toml, and the launcher's own agrees with it."""
    (_, oldest), (_, newest) = launcher.OLDEST, launcher.NEWEST
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">=3.{oldest},<3.{newest + 1}"
    for minor in range(oldest, newest + 1):
        launcher.refuse_an_unsupported_python((3, minor))


def test_a_python_without_its_venv_package_names_the_package(monkeypatch):
    """Debian and Ubuntu ship venv apart; the message is the command that brings it."""
    monkeypatch.setattr(
        launcher.util, "find_spec", lambda name: None if name == "ensurepip" else name
    )
    with pytest.raises(SystemExit, match=r"sudo apt install python3\.\d+-venv"):
        launcher.make_venv(clear=False)


def test_a_failed_pip_says_what_pip_said(monkeypatch, tmp_path):
    """Progress hides pip's words; a failure shows them."""
    monkeypatch.setattr(launcher, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(launcher, "PIP_CACHE", tmp_path)
    with pytest.raises(SystemExit, match=r'(?s)unknown command "no-such".*the installation failed'):
        launcher.pip("no-such")


def test_the_command_line_needs_nothing_installed():
    """`-S` hides every installed package, as on a fresh machine."""
    command = [sys.executable, "-S", "-m", "ecslab", "--version"]
    assert (
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        == "ecslab 0.1.0\n"
    )


@pytest.mark.parametrize("name", ["__main__.py", "__init__.py"])
def test_an_old_python_can_read_the_entry(name):
    """It must get as far as the sentence that says which Python the course needs."""
    ast.parse((ROOT / "ecslab" / name).read_text(), feature_version=(3, 9))


def test_an_unknown_command_is_refused_before_anything_is_installed(capsys):
    """The message lists the commands that exist."""
    with pytest.raises(SystemExit, match="2"):
        cli.read(["begin"])
    said = capsys.readouterr().err
    assert "'begin'" in said
    assert "start" in said


def test_options_of_jupyterlab_and_pytest_pass_through():
    """`start --no-browser --port 9000` and `test -k clock` mean what they say."""
    assert cli.read(["start", "--no-browser", "--port", "9000"]).rest == [
        "--no-browser",
        "--port",
        "9000",
    ]
    assert cli.read(["test", "-k", "clock", "tests/x.py"]).rest == ["-k", "clock", "tests/x.py"]
    with pytest.raises(SystemExit):
        cli.read(["serve", "--no-browser"])


@pytest.mark.parametrize("option", ["--ip=0.0.0.0", "--ServerApp.ip=0.0.0.0"])
def test_the_course_listens_on_this_machine_only(option):
    """An account without passwords does not belong on a network."""
    with pytest.raises(SystemExit, match="2"):
        cli.read(["start", option])


def test_a_missing_package_names_the_command_that_brings_it(monkeypatch, capsys):
    """`ecslab start`, the installed script, installs nothing."""
    monkeypatch.setattr(cli.util, "find_spec", lambda _name: None)
    assert cli.main(["start"]) == 1
    said = capsys.readouterr().err
    assert "python3 -m ecslab start" in said
    assert "pip" not in said
    assert cli.main(["serve"]) == 1
    said = capsys.readouterr().err
    assert "not installed here: moto, flask, flask_cors, waitress" in said
    assert 'pip install "ecslab[serve]"' in said
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert set(cli.EXTRAS.values()) <= extras.keys()


@pytest.mark.parametrize(
    "command", [["simulated"], ["simulated", "RunTask"], ["--help"], ["serve", "--help"]]
)
@pytest.mark.parametrize("module", ["ecslab", "ecslab.cli"])
def test_a_reader_that_leaves_ends_a_command_quietly(command, module):
    """`ecslab simulated RunTask | head` shows no trace of Python's."""
    if module == "ecslab" and command[0] == "simulated":
        pytest.skip("it becomes the other module, in an environment that it may have to make")
    reading, writing = os.pipe()
    os.close(reading)  # nobody reads any more
    try:
        ended = subprocess.run(
            [sys.executable, "-m", module, *command],
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": ""},  # which would have argparse swallow it
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, "")


def test_serve_says_how_to_reach_the_account_and_closes_it(monkeypatch, capsys):
    """Ctrl-C ends it; until then, three lines connect the AWS CLI."""
    story = []

    class Lab(contextlib.AbstractContextManager):
        region = "eu-west-1"

        def __init__(self, **settings):
            story.append(settings)

        def __exit__(self, *_error):
            story.append("lab closed")

        def serve(self, **choices):
            story.append(choices)
            return SimpleNamespace(
                url="http://127.0.0.1:4000", close=lambda: story.append("server closed")
            )

    monkeypatch.setitem(vars(ecslab), "Lab", Lab)
    monkeypatch.setattr(cli, "_wait_for_ctrl_c", lambda: story.append("waited"))
    assert (
        cli._serve(cli.read(["serve", "--clock", "paced", "--speed", "10", "--reach", "open"])) == 0
    )
    served = {"port": 0, "clock": "paced", "speed": 10}
    assert story == [{"reach": "open"}, served, "waited", "server closed", "lab closed"]
    assert cli.read(["serve"]).reach == "aws"
    said = capsys.readouterr().out
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:4000 AWS_DEFAULT_REGION=eu-west-1" in said
