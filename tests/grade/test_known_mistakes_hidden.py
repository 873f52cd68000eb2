import pytest
from answers import MISTAKES, function

from ecslab import check
from ecslab.course.catalogue import SEED
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
def test_a_known_mistake_is_recognised_in_every_hidden_case(question, mistake, text, monkeypatch):
    """Which cases are drawn decides nothing."""
    monkeypatch.setenv(SEED, "spring")
    assert check(question.id, function(text, question.function)).mistake == mistake.id
