import pytest
from answers import EXERCISE, MISTAKES, QUESTIONS, RIGHT, answer, cells, function

from ecslab import Lab, check
from ecslab.course.catalogue import SEED
from ecslab.grade.results import Outcome
from ecslab.lab import closing_leftovers

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)


@pytest.mark.parametrize(
    ("question", "route"), RIGHT, ids=[f"{q.id}-{route}" for q, route in RIGHT]
)
def test_every_right_route_earns_everything(question, route):
    """The account and the timeline are judged, so any way that leads there is right."""
    result = check(question.id, answer(question, route))
    assert (result.outcome, result.points) == (Outcome.PASSED, question.worth), str(result)
    assert question.texts.notice in str(result)


@each_question
def test_a_question_has_several_right_routes(question):
    """Whatever leads to the right state is right, and somebody has tried (peers, section 4)."""
    assert sum(asked is question for asked, _ in RIGHT) >= 3


@each_question
@pytest.mark.parametrize("seed", ["autumn", "spring", "7"])
def test_a_right_answer_is_right_in_every_hidden_case(question, seed, monkeypatch):
    """Whoever grades draws other cases than the learner's own checks meet."""
    monkeypatch.setenv(SEED, seed)
    result = check(question.id, answer(question))
    assert result.outcome is Outcome.PASSED, str(result)


@pytest.fixture(autouse=True)
def _labs_of_the_examples():
    """Some known mistakes open a lab of their own beside the function."""
    with closing_leftovers():
        yield


@each_question
def test_the_grading_seed_draws_other_cases(question, monkeypatch):
    """What a learner has seen in a feedback cannot be written into an answer."""
    calls = {}
    for seed in ("practice", "class"):
        monkeypatch.setenv(SEED, seed)
        seen = calls[seed] = []
        check(question.id, lambda _lab, *given, seen=seen: seen.append(given))
    assert calls["practice"] != calls["class"]


@each_question
def test_the_released_stub_is_not_started(question):
    """The untouched notebook earns nothing, and is told what to do next."""
    released = cells(EXERCISE[question.id].released)
    result = check(question.id, function(released[question.function], question.function))
    assert (result.outcome, result.points, repr(result)) == (Outcome.NOT_STARTED, 0, "0")
    assert "Write the body of" in str(result)


@each_question
def test_a_check_says_the_same_every_time(question):
    """Also with other labs open, and after other questions:
    nothing outside the function matters.
    """
    last = [text for asked, _, text in MISTAKES if asked is question][-1]
    first = check(question.id, function(last, question.function))
    with Lab(seed=99) as mine:
        mine.client("ecs").create_cluster(clusterName="mine")
        for other in EXERCISE[question.id].questions:
            check(other.id, print)
        again = check(question.id, function(last, question.function))
        assert len(mine.client("ecs").list_clusters()["clusterArns"]) == 1
    assert str(again) == str(first)
