"""Draws one container instance: a card with every task on it, or, of many, a cell.

A card has two columns, as high as the instance's CPU and memory are of the largest in the picture;
a task is one band across both, as thick on either side as what it holds there. A task that only
stops is a rim, as long as nobody else has got its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ecslab.view import drawing as draw
from ecslab.view.instances_model import InstanceBox, held
from ecslab.view.instances_page import Frame, InstancesPage, Point, TaskBand

TALL, TALLEST = 112, 224  # pixels of the largest CPU and the largest memory
AROUND, CARD_LEAST = 84, 250  # pixels above and below the columns; how narrow a card may be
CELL_WIDE, CELL_HIGH = 86, 46
LINE = 10.5  # pixels that a line of text needs
WELL, DRAINING, BAD, OUTSIDE = "#8CC7B4", "#E08A00", "#C0143C", "#5B4B9A"
TAKEN = ("#2B6CA3", "#00735A")  # CPU, memory: of a cell


@dataclass(frozen=True, slots=True)
class Scale:
    """How many pixels a CPU unit and a MiB are high."""

    cpu: float
    memory: float

    def highs(self, machine: InstanceBox) -> Point:
        """Of an instance's two columns."""
        return self.cpu * machine.cpu, self.memory * machine.memory

    def card_high(self, machine: InstanceBox) -> float:
        """Of an instance's card."""
        return max(self.highs(machine)) + AROUND


def scale(machines: Sequence[InstanceBox]) -> Scale:
    """As high as the smallest task needs to be named, within limits; the largest CPU
    and the largest memory are equally high.
    """
    cpu, memory = (
        max((m.cpu for m in machines), default=1),
        max((m.memory for m in machines), default=1),
    )
    shares = [max(b.cpu / cpu, b.memory / memory) for m in machines for b in m.blocks]
    wanted = max((LINE / share for share in shares if share), default=0)
    tall = min(TALLEST, max(TALL, wanted))
    return Scale(tall / cpu, tall / memory)


def card(
    page: InstancesPage, machine: InstanceBox, corner: Point, wide: float, drawn: Scale
) -> None:
    """Draw an instance in full; `corner` is its upper left."""
    (x, y), high = corner, drawn.card_high(machine)
    page.frames.append(Frame(x, y, wide, high, draw.CARD, _rim(machine), 5, machine))
    badge, ink = badge_of(machine)
    page.say(x + 10, y + 17, machine.label, wide / 2, size=11.5, bold=True)
    page.say(
        x + wide - 10,
        y + 17,
        badge,
        wide * 0.6,
        size=10,
        fill=ink,
        anchor="end",
        bold=not machine.well,
    )
    about = " · ".join(part for part in (machine.kind, machine.machine, machine.provider) if part)
    page.say(x + 10, y + 31, about, wide - 20, size=10, fill=draw.QUIET)
    page.say(x + 10, y + high - 8, held(machine), wide - 20, size=10, fill=draw.QUIET)
    column, base = min(126.0, (wide - 20) * 0.42), y + high - 22
    lefts = (x + 10, x + wide - 10 - column)
    highs = drawn.highs(machine)
    shown = machine.drawn
    sides = (
        ("CPU units", machine.cpu, machine.cpu_taken, sum(block.cpu for block in shown)),
        ("MiB", machine.memory, machine.memory_taken, sum(block.memory for block in shown)),
    )
    for left, tall, (unit, whole, taken, covered) in zip(lefts, highs, sides, strict=True):
        page.frames.append(Frame(left, base - tall, column, tall, "#EDF1F5", "#9AA8B5"))
        free = tall * (1 - covered / whole) if whole else 0
        if free >= LINE:
            says = f"{whole - taken:,} {unit} free"
            page.say(
                left + column / 2,
                base - tall + free / 2 + 3.5,
                says,
                column,
                size=9.5,
                fill=draw.QUIET,
                anchor="middle",
            )
    page.say(lefts[0], base - highs[0] - 4, f"{machine.cpu:,} CPU units", column + 20, size=10)
    page.say(
        lefts[1] + column,
        base - highs[1] - 4,
        f"{machine.memory:,} MiB",
        column + 20,
        size=10,
        anchor="end",
    )
    _bands(page, machine, list(zip(lefts, highs, strict=True)), column, base)


def _bands(
    page: InstancesPage, machine: InstanceBox, sides: list[Point], column: float, base: float
) -> None:
    lefts, highs = zip(*sides, strict=True)
    cpu = memory = 0
    for block in machine.drawn:
        left = [base - highs[0] * part / max(1, machine.cpu) for part in (cpu, cpu + block.cpu)]
        right = [
            base - highs[1] * part / max(1, machine.memory)
            for part in (memory, memory + block.memory)
        ]
        cpu, memory = cpu + block.cpu, memory + block.memory
        a, b, c, d = lefts[0], lefts[0] + column, lefts[1], lefts[1] + column
        top = [(a, left[1]), (b, left[1]), (c, right[1]), (d, right[1])]
        bottom = [(d, right[0]), (c, right[0]), (b, left[0]), (a, left[0])]
        band = TaskBand((*top, *bottom), block)
        page.bands.append(band)
        look = {"size": 9.5, "fill": band.ink, "anchor": "middle"}
        name = f"{block.label} {block.definition}"
        fits = [side[0] - side[1] >= LINE for side in (left, right)]
        if fits[0]:
            page.say(a + column / 2, sum(left) / 2 + 3.3, name, column - 4, **look)
        if fits[1]:
            says = f"{block.memory:,} MiB" if fits[0] else name
            page.say(c + column / 2, sum(right) / 2 + 3.3, says, column - 4, **look)


def cell(page: InstancesPage, machine: InstanceBox, x: float, y: float) -> None:
    """An instance as one of many: how much of its CPU and of its memory is taken."""
    page.frames.append(Frame(x, y, CELL_WIDE, CELL_HIGH, draw.CARD, _rim(machine), 3, machine))
    page.say(x + 5, y + 11, machine.label, CELL_WIDE - 22, size=8.5)
    page.say(
        x + CELL_WIDE - 5,
        y + 11,
        f"{len(machine.blocks)}",
        22,
        size=9,
        fill=draw.QUIET,
        anchor="end",
    )
    room = CELL_WIDE - 10
    for row, (part, whole) in enumerate(
        ((machine.cpu_taken, machine.cpu), (machine.memory_taken, machine.memory))
    ):
        page.frames.append(Frame(x + 5, y + 17 + 13 * row, room, 9, "#E3E8EE"))
        page.frames.append(
            Frame(x + 5, y + 17 + 13 * row, room * part / max(1, whole), 9, TAKEN[row])
        )


def _rim(machine: InstanceBox) -> str:
    if not machine.connected or machine.status in {"REGISTRATION_FAILED", "INACTIVE"}:
        return BAD
    if machine.status != "ACTIVE":
        return DRAINING
    return OUTSIDE if machine.external else WELL


def badge_of(machine: InstanceBox) -> tuple[str, str]:
    """What is written in an instance's corner, and in which colour."""
    ink = {WELL: "#00735A", DRAINING: "#9A5B00"}.get(_rim(machine), _rim(machine))
    return machine.standing, ink
