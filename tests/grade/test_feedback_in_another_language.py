"""Whatever a wrong answer is told can be said in another language: labels, verdicts, what was
expected, what came, the likely cause, the hints.
"""

import re
from html import unescape

import pytest
from answers import MISTAKES, QUESTIONS, function
from pseudo_language import PseudoLanguage, left

from ecslab import check
from ecslab.course.catalogue import hint
from ecslab.grade.feedback import Result, as_html, as_text
from ecslab.grade.results import Gap, Judged, LessonSection, Outcome, Raised
from ecslab.ground.text import Text
from ecslab.lab import closing_leftovers

# One of each question: the mistake that is told of first.
ONE_OF_EACH = list(
    {question.id: (question, text) for question, _, text in reversed(MISTAKES)}.values()
)
SENTENCE = re.compile(r"[a-z]{2,} (?:[a-z]+ )*[a-z]{2,}")  # small words in a row: English


def blanks(text):
    """What fills the blanks of a text and of the texts in it: names, numbers, others' words."""
    for part in text.parts():
        for value in part.fields.values():
            if not isinstance(value, Text):
                yield str(value)


@pytest.mark.parametrize(
    ("question", "text"), ONE_OF_EACH, ids=[question.id for question, _ in ONE_OF_EACH]
)
def test_a_wrong_answer_is_told_in_another_language(question, text):
    """In English are names, numbers, what the learner wrote, and what AWS says."""
    with closing_leftovers():
        result = check(question.id, function(text, question.function))
    assert result.outcome is not Outcome.PASSED
    for point in result.judged:
        assert left(point.says.read(PseudoLanguage())) <= set(
            re.findall(r"[A-Za-z]+", " ".join(blanks(point.says)))
        )
        if point.gap:
            expected = point.gap.expected
            assert isinstance(expected, Text) or not SENTENCE.search(expected), point.gap
            assert not isinstance(point.gap.got, Text) or not [
                value for value in blanks(point.gap.got) if SENTENCE.search(value)
            ], point.gap.got
            for value in blanks(expected) if isinstance(expected, Text) else ():
                assert not SENTENCE.search(value), value
    if result.cause:
        assert left(result.cause.read(PseudoLanguage())) == set()
    said = as_text(result, PseudoLanguage())
    assert left(said.splitlines()[0]) == left(question.id)
    labels = {line.partition(":")[0].strip() for line in str(result).splitlines()[1:]}
    assert labels & {"expected", "likely cause", "help", "error"}
    for label in ("expected", "got", "likely cause", "checked with", "help", "look", "error"):
        assert f"  {label}: " not in said


def test_every_label_of_a_feedback_is_translated():
    """A result that has everything: what is left is what was put in."""
    place = LessonSection(3, "a section", "lessons/03.ipynb")
    broken = Judged(
        Text("it holds"), 1, Gap(Text("more"), Text("less"), ("4.0s RUNNING",)), "f(lab)", place
    )
    again = Judged(Text("as well"), 1, broken.gap, "f(lab, 2)", place)
    missed = Judged(Text("later"), 1, Gap(Text("all"), Text("none"), reached=False), "f(lab)")
    result = Result(
        "01-x", "f", Outcome.RAISED, (broken, again, missed),
        cause=Text("because"), cited="CITED", raised=Raised("KeyError", "KEY", "LINE", 4, "FN"),
        notice=Text("see"), printed="PRINTED\n" * 20,
    )  # fmt: skip
    given = {
        "x",
        "f",
        "lab",
        "CITED",
        "KeyError",
        "KEY",
        "LINE",
        "FN",
        "PRINTED",
        "RUNNING",
        "s",
        "lessons",
        "ipynb",
    }
    said = as_text(result, PseudoLanguage())
    assert left(said) == given
    words = unescape(re.sub(r"<[^>]*>", "", as_html(result, PseudoLanguage())))
    assert left(words) == left(said)
    stub = Result("01-x", "fun", Outcome.NOT_STARTED, (missed,))
    assert left(as_text(stub, PseudoLanguage())) == {"x", "fun", "f", "lab"}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_text_of_a_question_is_one_that_can_be_translated(question):
    """Hints, what to see at the end, and likely causes stand in a file, whole."""
    for number in range(1, len(question.texts.hints) + 1):
        said = hint(question.id, number).says.read(PseudoLanguage()).splitlines()[0]
        assert left(said) == left(question.id)
    for text in (question.texts.notice, *(mistake.says for mistake in question.texts.mistakes)):
        assert left(text.read(PseudoLanguage())) == set()
