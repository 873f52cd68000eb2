"""What a stack of panels on one time axis is: strips of spans, curves, stacked areas.

Readers of a timeline or of a log build it, and `panels` draws it. A stepped series keeps its value
until its next point, as counts, weights and states do.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

# Told apart by the three kinds of colour blindness (tests/view/test_colours.py);
# "the old way" first, "the new way" second.
SERIES = ("#6D5FA8", "#00735A", "#E08A00", "#8FBFE8", "#3D2600", "#FCE7BC")
GOOD, BAD = "#66C2A5", "#C0143C"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a strip: what it is called, how it looks, why it is there;
    `letter` stands for it in the text form.
    """

    begin_ms: int
    end_ms: int
    name: str
    fill: str
    letter: str
    why: str = ""
    ink: str = "#FFFFFF"


@dataclass(frozen=True, slots=True)
class Strip:
    """One row of pieces, such as the stages of a deployment, the state
    of an alarm, the fate of calls.
    """

    title: str
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Series:
    """A number over time: points of (lab ms, value), oldest first."""

    name: str
    colour: str
    points: Sequence[tuple[int, float]]
    dashed: bool = False  # a limit rather than something measured
    stepped: bool = True

    def at(self, at_ms: int) -> float | None:
        """Its value at a time; None before its first point."""
        after = bisect_right(self.points, at_ms, key=lambda point: point[0])
        return self.points[after - 1][1] if after else None


@dataclass(frozen=True, slots=True)
class Plot:
    """Numbers over time in one unit; `stacked` lays the series that are
    not dashed on top of each other.
    """

    title: str
    series: Sequence[Series]
    unit: str = ""
    stacked: bool = False
    high: int = 120  # pixels

    @property
    def areas(self) -> list[Series]:
        """What is stacked."""
        return [s for s in self.series if self.stacked and not s.dashed]

    @property
    def lines(self) -> list[Series]:
        """What is drawn as a line."""
        return [s for s in self.series if s not in self.areas]

    @property
    def most(self) -> float:
        """The highest value there is, those on top of each other added
        up; 1 where there is none above 0.
        """
        times = sorted({at for s in self.areas for at, _ in s.points})
        tops = [sum(s.at(at) or 0 for s in self.areas) for at in times]
        return max([*tops, *(v for s in self.lines for _, v in s.points)], default=0.0) or 1.0


@dataclass(frozen=True, slots=True)
class Panels:
    """A picture: what it is called, from when to when, and its panels from top to bottom."""

    title: str
    summary: str
    begin_ms: int
    end_ms: int
    panels: Sequence[Strip | Plot]
    note: str = ""

    @property
    def length_ms(self) -> int:
        """How much time it shows; at least a millisecond, so that it can be divided by."""
        return max(1, self.end_ms - self.begin_ms)
