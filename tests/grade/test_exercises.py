import pytest
from answers import EXERCISE, MISTAKES, QUESTIONS, RIGHT, answer, cells, function

from ecslab import Lab, check
from ecslab.course.catalogue import SEED
from ecslab.grade.outcomes import Outcome
from ecslab.lab import closing_leftovers

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
each_mistake = pytest.mark.parametrize(
    ("question", "mistake"), MISTAKES, ids=[f"{q.id}-{m.id}" for q, m in MISTAKES]
)


@pytest.mark.parametrize(("question", "route"), RIGHT, ids=[f"{q.id}-{route}" for q, route in RIGHT])
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


@each_mistake
def test_a_known_mistake_earns_its_own_message(question, mistake):
    """Not all the points, not another mistake's words, and no answer given away."""
    result = check(question.id, function(mistake.example, question.function))
    assert result.mistake == mistake.id, str(result)
    assert result.outcome is not Outcome.PASSED
    assert result.points < question.worth
    assert mistake.says in str(result)


@each_mistake
def test_a_known_mistake_is_recognised_in_every_hidden_case(question, mistake, monkeypatch):
    """Which cases are drawn decides nothing."""
    monkeypatch.setenv(SEED, "spring")
    assert check(question.id, function(mistake.example, question.function)).mistake == mistake.id


def test_no_two_mistakes_of_a_question_have_the_same_words():
    """A message that fits two mistakes explains neither."""
    for question in QUESTIONS:
        says = [mistake.says for mistake in question.texts.mistakes]
        assert len(set(says)) == len(says) >= 5


@each_question
def test_what_another_function_raises_is_shown_with_its_line(question):
    """Your code raised: the learner's own line and error, nothing of ours."""
    source = f"def {question.function}(lab, *given):\n    wanted = given[0]\n    return wanted.missing\n"
    result = check(question.id, function(source, question.function))
    assert (result.outcome, result.points) == (Outcome.RAISED, 0)
    assert "line 3 of " + question.function + ": return wanted.missing" in str(result)
    assert "ecslab" not in str(result).replace("ecslab/", "")


def deletes_everything(lab, *_):
    """Takes the account apart, what the check prepared included."""
    ecs = lab.client("ecs")
    for arn in ecs.list_clusters()["clusterArns"]:
        for service in ecs.list_services(cluster=arn)["serviceArns"]:
            ecs.delete_service(cluster=arn, service=service, force=True)
        for task in ecs.list_tasks(cluster=arn)["taskArns"]:
            ecs.stop_task(cluster=arn, task=task)
        lab.settle()
        ecs.delete_cluster(cluster=arn)


def sleeps_for_a_week(lab, *_):
    """ECS has forgotten every stopped task by then."""
    lab.advance("7d")
    return {"why": object(), "container": [], "exit_code": float("nan")}


def closes_the_lab(lab, *_):
    """As if the lab were the function's own."""
    with lab:
        return {}


def opens_another(_lab, *_):
    """Works in a lab that it made itself."""
    with Lab() as other:
        other.client("ecs").create_cluster(clusterName="elsewhere")
    return {1: 2}


def goes_on_for_ever(lab, *_):
    """Ends in a RecursionError."""
    return goes_on_for_ever(lab)


def answers_everything(_lab, *_):
    """An object that says yes to whoever compares it."""

    class Yes(dict):
        __eq__ = __contains__ = lambda *_: True
        __hash__ = None
        get = __getitem__ = lambda *_: Yes()

    return Yes()


@each_question
@pytest.mark.parametrize(
    "strange",
    [
        deletes_everything,
        sleeps_for_a_week,
        closes_the_lab,
        opens_another,
        goes_on_for_ever,
        answers_everything,
        print,
        dict,
    ],
)
def test_nothing_a_function_does_ends_the_check(question, strange):
    """Whatever it leaves behind, there is an outcome, a number of points, and a feedback."""
    result = check(question.id, strange)
    assert result.outcome in {Outcome.NOT_YET, Outcome.RAISED}
    assert result.points < question.worth
    assert str(result)
    assert result._repr_html_()


@each_question
def test_a_check_says_the_same_every_time(question):
    """Also with other labs open, and after other questions: nothing outside the function matters."""
    mistake = question.texts.mistakes[-1]
    first = check(question.id, function(mistake.example, question.function))
    with Lab(seed=99) as mine:
        mine.client("ecs").create_cluster(clusterName="mine")
        for other in EXERCISE[question.id].questions:
            check(other.id, print)
        again = check(question.id, function(mistake.example, question.function))
        assert len(mine.client("ecs").list_clusters()["clusterArns"]) == 1
    assert str(again) == str(first)
