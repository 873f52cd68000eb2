"""How a result reads: as text in a terminal, as HTML in a notebook and in nbgrader's feedback.

Short and neutral: what was checked, what was expected, what came, where to look.
Everything that comes from a learner's code is escaped. Colours are the theme's, with a
value for pages that have none; no colour speaks alone.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from textwrap import indent
from typing import TypeVar

from ecslab.grade.results import Findings, Gap, Judged, LessonSection, Outcome
from ecslab.ground.text import ENGLISH, Catalogue, Listed, Text, read

_MARKS = {Outcome.PASSED: "✓", Outcome.NOT_YET: "✗", Outcome.RAISED: "!", Outcome.NOT_STARTED: "○"}
_COLOURS = {
    Outcome.PASSED: "var(--jp-success-color1, #2e7d32)",
    Outcome.NOT_YET: "var(--jp-warn-color1, #b45309)",
    Outcome.RAISED: "var(--jp-error-color1, #c62828)",
    Outcome.NOT_STARTED: "var(--jp-ui-font-color2, #616161)",
}
_QUIET = "var(--jp-ui-font-color2, #616161)"
_CAUSE, _EXPECTED, _GOT = Text("likely cause"), Text("expected"), Text("got")
_NEXT, _HELP, _ERROR, _NOTICE = Text("next"), Text("help"), Text("error"), Text("notice")
_CALL, _PRINTED, _STORY = Text("checked with"), Text("your code printed"), Text("timeline")
_LOOK, _AWS = Text("look"), Text("ECS says")
_PROSE = {_CAUSE, _EXPECTED, _GOT, _NEXT, _HELP, _ERROR, _NOTICE}
_CODE = (
    "white-space:pre-wrap;background:var(--jp-layout-color2, #f3f3f3);padding:1px 4px;"
    "font-family:var(--jp-code-font-family, monospace);font-size:90%"
)
_LINES, _WIDTH = 12, 140  # of what the learner's code printed
_LABEL = 60  # characters

Entry = tuple[Text, str | LessonSection]
Value = TypeVar("Value")


def as_text(result: Findings, catalogue: Catalogue = ENGLISH) -> str:
    """The feedback as plain lines, in the language of a catalogue."""
    lines = [f"{_MARKS[result.outcome]} {read(_headline(result), catalogue)}"]
    lines += [_entry(*_said(entry, catalogue), 2) for entry in _above(result)]
    for point, entries in _points(result):
        says, score = read(point.says, catalogue), read(_score(point), catalogue)
        lines.append(f"  {_mark(point)} {says} ({score})")
        lines += [_entry(*_said(entry, catalogue), 6) for entry in entries]
    lines += [_entry(*_said(entry, catalogue), 2) for entry in _below(result)]
    return "\n".join(lines)


def _said(entry: Entry, catalogue: Catalogue) -> tuple[str, str]:
    """Label and text of an entry, in the language of a catalogue."""
    label, text = entry
    text = text.says if isinstance(text, LessonSection) else text
    return read(label, catalogue), read(text, catalogue)


def as_html(result: Findings, catalogue: Catalogue = ENGLISH) -> str:
    """The same as one block of HTML."""
    colour = _COLOURS[result.outcome]
    mark = f'<span style="color:{colour}" aria-hidden="true">{_MARKS[result.outcome]}</span>'
    rows = [
        f'<div style="font-weight:600">{mark} {escape(read(_headline(result), catalogue))}</div>',
        _table(_above(result), catalogue),
    ]
    rows += [_point(point, entries, catalogue) for point, entries in _points(result)]
    rows.append(_table(_below(result), catalogue))
    style = (
        f"border-left:4px solid {colour};padding:4px 0 4px 12px;margin:4px "
        "0;max-width:60em;line-height:1.45"
    )
    return f'<div class="ecslab-result" style="{style}">{"".join(rows)}</div>'


def _headline(result: Findings) -> Text:
    return Text(
        "{outcome}: {points} of {worth} points for {question}",
        outcome=result.outcome.value,
        points=result.points,
        worth=result.worth,
        question=result.question,
    )


def _above(result: Findings) -> Iterator[Entry]:
    """What is true of the whole answer, the most useful first."""
    if result.outcome is Outcome.NOT_STARTED:
        yield (
            _NEXT,
            Text(
                "Write the body of {function}, run its cell, then run this cell again.",
                function=result.function,
            ),
        )
    if result.notice:
        yield _NOTICE, result.notice
    if result.cause:
        yield _CAUSE, result.cause
    if result.cited:
        yield _AWS, result.cited
    if result.raised:
        yield (
            _ERROR,
            result.raised.text if result.raised.kind in result.raised.text else result.raised.says,
        )
        if result.raised.line:
            room = _LABEL - len(f"line {result.raised.line_number} of ")
            yield (
                Text(
                    "line {number} of {function}",
                    number=result.raised.line_number,
                    function=result.raised.function[:room],
                ),
                result.raised.line,
            )
    if call := result.call or _only(point.call for point in _failed(result)):
        yield _CALL, call


def _below(result: Findings) -> Iterator[Entry]:
    if result.printed.strip() and result.outcome is not Outcome.PASSED:
        yield _PRINTED, _shortened(result.printed)
    if place := _only(point.look for point in _failed(result)):
        yield _LOOK, place
    if result.outcome is not Outcome.PASSED:
        yield _HELP, Text('hint("{question}") gives a hint.', question=result.question)


def _points(result: Findings) -> Iterator[tuple[Judged, list[Entry]]]:
    """Each point with what there is to say about it that has not been said."""
    told: set[Gap | LessonSection] = set()
    for point in result.judged if result.outcome is not Outcome.NOT_STARTED else ():
        yield point, list(_explained(result, point, told))


def _explained(result: Findings, point: Judged, told: set[Gap | LessonSection]) -> Iterator[Entry]:
    if not point.gap:
        return
    if point.call != (result.call or _only(other.call for other in _failed(result))):
        yield _CALL, point.call
    if point.gap in told:
        yield _GOT, Text("as above")
    elif not (result.raised and point.call == result.call):  # the error above says it all
        told.add(point.gap)
        yield _EXPECTED, point.gap.expected
        yield _GOT, point.gap.got
        if point.gap.lines:
            yield _STORY, "\n".join(point.gap.lines)
    if point.look and point.look not in told and not _only(other.look for other in _failed(result)):
        told.add(point.look)
        yield _LOOK, point.look


def _failed(result: Findings) -> list[Judged]:
    return [point for point in result.judged if point.gap]


def _only(values: Iterable[Value | None]) -> Value | None:
    """The value that all of them share, or None."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _mark(point: Judged) -> str:
    return _MARKS[_outcome(point)] if _reached(point) else "–"


def _score(point: Judged) -> Text:
    if not _reached(point):
        return Text("not reached, {earned} of {worth}", earned=point.earned, worth=point.worth)
    return Text("{earned} of {worth}", earned=point.earned, worth=point.worth)


def _outcome(point: Judged) -> Outcome:
    return Outcome.NOT_YET if point.gap else Outcome.PASSED


def _reached(point: Judged) -> bool:
    return point.gap is None or point.gap.reached


def prose(text: str) -> str:
    """Text as HTML, with what stands in backticks as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))


def _entry(label: str, text: str, depth: int) -> str:
    first, *rest = text.splitlines() or [""]
    body = "\n".join(rest)
    return f"{' ' * depth}{label}: {first}" + (
        f"\n{indent(body, ' ' * (depth + len(label) + 2))}" if rest else ""
    )


def _point(point: Judged, entries: Iterable[Entry], catalogue: Catalogue) -> str:
    says, score = read(point.says, catalogue), read(_score(point), catalogue)
    colour = _COLOURS[_outcome(point)] if _reached(point) else _QUIET
    line = f'<span style="color:{colour};font-weight:600">{_mark(point)}</span> {prose(says)}'
    earned = f'<span style="color:{_QUIET};white-space:nowrap">({score})</span>'
    return f'<div style="margin-top:6px">{line} {earned}{_table(entries, catalogue)}</div>'


def _table(entries: Iterable[Entry], catalogue: Catalogue) -> str:
    rows = "".join(_row(entry, catalogue) for entry in entries)
    return rows and f'<div style="margin:2px 0 2px 1.2em">{rows}</div>'


def _row(entry: Entry, catalogue: Catalogue) -> str:
    label, text = _said(entry, catalogue)
    key = f'<span style="color:{_QUIET}">{escape(label)}:</span>'
    # No link: nbgrader's feedback pages lie elsewhere.
    if isinstance(entry[1], LessonSection) or entry[0] in _PROSE:
        return f'<div style="white-space:pre-wrap">{key} {prose(text)}</div>'
    block = "div" if "\n" in text else "span"
    return f'<div>{key} <{block} style="{_CODE}">{escape(text)}</{block}></div>'


def _shortened(text: str) -> str:
    lines = [line[:_WIDTH] for line in text.strip("\n").splitlines()]
    left = len(lines) - _LINES
    more = [Text("… and {count} more lines", count=left)] if left > 0 else []
    return Listed("\n", [*lines[:_LINES], *more])


class Result(Findings):
    """What `check` answers. Jupyter shows the number of points as text/plain, which nbgrader takes
    for partial credit, and the feedback as text/html.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self.points)

    def read(self, catalogue: Catalogue) -> str:
        """The feedback as plain lines, in the language of a catalogue."""
        return as_text(self, catalogue)

    def __str__(self) -> str:
        return self.read(ENGLISH)

    def _repr_html_(self) -> str:
        return as_html(self)
