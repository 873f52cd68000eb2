"""Draws a page of container instances as an SVG."""

from collections.abc import Callable
from functools import partial
from itertools import groupby

from ecslab.ground.text import printable
from ecslab.view import drawing as draw
from ecslab.view.instances_model import TaskBlock, told_of_machine, told_of_task
from ecslab.view.instances_page import Frame, InstancesPage, TaskBand, Words
from ecslab.view.instances_plan import WIDE

ROOM = 28_000  # letters of a picture: a page holds many


def svg(page: InstancesPage, label: str, description: str) -> str:
    """The page as one SVG document; pointing at a task tells more, where
    the page lets SVG be pointed at.

    Of many tasks there is room for no more than why they are where they are, or not even for that.
    """
    for told in (told_of_task, partial(told_of_task, losers=False), None):
        drawn = _svg(page, label, description, told)
        if len(drawn) <= ROOM:
            break
    return drawn


def _svg(
    page: InstancesPage, label: str, description: str, told: Callable[[TaskBlock], list[str]] | None
) -> str:
    frames = _frames(page.frames, titled=bool(page.bands and told))
    bands = (
        [_band(band, "\n".join(told(band.block))) for band in page.bands]
        if told
        else _crowd(page.bands)
    )
    return draw.card(WIDE, page.high, label, description, [*frames, *bands, *texts(page.words)])


def _frames(frames: list[Frame], *, titled: bool) -> list[str]:
    """Neighbours that look alike become one path, unless they have round corners
    or, where there is room for it, a title.
    """

    def look(frame: Frame) -> tuple[str, str, bool]:
        return frame.fill, frame.stroke, bool(frame.corner) and (titled or frame.of is None)

    drawn = []
    for (fill, stroke, alone), group in groupby(_layered(frames, titled=titled), key=look):
        if alone:
            drawn += [_frame(frame) for frame in group]
        else:
            pieces = [
                draw.bar(f.x, f.y + f.high / 2, f.wide, f.high) for f in group if f.wide and f.high
            ]
            drawn.append(draw.path(pieces, fill=fill, stroke=stroke))
    return drawn


def _layered(frames: list[Frame], *, titled: bool) -> list[Frame]:
    """Cells do not overlap one another: their parts may be drawn kind by kind."""
    if titled:
        return frames
    order = {
        key: number
        for number, key in enumerate(
            dict.fromkeys((f.of is None, f.fill, f.stroke) for f in frames)
        )
    }
    return sorted(
        frames, key=lambda f: (f.of is None and not f.corner, order[f.of is None, f.fill, f.stroke])
    )


def _frame(frame: Frame) -> str:
    line = 0.5 * (frame.stroke != "none")  # a line of one pixel lies on one pixel
    drawn = draw.box(
        int(frame.x) + line,
        int(frame.y) + line,
        frame.wide,
        frame.high,
        fill=frame.fill,
        stroke=frame.stroke,
        corner=frame.corner,
    )
    return _titled(drawn, "\n".join(told_of_machine(frame.of))) if frame.of else drawn


def _band(band: TaskBand, told: str) -> str:
    return _titled(draw.path([_outline(band)], fill=band.fill, stroke=band.rim), told)


def _crowd(bands: list[TaskBand]) -> list[str]:
    """Bands of one look as one path."""
    by_look: dict[tuple[str, str], list[str]] = {}
    for band in bands:
        by_look.setdefault((band.fill, band.rim), []).append(_outline(band))
    return [draw.path(pieces, fill=fill, stroke=rim) for (fill, rim), pieces in by_look.items()]


def _outline(band: TaskBand) -> str:
    first, *others = [f"{draw.number(x)} {draw.number(y)}" for x, y in band.points]
    return f"M{first}L{' '.join(others)}z"


def _titled(drawn: str, title: str) -> str:
    lines = "\n".join(map(printable, title.split("\n")))
    return f"<g><title>{draw.safe(lines)}</title>{drawn}</g>" if title else drawn


def texts(lines: list[Words]) -> list[str]:
    """Lines that look alike stand in one group."""

    def look(line: Words) -> tuple[float, str, str, bool]:
        return line.size, line.fill, line.anchor, line.bold

    return [
        draw.alike(
            [draw.write(line.x, line.y, line.text, bold=line.bold) for line in group],
            size,
            fill=fill,
            anchor=anchor,
        )
        for (size, fill, anchor, _), group in groupby(sorted(lines, key=look), key=look)
    ]
