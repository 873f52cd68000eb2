"""Draws lanes with letters: what a terminal, a screen reader and a comparison of outputs get."""

from textwrap import wrap

from ecslab.ground.text import printable
from ecslab.view import vocabulary as words
from ecslab.view.axis import step_ms, written
from ecslab.view.chart import Chart
from ecslab.view.lanes import Lane

COLUMNS = 60
TICK_EVERY = 10
WIDTH, NAME_WIDTH = 110, 32  # of the key's lines, of a name


def text(chart: Chart) -> str:
    """The chart with one letter per round step of lab time, and a key to the letters it uses."""
    if not chart.lanes:
        return f"{printable(chart.title)}\n{printable(chart.summary)}."
    step = step_ms(chart.end_ms - chart.begin_ms + 1, COLUMNS)
    first = chart.begin_ms // step * step
    width = (chart.end_ms - first) // step + 1
    names = _names(chart.lanes)
    margin = max(map(len, names))
    rows = [_row(chart, lane, first, step, width) for lane in chart.lanes]
    drawn = [
        f"{name:<{margin}}  {row}  {_ending(lane)}"
        for name, row, lane in zip(names, rows, chart.lanes, strict=True)
    ]
    scale = [
        f"{f'one column is {written(step)}':<{margin}}  {_scale(first, step, width)}",
        " " * (margin + 2) + _ruler(width),
    ]
    lines = [
        printable(chart.title),
        printable(f"{chart.summary}."),
        *scale,
        *drawn,
        *_key(set("".join(rows))),
        chart.note,
    ]
    return "\n".join(line.rstrip() for line in lines if line)


def _names(lanes: tuple[Lane, ...]) -> list[str]:
    """Label, revision and zone in columns; a service's tasks stand under it."""
    headed = {lane.service for lane in lanes if not lane.is_task}
    labels = [
        "  " * (lane.is_task and lane.service in headed) + _short(lane.label) for lane in lanes
    ]
    definitions = [_short(lane.definition) if lane.is_task else "" for lane in lanes]
    zones = [_short(lane.zone or "") if lane.is_task else "" for lane in lanes]
    widths = [max(map(len, column)) for column in (labels, definitions)]
    lines = zip(labels, definitions, zones, strict=True)
    return [
        f"{label:<{widths[0]}}  {definition:<{widths[1]}}  {zone}".rstrip()
        for label, definition, zone in lines
    ]


def _row(chart: Chart, lane: Lane, first: int, step: int, width: int) -> str:
    cells = [" "] * width
    held = [0] * width  # how long the letter's status lasted in its column
    for span in chart.shown_spans(lane):
        letter = words.STATUSES[span.status].letter
        for column in range((span.begin_ms - first) // step, (span.end_ms - 1 - first) // step + 1):
            begin = first + column * step
            lasted = min(span.end_ms, begin + step) - max(span.begin_ms, begin)
            if lasted > held[column]:
                held[column], cells[column] = lasted, letter
    if chart.shows_end(lane) and lane.ended_ms is not None:
        cells[(lane.ended_ms - first) // step] = words.STOPPED_LETTER
    for mark in sorted(chart.shown_marks(lane), key=lambda mark: mark.kind.rank):
        cells[(mark.at_ms - first) // step] = mark.kind.letter
    return "".join(cells)


def _ending(lane: Lane) -> str:
    if not lane.is_task:
        return ""
    status = (
        f"{lane.status} {lane.health}" if lane.status == "RUNNING" and lane.health else lane.status
    )
    return printable(f"{status} ({lane.notes})" if lane.notes else status)


def _scale(first: int, step: int, width: int) -> str:
    line = ""
    last = first + (width - 1) * step
    for column in range(0, width, TICK_EVERY):
        line = f"{line:<{column}}" + written(first + column * step, last)
    return line


def _ruler(width: int) -> str:
    return "".join("|" if column % TICK_EVERY == 0 else "." for column in range(width))


def _key(letters: set[str]) -> list[str]:
    """What each letter in the rows means, statuses before marks, in lines that fit a page."""
    known = [(status.letter, status.name) for status in words.STATUSES.values()]
    known += [(words.STOPPED_LETTER, "STOPPED or deleted")] + [
        (kind.letter, kind.title) for kind in words.MARK_KINDS
    ]
    entries = [
        f"{letter} {meaning}".replace(" ", "\xa0") for letter, meaning in known if letter in letters
    ]
    lines = wrap(
        "   ".join(entries),
        WIDTH,
        initial_indent="key   ",
        subsequent_indent="      ",
        break_on_hyphens=False,
    )
    return [line.replace("\xa0", " ") for line in lines]


def _short(name: str) -> str:
    """A name that leaves room for the chart: AWS allows 255 letters."""
    name = printable(name)
    return name if len(name) <= NAME_WIDTH else name[: NAME_WIDTH - 1] + "…"
