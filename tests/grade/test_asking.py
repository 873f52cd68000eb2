from ecslab.grade.questions import Case, Point, Question, Texts
from ecslab.grade.results import Gap, LessonSection, Outcome
from ecslab.grade.trial import ask

PLACE = LessonSection(1, "Part four: a service", "lessons/01-what-ecs-is.ipynb")


def question(case, judge):
    """A question of one case and one point."""
    return Question(
        "00-try",
        "answer",
        "Try",
        lambda _: [case],
        (Point("It is so.", judge),),
        PLACE,
        Texts(1, (), "Seen."),
    )


def test_what_happens_meanwhile_happens_after_the_call_and_before_the_rest_of_the_time():
    """A fault can come in the middle of what is judged: the call, the
    fault, then the time that passes.
    """
    seen = []

    def meanwhile(scene):
        seen.append(("meanwhile", scene.lab.clock.now_ms))
        scene.lab.advance("5s")

    def judge(run):
        seen.append(("judged", run.ended_ms))

    def answer(lab):
        lab.advance("1s")
        seen.append(("called", lab.clock.now_ms))

    case = Case(lambda _: {}, then="10s", meanwhile=meanwhile)
    assert ask(question(case, judge), answer, "seed").outcome is Outcome.PASSED
    assert seen == [("called", 1000), ("meanwhile", 1000), ("judged", 16000)]


def test_a_lab_that_was_closed_is_told_before_anything_happens_meanwhile():
    """The function's own error is the outcome, whatever was to come."""
    case = Case(lambda _: {}, meanwhile=lambda scene: scene.lab.set_spot_capacity(available=False))

    def answer(lab):
        lab.close()

    result = ask(question(case, lambda _: None), answer, "seed")
    assert result.outcome is Outcome.RAISED
    assert "closed the lab" in str(result)


def test_a_list_of_dictionaries_is_shown_whole_in_a_feedback():
    """A learner looks at a plan or a strategy member by member;
    a long list of names stays short.
    """
    plan = [
        {"family": f"service-{number}", "portMappings": [{"containerPort": 80}]}
        for number in range(4)
    ]
    case = Case(lambda _: {"plan": plan, "names": [f"a-long-name-{n}" for n in range(20)]})
    result = ask(question(case, lambda _: Gap("a", "b")), print, "seed")
    assert "service-3" in str(result)
    assert "a-long-name-19" not in str(result)
