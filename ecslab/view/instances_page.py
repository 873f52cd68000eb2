"""What a page of container instances is made of: frames, bands, lines of text, in pixels.

Both drawn forms, SVG and plotly, put down what lies on the page.
"""

from dataclasses import dataclass, field

from ecslab.ground.text import printable
from ecslab.view import drawing as draw
from ecslab.view import vocabulary as words
from ecslab.view.instances_model import InstanceBox, TaskBlock

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle that holds something; what it tells when pointed at."""

    x: float
    y: float
    wide: float
    high: float
    fill: str
    stroke: str = "none"
    corner: float = 0
    of: InstanceBox | None = None


@dataclass(frozen=True, slots=True)
class TaskBand:
    """A task: a polygon in the colour of its status."""

    points: tuple[Point, ...]
    block: TaskBlock

    @property
    def status(self) -> words.Status:
        """The colours."""
        return words.STATUSES[self.block.status]

    @property
    def fill(self) -> str:
        """Empty when the task only stops."""
        return self.status.fill if self.block.holds else "#FFFFFF"

    @property
    def rim(self) -> str:
        """White between tasks; in the colour of its status when the task only stops."""
        return "#FFFFFF" if self.block.holds else self.status.fill

    @property
    def ink(self) -> str:
        """What is written on it."""
        return self.status.ink if self.block.holds else words.INK


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text."""

    x: float
    y: float
    text: str
    size: float = draw.SIZE
    fill: str = words.INK
    anchor: str = ""
    bold: bool = False


@dataclass(slots=True)
class InstancesPage:
    """Everything on the page, from the back to the front."""

    high: float = 0
    frames: list[Frame] = field(default_factory=list)
    bands: list[TaskBand] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)

    def say(self, x: float, y: float, text: str, room: float, **look: object) -> None:
        """Write a line, cut to so many pixels."""
        size = float(str(look.get("size", draw.SIZE)))
        room *= 1 - 0.12 * bool(look.get("bold"))  # bold letters are wider
        self.words.append(Words(x, y, draw.shortened(printable(text), size, room), **look))  # type: ignore[arg-type]
