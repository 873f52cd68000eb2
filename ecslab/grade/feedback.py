"""The only place for how a result reads: as text in a terminal, as HTML in a notebook and in nbgrader's feedback.

Short and neutral: what was checked, what was expected, what came, where to look. Everything that comes from a
learner's code is escaped. Colours are the theme's, with a value for pages that have none; no colour speaks alone.
"""

from collections.abc import Iterable, Iterator
from html import escape
from textwrap import indent
from urllib.parse import quote

from ecslab.grade.outcomes import Judged, Outcome, Place, Result

_MARKS = {Outcome.PASSED: "✓", Outcome.NOT_YET: "✗", Outcome.RAISED: "!", Outcome.NOT_STARTED: "○"}
_COLOURS = {
    Outcome.PASSED: "var(--jp-success-color1, #2e7d32)",
    Outcome.NOT_YET: "var(--jp-warn-color1, #b45309)",
    Outcome.RAISED: "var(--jp-error-color1, #c62828)",
    Outcome.NOT_STARTED: "var(--jp-ui-font-color2, #616161)",
}
_QUIET = "var(--jp-ui-font-color2, #616161)"
_PAPER = "var(--jp-layout-color2, #f3f3f3)"
_LINES, _WIDTH = 12, 140  # of what the learner's code printed


def as_text(result: Result) -> str:
    """The feedback as plain lines."""
    lines = [f"{_MARKS[result.outcome]} {_headline(result)}"]
    for label, text in _above(result):
        lines.append(_entry(label, text, 2))
    if result.outcome is not Outcome.NOT_STARTED:
        for point in result.judged:
            lines.append(f"  {_mark(point)} {point.says} ({point.earned} of {point.worth})")
            lines += [_entry(label, text, 6) for label, text in _explained(result, point)]
    lines += [_entry(label, text, 2) for label, text in _below(result)]
    return "\n".join(lines)


def as_html(result: Result) -> str:
    """The same as one block of HTML."""
    colour = _COLOURS[result.outcome]
    rows = [
        f'<div style="color:{colour};font-weight:600"><span aria-hidden="true">{_MARKS[result.outcome]}</span>'
        f" {escape(_headline(result))}</div>",
        _table(_above(result)),
    ]
    if result.outcome is not Outcome.NOT_STARTED:
        rows += [_point(result, point) for point in result.judged]
    rows.append(_table(_below(result)))
    style = f"border-left:4px solid {colour};padding:4px 0 4px 12px;margin:4px 0;max-width:60em;line-height:1.45"
    return f'<div class="ecslab-result" style="{style}">{"".join(rows)}</div>'


def _headline(result: Result) -> str:
    return f"{result.outcome.value}: {result.points} of {result.worth} points for {result.question}"


def _above(result: Result) -> Iterator[tuple[str, str]]:
    """What is true of the whole answer, the most useful first."""
    if result.outcome is Outcome.NOT_STARTED:
        yield "next", f"Write the body of {result.function}, run its cell, then run this cell again."
    if result.cause:
        yield "likely cause", result.cause
    if result.raised:
        yield "error", str(result.raised)
        if result.raised.line:
            yield f"line {result.raised.line_number} of {result.raised.function}"[:60], result.raised.line
        yield "in the call", result.call


def _below(result: Result) -> Iterator[tuple[str, str]]:
    if result.outcome is Outcome.PASSED:
        return
    if result.printed.strip():
        yield "your code printed", _shortened(result.printed)
    yield "help", f'hint("{result.question}") gives a hint.'


def _explained(result: Result, point: Judged) -> Iterator[tuple[str, str]]:
    if not point.gap:
        return
    if result.raised and point.call == result.call:  # the error above says it all
        yield "look", str(point.look)
        return
    yield "checked with", point.call
    yield "expected", point.gap.expected
    yield "got", point.gap.got
    if point.gap.lines:
        yield "timeline", "\n".join(point.gap.lines)
    if point.look:
        yield "look", str(point.look)


def _mark(point: Judged) -> str:
    return _MARKS[Outcome.NOT_YET if point.gap else Outcome.PASSED]


def _entry(label: str, text: str, depth: int) -> str:
    first, *rest = text.splitlines() or [""]
    body = "\n".join(rest)
    return f"{' ' * depth}{label}: {first}" + (f"\n{indent(body, ' ' * (depth + len(label) + 2))}" if rest else "")


def _point(result: Result, point: Judged) -> str:
    colour = _COLOURS[Outcome.NOT_YET if point.gap else Outcome.PASSED]
    line = f'<span style="color:{colour};font-weight:600">{_mark(point)}</span> {escape(point.says)}'
    score = f'<span style="color:{_QUIET};white-space:nowrap">({point.earned} of {point.worth})</span>'
    return f'<div style="margin-top:6px">{line} {score}{_table(_explained(result, point), point.look)}</div>'


def _table(entries: Iterable[tuple[str, str]], look: Place | None = None) -> str:
    rows = "".join(_row(label, text, look) for label, text in entries)
    return rows and f'<div style="margin:2px 0 2px 1.2em">{rows}</div>'


def _row(label: str, text: str, look: Place | None) -> str:
    key = f'<span style="color:{_QUIET}">{escape(label)}:</span>'
    if label == "look" and look:
        # As seen from exercises/<name>/; a heading's anchor is its text with hyphens for spaces.
        href = escape(f"../../{look.path}#{quote(look.section.replace(' ', '-'), safe=':?')}")
        return f'<div>{key} <a href="{href}">lesson {look.lesson}, “{escape(look.section)}”</a></div>'
    if label in {"likely cause", "expected", "got", "next", "help", "error"}:
        return f'<div style="white-space:pre-wrap">{key} {escape(text)}</div>'
    code = f"white-space:pre-wrap;background:{_PAPER};padding:1px 4px;font-family:var(--jp-code-font-family, monospace);font-size:90%"
    block = "div" if "\n" in text else "span"
    return f'<div>{key} <{block} style="{code}">{escape(text)}</{block}></div>'


def _shortened(text: str) -> str:
    lines = [line[:_WIDTH] for line in text.strip("\n").splitlines()]
    more = [f"… and {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return "\n".join(lines[:_LINES] + more)
