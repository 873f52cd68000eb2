"""The same release through each deployment strategy, kept as text: a change of a
story is a change that somebody looked at.
"""

from pathlib import Path

import pytest
from kept import assert_same_as_kept
from strategy_stories import IMAGES, STRATEGIES, tell

FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("name", STRATEGIES)
def test_a_release_is_told_as_it_was_before(name, image):
    """Facts, sections 6.1, 6.2 and 6.4: delete the file to have the next run write
    it anew, then look at the difference.
    """
    assert_same_as_kept(FOLDER / f"{name.lower().replace(' ', '-')}-{image}.txt", tell(name, image))


def test_a_bad_image_takes_no_healthy_task_below_the_floor():
    """Facts, section 6.1: with 100 % as floor all four old tasks
    serve at every line of the story.
    """
    for image in ("sick", "missing"):
        lines = tell("ROLLING 100-200", image).splitlines()[3:]
        assert {line.split()[3].split("/")[0] for line in lines} == {"4"}
