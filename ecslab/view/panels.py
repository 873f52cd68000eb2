"""Puts a stack of panels into the three forms a notebook shows."""

from ecslab.view.panel import Panels
from ecslab.view.panels_figure import figure
from ecslab.view.panels_svg import svg
from ecslab.view.panels_text import text
from ecslab.view.picture import Picture


def drawn(seen: Panels) -> Picture:
    """The panels as text, as SVG and for plotly."""
    return Picture(text(seen), svg(seen), figure(seen) if seen.panels else None)
