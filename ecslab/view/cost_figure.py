"""Describes spending to plotly: a plain dict, so that making a picture needs no plotly."""

from typing import Any

from ecslab.billing.tariff import Usd
from ecslab.view.axis import unit, written
from ecslab.view.drawing import safe
from ecslab.view.frame import CONFIG, GRID, KEY, frame, room, themed, time_axis
from ecslab.view.spending import Spending, SpendingCurve

Json = dict[str, Any]

HIGH, TOP, BELOW = 380, 84, 70


def figure(seen: Spending) -> Json:
    """The curves as plotly's data, layout and config: one trace
    each, stacked where the picture is.
    """
    return {
        "data": [_trace(seen, band) for band in seen.bands],
        "layout": _layout(seen),
        "config": CONFIG,
    }


def _trace(seen: Spending, band: SpendingCurve) -> Json:
    scale = unit(seen.times_ms[-1])
    line = {
        "color": band.colour,
        "width": 1 if seen.stacked else 2.5,
        "dash": "dash" if band.dashed else "solid",
    }
    stacking = {"stackgroup": "spent", "fillcolor": band.colour} if seen.stacked else {}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": themed(band.name),
        "x": [scale.of(at_ms) for at_ms in seen.times_ms],
        "y": list(band.usd),
        "line": line,
        "hoverinfo": "text",
        "hovertext": [
            _told(band, at_ms, usd) for at_ms, usd in zip(seen.times_ms, band.usd, strict=True)
        ],
        **stacking,
    }


def _told(band: SpendingCurve, at_ms: int, usd: float) -> str:
    return f"<b>{safe(band.name)}</b><br>at {written(at_ms)}: {Usd(usd)}"


def _layout(seen: Spending) -> Json:
    scale = unit(seen.times_ms[-1])
    return frame(seen.title, seen.summary, seen.note, above=TOP, below=BELOW) | {
        "height": HIGH + room(seen.note),
        "hovermode": "x",
        "legend": KEY | {"traceorder": "normal"},
        "xaxis": time_axis(scale),
        "yaxis": {
            "title": {"text": "USD"},
            "rangemode": "tozero",
            "automargin": True,
            "gridcolor": GRID,
            "zeroline": False,
            "fixedrange": True,
        },
    }
