"""Binder's steps, run in a clean environment; then lesson 1, executed there.

Asked for by name (`python3 -m ecslab test -m binder`): it needs the network, and a minute or two.
"""

import sys
from pathlib import Path

import pytest
from binder_recipe import RUNTIME, Binder

pytestmark = [
    pytest.mark.binder,
    pytest.mark.skipif(
        sys.version_info[:2] != RUNTIME, reason="Binder runs this course on Python 3.11"
    ),
]


@pytest.fixture(scope="module")
def binder(tmp_path_factory):
    """The course as Binder would build it."""
    binder = Binder(Path(__file__).parents[2], tmp_path_factory.mktemp("binder"))
    binder.steps = binder.build()
    return binder


def test_the_heavy_layer_comes_first_and_needs_none_of_our_files(binder):
    """Pins are installed before the course is copied, so that an edited lesson rebuilds nothing."""
    pins, *_, last = binder.steps
    assert (
        pins
        == '${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"'
    )
    assert last == "./binder/postBuild"


def test_the_package_is_installed_not_borrowed_from_the_folder(binder):
    """A notebook in `lessons/` imports ecslab from the environment."""
    where = binder.run("python -c 'import ecslab; print(ecslab.__file__)'", folder="lessons")
    assert where.startswith(str(binder.prefix))


def test_it_holds_no_test_tool_and_no_slow_import(binder):
    """What Binder carries is what a learner uses."""
    names = {line.split("==")[0].lower() for line in binder.run("pip freeze --all").split()}
    assert (
        not {"pytest", "mypy", "ruff", "nbgrader", "hypothesis", "rfc3987-syntax", "lark"} & names
    )


def test_its_own_jupyterlab_is_left_alone_and_shows_the_widgets(binder):
    """The image's JupyterLab and its extensions fit each other;
    ours join them without a conflict.
    """
    extensions = binder.run("jupyter labextension list")
    assert "anywidget" in extensions
    assert "incompatible" not in extensions


def test_lesson_1_runs(binder):
    """The first lesson, from the first cell to the last, in a fresh kernel."""
    binder.run("jupyter execute --output=$HOME/executed lessons/01*.ipynb")
    assert (binder.course / "executed.ipynb").exists()


def test_it_opens_the_course_map(binder):
    """A link that names no file still leads to the map."""
    shown = binder.run("jupyter lab --show-config-json")
    assert '"default_url": "/lab/tree/lessons/README.md"' in shown


def test_markdown_opens_rendered_and_no_news_is_fetched(binder):
    """As with `ecslab start`; the wheel alone does not change a JupyterLab."""
    overrides = binder.prefix / "share/jupyter/lab/settings/overrides.d/ecslab.json"
    assert '"fetchNews": "false"' in overrides.read_text()
