"""Lays container instances out on a page: clusters, zones, cards in full or cells, tasks beside
them, the key.
"""

from collections.abc import Iterable
from itertools import groupby

from ecslab.view import drawing as draw
from ecslab.view import vocabulary as words
from ecslab.view.instances_card import CARD_LEAST, CELL_HIGH, CELL_WIDE, TAKEN, card, cell, scale
from ecslab.view.instances_model import (
    ClusterBox,
    InstanceBox,
    InstancesPicture,
    TaskBlock,
    counted,
)
from ecslab.view.instances_page import Frame, InstancesPage, Point, TaskBand

WIDE, EDGE, GAP, ZONES = 960, 16, 14, 3  # ZONES: columns side by side
FULL = 12  # instances that are drawn in full; more become cells
CELLS = 96  # that are drawn at all
TASKS = 96  # in full
ASIDE, ASIDE_WIDE, ASIDE_HIGH = 12, 296, 38


def in_full(fleet: InstancesPicture) -> bool:
    """Whether there are few enough instances and tasks to draw each task."""
    return (
        len(fleet.machines) <= FULL
        and sum(len(machine.blocks) for machine in fleet.machines) <= TASKS
    )


def shown(fleet: InstancesPicture) -> set[str]:
    """The labels of the instances that are drawn; of many, as many
    of each zone as of the others.
    """
    zones = [
        list(group)
        for box in fleet.boxes
        for _, group in groupby(box.machines, key=lambda m: m.zone)
    ]
    each = CELLS // max(1, len(zones))
    return {machine.label for group in zones for machine in group[:each]}


def plan(fleet: InstancesPicture) -> InstancesPage:
    """Lay a fleet out."""
    page, y = InstancesPage(), 62.0
    page.say(EDGE, 28, fleet.title, WIDE - 2 * EDGE, size=15, bold=True)
    page.say(EDGE, 47, fleet.summary, WIDE - 2 * EDGE, fill=draw.QUIET)
    if fleet.note:
        page.say(EDGE, y + 2, fleet.note, WIDE - 2 * EDGE, size=11, fill=draw.QUIET)
        y += 14
    for box in fleet.boxes:
        if len(fleet.boxes) > 1:
            page.say(EDGE, y + 14, f"cluster {box.name}", WIDE - 2 * EDGE, size=13, bold=True)
            y += 24
        y = _box(page, fleet, box, y)
    if not fleet.boxes:
        page.say(EDGE, y + 8, "no cluster yet", WIDE, fill=draw.QUIET)
        y += 22
    page.high = _key(page, y + 4)
    return page


def _box(page: InstancesPage, fleet: InstancesPicture, box: ClusterBox, y: float) -> float:
    zones = [(zone, list(group)) for zone, group in groupby(box.machines, key=lambda m: m.zone)]
    if not box.machines:
        page.say(EDGE, y + 12, "no container instance", WIDE, fill=draw.QUIET)
        y += 26
    for first in range(0, len(zones), ZONES):
        row = zones[first : first + ZONES]
        wide = (WIDE - 2 * EDGE - GAP * (len(row) - 1)) / len(row)
        behind, highest = len(page.frames), y
        for column, (zone, machines) in enumerate(row):
            x = EDGE + column * (wide + GAP)
            page.say(x + 10, y + 19, zone, wide - 20, bold=True)
            highest = max(highest, _zone(page, fleet, machines, (x, y + 28), wide))
        for column in range(len(row)):
            ground = Frame(EDGE + column * (wide + GAP), y, wide, highest - y, draw.PANEL, corner=8)
            page.frames.insert(behind, ground)
        y = highest + GAP
    return _aside(page, box.aside, y)


def _zone(
    page: InstancesPage,
    fleet: InstancesPicture,
    machines: list[InstanceBox],
    corner: Point,
    wide: float,
) -> float:
    """Cards or cells side by side in a zone's column; and where they end."""
    kept = shown(fleet)
    drawn = [machine for machine in machines if machine.label in kept]
    y = (_cards if in_full(fleet) else _cells)(page, fleet, drawn, corner, wide - 16)
    if rest := machines[len(drawn) :]:
        page.say(corner[0] + 10, y + 12, more(rest), wide - 16, size=10, fill=draw.QUIET)
        y += 18
    return y


def _cards(
    page: InstancesPage,
    fleet: InstancesPicture,
    machines: list[InstanceBox],
    corner: Point,
    room: float,
) -> float:
    (x, y), drawn = corner, scale(fleet.machines)
    per_row = max(1, int((room + 8) // (CARD_LEAST + 8)))
    wide = (room - 8 * (per_row - 1)) / per_row
    for first in range(0, len(machines), per_row):
        row = machines[first : first + per_row]
        for column, machine in enumerate(row):
            card(page, machine, (x + 8 + column * (wide + 8), y), wide, drawn)
        y += max(map(drawn.card_high, row)) + 8
    return y


def _cells(
    page: InstancesPage,
    _fleet: InstancesPicture,
    machines: list[InstanceBox],
    corner: Point,
    room: float,
) -> float:
    x, y = corner
    per_row = max(1, int((room + 4) // (CELL_WIDE + 4)))
    for number, machine in enumerate(machines):
        row, column = divmod(number, per_row)
        cell(page, machine, x + 8 + column * (CELL_WIDE + 4), y + row * (CELL_HIGH + 4))
    return y + -(-len(machines) // per_row) * (CELL_HIGH + 4)


def more(machines: Iterable[InstanceBox]) -> str:
    """What is not drawn, in a line."""
    rest = list(machines)
    cpu, memory = sum(m.cpu for m in rest), sum(m.memory for m in rest)
    tasks = counted(sum(len(m.blocks) for m in rest), "task")
    taken = [
        share(sum(m.cpu_taken for m in rest), cpu),
        share(sum(m.memory_taken for m in rest), memory),
    ]
    return f"and {len(rest):,} more: {tasks}, CPU {taken[0]}, memory {taken[1]}"


def share(part: int, whole: int) -> str:
    """A part in per cent."""
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _aside(page: InstancesPage, blocks: tuple[TaskBlock, ...], y: float) -> float:
    """Tasks that are on no instance: on AWS Fargate, or waiting."""
    if not blocks:
        return y
    per_row = int((WIDE - 2 * EDGE - 8) // (ASIDE_WIDE + 8))
    rows = -(-min(len(blocks), ASIDE) // per_row)
    high = 34 + rows * (ASIDE_HIGH + 6) + 18 * (len(blocks) > ASIDE)
    page.frames.append(Frame(EDGE, y, WIDE - 2 * EDGE, high, "#F7F3E8", corner=8))
    fargate = all(block.where != "waits for a place" for block in blocks)
    page.say(
        EDGE + 10,
        y + 19,
        "AWS Fargate: no instance of yours" if fargate else "on no container instance",
        600,
        bold=True,
    )
    for number, block in enumerate(blocks[:ASIDE]):
        left, top = (
            EDGE + 8 + number % per_row * (ASIDE_WIDE + 8),
            y + 28 + number // per_row * (ASIDE_HIGH + 6),
        )
        right, bottom = left + ASIDE_WIDE, top + ASIDE_HIGH
        band = TaskBand(((left, top), (right, top), (right, bottom), (left, bottom)), block)
        page.bands.append(band)
        ink = band.ink
        page.say(
            left + 8,
            top + 15,
            f"{block.label} {block.definition}",
            ASIDE_WIDE - 16,
            size=11,
            fill=ink,
            bold=True,
        )
        size = f"{block.cpu:,} CPU units · {block.memory:,} MiB"
        page.say(
            left + 8,
            top + 30,
            " · ".join(filter(None, (size, block.where))),
            ASIDE_WIDE - 16,
            size=9.5,
            fill=ink,
        )
    if len(blocks) > ASIDE:
        page.say(
            EDGE + 10,
            y + high - 8,
            f"and {len(blocks) - ASIDE:,} more",
            300,
            size=11,
            fill=draw.QUIET,
        )
    return y + high + GAP


def _key(page: InstancesPage, y: float) -> float:
    """What the colours mean; and where the page ends."""
    if not page.bands and not any(frame.of for frame in page.frames):
        return y + 8
    seen = {band.block.status for band in page.bands}
    entries = [(status.fill, status.name) for status in words.TASK_STATUSES if status.name in seen]
    if any(frame.of for frame in page.frames) and any(
        frame.fill == TAKEN[0] for frame in page.frames
    ):
        entries += [
            (TAKEN[0], "CPU taken"),
            (TAKEN[1], "memory taken"),
            (draw.CARD, "the number: its tasks"),
        ]
    x = float(EDGE)
    for fill, name in entries:
        page.frames.append(Frame(x, y, 14, 11, fill, "#55606B"))
        page.say(x + 20, y + 9.5, name, 300, size=11)
        x += 38 + draw.width_of(name, 11)
    return y + 11 + EDGE
