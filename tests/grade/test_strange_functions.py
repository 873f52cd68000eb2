import pytest
from answers import QUESTIONS, function

from ecslab import Lab, check
from ecslab.grade.results import Outcome
from ecslab.lab import closing_leftovers

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)


@pytest.fixture(autouse=True)
def _labs_of_the_examples():
    """Some known mistakes open a lab of their own beside the function."""
    with closing_leftovers():
        yield


@each_question
def test_what_another_function_raises_is_shown_with_its_line(question):
    """Your code raised: the learner's own line and error, nothing of ours."""
    source = (
        f"def {question.function}(lab, *given):\n    wanted = given[0]\n    return wanted.missing\n"
    )
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
