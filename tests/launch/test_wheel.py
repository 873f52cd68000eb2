"""What somebody gets who installs the package only to test: types, and a JupyterLab as it was."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_package_says_that_it_is_typed():
    """PEP 561: without the marker a type checker takes every import from it for Any."""
    assert (ROOT / "ecslab" / "py.typed").exists()


def test_the_wheel_brings_no_settings_of_jupyterlab():
    """Only nbgrader's, which change nothing outside a clone; the others come
    with `ecslab start` and Binder's build.
    """
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"
    ]["wheel"]
    assert wheel["shared-data"] == {
        "ecslab/jupyter/nbgrader_config.py": "etc/jupyter/nbgrader_config.py"
    }


def test_binder_brings_them():
    """Its build installs the package like anybody, then the settings
    that `ecslab start` would bring.
    """
    settings = "ecslab/jupyter/everybody/labconfig/default_setting_overrides.json"
    assert (ROOT / settings).exists()
    assert settings in (ROOT / "binder" / "postBuild").read_text()
