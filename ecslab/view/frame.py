"""What all figures on a time axis have in common: title, summary and note, colours, key, and the
axis itself.
"""

from typing import Any

from ecslab.view.axis import Unit
from ecslab.view.drawing import safe

Json = dict[str, Any]

GREY = "#7A7A7A"  # the same contrast, 4.3, on white and on JupyterLab's darkest
GRID = "rgba(128,128,128,0.28)"
HOVER = {
    "bgcolor": "#1F2933",
    "bordercolor": GREY,
    "font": {"color": "#FFFFFF", "size": 12},
    "align": "left",
}
KEY = {
    "orientation": "h",
    "x": 0,
    "xref": "container",
    "y": 0,
    "yref": "container",
    "yanchor": "bottom",
    "font": {"size": 11, "color": GREY},
    "itemclick": False,
    "itemdoubleclick": False,
}
LINE_LENGTH = 64  # letters, of what is told when pointing at something
CONFIG = {"displayModeBar": False, "displaylogo": False}  # dragging zooms, a double click zooms out


def frame(title: str, summary: str, note: str, *, above: int, below: int, right: int = 24) -> Json:
    """The layout around what is drawn: its words and room for them, in pixels;
    `above` has room for title and summary.
    """
    said = [themed(line, size=12) for line in (summary, note) if line]
    return {
        "title": {
            "text": "<br>".join([themed(title, bold=True), *said]),
            "x": 0,
            "xref": "container",
            "pad": {"l": 10, "t": 12},
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 16, "color": GREY},
        },
        "margin": {"l": 10, "r": right, "t": above + room(note), "b": below},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": GREY, "size": 12},
        "hoverlabel": HOVER,
        "legend": KEY,
    }


def room(note: str) -> int:
    """How many pixels a note needs."""
    return 16 * bool(note)


def time_axis(scale: Unit) -> Json:
    """The axis of the lab's time, above what is drawn; how many times stand on
    it depends on how wide the page is.
    """
    return {
        "ticksuffix": scale.suffix,
        "exponentformat": "none",  # 11,480s, as the timeline writes it, and not 11.48ks
        "side": "top",
        "gridcolor": GRID,
        "zeroline": False,
        "tickfont": {"color": GREY},
    }


def themed(text: str, *, size: int = 0, bold: bool = False) -> str:
    """Text in the colour of the page's own text, in JupyterLab's light and dark themes alike."""
    style = f"color:var(--jp-ui-font-color1,{GREY})" + (f";font-size:{size}px" if size else "")
    words_ = f"<b>{safe(text)}</b>" if bold else safe(text)
    return f'<span style="{style}">{words_}</span>'
