import json
import re

import pytest
from answers import ALL, EXERCISE, QUESTIONS, ROOT

import ecslab
from ecslab.course import catalogue
from ecslab.ground.errors import LabError

each_exercise = pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)
each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)


def notebook(path):
    """The cells of a notebook."""
    return json.loads(path.read_text("utf-8"))["cells"]


def test_check_and_hint_are_the_packages_own_names():
    """`from ecslab import check, hint` is how a notebook gets them."""
    assert ecslab.check is catalogue.check
    assert ecslab.hint is catalogue.hint


@pytest.mark.parametrize("wrong", ["nope", "01-deply", "", None, 7])
def test_an_unknown_question_names_the_questions_there_are(wrong):
    """Misuse shows the wrong line and the right line."""
    with pytest.raises(LabError, match=r"there is no question .*(?s:.*)wrong: (?s:.*)right: "):
        ecslab.check(wrong, print)
    with pytest.raises(LabError, match="there is no question"):
        ecslab.hint(wrong)


def test_a_wrong_hint_is_told_how_to_ask_for_one():
    """The wrong line is the one that was written, and the right one asks for a hint too."""
    with pytest.raises(LabError) as error:
        ecslab.hint("nope")
    assert 'wrong:  hint("nope")\n' in str(error.value)
    assert 'right:  hint("01-register")' in str(error.value)


def test_a_near_miss_is_recognised():
    """The question that was probably meant comes first."""
    with pytest.raises(LabError, match=r"Close to it: 01-deploy") as error:
        ecslab.check("01-deply", print)
    assert 'right:  check("01-deploy", deploy)' in str(error.value)


@pytest.mark.parametrize("answer", [None, 3, "deploy", {"a": 1}])
def test_check_wants_the_function_itself(answer):
    """`check("01-deploy", deploy(lab, …))` is a common slip."""
    with pytest.raises(
        LabError,
        match=r"needs the function deploy itself(?s:.*)right:  check\(\"01-deploy\", deploy\)",
    ):
        ecslab.check("01-deploy", answer)


@each_question
def test_hints_go_forward_one_by_one_and_stay_at_the_last(question, monkeypatch):
    """The count is shown, and the last one stays (peers, section 4:
    several, back and forth, not too many).
    """
    monkeypatch.setattr(catalogue, "_given", {})
    assert [ecslab.hint(question.id).number for _ in range(5)] == [1, 2, 3, 3, 3]
    assert f"Hint 3 of 3 for {question.id}" in str(ecslab.hint(question.id))


def test_hints_go_back(monkeypatch):
    """A number asks for that hint, and counting goes on from there."""
    monkeypatch.setattr(catalogue, "_given", {})
    for _ in range(3):
        ecslab.hint("01-deploy")
    assert ecslab.hint("01-deploy", 1).number == 1
    assert ecslab.hint("01-deploy").number == 2


@pytest.mark.parametrize("number", [0, 4, -1, True, "2", 1.5])
def test_a_hint_that_does_not_exist_is_refused(number):
    """With the numbers that there are."""
    with pytest.raises(LabError, match="has the hints 1 to 3"):
        ecslab.hint("01-deploy", number)


@each_question
def test_a_question_has_three_hints_of_readable_length(question):
    """Question, place, shape: 15 to 160 words each, and the first one asks (peers, section 2)."""
    assert len(question.texts.hints) == 3
    assert all(15 <= len(hint.split()) <= 160 for hint in question.texts.hints)
    assert re.split(r"(?<=[.?])\s", question.texts.hints[0])[0].endswith("?")
    assert len(set(question.texts.hints)) == 3


@each_question
def test_a_hint_is_shown_as_text_and_as_html(question):
    """The same words, escaped."""
    hint = ecslab.hint(question.id, 2)
    assert question.texts.hints[1] in repr(hint)
    assert "<b>Hint 2 of 3</b>" in hint._repr_html_()
    assert "`" not in hint._repr_html_()  # code is marked as code


@each_question
def test_where_to_look_exists(question):
    """Every place that a feedback sends a learner to is a heading of a lesson."""
    for place in {question.look, *(point.look for point in question.points if point.look)}:
        cells = json.loads((ROOT / place.path).read_text("utf-8"))["cells"]
        headings = {
            line.lstrip("# ").strip()
            for cell in cells
            if cell["cell_type"] == "markdown"
            for line in "".join(cell["source"]).splitlines()
        }
        assert place.section in headings, f"{place.path} has no section {place.section!r}"


@each_question
def test_the_notebook_gives_each_question_its_points(question):
    """The check cell's points are the most that its question can earn: more would
    be lost, fewer would crash nbgrader.
    """
    exercise = EXERCISE[question.id]
    cells = {
        cell["id"]: cell for path in (exercise.source, exercise.released) for cell in notebook(path)
    }
    (checking,) = [
        cell
        for cell in cells.values()
        if f'check("{question.id}", {question.function})' in "".join(cell["source"]).splitlines()
    ]
    told = checking["metadata"]["nbgrader"]
    assert (told["points"], told["grade"], told["locked"], told["solution"]) == (
        question.worth,
        True,
        True,
        False,
    )


@each_exercise
def test_an_exercise_is_worth_ten_points_or_more(exercise):
    """And its questions are called after it: the number of the exercise, then a word."""
    assert exercise.worth >= 10
    assert {question.id.partition("-")[0] for question in exercise.questions} == {
        exercise.name.partition("-")[0]
    }


def test_every_folder_is_an_exercise_of_the_catalogue():
    """A notebook that no question belongs to would be graded with nothing."""
    for folder in ("solutions", "exercises"):
        assert set(catalogue.exercises()) == {
            path.name for path in (ROOT / folder).iterdir() if path.is_dir()
        }


@each_exercise
def test_the_notebook_names_its_questions_in_order_with_their_points(exercise):
    """`## 2. Keep copies running (4 points)`: what a learner reads is what can be earned."""
    told = [
        line
        for cell in notebook(exercise.released)
        if cell["cell_type"] == "markdown"
        for line in "".join(cell["source"]).splitlines()
        if line.endswith(" points)")
    ]
    assert told == [
        f"## {number}. {question.title} ({question.worth} points)"
        for number, question in enumerate(exercise.questions, start=1)
    ]


@each_exercise
def test_the_course_map_leads_to_the_exercise(exercise):
    """Nobody does an exercise that they cannot find."""
    path = exercise.released.relative_to(ROOT).as_posix()
    assert f"](../{path})" in (ROOT / "lessons" / "README.md").read_text("utf-8")


@each_question
def test_the_prompt_and_the_stub_name_the_function_and_its_arguments(question):
    """What is asked for stands in the notebook: nobody has to read a check to know it."""
    cells = notebook(EXERCISE[question.id].released)
    (stub,) = [
        index
        for index, cell in enumerate(cells)
        if f"def {question.function}(" in "".join(cell["source"])
    ]
    header = "".join(cells[stub]["source"]).splitlines()[0]
    prompt = "".join(cells[stub - 1]["source"])
    assert f"Complete `{question.function}`" in prompt
    for argument in re.findall(r"\w+", header.partition("(")[2])[1:]:
        assert f"`{argument}`" in prompt, f"the prompt does not explain {argument}"
