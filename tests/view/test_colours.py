"""Simulated colour blindness: Machado, Oliveira and Fernandes 2009, "A
physiologically-based model", full strength.
"""

from itertools import combinations

import pytest

from ecslab.view import vocabulary as words
from ecslab.view.panel import BAD, GOOD, SERIES

SEEN_BY = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
WHITE, DARKEST = "#FFFFFF", "#111111"  # the grounds of JupyterLab's light and dark themes


def linear(colour):
    """The red, green and blue light of an sRGB colour."""
    """The red, green and blue light of an sRGB colour."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def lab(rgb):
    """CIE L*a*b* of linear sRGB, D65."""
    r, g, b = (min(1, max(0, c)) for c in rgb)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one, other, eye):
    """CIE76's distance between two colours as one kind of eye sees them."""
    """CIE76's distance between two colours as one kind of eye sees them."""
    seen = [
        lab([sum(m * c for m, c in zip(row, linear(colour), strict=True)) for row in SEEN_BY[eye]])
        for colour in (one, other)
    ]
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


def contrast(one, other):
    """WCAG 2's ratio of luminances."""
    darker, lighter = sorted(
        0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other))
    )
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("eye", SEEN_BY)
def test_no_two_statuses_look_alike(eye):
    """Fifteen units of CIE76 are told apart at a glance; two to
    three are the least an eye can see.
    """
    for one, other in combinations(words.TASK_STATUSES, 2):
        assert difference(one.fill, other.fill, eye) > 15, (one.name, other.name)


@pytest.mark.parametrize("eye", SEEN_BY)
def test_no_two_series_look_alike(eye):
    """As above: what lies on top of each other in a stack has to be told apart."""
    for one, other in [*combinations(SERIES, 2), (GOOD, BAD)]:
        assert difference(one, other, eye) > 15, (one, other)


def test_names_are_readable_on_their_bars():
    """WCAG AA asks 4.5 for small text."""
    for status in words.STATUSES.values():
        assert contrast(status.ink, status.fill) >= 4.5, status.name


def test_the_running_bar_stands_out_in_both_themes():
    """WCAG asks 3 for graphics against what lies beside them."""
    running = words.STATUSES["RUNNING"].fill
    assert contrast(running, WHITE) >= 3
    assert contrast(running, DARKEST) >= 3
