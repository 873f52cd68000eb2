"""Describes panels to plotly: a plain dict, so that making a picture needs no plotly."""

from typing import Any

from ecslab.view.axis import Unit, unit, written
from ecslab.view.drawing import safe
from ecslab.view.frame import CONFIG, GREY, GRID, KEY, frame, room, themed, time_axis
from ecslab.view.panel import Panels, Plot, Series, Strip

Json = dict[str, Any]

STRIP_HIGH, GAP, TOP, BELOW = 34, 34, 92, 60


def figure(seen: Panels) -> Json:
    """The panels as plotly's data, layout and config: one y axis each, one x axis for all."""
    scale = unit(seen.length_ms)
    data: list[Json] = []
    for number, panel in enumerate(seen.panels, 1):
        axis = {"yaxis": f"y{number}" if number > 1 else "y"}
        if isinstance(panel, Strip):
            data.append(_strip(panel, scale) | axis)
        else:
            data += [
                _series(seen, panel, s, scale, number) | axis for s in panel.series if s.points
            ]
    return {"data": data, "layout": _layout(seen, scale), "config": CONFIG}


def _strip(strip: Strip, scale: Unit) -> Json:
    return {
        "type": "bar",
        "orientation": "h",
        "showlegend": False,
        "base": [scale.of(p.begin_ms) for p in strip.pieces],
        "x": [scale.of(p.end_ms - p.begin_ms) for p in strip.pieces],
        "y": [0 for _ in strip.pieces],
        "width": 0.9,
        "marker": {
            "color": [p.fill for p in strip.pieces],
            "line": {"color": "#FFFFFF", "width": 0.6},
        },
        "text": [p.name for p in strip.pieces],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": [p.ink for p in strip.pieces], "size": 10},
        "hoverinfo": "text",
        "hovertext": [
            f"<b>{safe(p.name)}</b><br>{written(p.begin_ms)} to "
            f"{written(p.end_ms)}<br>{safe(p.why)}"
            for p in strip.pieces
        ],
    }


def _series(seen: Panels, plot: Plot, series: Series, scale: Unit, number: int) -> Json:
    points = [p for p in series.points if p[0] <= seen.end_ms]
    # Every area needs the same times, or plotly stacks wrongly.
    if plot.stacked and not series.dashed:
        points = [
            (at, series.at(at) or 0.0)
            for at in sorted({at for s in plot.areas for at, _ in s.points})
        ]
    points = [*points, (seen.end_ms, points[-1][1])]
    stacking = (
        {"stackgroup": f"stack{number}", "fillcolor": series.colour} if series in plot.areas else {}
    )
    return {
        "type": "scatter",
        "mode": "lines",
        "name": themed(series.name),
        "x": [scale.of(at) for at, _ in points],
        "y": [round(value, 6) for _, value in points],
        "line": {
            # Black would not show on a dark page.
            "color": GREY if series.dashed else series.colour,
            "width": 1 if stacking else 2,
            "shape": "hv" if series.stepped else "linear",
            "dash": "dash" if series.dashed else "solid",
        },
        "hoverinfo": "text",
        "hovertext": [
            f"<b>{safe(series.name)}</b><br>{written(at)}: {value:,.6g} {safe(plot.unit)}"
            for at, value in points
        ],
        **stacking,
    }


def _layout(seen: Panels, scale: Unit) -> Json:
    highs = [STRIP_HIGH if isinstance(p, Strip) else p.high for p in seen.panels]
    total = sum(highs) + GAP * len(highs)
    layout = frame(seen.title, seen.summary, seen.note, above=TOP, below=BELOW) | {
        "height": TOP + room(seen.note) + total + BELOW,
        "barmode": "overlay",
        "legend": KEY | {"traceorder": "normal"},
        "uniformtext": {"mode": "hide", "minsize": 8},
        "xaxis": time_axis(scale)
        | {
            "range": [scale.of(seen.begin_ms), scale.of(seen.end_ms)],
            "anchor": "free",
            "position": 1,
        },
    }
    below = float(total)
    for number, (panel, high) in enumerate(zip(seen.panels, highs, strict=True), 1):
        low = max(0.0, below - high - GAP / 2)
        layout[f"yaxis{number if number > 1 else ''}"] = _y_axis(panel) | {
            "domain": [round(low / total, 4), round((low + high) / total, 4)]
        }
        below -= high + GAP
    return layout


def _y_axis(panel: Strip | Plot) -> Json:
    common: Json = {"automargin": True, "fixedrange": True, "zeroline": False}
    if isinstance(panel, Strip):
        return common | {
            "tickvals": [0],
            "ticktext": [themed(panel.title)],
            "showgrid": False,
            "range": [-0.5, 0.5],
        }
    title = themed(panel.title + (f", {panel.unit}" if panel.unit else ""), size=11)
    return common | {
        "title": {"text": title},
        "gridcolor": GRID,
        "range": [0, panel.most * 1.06],
        "nticks": 5,
    }
