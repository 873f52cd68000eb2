"""Writes panels with letters and numbers: for terminals, screen readers and comparisons."""

from ecslab.ground.text import printable
from ecslab.view.axis import step_ms, ticks, written
from ecslab.view.panel import Panels, Plot, Strip

COLUMNS, NUMBERS, NAME = 60, 7, 34


def text(seen: Panels) -> str:
    """Each strip as a row of letters with its key, each plot as a table
    of numbers at a few round times.
    """
    lines = [seen.title, f"{seen.summary}."]
    for panel in seen.panels:
        lines += ["", *(_strip(seen, panel) if isinstance(panel, Strip) else _plot(seen, panel))]
    return "\n".join(
        printable(line).rstrip() for line in [*lines, *([seen.note] if seen.note else [])]
    )


def _strip(seen: Panels, strip: Strip) -> list[str]:
    step = step_ms(seen.length_ms, COLUMNS)
    row = ""
    for begin_ms in range(seen.begin_ms, seen.end_ms, step):
        row += _letter(strip, begin_ms, min(begin_ms + step, seen.end_ms))
    key = dict.fromkeys(f"{p.letter} {p.name}" for p in strip.pieces if p.letter in row)
    return [f"{strip.title}, one column is {written(step)}", f"  {row}", "  " + ", ".join(key)]


def _letter(strip: Strip, begin_ms: int, end_ms: int) -> str:
    """What lasted longest in a column; a short trouble still shows."""
    lasted: dict[str, int] = {}
    for piece in strip.pieces:
        overlap = min(piece.end_ms, end_ms) - max(piece.begin_ms, begin_ms)
        if overlap > 0:
            lasted[piece.letter] = lasted.get(piece.letter, 0) + overlap
    loud = [letter for letter in lasted if letter == "X"]
    return loud[0] if loud else max(lasted, key=lambda letter: lasted[letter], default=" ")


def _plot(seen: Panels, plot: Plot) -> list[str]:
    times = sorted({seen.begin_ms, *ticks(seen.begin_ms, seen.end_ms, NUMBERS), seen.end_ms})
    head = plot.title + (f", {plot.unit}" if plot.unit else "")
    rows = [(head, [written(at, seen.end_ms) for at in times])]
    rows += [("  " + _short(s.name), [_number(s.at(at)) for at in times]) for s in plot.series]
    margin, wide = (
        max(len(name) for name, _ in rows),
        max(len(cell) for _, cells in rows for cell in cells),
    )
    return [
        f"{name:<{margin}}" + "".join(f"  {cell:>{wide}}" for cell in cells) for name, cells in rows
    ]


def _short(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1] + "…"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits
