"""What the lessons' timelines say, and what AWS tells others of six scenarios, word
for word: whoever changes it looks at it.
"""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from kept import assert_same_as_kept
from told_to_others import SCENARIOS

from ecslab.ground.text import Text
from ecslab.lab import Lab

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
LESSONS = sorted((ROOT / "lessons").glob("*.ipynb"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_tells_the_story_that_it_told(lesson, monkeypatch, capsys):
    """The whole timeline of every lab that a lesson opens, in order of opening."""
    labs, begin = [], Lab.__init__

    def opened(lab, *arguments, **named):
        begin(lab, *arguments, **named)
        labs.append(lab)

    monkeypatch.setattr(Lab, "__init__", opened)
    # As in a kernel: a sweep sends its functions to other processes.
    notebook = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    for cell in json.loads(lesson.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            run(
                "".join(cell["source"]),
                vars(notebook),
                raises="raises-exception" in cell["metadata"].get("tags", []),
            )
    capsys.readouterr()
    untranslatable = [line for lab in labs for line in left_in_english(lab.timeline)]
    stories = [f"lab {number}\n{lab.timeline}\n" for number, lab in enumerate(labs, 1)]
    for lab in labs:
        lab.close()
    assert untranslatable == []
    assert_same_as_kept(GOLDEN / f"{lesson.stem}.txt", "\n".join(stories))


class Marked(dict):
    """A language in which every sentence stands between brackets."""

    def get(self, sentence, _default=None):
        """The sentence, marked."""
        return f"⟦{sentence}⟧"


REASONS = ("because", "placement", "told")  # the fields that hold why, in words of the lab's


def left_in_english(timeline):
    """Lines whose reason no translator could reach: neither a sentence of
    theirs nor what AWS itself says.
    """
    for event in timeline:
        said = event.why.read(Marked())
        assert not event.why or said.startswith("⟦") or "⟧" in said, event
        for name in REASONS:
            reason = getattr(event, name, None)
            if (
                isinstance(reason, str)
                and reason
                and not isinstance(reason, Text)
                and reason != getattr(event, "reason", None)
            ):
                yield str(event)


def run(source: str, told: dict, *, raises: bool) -> None:
    """Run a cell as a kernel would; a cell that shows an error is expected to raise it."""
    code = compile(source, "<cell>", "exec")
    if not raises:
        exec(code, told)
        return
    with pytest.raises(Exception, match=r"."):
        exec(code, told)


@pytest.mark.parametrize("name", SCENARIOS)
def test_others_are_told_what_they_were_told(name):
    """Service events with their ids, and everything that EventBridge gets, in order."""
    account = SCENARIOS[name]()
    lines = []
    for cluster in account.plane.state.clusters.values():
        for service in cluster.services.values():
            lines += [f"events of {cluster.name}/{service.name}, newest first"]
            lines += [
                f"{event.at_ms / 1000:>9.1f}s  {event.id}  {event.message}"
                for event in service.events
            ]
    lines += ["", "EventBridge"]
    for kind, resources, detail in account.bus.events:
        lines += [
            f"{kind}  {' '.join(resources)}",
            f"    {json.dumps(brief(kind, detail), sort_keys=True)}",
        ]
    assert_same_as_kept(GOLDEN / f"told-{name}.txt", "\n".join([*lines, ""]))


OF_A_TASK = (
    "lastStatus",
    "desiredStatus",
    "healthStatus",
    "stopCode",
    "stoppedReason",
    "version",
    "updatedAt",
)
OF_AN_INSTANCE = (
    "status",
    "agentConnected",
    "runningTasksCount",
    "pendingTasksCount",
    "version",
    "updatedAt",
)
BRIEF = {"ECS Task State Change": OF_A_TASK, "ECS Container Instance State Change": OF_AN_INSTANCE}


def brief(kind: str, detail: dict) -> dict:
    """What a person reads of a detail that describes a whole task or
    instance; the whole has tests of its own.
    """
    return {k: v for k, v in detail.items() if k in BRIEF.get(kind, detail)}
