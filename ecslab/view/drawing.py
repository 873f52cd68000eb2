"""Writes SVG: escaping, numbers, text, shapes, the card they lie on.

Everything is a plain attribute: no style sheet, no script, no id, so that a page that inlines
several pictures, or cleans them, shows the same. The card has its own light background, because an
SVG inside an image cannot know the page's theme.
"""

from collections.abc import Sequence
from html import escape

from ecslab.view.vocabulary import INK

QUIET, LINE, CARD, PANEL = "#52606D", "#D5DCE4", "#FFFFFF", "#F4F6F9"
SIZE = 12  # of text, and INK its colour, where nothing else is said
FONT = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"

# Shapes as relative paths around a point, some ten pixels wide; plotly's names for them.
SHAPES = {
    "circle": "m0-4.5a4.5 4.5 0 1 1-.1 0z",
    "diamond": "m0-5.5 5 5.5-5 5.5-5-5.5z",
    "hexagon": "m-3-5h6l3 5-3 5h-6l-3-5z",
    "hourglass": "m-4.5-5h9l-9 10h9z",
    "line-ns": "m-1-6h2v12h-2z",
    "octagon": "m-2.1-5h4.2l2.9 2.9v4.2l-2.9 2.9h-4.2l-2.9-2.9v-4.2z",
    "pentagon": "m0-5.5 5.2 3.8-2 6.2h-6.4l-2-6.2z",
    "square": "m-4.2-4.2h8.4v8.4h-8.4z",
    "star": "m0-6.5 1.6 4.3 4.6.2-3.6 2.8 1.3 4.4-3.9-2.6-3.9 2.6 1.3-4.4-3.6-2.8 4.6-.2z",
    "triangle-down": "m0 5.5-5-9h10z",
    "triangle-up": "m0-5.5 5 9h-10z",
    "x": "m0-2.3 2.9-2.9 2.3 2.3-2.9 2.9 2.9 2.9-2.3 2.3-2.9-2.9-2.9 2.9-2.3-2.3 2.9-2.9-2.9-2.9 "
    "2.3-2.3z",
}


def safe(text: object) -> str:
    """Text for XML: escaped, and without the characters that XML cannot carry."""
    kept = "".join(
        c
        for c in str(text)
        if c in "\t\n"
        or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\x7f\ufffe\uffff")
    )
    return escape(kept)


def number(value: float) -> str:
    """A coordinate with at most one decimal: short, and the same everywhere."""
    return f"{value:.1f}".removesuffix(".0")


def width_of(text: str, size: float) -> float:
    """About how wide a text is, in pixels, whatever the font: letters are a
    little more than half as wide as high.
    """
    return len(text) * size * 0.56


def shortened(text: str, size: float, room: float) -> str:
    """The text, cut with an ellipsis to fit so many pixels."""
    most = max(1, int(room / (size * 0.56)))
    return text if len(text) <= most else text[: most - 1] + "…"


def write(
    x: float,
    y: float,
    text: str,
    size: float = SIZE,
    *,
    fill: str = INK,
    anchor: str = "",
    bold: bool = False,
) -> str:
    """One line of text; `anchor` is start (the default), middle or end."""
    look = _look(size, fill, anchor) + (' font-weight="600"' if bold else "")
    return f'<text x="{number(x)}" y="{number(y)}"{look}>{safe(text)}</text>'


def alike(parts: Sequence[str], size: float = SIZE, *, fill: str = INK, anchor: str = "") -> str:
    """Texts that share a look which is then said once: each is
    written as if it had the usual one.
    """
    return f"<g{_look(size, fill, anchor)}>{''.join(parts)}</g>" if parts else ""


def _look(size: float, fill: str, anchor: str) -> str:
    said = {
        "font-size": number(size) * (size != SIZE),
        "fill": fill * (fill != INK),
        "text-anchor": anchor,
    }
    return "".join(f' {name}="{value}"' for name, value in said.items() if value)


def box(
    x: float,
    y: float,
    wide: float,
    high: float,
    *,
    fill: str,
    stroke: str = "none",
    corner: float = 0,
) -> str:
    """A rectangle."""
    rounded = f' rx="{number(corner)}"' if corner else ""
    size = f'width="{number(wide)}" height="{number(high)}"'
    return (
        f'<rect x="{number(x)}" y="{number(y)}" {size} fill="{fill}" stroke="{stroke}"{rounded}/>'
    )


def bar(x: float, middle: float, wide: float, high: float) -> str:
    """A rectangle as a piece of a path."""
    return (
        f"M{number(x)} {number(middle - high / 2)}h{number(wide)}v{number(high)}h{number(-wide)}z"
    )


def shape(name: str, x: float, y: float) -> str:
    """A mark's shape as a piece of a path."""
    return f"M{number(x)} {number(y)}{SHAPES[name]}"


def path(pieces: Sequence[str], *, fill: str, stroke: str = "none", thick: float = 1) -> str:
    """Many pieces that look alike, in one element."""
    outline = f' stroke-width="{number(thick)}"' if stroke != "none" else ""
    return (
        f'<path d="{"".join(pieces)}" fill="{fill}" stroke="{stroke}"{outline}/>' if pieces else ""
    )


def outline_of(fill: str) -> str:
    """A dark rim around a white mark, a white rim around a dark one: it shows on any bar."""
    return INK if fill == "#FFFFFF" else "#FFFFFF"


def card(wide: float, high: float, label: str, description: str, parts: Sequence[str]) -> str:
    """The whole picture: one image to a screen reader, named by
    `label` and told by `description`.
    """
    size = (
        f'width="{number(wide)}" height="{number(high)}" viewBox="0 0 {number(wide)} '
        f'{number(high)}"'
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" '
        f'aria-label="{safe(label)}" font-family="{FONT}" font-size="{SIZE}" fill="{INK}">'
    )
    ground = box(0.5, 0.5, wide - 1, high - 1, fill=CARD, stroke=LINE, corner=8)
    lines = [
        head,
        f"<desc>{safe(description)}</desc>",
        ground,
        *(part for part in parts if part),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
