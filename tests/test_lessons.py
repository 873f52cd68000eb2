"""The lessons that people open, and the copies with outputs
that nbval runs, are the same lessons.
"""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "lessons").glob("*.ipynb"))


def cells(path: Path) -> list[tuple[str, str, str]]:
    """What a notebook says: id, kind and text of each cell."""
    return [
        (c["id"], c["cell_type"], "".join(c["source"]))
        for c in json.loads(path.read_text("utf-8"))["cells"]
    ]


def test_every_lesson_is_run():
    """A lesson without a copy would be compared with nothing."""
    assert [p.name for p in LESSONS] == [
        p.name for p in sorted((ROOT / "tests" / "lessons").glob("*.ipynb"))
    ]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda p: p.stem)
def test_the_copy_says_what_the_lesson_says(lesson):
    """Run `python -m ecslab.course.publish.lessons` after a change, and look at the difference."""
    assert cells(lesson) == cells(ROOT / "tests" / "lessons" / lesson.name)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_gives_no_answer_away(lesson):
    """Outputs would stand right below the prediction."""
    assert not any(cell.get("outputs") for cell in json.loads(lesson.read_text("utf-8"))["cells"])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_asks_predicts_and_recaps(lesson):
    """The course's pattern: a question first, at least two predictions, at least
    two pictures, a recap that links on.
    """
    said = cells(lesson)
    prose = "\n".join(text for _, kind, text in said if kind == "markdown")
    code = "\n".join(text for _, kind, text in said if kind == "code")
    assert "**Question of this lesson:" in said[0][2]
    assert prose.count("> **Predict.**") >= 2
    assert (
        len(
            re.findall(
                r"\b(?:show|layers|instances|networks|cost|rollout|releases|scaling|calls)\(", code
            )
        )
        >= 2
    )
    assert "## Recap" in prose
    assert "../exercises/" in prose
