"""Draws spending as an SVG."""

from math import floor, log10

from ecslab.view import drawing as draw
from ecslab.view.axis import ticks, written
from ecslab.view.spending import Spending

WIDE, TOP, HIGH, EDGE = 960, 78, 250, 16
LEFT, RIGHT = 78, 700
BOTTOM = TOP + HIGH
_LABEL_HIGH = 17  # from one label beside the curves to the next


def svg(seen: Spending) -> str:
    """The curves as one SVG document; its description says what the text form says."""
    label = f"{seen.title}. {seen.summary}"
    head = [
        draw.write(EDGE, 28, draw.shortened(seen.title, 15, WIDE - 2 * EDGE), 15, bold=True),
        draw.write(
            EDGE, 47, draw.shortened(seen.summary, 12, WIDE - 2 * EDGE), 12, fill=draw.QUIET
        ),
    ]
    note = (
        [draw.write(EDGE, 0, draw.shortened(seen.note, 11, WIDE - 2 * EDGE), 11, fill=draw.QUIET)]
        if seen.note
        else []
    )
    if not seen.bands:
        return draw.card(WIDE, 64, label, seen.note, head)
    foot = [f'<g transform="translate(0 {BOTTOM + 30})">{note[0]}</g>'] if note else []
    parts = [
        *head,
        *_grid(seen),
        *(_areas(seen) if seen.stacked else _curves(seen)),
        *_names(seen),
        *foot,
    ]
    return draw.card(WIDE, BOTTOM + 22 + 22 * bool(note), label, description(seen), parts)


def description(seen: Spending) -> str:
    """Where every curve ends, in words."""
    return "; ".join(f"{band.name}: {band.usd[-1]:.4f} USD" for band in seen.bands) + (
        f". {seen.note}" if seen.note else ""
    )


def _x(seen: Spending, at_ms: int) -> float:
    return LEFT + (RIGHT - LEFT) * at_ms / max(1, seen.times_ms[-1])


def _y(seen: Spending, usd: float) -> float:
    return BOTTOM - HIGH * usd / (_ceiling(seen) or 1)


def step(most: float, parts: int = 5) -> float:
    """The smallest of 1, 2, 5 times a power of ten that divides an
    amount into at most so many parts.
    """
    if most <= 0:
        return 1.0
    power = 10.0 ** floor(log10(most / parts))
    return float(next(n * power for n in (1, 2, 5, 10) if n * power * parts >= most * 0.999999))


def _ceiling(seen: Spending) -> float:
    return seen.most * 1.04


def _grid(seen: Spending) -> list[str]:
    times = ticks(0, seen.times_ms[-1], 8)
    size = step(seen.most)
    levels = [size * n for n in range(int(_ceiling(seen) / size) + 1)]
    lines = [f"M{draw.number(_x(seen, t))} {TOP}V{BOTTOM}" for t in times]
    lines += [f"M{LEFT} {draw.number(_y(seen, level))}H{RIGHT}" for level in levels]
    across = [draw.write(_x(seen, t), TOP - 8, written(t, seen.times_ms[-1])) for t in times]
    down = [draw.write(LEFT - 8, _y(seen, level) + 4, f"{level:.10g}") for level in levels]
    unit = draw.write(LEFT - 30, TOP - 8, "USD")
    return [
        draw.path(lines, fill="none", stroke=draw.LINE),
        draw.alike(across, 11, fill=draw.QUIET, anchor="middle"),
        draw.alike([unit, *down], 11, fill=draw.QUIET, anchor="end"),
    ]


def _points(seen: Spending, usd: tuple[float, ...]) -> list[str]:
    return [
        f"{draw.number(_x(seen, t))} {draw.number(_y(seen, v))}"
        for t, v in zip(seen.times_ms, usd, strict=True)
    ]


def _areas(seen: Spending) -> list[str]:
    """From the top band down to the lowest, each over the one it stands
    on: what shows of it is its own.
    """
    shapes = []
    for band, top in reversed(list(zip(seen.bands, seen.tops, strict=True))):
        outline = "L".join(_points(seen, top))
        shapes.append(
            draw.path(
                [f"M{LEFT} {BOTTOM}L{outline}L{RIGHT} {BOTTOM}z"],
                fill=band.colour,
                stroke="#FFFFFF",
                thick=0.8,
            )
        )
    return shapes


def _curves(seen: Spending) -> list[str]:
    found = []
    for band in seen.bands:
        dashes = ' stroke-dasharray="7 4"' if band.dashed else ""
        line = f'd="M{"L".join(_points(seen, band.usd))}" fill="none" stroke="{band.colour}"'
        found.append(f'<path {line} stroke-width="2.5"{dashes}/>')
    return found


def _names(seen: Spending) -> list[str]:
    """Beside the right end of each curve its name and its sum,
    moved apart where they would touch.
    """
    places = _apart([_middle(seen, number) for number in range(len(seen.bands))])
    parts = []
    for band, y in zip(seen.bands, places, strict=True):
        mark = draw.path(
            [draw.bar(RIGHT + 10, y, 10, 10 if not band.dashed else 4)], fill=band.colour
        )
        said = f"{band.name}, {band.usd[-1]:,.4f}"
        parts.append(
            mark + draw.write(RIGHT + 26, y + 4, draw.shortened(said, 11, WIDE - EDGE - RIGHT - 26))
        )
    return [draw.alike(parts, 11)]


def _middle(seen: Spending, number: int) -> float:
    tops = seen.tops
    below = tops[number - 1][-1] if seen.stacked and number else 0.0
    here = tops[number][-1]
    return _y(seen, (here + below) / 2 if seen.stacked else here)


def _apart(wanted: list[float]) -> list[float]:
    """Heights as near as possible to those wanted that leave each
    label its room, from the bottom up.
    """
    order = sorted(range(len(wanted)), key=lambda number: -wanted[number])
    placed, last = [0.0] * len(wanted), float(BOTTOM + _LABEL_HIGH)
    for number in order:
        last = placed[number] = min(wanted[number], last - _LABEL_HIGH)
    lift = max(0.0, TOP + 4 - last)
    return [y + lift for y in placed] if lift and max(placed) + lift <= BOTTOM else placed
