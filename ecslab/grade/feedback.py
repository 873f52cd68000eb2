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

from ecslab.grade.results import Gap, Judged, LessonSection, Outcome, Result

_MARKS = {Outcome.PASSED: "✓", Outcome.NOT_YET: "✗", Outcome.RAISED: "!", Outcome.NOT_STARTED: "○"}
_COLOURS = {
    Outcome.PASSED: "var(--jp-success-color1, #2e7d32)",
    Outcome.NOT_YET: "var(--jp-warn-color1, #b45309)",
    Outcome.RAISED: "var(--jp-error-color1, #c62828)",
    Outcome.NOT_STARTED: "var(--jp-ui-font-color2, #616161)",
}
_QUIET = "var(--jp-ui-font-color2, #616161)"
_PROSE = {"likely cause", "expected", "got", "next", "help", "error", "notice"}
_CODE = (
    "white-space:pre-wrap;background:var(--jp-layout-color2, #f3f3f3);padding:1px 4px;"
    "font-family:var(--jp-code-font-family, monospace);font-size:90%"
)
_LINES, _WIDTH = 12, 140  # of what the learner's code printed
_LABEL = 60  # characters

Entry = tuple[str, str | LessonSection]
Value = TypeVar("Value")


def as_text(result: Result) -> str:
    """The feedback as plain lines."""
    lines = [f"{_MARKS[result.outcome]} {_headline(result)}"]
    lines += [_entry(label, text, 2) for label, text in _above(result)]
    for point, entries in _points(result):
        lines.append(f"  {_mark(point)} {point.says} ({_score(point)})")
        lines += [_entry(label, text, 6) for label, text in entries]
    lines += [_entry(label, text, 2) for label, text in _below(result)]
    return "\n".join(lines)


def as_html(result: Result) -> str:
    """The same as one block of HTML."""
    colour = _COLOURS[result.outcome]
    mark = f'<span style="color:{colour}" aria-hidden="true">{_MARKS[result.outcome]}</span>'
    rows = [
        f'<div style="font-weight:600">{mark} {escape(_headline(result))}</div>',
        _table(_above(result)),
    ]
    rows += [_point(point, entries) for point, entries in _points(result)]
    rows.append(_table(_below(result)))
    style = (
        f"border-left:4px solid {colour};padding:4px 0 4px 12px;margin:4px "
        "0;max-width:60em;line-height:1.45"
    )
    return f'<div class="ecslab-result" style="{style}">{"".join(rows)}</div>'


def _headline(result: Result) -> str:
    return f"{result.outcome.value}: {result.points} of {result.worth} points for {result.question}"


def _above(result: Result) -> Iterator[Entry]:
    """What is true of the whole answer, the most useful first."""
    if result.outcome is Outcome.NOT_STARTED:
        yield (
            "next",
            f"Write the body of {result.function}, run its cell, then run this cell again.",
        )
    if result.notice:
        yield "notice", result.notice
    if result.cause:
        yield "likely cause", result.cause
    if result.cited:
        yield "ECS says", result.cited
    if result.raised:
        yield (
            "error",
            result.raised.text if result.raised.kind in result.raised.text else str(result.raised),
        )
        if result.raised.line:
            yield (
                f"line {result.raised.line_number} of {result.raised.function}"[:_LABEL],
                result.raised.line,
            )
    if call := result.call or _only(point.call for point in _failed(result)):
        yield "checked with", call


def _below(result: Result) -> Iterator[Entry]:
    if result.printed.strip() and result.outcome is not Outcome.PASSED:
        yield "your code printed", _shortened(result.printed)
    if place := _only(point.look for point in _failed(result)):
        yield "look", place
    if result.outcome is not Outcome.PASSED:
        yield "help", f'hint("{result.question}") gives a hint.'


def _points(result: Result) -> Iterator[tuple[Judged, list[Entry]]]:
    """Each point with what there is to say about it that has not been said."""
    told: set[Gap | LessonSection] = set()
    for point in result.judged if result.outcome is not Outcome.NOT_STARTED else ():
        yield point, list(_explained(result, point, told))


def _explained(result: Result, point: Judged, told: set[Gap | LessonSection]) -> Iterator[Entry]:
    if not point.gap:
        return
    if point.call != (result.call or _only(other.call for other in _failed(result))):
        yield "checked with", point.call
    if point.gap in told:
        yield "got", "as above"
    elif not (result.raised and point.call == result.call):  # the error above says it all
        told.add(point.gap)
        yield "expected", point.gap.expected
        yield "got", point.gap.got
        if point.gap.lines:
            yield "timeline", "\n".join(point.gap.lines)
    if point.look and point.look not in told and not _only(other.look for other in _failed(result)):
        told.add(point.look)
        yield "look", point.look


def _failed(result: Result) -> list[Judged]:
    return [point for point in result.judged if point.gap]


def _only(values: Iterable[Value | None]) -> Value | None:
    """The value that all of them share, or None."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _mark(point: Judged) -> str:
    return _MARKS[_outcome(point)] if _reached(point) else "–"


def _score(point: Judged) -> str:
    return ("" if _reached(point) else "not reached, ") + f"{point.earned} of {point.worth}"


def _outcome(point: Judged) -> Outcome:
    return Outcome.NOT_YET if point.gap else Outcome.PASSED


def _reached(point: Judged) -> bool:
    return point.gap is None or point.gap.reached


def prose(text: str) -> str:
    """Text as HTML, with what stands in backticks as code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", escape(text))


def _entry(label: str, text: str | LessonSection, depth: int) -> str:
    first, *rest = str(text).splitlines() or [""]
    body = "\n".join(rest)
    return f"{' ' * depth}{label}: {first}" + (
        f"\n{indent(body, ' ' * (depth + len(label) + 2))}" if rest else ""
    )


def _point(point: Judged, entries: Iterable[Entry]) -> str:
    colour = _COLOURS[_outcome(point)] if _reached(point) else _QUIET
    line = f'<span style="color:{colour};font-weight:600">{_mark(point)}</span> {prose(point.says)}'
    score = f'<span style="color:{_QUIET};white-space:nowrap">({_score(point)})</span>'
    return f'<div style="margin-top:6px">{line} {score}{_table(entries)}</div>'


def _table(entries: Iterable[Entry]) -> str:
    rows = "".join(_row(label, text) for label, text in entries)
    return rows and f'<div style="margin:2px 0 2px 1.2em">{rows}</div>'


def _row(label: str, text: str | LessonSection) -> str:
    key = f'<span style="color:{_QUIET}">{escape(label)}:</span>'
    # No link: nbgrader's feedback pages lie elsewhere.
    if isinstance(text, LessonSection) or label in _PROSE:
        return f'<div style="white-space:pre-wrap">{key} {prose(str(text))}</div>'
    block = "div" if "\n" in text else "span"
    return f'<div>{key} <{block} style="{_CODE}">{escape(text)}</{block}></div>'


def _shortened(text: str) -> str:
    lines = [line[:_WIDTH] for line in text.strip("\n").splitlines()]
    more = [f"… and {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return "\n".join(lines[:_LINES] + more)
