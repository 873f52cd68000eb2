import pytest
import stories

from ecslab.timeline.timeline import Timeline
from ecslab.view.picture import PLOTLY, Picture

player = pytest.importorskip("ecslab.view.player", reason="anywidget is for the notebook only")


def test_the_player_has_a_moment_for_every_time_at_which_something_happened():
    """Each says when, where on the picture, and what with its why; the first
    and the last moment frame the story.
    """
    moments = player.player(stories.healing()).recording["moments"]
    assert [moment["when"] for moment in moments][:4] == ["0s", "5s", "6.5s", "12.5s"]
    assert moments[-1]["when"] == "85s"
    assert [moment["x"] for moment in moments] == sorted(moment["x"] for moment in moments)
    (crash,) = [moment["lines"] for moment in moments if moment["when"] == "60s"]
    assert "task/2/app exited: with code 1, by itself" in crash


def test_the_player_tells_only_of_lanes_that_it_draws():
    """A filter leaves the rest of the story out."""
    moments = player.player(stories.healing(), task="task/3").recording["moments"]
    assert {line.split()[0] for moment in moments for line in moment["lines"]} == {
        "task/3",
        "task/3/app",
    }


def test_a_crowded_moment_is_counted():
    """A hundred tasks that start together are not a hundred lines."""
    moments = player.player(stories.crowd(100)).recording["moments"]
    assert moments[0]["lines"][-1].startswith("… and ")


def test_the_player_does_not_give_the_end_away():
    """What plays shows no ending before it is reached; the still picture does."""
    playing = player.player(stories.healing())
    assert "2 STOPPED" not in playing.svg.split("<desc>")[0].split("aria-label")[0]
    assert "0s to 85s, moment by moment" in playing.svg
    assert "(2 RUNNING, 2 STOPPED)" in str(playing)


def test_a_page_without_a_kernel_gets_the_still_picture():
    """The bundle holds the live view, the SVG and the text; no plotly,
    because the player is drawn already.
    """
    bundle = player.player(stories.healing())._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "text/plain"} <= set(data)
    assert PLOTLY not in data


def test_an_empty_story_is_a_still_picture():
    """There is nothing to play."""
    assert isinstance(player.player(Timeline()), Picture)
