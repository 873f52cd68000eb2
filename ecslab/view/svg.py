"""Draws lanes as an SVG: for pages without a kernel, and where plotly is not installed."""

from ecslab.view import drawing as draw
from ecslab.view import vocabulary as words
from ecslab.view.axis import ticks, written
from ecslab.view.chart import Chart
from ecslab.view.lanes import Lane

WIDE, LANE_HIGH, TOP, EDGE = 960, 26, 86, 16
RIM = "#55606B"
_SMALL = 9.5


class Plan:
    """Where things lie on the page: lab time to x, a lane's number to y."""

    def __init__(self, chart: Chart) -> None:
        headed = {lane.service for lane in chart.lanes if not lane.is_task}
        self.labels = [
            caption(lane, indent=lane.is_task and lane.service in headed) for lane in chart.lanes
        ]
        self.left = min(
            300.0, max(110.0, *(draw.width_of(label, 12) + EDGE + 14 for label in self.labels))
        )
        notes = [lane.notes for lane in chart.lanes if chart.shows_end(lane)]
        self.right = (
            WIDE - EDGE - min(180.0, max([0.0, *(draw.width_of(note, 11) + 12 for note in notes)]))
        )
        self._begin, self._length = chart.begin_ms, max(1, chart.end_ms - chart.begin_ms)
        self.bottom = TOP + LANE_HIGH * len(chart.lanes)

    def x(self, at_ms: int) -> float:
        """Pixels from the left."""
        return self.left + (self.right - self.left) * (at_ms - self._begin) / self._length

    def y(self, row: int) -> float:
        """Pixels from the top to the middle of a lane."""
        return TOP + LANE_HIGH * (row + 0.5)


def caption(lane: Lane, *, indent: bool = False) -> str:
    """task/1 · web:1 · us-east-1a."""
    parts = [lane.label, lane.definition, lane.zone] if lane.is_task else [lane.label]
    return "\u2003" * indent + " · ".join(part for part in parts if part)


def svg(chart: Chart) -> str:
    """The chart as one SVG document."""
    if not chart.lanes:
        return draw.card(WIDE, 64, f"{chart.title}. {chart.summary}", "", _head(chart))
    plan = Plan(chart)
    key, high = _key(chart, plan.bottom + 30)
    note = [draw.write(EDGE, high + 4, chart.note, 11, fill=draw.QUIET)] if chart.note else []
    lanes = [
        *_labels(chart, plan),
        *_bars(chart, plan),
        *_endings(chart, plan),
        *_marks(chart, plan),
    ]
    parts = [*_head(chart), *_grid(chart, plan), *lanes, *key, *note]
    return draw.card(
        WIDE, high + 14 * bool(note), f"{chart.title}. {chart.summary}", description(chart), parts
    )


def description(chart: Chart) -> str:
    """Where every lane stands, in words."""
    return "; ".join(
        f"{caption(lane)}: {lane.status}" + (f" ({lane.notes})" if lane.notes else "")
        for lane in chart.lanes
    )


def _head(chart: Chart) -> list[str]:
    return [
        draw.write(EDGE, 28, draw.shortened(chart.title, 15, WIDE - 2 * EDGE), 15, bold=True),
        draw.write(
            EDGE, 47, draw.shortened(chart.summary, 12, WIDE - 2 * EDGE), 12, fill=draw.QUIET
        ),
    ]


def _grid(chart: Chart, plan: Plan) -> list[str]:
    times = ticks(chart.begin_ms, chart.end_ms, 8)
    lines = [f"M{draw.number(plan.x(t))} {TOP - 6}V{draw.number(plan.bottom)}" for t in times]
    labels = [draw.write(plan.x(t), TOP - 12, written(t, chart.end_ms)) for t in times]
    return [
        draw.path(lines, fill="none", stroke=draw.LINE),
        draw.alike(labels, 11, fill=draw.QUIET, anchor="middle"),
    ]


def _labels(chart: Chart, plan: Plan) -> list[str]:
    room = plan.left - EDGE - 8
    return [
        draw.write(
            EDGE,
            plan.y(row) + 4,
            draw.shortened(plan.labels[row], draw.SIZE, room),
            bold=not lane.is_task,
        )
        for row, lane in enumerate(chart.lanes)
    ]


def _bars(chart: Chart, plan: Plan) -> list[str]:
    bars: dict[str, list[str]] = {name: [] for name in chart.statuses}
    names: dict[str, list[str]] = {name: [] for name in chart.statuses}
    for row, lane in enumerate(chart.lanes):
        marks = [plan.x(mark.at_ms) for mark in chart.shown_marks(lane)]
        for span in chart.shown_spans(lane):
            x, y = plan.x(span.begin_ms), plan.y(row)
            wide = max(1.5, plan.x(span.end_ms) - x)
            bars[span.status].append(draw.bar(x, y, wide, _high(words.STATUSES[span.status])))
            if lane.is_task and (at := _room(span.status, x, wide, marks)) is not None:
                names[span.status].append(draw.write(at, y + 3, span.status))
    shapes = [
        draw.path(pieces, fill=words.STATUSES[name].fill, stroke=RIM, thick=0.6)
        for name, pieces in bars.items()
    ]
    return shapes + [
        draw.alike(texts, _SMALL, fill=words.STATUSES[name].ink, anchor="middle")
        for name, texts in names.items()
    ]


def _high(status: words.Status) -> int:
    """A bar's height in whole pixels above and below the middle of its lane."""
    return 2 * round(LANE_HIGH * status.height / 2)


def _endings(chart: Chart, plan: Plan) -> list[str]:
    """A small cap where a lane ends, and what is to be noted about it."""
    caps, notes = [], []
    for row, lane in enumerate(chart.lanes):
        if chart.shows_end(lane) and lane.ended_ms is not None:
            x, y = plan.x(lane.ended_ms), plan.y(row)
            caps.append(draw.bar(x, y, 2.5, 16))
            if lane.notes:
                notes.append(
                    draw.write(x + 10, y + 4, draw.shortened(lane.notes, 11, WIDE - EDGE - x - 10))
                )
    return [draw.path(caps, fill=words.INK), draw.alike(notes, 11)]


def _room(text: str, x: float, wide: float, marks: list[float]) -> float | None:
    """Where in a bar its name can stand and no mark covers it: the middle,
    else the end, else the beginning.
    """
    half = draw.width_of(text, _SMALL) / 2
    for at in (x + wide / 2, x + wide - half - 12, x + half + 12):
        if (
            x + 6 <= at - half
            and at + half <= x + wide - 6
            and not any(abs(mark - at) < half + 6 for mark in marks)
        ):
            return at
    return None


def _marks(chart: Chart, plan: Plan) -> list[str]:
    pieces: dict[words.MarkKind, list[str]] = {kind: [] for kind in chart.mark_kinds}
    for row, lane in enumerate(chart.lanes):
        for mark in chart.shown_marks(lane):
            y = plan.y(row) - LANE_HIGH * mark.kind.offset
            pieces[mark.kind].append(draw.shape(mark.kind.shape, plan.x(mark.at_ms), y))
    ordered = sorted(pieces, key=lambda kind: kind.rank)
    return [
        draw.path(pieces[kind], fill=kind.fill, stroke=draw.outline_of(kind.fill))
        for kind in ordered
    ]


def _key(chart: Chart, top: float) -> tuple[list[str], float]:
    """Swatches and shapes with their words, statuses before marks, in rows
    that fit; and the height they reach.
    """
    bars = [(_swatch(words.STATUSES[name]), name) for name in chart.statuses]
    if any(chart.shows_end(lane) for lane in chart.lanes):
        bars.append(
            (draw.path([draw.bar(6, 0, 2.5, 12)], fill=words.INK), f"{words.STOPPED} or deleted")
        )
    upper, middle = _rows(bars, top)
    lower, bottom = _rows([(_symbol(kind), kind.title) for kind in chart.mark_kinds], middle)
    return [*upper, *lower], bottom


def _swatch(status: words.Status) -> str:
    return draw.path(
        [draw.bar(0, 0, 14, 16 * status.height)], fill=status.fill, stroke=RIM, thick=0.6
    )


def _symbol(kind: words.MarkKind) -> str:
    return draw.path(
        [draw.shape(kind.shape, 7, 0)], fill=kind.fill, stroke=draw.outline_of(kind.fill)
    )


def _rows(entries: list[tuple[str, str]], top: float) -> tuple[list[str], float]:
    parts, x, y = [], float(EDGE), top
    for picture, meaning in entries:
        wide = 20 + draw.width_of(meaning, 11) + 18
        if x + wide > WIDE - EDGE:
            x, y = float(EDGE), y + 20
        parts.append(
            f'<g transform="translate({draw.number(x)} '
            f'{draw.number(y)})">{picture}{draw.write(20, 4, meaning)}</g>'
        )
        x += wide
    return [draw.alike(parts, 11)], y + 20 * bool(entries)
