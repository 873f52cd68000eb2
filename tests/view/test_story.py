from html.parser import HTMLParser

import pytest
import stories
from goldens import assert_same_as_golden
from told import ByHand

from ecslab.ground.errors import LabError
from ecslab.timeline.timeline import Timeline
from ecslab.view.explain import explain
from ecslab.view.story import story


class Cells(HTMLParser):
    """The tags and the cells of a table."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.cells = set(), []
        self.feed(html)

    def handle_starttag(self, tag, _attributes):
        """Note the tag; a td begins a cell."""
        self.tags.add(tag)
        self.cells += [""] * (tag == "td")

    def handle_data(self, data):
        """Text belongs to the cell that was begun last."""
        if self.cells:
            self.cells[-1] += data


def test_a_story_prints_as_the_timeline_prints():
    """What nbval compares and a grader quotes is one form, everywhere."""
    timeline = stories.healing()
    assert str(story(timeline)) == repr(story(timeline)) == str(timeline)


def test_a_story_is_narrowed_by_subject_word_and_time():
    """A subject brings its parts; times are those of `show`."""
    timeline = stories.healing()
    assert str(story(timeline, "task/2")) == str(timeline.of("task/2"))
    assert {event.kind for event in story(timeline, kind="steady")} == {"steady"}
    assert [event.at_ms for event in story(timeline, "service/web", since="26s", until="70s")] == [
        60_000
    ]


def test_a_long_story_is_cut_with_a_word_of_advice():
    """What is left out is counted, in both forms."""
    told = story(stories.crowd(50), limit=10)
    note = (
        f"… and {len(stories.crowd(50)) - 10} more lines; narrow it with about=, kind=, "
        "since=, until=, or raise limit="
    )
    assert len(told) == 10
    assert str(told).endswith(note)
    assert note in told._repr_html_()


def test_the_table_holds_the_same_words():
    """Time, subject, word, reason; trouble is in bold for the eye, and told by its word."""
    table = Cells(story(stories.ailing(), "task/1")._repr_html_())
    assert ["10s", "task/1/app", "pull failed", "CannotPullContainerError: api:7: not found"] in [
        [cell.strip() for cell in table.cells[row : row + 4]]
        for row in range(0, len(table.cells), 4)
    ]
    assert story(stories.ailing(), "task/2")._repr_html_().count("<strong>") == 2


def test_the_table_is_escaped():
    """A reason that somebody else wrote stays text."""
    timeline = ByHand()
    timeline.say(
        0, "task/<script>", "<img src=x onerror=alert(1)>", "</td><script>alert(1)</script>"
    )
    table = Cells(story(timeline)._repr_html_())
    assert table.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert table.cells[3].strip() == "</td><script>alert(1)</script>"


def test_an_empty_story_says_so():
    """Before anything has happened there is no table."""
    assert str(story(Timeline())) == "(nothing has happened)"
    assert "<table" not in story(Timeline())._repr_html_()


def test_an_unknown_subject_shows_what_there_is():
    """Misuse is answered with a line that works."""
    with pytest.raises(LabError, match=r"does not know 'task/77'; it has task/4, task/3, task/2"):
        story(stories.healing(), "task/77")
    with pytest.raises(
        LabError, match="does not know 'web'; it has cluster/default, task-definition/web:1"
    ):
        explain(stories.healing(), "web")


def test_a_task_is_explained_in_sentences():
    """Who it is, what happened and why, where it stands."""
    told = (
        explain(stories.healing(), "task/2") + "\n\n" + explain(stories.healing(), "task/1") + "\n"
    )
    assert_same_as_golden("explained.txt", told)


def test_a_service_and_a_container_are_explained_too():
    """Any subject of the timeline can be asked about."""
    assert "At 120s it began to be deleted: somebody deleted it." in explain(
        stories.ailing(), "service/api"
    )
    assert (
        explain(stories.ailing(), "task/3/log")
        == "At 50s it was restarted: its restart policy allows it."
    )
