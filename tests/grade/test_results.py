import re
from html.parser import HTMLParser

from ecslab.grade.feedback import Result
from ecslab.grade.results import Gap, Judged, LessonSection, Outcome, Raised, shown

PLACE = LessonSection(1, "Part four: a service", "lessons/01-what-ecs-is.ipynb")
KEPT = Judged("All copies run.", 1)
BROKEN = Judged(
    "They are spread.",
    2,
    Gap("two subnets", "one subnet", ("   1.0s  task/1  RUNNING",)),
    "deploy(lab, 'a')",
    PLACE,
)


def result(*judged, outcome=Outcome.NOT_YET, **more):
    """A result with these points."""
    return Result("01-deploy", "deploy", outcome, judged, **more)


def test_the_plain_form_is_the_number_of_points():
    """Partial credit is what nbgrader reads from text/plain (grading notes: a
    number, and never above the maximum).
    """
    assert repr(result(KEPT, BROKEN)) == "1"
    assert repr(result(KEPT, outcome=Outcome.PASSED)) == "1"


def test_points_never_exceed_the_maximum():
    """A result adds up points that were earned, so there is no way to more."""
    assert result(KEPT, KEPT, BROKEN).points <= result(KEPT, KEPT, BROKEN).worth == 4


def test_jupyter_shows_the_feedback_and_nbgrader_the_points():
    """IPython's own formatter is what both of them see."""
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(result(KEPT, BROKEN))
    assert float(data["text/plain"]) == 1
    assert "1 of 3 points" in data["text/html"]


def test_a_failed_point_says_what_was_checked_expected_got_and_where_to_look():
    """The four things that a learner needs, and the answer is not among them."""
    text = str(result(KEPT, BROKEN))
    assert "✓ All copies run. (1 of 1)" in text
    assert "✗ They are spread. (0 of 2)" in text
    for line in (
        "checked with: deploy(lab, 'a')",
        "expected: two subnets",
        "got: one subnet",
        "task/1  RUNNING",
    ):
        assert line in text
    assert "look: lesson 1, “Part four: a service” (lessons/01-what-ecs-is.ipynb)" in text


def test_the_learners_own_line_is_shown_when_their_code_raised():
    """Their error, their line, our call; no traceback."""
    raised = Raised("KeyError", "'exitCode'", "code = container['exitCode']", 4, "deploy")
    text = str(result(BROKEN, outcome=Outcome.RAISED, raised=raised, call="deploy(lab, 'a')"))
    assert "! Your code raised: 0 of 2 points for 01-deploy" in text
    assert "error: KeyError: 'exitCode'" in text
    assert "line 4 of deploy: code = container['exitCode']" in text
    assert "Traceback" not in text


def test_what_the_account_says_of_a_mistake_stands_under_its_cause():
    """In AWS's own words, which the learner will meet again."""
    text = str(result(BROKEN, cause="It has no address.", cited='"stoppedReason": "i/o timeout"'))
    assert (
        '  likely cause: It has no address.\n  ECS says: "stoppedReason": "i/o timeout"\n' in text
    )


def test_everything_that_comes_from_the_learner_is_escaped():
    """A submission cannot put markup into the feedback that an instructor opens."""
    evil = "<script>alert(1)</script>"
    gap = Gap(evil, evil, (evil,))
    raised = Raised(evil, evil, evil, 1, evil)
    html = result(
        Judged(evil, 1, gap, evil, PLACE),
        outcome=Outcome.RAISED,
        raised=raised,
        call="other",
        printed=evil,
        cause=evil,
        cited=evil,
    )._repr_html_()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 9


def test_the_html_is_well_formed_and_uses_the_themes_colours():
    """Every tag is closed; a colour is a theme variable with a
    value for pages that have no theme.
    """
    html = result(KEPT, BROKEN, cause="One subnet is not two.", printed="hello")._repr_html_()
    opened: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, _attributes):
            opened.append(tag)

        def handle_endtag(self, tag):
            assert opened.pop() == tag

    Tags().feed(html)
    assert opened == []
    assert all(
        value.startswith("var(--jp-")
        for value in re.findall(r"(?:color|background|solid)[: ]([^;\"]+)", html)
    )


def test_where_to_look_is_named_and_not_linked():
    """A feedback page of nbgrader lies in a folder of its own, from
    which no path leads to a lesson.
    """
    html = result(BROKEN)._repr_html_()
    assert "lesson 1, “Part four: a service” (lessons/01-what-ecs-is.ipynb)" in html
    assert "<a " not in html


def test_a_promise_that_was_not_reached_is_not_called_broken():
    """The code had ended with an error before: a dash and words, and no points."""
    open_ = Judged(
        "All copies run.", 1, Gap("no error", "it raised KeyError", reached=False), "deploy(lab)"
    )
    raised = result(
        open_, outcome=Outcome.RAISED, raised=Raised("KeyError", "'a'"), call="deploy(lab)"
    )
    assert "  – All copies run. (not reached, 0 of 1)" in str(raised)
    assert "✗" not in str(raised) + raised._repr_html_()
    assert raised.points == 0


def test_a_long_value_is_cut_with_a_sign():
    """So that nobody takes the rest for the whole."""
    assert shown("x" * 100) == "'" + "x" * 78 + "…"
    assert shown("x" * 78) == repr("x" * 78)


def test_a_long_print_is_cut():
    """A megabyte printed in a loop does not end up in the feedback."""
    html = result(BROKEN, printed="x" * 5000 + "\n" + "line\n" * 5000)._repr_html_()
    assert len(html) < 5000
    assert "… and 4989 more lines" in html


def test_an_answer_that_was_not_started_says_what_to_do_next():
    """No list of failures for somebody who has not begun."""
    text = str(result(KEPT, BROKEN, outcome=Outcome.NOT_STARTED))
    assert "○ Not started" in text
    assert "next: Write the body of deploy" in text
    assert "They are spread" not in text
