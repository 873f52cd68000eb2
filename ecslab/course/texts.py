"""Reads what a question says: the file `<name>.toml` beside its checks.

What a learner wrote who made a known mistake stands there too, mostly as an edit of the right
answer: `change` (pairs of what is replaced, and by what), `drop`, `of` (another right answer
than the solution's), or as a whole `example`. Only the tests read it (`tests/grade/answers.py`).
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ecslab.course import way_out
from ecslab.grade.questions import Mistake, Texts
from ecslab.ground.text import Text, as_it_stands


def texts(file: Path, seen: Mapping[str, Callable[[Any], bool]]) -> Texts:
    """A question's hints, notice and mistakes; `seen` recognises, by id, those that
    do not show in the error they raise.
    """
    data = tomllib.loads(file.read_text("utf-8"))
    mistakes = tuple(_mistake(entry, seen) for entry in data["mistakes"])
    assert seen.keys() <= {mistake.id for mistake in mistakes}, "every recogniser is a mistake's"
    return Texts(
        data["number"],
        tuple(map(_in_one_line, data["hints"])),
        _in_one_line(data["notice"]),
        mistakes,
    )


def _mistake(entry: Mapping[str, Any], seen: Mapping[str, Callable[[Any], bool]]) -> Mistake:
    if entry["id"] == way_out.MISTAKE:
        return Mistake(way_out.MISTAKE, way_out.SAYS, cites=way_out.cited)
    raises = entry.get("raises", [])
    assert raises or entry["id"] in seen, f"{entry['id']} can be recognised"
    return Mistake(
        entry["id"],
        _in_one_line(entry["says"]),
        seen.get(entry["id"]),
        (raises,) if isinstance(raises, str) else tuple(raises),
    )


def _in_one_line(text: str) -> Text:
    return as_it_stands(" ".join(text.split()))
