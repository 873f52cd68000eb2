import csv
import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from answers import QUESTIONS, RELEASED, ROUTES, SOLUTION

from ecslab.course.notebooks import normal

ROOT = Path(__file__).parents[2]
ASSIGNMENT, NOTEBOOK = SOLUTION.parent.name, SOLUTION.name
ALL = sum(question.worth for question in QUESTIONS)
CELLS = {question.function: f"check-{question.id.partition('-')[2]}" for question in QUESTIONS}

# Everything right but one known mistake: its id, and the points that its question still earns.
MISTAKES = {
    "register": ("always-the-same-size", 2),
    "deploy": ("tasks-instead-of-a-service", 0),
    "diagnose": ("blames-who-was-stopped", 2),
    "run_jobs": ("waits-a-fixed-time", 1),
    "heal": ("no-health-check", 0),
}

RAISES = """def deploy(lab, cluster, service, definition, copies, subnets):
    settings = {"cluster": cluster}
    lab.client("ecs").create_cluster(clusterName=settings["name"])
"""

# In front of a right answer: noise on stderr in the answer cell and in every call, and names that a check cell uses.
NOISE = """import logging, sys, warnings
logging.basicConfig()
warnings.warn("a warning in the answer cell")
check = hint = lambda *_: 99

def noisy(function):
    def call(*arguments):
        warnings.warn("a warning in a call")
        logging.error("a log line in a call")
        print("on stderr", file=sys.stderr)
        sys.displayhook(99)
        return function(*arguments)
    return call

"""


def submissions():
    """Answers by student: {student: {function: source}}; what is missing stays as it was released."""
    right = ROUTES["solution"]
    found = {"untouched": {}, **{f"route-{name}": answers for name, answers in ROUTES.items()}}
    for question in QUESTIONS:
        examples = {mistake.id: mistake.example for mistake in question.texts.mistakes}
        wrong, _ = MISTAKES[question.function]
        found[f"mistake-{question.function}"] = right | {question.function: examples[wrong]}
    found["raises"] = right | {"deploy": RAISES}
    found["noisy"] = {
        name: NOISE + source.replace("def ", "@noisy\ndef ", 1) for name, source in right.items()
    }
    return found


def expected():
    """The points of each student's check cells: {student: {function: points}}."""
    full = {question.function: question.worth for question in QUESTIONS}
    found = dict.fromkeys(submissions(), full) | {
        "untouched": dict.fromkeys(full, 0),
        "raises": full | {"deploy": 0},
    }
    return found | {f"mistake-{name}": full | {name: points} for name, (_, points) in MISTAKES.items()}


def submit(course, student, answers):
    """Write a student's notebook: the released one, with these answers in its answer cells."""
    notebook = json.loads((course / "exercises" / ASSIGNMENT / NOTEBOOK).read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            name = "".join(cell["source"]).partition("def ")[2].partition("(")[0]
            cell["source"] = answers.get(name, "".join(cell["source"]))
    path = course / "gradebook" / "submitted" / student / ASSIGNMENT / NOTEBOOK
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), "utf-8")


def nbgrader(course, *command):
    """Run nbgrader as an instructor does, in the course's top folder and with its settings installed; returns its log."""
    own = course / ".jupyter"
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "JUPYTER_CONFIG_PATH": str(
            ROOT / "ecslab" / "jupyter"
        ),  # where etc/jupyter/nbgrader_config.py comes from
        "JUPYTER_CONFIG_DIR": str(own),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "IPYTHONDIR": str(own / "ipython"),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    return ran.stderr


@pytest.fixture
def course(tmp_path):
    """A clone's folders, as far as nbgrader is concerned."""
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    for name in ("lessons", "exercises"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.nbgrader
def test_stock_nbgrader_grades_a_class_exactly(course, subtests):
    """From the source to the CSV with nbgrader's own commands: exact points, and feedback that names each mistake."""
    nbgrader(course, "generate_assignment", ASSIGNMENT)
    for student, answers in submissions().items():
        submit(course, student, answers)
    log = nbgrader(course, "autograde", ASSIGNMENT)
    nbgrader(course, "generate_feedback", ASSIGNMENT)
    nbgrader(course, "export", "--to", "gradebook/grades.csv")

    with subtests.test("the release is the committed one"):
        released = course / "exercises" / ASSIGNMENT / NOTEBOOK
        assert released.read_bytes() == RELEASED.read_bytes()
        assert normal(released.read_text("utf-8")) == released.read_text("utf-8")
    with subtests.test("nothing was found strange"):
        assert not [line for line in log.splitlines() if "AutogradeApp | WARNING" in line or "ERROR" in line]
    with subtests.test("the exported scores"):
        with (course / "gradebook" / "grades.csv").open() as file:
            rows = {row["student_id"]: row for row in csv.DictReader(file)}
        assert {student: float(row["score"]) for student, row in rows.items()} == {
            student: sum(points.values()) for student, points in expected().items()
        }
        assert {float(row["max_score"]) for row in rows.values()} == {ALL}
    for student, points in expected().items():
        feedback = (
            (course / "gradebook" / "feedback" / student / ASSIGNMENT / NOTEBOOK)
            .with_suffix(".html")
            .read_text("utf-8")
        )
        with subtests.test("the points of each check cell", student=student):
            assert scores(feedback) == {CELLS[name]: float(value) for name, value in points.items()}
        with subtests.test("the feedback", student=student):
            judge(student, feedback)


def scores(feedback):
    """The points that a feedback page shows, by check cell."""
    pattern = r"Grade cell: <code>([\w-]+)</code></span>\s*<span class=\"pull-right\">\s*Score: ([\d.]+) /"
    return {cell: float(points) for cell, points in re.findall(pattern, feedback)}


def text(page):
    """A page's words, without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def judge(student, page):
    """What a student reads: the mistake in words, the own line, what to do next; never an error of ours."""
    kind, _, name = student.partition("-")
    feedback = text(page)
    assert "Traceback (most recent" not in feedback
    for question in QUESTIONS:
        examples = {mistake.id: mistake.says for mistake in question.texts.mistakes}
        made = name == question.function and kind == "mistake"
        says = examples[MISTAKES[question.function][0]].replace("`", "")  # code is shown as code
        assert (says in feedback) == made, f"{student}: {says}"
    if student == "untouched":
        assert all(f"Not started: 0 of {q.worth} points for {q.id}" in feedback for q in QUESTIONS)
    elif student == "raises":
        assert "Your code raised: 0 of 4 points for 01-deploy" in feedback
        assert "KeyError: 'name'" in feedback
        assert 'line 3 of deploy: lab.client("ecs").create_cluster(clusterName=settings["name"])' in feedback
    elif kind != "mistake":
        assert all(f"Passed: {q.worth} of {q.worth} points for {q.id}" in feedback for q in QUESTIONS)


def test_outside_a_clone_the_settings_say_nothing(tmp_path):
    """Installed beside other courses, they leave those alone."""
    from traitlets.config.loader import PyFileConfigLoader

    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert not PyFileConfigLoader(str(ROOT / "ecslab" / "jupyter" / "nbgrader_config.py")).load_config()
    finally:
        os.chdir(before)
    assert list(tmp_path.iterdir()) == []
