"""Describes lanes to plotly: a plain dict, so that making a picture needs no plotly.

JupyterLab's plotly renderer draws it without a kernel. Labels take their colour from the
page's theme through CSS variables, which plotly hands on to the browser; outside JupyterLab
they are a grey that reads on white and on black.
"""

from textwrap import wrap
from typing import Any

from ecslab.view import vocabulary as words
from ecslab.view.axis import Unit, unit, written
from ecslab.view.chart import Chart
from ecslab.view.drawing import outline_of, safe
from ecslab.view.frame import CONFIG, GREY, LINE_LENGTH, frame, room, themed, time_axis
from ecslab.view.lanes import Lane, Mark, Span
from ecslab.view.svg import RIM, caption

Json = dict[str, Any]

LANE_HIGH, TOP, KEY_ROW, KEY_COLUMNS = 29, 74, 20, 5
# What all bars, and all marks, have in common: said once.
BARS = {
    "orientation": "h",
    "marker": {"line": {"color": RIM, "width": 0.6}},
    "textposition": "inside",
    "insidetextanchor": "middle",
    "textangle": 0,
    "hoverinfo": "text",
}
MARKS = {"mode": "markers", "hoverinfo": "text", "cliponaxis": False}
LABEL_LENGTH = 44  # letters


def figure(chart: Chart) -> Json:
    """The chart as plotly's data, layout and config: one trace per status, one per kind of mark."""
    scale = unit(chart.end_ms - chart.begin_ms)
    rows = list(enumerate(chart.lanes))
    data = [_bars(chart, rows, name, scale) for name in chart.statuses]
    data += (
        [_ends(chart, rows, scale)] if any(chart.shows_end(lane) for lane in chart.lanes) else []
    )
    data += [
        _dots(chart, rows, kind, scale)
        for kind in sorted(chart.mark_kinds, key=lambda kind: kind.rank)
    ]
    return {"data": data, "layout": _layout(chart, scale), "config": CONFIG}


def _bars(chart: Chart, rows: list[tuple[int, Lane]], name: str, scale: Unit) -> Json:
    status = words.STATUSES[name]
    found = [
        (row, lane, span)
        for row, lane in rows
        for span in chart.shown_spans(lane)
        if span.status == name
    ]
    return {
        "type": "bar",
        "name": themed(name),
        "base": [scale.of(span.begin_ms) for _, _, span in found],
        "x": [scale.of(span.end_ms - span.begin_ms) for _, _, span in found],
        "y": [row for row, _, _ in found],
        "width": status.height,
        "marker": {"color": status.fill},
        "text": [
            name if lane.is_task and not _covered(chart, lane, span) else ""
            for _, lane, span in found
        ],
        "textfont": {"color": status.ink, "size": 10},
        "hovertext": [_span_story(lane, span) for _, lane, span in found],
    }


def _covered(chart: Chart, lane: Lane, span: Span) -> bool:
    """Whether a mark lies where the bar's name would stand: in its
    middle, on a page of the usual width.
    """
    middle, half = (span.begin_ms + span.end_ms) / 2, (chart.end_ms - chart.begin_ms) * 0.05
    return any(abs(mark.at_ms - middle) < half for mark in lane.marks)


def _ends(chart: Chart, rows: list[tuple[int, Lane]], scale: Unit) -> Json:
    ended = [
        (row, lane, lane.ended_ms)
        for row, lane in rows
        if lane.ended_ms is not None and chart.shows_end(lane)
    ]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": themed(f"{words.STOPPED} or deleted"),
        "x": [scale.of(at_ms) for _, _, at_ms in ended],
        "y": [row for row, _, _ in ended],
        "marker": {"symbol": "line-ns", "size": 9, "line": {"color": GREY, "width": 3}},
        "text": [themed("\u2002" + lane.notes) if lane.is_task else "" for _, lane, _ in ended],
        "textposition": "middle right",
        "textfont": {"size": 11, "color": GREY},
        "hovertext": [
            _story(f"{lane.label} {lane.status}", f"at {written(at_ms)}", lane.ended_why)
            for _, lane, at_ms in ended
        ],
    }


def _dots(chart: Chart, rows: list[tuple[int, Lane]], kind: words.MarkKind, scale: Unit) -> Json:
    found = [
        (row, lane, mark)
        for row, lane in rows
        for mark in chart.shown_marks(lane)
        if mark.kind == kind
    ]
    line = (
        {"color": GREY, "width": 2.5}
        if kind.shape == "line-ns"
        else {"color": outline_of(kind.fill), "width": 1}
    )
    return {
        "type": "scatter",
        "name": themed(kind.title),
        "x": [scale.of(mark.at_ms) for _, _, mark in found],
        "y": [round(row - kind.offset, 2) for row, _, _ in found],
        "marker": {"symbol": kind.shape, "size": 10, "color": kind.fill, "line": line},
        "hovertext": [_mark_story(lane, mark) for _, lane, mark in found],
    }


def _layout(chart: Chart, scale: Unit) -> Json:
    count = len(chart.lanes)
    headed = {lane.service for lane in chart.lanes if not lane.is_task}
    labels = [_label(lane, indent=lane.is_task and lane.service in headed) for lane in chart.lanes]
    below = KEY_ROW * -(-(len(chart.statuses) + len(chart.mark_kinds) + 1) // KEY_COLUMNS) + 24
    around = frame(
        chart.title, chart.summary, chart.note, above=TOP, below=below, right=_right(chart)
    )
    return around | {
        "template": {"data": {"bar": [BARS], "scatter": [MARKS]}},
        "barmode": "overlay",
        "height": TOP + room(chart.note) + LANE_HIGH * count + below,
        "uniformtext": {"mode": "hide", "minsize": 8},
        "xaxis": time_axis(scale)
        | {"range": [scale.of(chart.begin_ms), scale.of(max(chart.end_ms, chart.begin_ms + 1))]},
        "yaxis": {
            "tickvals": list(range(count)),
            "ticktext": labels,
            "range": [count - 0.4, -0.6],
            "automargin": True,
            "ticklabelstandoff": 10,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
    }


def _right(chart: Chart) -> int:
    """Room for what is written after the lanes that end."""
    return 24 + min(
        180,
        6
        * max(
            (len(lane.notes) for lane in chart.lanes if lane.is_task and chart.shows_end(lane)),
            default=0,
        ),
    )


def _label(lane: Lane, *, indent: bool) -> str:
    name = "\u2003" * indent + caption(lane)
    return themed(
        name if len(name) <= LABEL_LENGTH else name[: LABEL_LENGTH - 1] + "…", bold=not lane.is_task
    )


def _span_story(lane: Lane, span: Span) -> str:
    meanwhile = [*span.details, f"… and {span.unnamed} more"] if span.unnamed else span.details
    when = (
        f"{written(span.begin_ms)} to {written(span.end_ms)}, for "
        f"{written(span.end_ms - span.begin_ms)}"
    )
    return _story(f"{lane.label} {span.status}", when, span.why, *meanwhile)


def _mark_story(lane: Lane, mark: Mark) -> str:
    return _story(f"{lane.label} {mark.what}", f"at {written(mark.at_ms)}", mark.why)


def _story(head: str, when: str, *more: str) -> str:
    """What a reader sees when pointing at something: what, when, why."""
    lines = [line for text in more if text for line in wrap(text, LINE_LENGTH)]
    return "<br>".join([f"<b>{safe(head)}</b>", when, *map(safe, lines)])
