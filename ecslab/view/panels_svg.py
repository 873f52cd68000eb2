"""Draws panels as an SVG: one time axis on top, the panels under it, names at the right end of
lines.
"""

from collections.abc import Callable, Sequence

from ecslab.view import drawing as draw
from ecslab.view.axis import ticks, written
from ecslab.view.cost_svg import step
from ecslab.view.panel import Panels, Plot, Series, Strip
from ecslab.view.panels_text import text

WIDE, EDGE, LEFT, RIGHT, TOP = 960, 16, 150, 744, 84
STRIP_HIGH, GAP, LABEL_HIGH = 26, 26, 15

Level = Callable[[float], float]  # where a value lies, in pixels from the top


def svg(seen: Panels) -> str:
    """The panels as one SVG document; its description is the text form."""
    label = f"{seen.title}. {seen.summary}"
    parts = [
        draw.write(EDGE, 28, draw.shortened(seen.title, 15, WIDE - 2 * EDGE), 15, bold=True),
        draw.write(
            EDGE, 47, draw.shortened(seen.summary, 12, WIDE - 2 * EDGE), 12, fill=draw.QUIET
        ),
    ]
    y = float(TOP + LABEL_HIGH * _under_the_axis(seen))
    for panel in seen.panels:
        high = STRIP_HIGH if isinstance(panel, Strip) else panel.high
        parts += _strip(seen, panel, y) if isinstance(panel, Strip) else _plot(seen, panel, y)
        y += high + GAP
    parts[2:2] = _axis(seen, y - GAP)
    if seen.note:
        parts.append(
            draw.write(EDGE, y, draw.shortened(seen.note, 11, WIDE - 2 * EDGE), 11, fill=draw.QUIET)
        )
    return draw.card(WIDE, y + 12 * bool(seen.note), label, text(seen), parts)


def _title(plot: Plot) -> str:
    return plot.title + (f", {plot.unit}" if plot.unit else "")


def _under_the_axis(seen: Panels) -> bool:
    """Whether the first panel's title is so long that it would run into the axis's times."""
    first = seen.panels[0] if seen.panels else None
    return isinstance(first, Plot) and draw.width_of(_title(first), 12) > LEFT - EDGE


def _x(seen: Panels, at_ms: int) -> float:
    kept = min(max(at_ms, seen.begin_ms), seen.end_ms)
    return LEFT + (RIGHT - LEFT) * (kept - seen.begin_ms) / seen.length_ms


def _axis(seen: Panels, bottom: float) -> list[str]:
    times = ticks(seen.begin_ms, seen.end_ms, 8)
    lines = [f"M{draw.number(_x(seen, t))} {TOP - 12}V{draw.number(bottom)}" for t in times]
    across = [draw.write(_x(seen, t), TOP - 17, written(t, seen.end_ms)) for t in times]
    return [
        draw.path(lines, fill="none", stroke=draw.LINE),
        draw.alike(across, 11, fill=draw.QUIET, anchor="middle"),
    ]


def _name(title: str, y: float) -> str:
    return draw.write(LEFT - 10, y, draw.shortened(title, 12, LEFT - 26), 12, anchor="end")


def _strip(seen: Panels, strip: Strip, y: float) -> list[str]:
    parts = [_name(strip.title, y + STRIP_HIGH / 2 + 4)]
    for piece in strip.pieces:
        left, right = _x(seen, piece.begin_ms), _x(seen, piece.end_ms)
        parts.append(
            draw.box(left, y, max(right - left, 1.2), STRIP_HIGH, fill=piece.fill, stroke="#FFFFFF")
        )
        if draw.width_of(piece.name, 10) + 8 < right - left:
            parts.append(
                draw.write(
                    (left + right) / 2, y + 17, piece.name, 10, fill=piece.ink, anchor="middle"
                )
            )
    return parts


def _plot(seen: Panels, plot: Plot, y: float) -> list[str]:
    most, bottom = plot.most * 1.06, y + plot.high

    def level(value: float) -> float:
        return bottom - plot.high * value / most

    size = step(most, 4)
    levels = [size * n for n in range(int(most / size) + 1)]
    grid = [f"M{LEFT} {draw.number(level(v))}H{RIGHT}" for v in levels]
    scale = [draw.write(LEFT - 8, level(v) + 4, f"{v:.10g}") for v in levels]
    parts = [
        draw.path(grid, fill="none", stroke=draw.LINE),
        draw.write(EDGE, y - 8, draw.shortened(_title(plot), 12, RIGHT - EDGE), 12),
        draw.alike(scale, 10, fill=draw.QUIET, anchor="end"),
    ]
    parts += [
        draw.path(
            [
                f"M{_outline(seen, plot.areas[: n + 1], level)}"
                f"V{draw.number(bottom)}H{_first(seen, plot)}z"
            ],
            fill=s.colour,
        )
        for n, s in reversed(list(enumerate(plot.areas)))
    ]
    parts += [_line(seen, s, level) for s in plot.lines]
    return [*parts, *_legend(plot, y)]


def _first(seen: Panels, plot: Plot) -> str:
    return draw.number(_x(seen, min(at for s in plot.areas for at, _ in s.points)))


def _outline(seen: Panels, below: list[Series], level: Level) -> str:
    """The upper edge of some series on top of each other."""
    times = sorted({at for s in below for at, _ in s.points})
    points = [(at, sum(s.at(at) or 0 for s in below)) for at in times]
    return _path(seen, points, level, stepped=below[-1].stepped)


def _path(seen: Panels, points: Sequence[tuple[int, float]], level: Level, *, stepped: bool) -> str:
    spots = [(_x(seen, at), level(value)) for at, value in points if at <= seen.end_ms]
    x, y = spots[0]
    said = f"{draw.number(x)} {draw.number(y)}"
    for x, y in spots[1:]:
        said += (
            f"H{draw.number(x)}V{draw.number(y)}"
            if stepped
            else f"L{draw.number(x)} {draw.number(y)}"
        )
    return said + f"H{draw.number(_x(seen, seen.end_ms))}"


def _line(seen: Panels, series: Series, level: Level) -> str:
    if not series.points:
        return ""
    dashes = ' stroke-dasharray="7 4"' if series.dashed else ""
    path = _path(seen, series.points, level, stepped=series.stepped)
    return f'<path d="M{path}" fill="none" stroke="{series.colour}" stroke-width="2"{dashes}/>'


def _legend(plot: Plot, y: float) -> list[str]:
    """The names to the right, in the order in which areas lie on top of each other."""
    order = [*plot.lines, *reversed(plot.areas)]
    parts = []
    for number, series in enumerate(order):
        middle = y + 8 + number * LABEL_HIGH
        mark = draw.path(
            [draw.bar(RIGHT + 12, middle, 10, 3 if series in plot.lines else 10)],
            fill=series.colour,
        )
        name = draw.shortened(series.name, 11, WIDE - EDGE - RIGHT - 28)
        parts.append(mark + draw.write(RIGHT + 28, middle + 4, name))
    return [draw.alike(parts, 11)]
