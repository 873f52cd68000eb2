"""Describes a page of container instances to plotly, for what a reader learns by pointing at a
task.

JupyterLab shows an SVG as an image, which nobody can point into: why a task is where it is, and
why the other instances lost, needs this form.
"""

from itertools import groupby
from textwrap import wrap
from typing import Any

from ecslab.view.drawing import CARD, safe
from ecslab.view.frame import CONFIG, HOVER, LINE_LENGTH
from ecslab.view.instances_model import told_of_machine, told_of_task
from ecslab.view.instances_page import Frame, InstancesPage, TaskBand, Words
from ecslab.view.instances_plan import WIDE

Json = dict[str, Any]

_ANCHOR = {"": "middle right", "middle": "middle center", "end": "middle left"}
_CLEAR = "rgba(0,0,0,0)"


def figure(page: InstancesPage) -> Json:
    """The page as plotly's data, layout and config: it looks like the
    SVG, and answers when pointed at.
    """
    data = [_machine(frame) for frame in page.frames if frame.of] + [
        _task(band) for band in page.bands
    ]
    return {"data": data + _texts(page.words), "layout": _layout(page), "config": CONFIG}


def _layout(page: InstancesPage) -> Json:
    hidden = {"visible": False, "fixedrange": True}
    high = round(page.high)
    return {
        "width": WIDE,
        "height": high,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": CARD,
        "plot_bgcolor": CARD,
        "hovermode": "closest",
        "hoverlabel": HOVER,
        "showlegend": False,
        "xaxis": {"range": [0, WIDE], **hidden},
        "yaxis": {"range": [high, 0], **hidden},
        "shapes": [_shape(frame) for frame in page.frames],
    }


def _shape(frame: Frame) -> Json:
    corners = {"x0": frame.x, "x1": frame.x + frame.wide, "y0": frame.y, "y1": frame.y + frame.high}
    line = {"color": frame.stroke if frame.stroke != "none" else _CLEAR, "width": 1}
    rounded = {k: round(v, 1) for k, v in corners.items()}
    return {"type": "rect", **rounded, "fillcolor": frame.fill, "line": line, "layer": "below"}


def _machine(frame: Frame) -> Json:
    right, bottom = frame.x + frame.wide, frame.y + frame.high
    corners = [(frame.x, frame.y), (right, frame.y), (right, bottom), (frame.x, bottom)]
    assert frame.of is not None, "only frames of instances are pointed at"
    return _area(corners, _CLEAR, _CLEAR, told_of_machine(frame.of))


def _task(band: TaskBand) -> Json:
    return _area(list(band.points), band.fill, band.rim, told_of_task(band.block))


def _area(points: list[tuple[float, float]], fill: str, line: str, told: list[str]) -> Json:
    closed = [*points, points[0]]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [round(x, 1) for x, _ in closed],
        "y": [round(y, 1) for _, y in closed],
        "fill": "toself",
        "fillcolor": fill,
        "line": {"color": line, "width": 1},
        "hoveron": "fills",
        "hoverinfo": "text",
        "text": "<br>".join(
            [
                f"<b>{safe(told[0])}</b>",
                *(safe(line) for more in told[1:] for line in wrap(more, LINE_LENGTH)),
            ]
        ),
    }


def _texts(lines: list[Words]) -> list[Json]:
    def look(line: Words) -> tuple[float, str, str, bool]:
        return line.size, line.fill, line.anchor, line.bold

    return [_text(*key, list(group)) for key, group in groupby(sorted(lines, key=look), key=look)]


def _text(size: float, fill: str, anchor: str, bold: bool, lines: list[Words]) -> Json:  # noqa: FBT001 - a look's own
    return {
        "type": "scatter",
        "mode": "text",
        "x": [round(line.x, 1) for line in lines],
        "y": [round(line.y - size * 0.36, 1) for line in lines],
        "text": [f"<b>{safe(line.text)}</b>" if bold else safe(line.text) for line in lines],
        "textposition": _ANCHOR[anchor],
        "textfont": {"size": size, "color": fill},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
