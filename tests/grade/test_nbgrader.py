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
from answers import ALL, EXAMPLES, QUESTIONS

from ecslab.course.publish.notebooks import normal

ROOT = Path(__file__).parents[2]
each_exercise = pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)

# Of each question, the known mistake that is graded, and the points that it still earns.
GRADED = {
    question.id: (text, earns, mistake.says)
    for question, mistake, text, earns in EXAMPLES
    if earns is not None
}

# In front of a right answer: noise on stderr in the answer cell and in every
# call, and names that a check cell uses.
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


def raises(question):
    """An answer that ends with an error of its own in its third line."""
    return (
        f"def {question.function}(lab, *given):\n    settings = {{}}\n"
        "    settings['name'] = settings['cluster']\n"
    )


def submissions(exercise):
    """Answers by student: {student: {function: source}}; what is
    missing stays as it was released.
    """
    right, first = exercise.routes["solution"], exercise.questions[0]
    return {
        "untouched": {},
        **{f"route-{name}": right | answers for name, answers in exercise.routes.items()},
        "mistakes": {q.function: GRADED[q.id][0] for q in exercise.questions},
        "raises": right | {first.function: raises(first)},
        "noisy": {
            name: NOISE + source.replace("def ", "@noisy\ndef ", 1)
            for name, source in right.items()
        },
    }


def expected(exercise):
    """The points of each student's check cells: {student: {question's id: points}}."""
    full = {question.id: question.worth for question in exercise.questions}
    return dict.fromkeys(submissions(exercise), full) | {
        "untouched": dict.fromkeys(full, 0),
        "raises": full | {exercise.questions[0].id: 0},
        "mistakes": {question.id: GRADED[question.id][1] for question in exercise.questions},
    }


def submit(course, exercise, student, answers):
    """Write a student's notebook: the released one, with these answers in its answer cells."""
    released = course / "exercises" / exercise.name / exercise.released.name
    notebook = json.loads(released.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            name = "".join(cell["source"]).partition("def ")[2].partition("(")[0]
            cell["source"] = answers.get(name, "".join(cell["source"]))
    path = course / "gradebook" / "submitted" / student / exercise.name / exercise.released.name
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), "utf-8")


def nbgrader(course, *command):
    """Run nbgrader as an instructor does, in the course's top folder and with its
    settings installed; returns its log.
    """
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


def test_every_question_has_a_mistake_that_is_graded():
    """So that no check cell's partial credit goes through nbgrader untested."""
    assert list(GRADED) == [question.id for question in QUESTIONS]


@each_exercise
@pytest.mark.nbgrader
def test_stock_nbgrader_grades_a_class_exactly(exercise, course, subtests):
    """From the source to the CSV with nbgrader's own commands: exact points,
    and feedback that names each mistake.
    """
    nbgrader(course, "generate_assignment", exercise.name)
    for student, answers in submissions(exercise).items():
        submit(course, exercise, student, answers)
    log = nbgrader(course, "autograde", exercise.name)
    nbgrader(course, "generate_feedback", exercise.name)
    nbgrader(course, "export", "--to", "gradebook/grades.csv")

    with subtests.test("the release is the committed one"):
        released = course / "exercises" / exercise.name / exercise.released.name
        assert released.read_bytes() == exercise.released.read_bytes()
        assert normal(released.read_text("utf-8")) == released.read_text("utf-8")
    with subtests.test("nothing was found strange"):
        # What Jupyter's own transport logs when a kernel ends
        # (tornado.general) is not nbgrader's finding.
        found = ("AutogradeApp | WARNING", "AutogradeApp | ERROR", "AutogradeApp | CRITICAL")
        assert not [line for line in log.splitlines() if any(word in line for word in found)]
    with subtests.test("the exported scores"):
        with (course / "gradebook" / "grades.csv").open() as file:
            rows = {row["student_id"]: row for row in csv.DictReader(file)}
        assert {student: float(row["score"]) for student, row in rows.items()} == {
            student: sum(points.values()) for student, points in expected(exercise).items()
        }
        assert {float(row["max_score"]) for row in rows.values()} == {exercise.worth}
    for student, points in expected(exercise).items():
        folder = course / "gradebook" / "feedback" / student / exercise.name
        feedback = (folder / exercise.released.name).with_suffix(".html").read_text("utf-8")
        with subtests.test("the points of each check cell", student=student):
            assert scores(feedback) == {
                f"check-{name.partition('-')[2]}": float(value) for name, value in points.items()
            }
        with subtests.test("the feedback", student=student):
            judge(exercise, student, feedback)


def scores(feedback):
    """The points that a feedback page shows, by check cell."""
    pattern = (
        r"Grade cell: <code>([\w-]+)</code></span>\s*<span class=\"pull-right\">\s*Score: "
        r"([\d.]+) /"
    )
    return {cell: float(points) for cell, points in re.findall(pattern, feedback)}


def text(page):
    """A page's words, without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def judge(exercise, student, page):
    """What a student reads: the mistake in words, the own line, what to
    do next; never an error of ours.
    """
    feedback = text(page)
    assert "Traceback (most recent" not in feedback
    for question in exercise.questions:
        says = GRADED[question.id][2]
        told = says.replace("`", "") in feedback  # code is shown as code
        assert told == (student == "mistakes"), f"{student}: {says}"
        passed = f"Passed: {question.worth} of {question.worth} points for {question.id}"
        if student == "untouched":
            assert f"Not started: 0 of {question.worth} points for {question.id}" in feedback
        elif student == "mistakes" or (student == "raises" and question is exercise.questions[0]):
            assert passed not in feedback
        else:
            assert passed in feedback
    if student == "raises":
        first = exercise.questions[0]
        assert f"Your code raised: 0 of {first.worth} points for {first.id}" in feedback
        assert "KeyError: 'cluster'" in feedback
        assert f"line 3 of {first.function}: settings['name'] = settings['cluster']" in feedback


def test_outside_a_clone_the_settings_say_nothing(tmp_path):
    """Installed beside other courses, they leave those alone."""
    from traitlets.config.loader import PyFileConfigLoader

    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert not PyFileConfigLoader(
            str(ROOT / "ecslab" / "jupyter" / "nbgrader_config.py")
        ).load_config()
    finally:
        os.chdir(before)
    assert list(tmp_path.iterdir()) == []
