"""What Binder does with this folder, without Docker: repo2docker's own
Dockerfile, its last steps run in a venv.

repo2docker renders the Dockerfile. Its base image and conda environment are replaced by a venv with
the versions that its lock names; every later instruction that touches our files runs as written.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib import util
from pathlib import Path

BASE = ("ipywidgets", "jupyter_server", "jupyterlab", "notebook")
RUNTIME = (3, 11)


class Binder:
    """A copy of the course, and the environment that Binder would give it."""

    def __init__(self, course, folder):
        self.course = copy_of(course, folder / "jovyan")
        self.prefix = folder / "notebook"
        self.environment = {
            "PATH": f"{self.prefix / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.course),
            "REPO_DIR": str(self.course),
            "NB_PYTHON_PREFIX": str(self.prefix),
            "KERNEL_PYTHON_PREFIX": str(self.prefix),
            "CONDA_DEFAULT_ENV": str(self.prefix),
            "PIP_CACHE_DIR": str(folder / "pip"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ONLY_BINARY": ":all:",  # the image's compiler is not for us
        }

    def build(self):
        """Make the base environment, then follow the Dockerfile; return the steps that ran."""
        subprocess.run([sys.executable, "-m", "venv", str(self.prefix)], check=True)
        constraints = self.prefix / "base.txt"
        constraints.write_text(base_pins())
        self.run(f"pip install -q -c {constraints} {' '.join(BASE)} {' '.join(UNWANTED_IN_BASE)}")
        steps = steps_of(render(self.course))
        for step in steps:
            self.run(step)
        return steps

    def run(self, command, folder="."):
        """Run a shell command as jovyan would; return what it printed."""
        ours = {
            key: value
            for key, value in os.environ.items()
            if key.startswith(("SSL_", "PIP_", "REQUESTS_"))
        }
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.course / folder,
            env=ours | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout


# The base environment has them too, through jsonschema; postBuild must be able to remove them.
UNWANTED_IN_BASE = ("rfc3987-syntax", "lark")


def copy_of(course, folder):
    """What git would hand to Binder: every file that is not ignored, as it stands now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=course, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (course / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(course / name, folder / name)
    return folder


def render(course):
    """repo2docker's Dockerfile for a folder; it needs no Docker engine for that."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(course)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def steps_of(dockerfile):
    """The RUN instructions that read our files, in order."""
    return [
        line for line in re.findall(r"^RUN (.*)$", dockerfile, re.MULTILINE) if "binder/" in line
    ]


def base_pins():
    """The versions of repo2docker's conda environment, as pip's constraints."""
    conda = Path(util.find_spec("repo2docker").origin).parent / "buildpacks" / "conda"
    lock = (conda / f"environment.py-{RUNTIME[0]}.{RUNTIME[1]}-linux-64.lock").read_text()
    pins = re.findall(r"/(?:noarch|linux-64)/([\w.-]+)-([\w.]+)-[^-/]+$", lock, re.MULTILINE)
    return "".join(
        f"{name}=={version}\n"
        for name, version in pins
        if version[0].isdigit() and "_" not in name[:1]
    )
