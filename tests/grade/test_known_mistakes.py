import pytest
from answers import MISTAKES, QUESTIONS, function

from ecslab import check
from ecslab.grade.results import Outcome
from ecslab.lab import closing_leftovers

each_mistake = pytest.mark.parametrize(
    ("question", "mistake", "text"), MISTAKES, ids=[f"{q.id}-{m.id}" for q, m, _ in MISTAKES]
)


@pytest.fixture(autouse=True)
def _labs_of_the_examples():
    """Some known mistakes open a lab of their own beside the function."""
    with closing_leftovers():
        yield


@each_mistake
def test_a_known_mistake_earns_its_own_message(question, mistake, text):
    """Not all the points, not another mistake's words, and no answer given away."""
    result = check(question.id, function(text, question.function))
    assert result.mistake == mistake.id, str(result)
    assert result.outcome is not Outcome.PASSED
    assert result.points < question.worth
    assert mistake.says in str(result)


def test_no_two_mistakes_of_a_question_have_the_same_words():
    """A message that fits two mistakes explains neither."""
    for question in QUESTIONS:
        says = [mistake.says for mistake in question.texts.mistakes]
        assert len(set(says)) == len(says) >= 5
