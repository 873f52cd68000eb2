import re

import pytest
from answers import EXAMPLE, function

from ecslab import check
from ecslab.course.catalogue import find
from ecslab.grade.results import Outcome


def test_a_class_is_graded_with_other_cases_than_learners_meet(monkeypatch):
    """Without anybody setting a seed: nbgrader says that it grades
    (its guide, "NBGRADER_EXECUTION").
    """
    seen = []
    for step in ("", "validate", "autograde"):
        monkeypatch.setenv("NBGRADER_EXECUTION", step)
        check("01-register", lambda _lab, *given: seen.append(given))
    own, validated, graded = seen[:2], seen[2:4], seen[4:]
    assert own == validated != graded


@pytest.mark.parametrize(
    ("question", "outcome"),
    [("01-deploy", Outcome.NOT_YET), ("01-jobs", Outcome.RAISED), ("01-heal", Outcome.NOT_YET)],
)
def test_a_forgotten_launch_type_is_recognised_without_a_public_address_too(question, outcome):
    """With one, ECS refuses the call (facts, section 3); without one, it looks
    for instances: the cause is the same.
    """
    asked = find(question)
    written = EXAMPLE[question, "no-launch-type"]
    asking = check(question, function(written, asked.function))
    assert "Assign public IP is not supported" in str(asking)
    public = re.compile(r""", ["']assignPublicIp["']: ["']ENABLED["']""")
    example, times = public.subn("", written)
    assert times == 1
    result = check(question, function(example, asked.function))
    assert (result.outcome, result.mistake) == (outcome, "no-launch-type")
    assert "Assign public IP" not in str(result)


def test_tasks_without_their_service_earn_nothing():
    """The copies that are promised are the service's; that there is none is a line of its own."""
    written = EXAMPLE["01-deploy", "tasks-instead-of-a-service"]
    result = check("01-deploy", function(written, "deploy"))
    assert [point.earned for point in result.judged] == [0, 0, 0, 0]
    assert "✗ The cluster has the service." in str(result)
    assert "services in the cluster shop: none" in str(result)


def test_points_that_are_about_other_cases_survive_an_error():
    """Who forgot that a container may have no exit code still knows a
    crash and a stop when they see them.
    """
    source = EXAMPLE["01-diagnose", "exit-code-of-a-container-that-never-ran"]
    result = check("01-diagnose", function(source, "diagnose"))
    assert result.outcome is Outcome.RAISED
    assert [point.earned for point in result.judged] == [1, 0, 0]


def test_what_the_learners_code_printed_is_shown_when_something_is_wrong():
    """Printing is how many look for their mistake; on a pass it would be noise."""
    source = "def register(lab, family, *rest):\n    print('family is', family)\n    return 1\n"
    assert "your code printed: family is web" in str(
        check("01-register", function(source, "register"))
    )
