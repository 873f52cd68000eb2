import json

import nbformat

from ecslab.course.publish.notebooks import main, normal

NOISY = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {
        "widgets": {"state": {}},
        "kernelspec": {"name": "my-venv", "display_name": "mine"},
        "toc-showcode": True,
    },
    "cells": [
        {
            "cell_type": "markdown",
            "id": "intro",
            "metadata": {"tags": ["predict"], "jp-MarkdownHeadingCollapsed": True},
            "source": "# Hé",
        },
        {
            "cell_type": "code",
            "id": "0a1b2c3d",
            "metadata": {
                "nbgrader": {"grade_id": "deploy", "solution": True},
                "execution": {"iopub.busy": "now"},
                "scrolled": True,
            },
            "execution_count": 17,
            "source": ["x = 1\r\n", "x\n"],
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "a\nb"},
                {"output_type": "stream", "name": "stdout", "text": ["\n"]},
                {
                    "output_type": "execute_result",
                    "execution_count": 17,
                    "metadata": {},
                    "data": {"text/plain": "1"},
                },
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {
                        "application/vnd.jupyter.widget-view+json": {"model_id": "f"},
                        "image/svg+xml": "<svg>\n</svg>",
                    },
                },
            ],
        },
        {
            "cell_type": "code",
            "id": "intro",
            "metadata": {},
            "execution_count": None,
            "source": "",
            "outputs": [],
        },
        {"cell_type": "code", "metadata": {}, "execution_count": None, "source": "", "outputs": []},
    ],
}


def cleaned(**options):
    """The noisy notebook in its committed form."""
    return json.loads(normal(json.dumps(NOISY), **options))


def test_the_committed_form_is_a_fixed_point():
    """Doing it twice changes nothing: that is what CI compares."""
    once = normal(json.dumps(NOISY))
    assert normal(once) == once
    assert "\r" not in once


def test_the_committed_form_is_what_nbformat_writes():
    """Keys sorted, text in lines: a notebook saved by Jupyter differs in content only."""
    once = normal(json.dumps(NOISY))
    assert nbformat.writes(nbformat.reads(once, as_version=4)) + "\n" == once


def test_a_stream_is_whole():
    """Where the kernel cuts what one print writes is chance, and no difference."""
    outputs = cleaned()["cells"][1]["outputs"]
    assert [output["output_type"] for output in outputs] == [
        "stream",
        "execute_result",
        "display_data",
    ]
    assert outputs[0]["text"] == ["a\n", "b\n"]


def test_it_is_a_valid_notebook():
    """Of the format's version 4.5, in which every cell has an id."""
    nbformat.validate(cleaned())


def test_cell_ids_are_stable():
    """A grade_id names its cell; a given id stays; a missing or
    repeated one is made of the cell's text.
    """
    ids = [cell["id"] for cell in cleaned()["cells"]]
    assert ids[:2] == ["intro", "deploy"]
    assert len(set(ids)) == 4
    assert ids == [cell["id"] for cell in cleaned()["cells"]]


def test_traces_of_running_are_gone():
    """No widget state, no metadata that a front end left behind;
    counts as if run once from the top.
    """
    notebook = cleaned()
    _, code, *_ = notebook["cells"]
    assert code["execution_count"] == 1
    assert code["metadata"] == {"nbgrader": {"grade_id": "deploy", "solution": True}}
    assert code["outputs"][1]["execution_count"] == 1
    assert code["outputs"][2]["data"] == {"image/svg+xml": ["<svg>\n", "</svg>"]}
    assert notebook["metadata"] == {
        "kernelspec": {
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }


def test_what_somebody_wrote_on_purpose_stays():
    """Tags, nbgrader's metadata, and the source to the letter, but for line ends."""
    markdown, code, *_ = cleaned()["cells"]
    assert markdown["metadata"] == {"tags": ["predict"]}
    assert code["source"] == ["x = 1\n", "x"]


def test_a_source_without_outputs_has_none():
    """Solutions and exercises are committed empty; lessons keep theirs, for nbval to compare."""
    assert all(cell.get("outputs", []) == [] for cell in cleaned(outputs=False)["cells"])


def test_the_command_names_and_rewrites_what_is_not_in_form(tmp_path, capsys):
    """`--check` fails and changes nothing; without it the notebook is brought into form."""
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(NOISY))
    assert main(["--check", str(tmp_path)]) == 1
    assert path.read_text() == json.dumps(NOISY)
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(path)]) == 0
    assert "lesson.ipynb: not in its committed form" in capsys.readouterr().err
