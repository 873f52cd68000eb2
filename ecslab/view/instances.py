"""`instances(lab)`: container instances, and what each task takes of them."""

from itertools import groupby
from typing import Any

from ecslab.ground.text import printable
from ecslab.view.chart import Instant
from ecslab.view.instances_figure import figure
from ecslab.view.instances_model import (
    ClusterBox,
    InstanceBox,
    InstancesPicture,
    TaskBlock,
    counted,
    held,
)
from ecslab.view.instances_plan import in_full, more, plan, shown
from ecslab.view.instances_read import read
from ecslab.view.instances_svg import svg
from ecslab.view.picture import Picture

__all__ = ["instances"]  # a picture of the front door

BAR, SHORT = 24, 10  # letters of a bar, of one among many
NAME = 32  # letters of a name: AWS allows 255
ASIDE = 40  # tasks on no instance that are listed


def instances(lab: Any, cluster: str | None = None, *, at: Instant | None = None) -> Picture:
    """Draw the container instances of a lab to scale: what tasks hold of
    their CPU and memory, and what is free.

    `cluster` is one cluster's name, all of them if not given; `at` is a moment that has passed
    ("5m" after the lab began, or what `lab.now` answered), the present if not given. Raises
    LabError for a cluster that is not there and for a time to come.
    """
    fleet = read(lab, cluster, at)
    page, said = plan(fleet), text(fleet)
    return Picture(
        said, svg(page, fleet.title, said), figure(page) if page.bands or fleet.machines else None
    )


def text(fleet: InstancesPicture) -> str:
    """The fleet in letters: a bar for CPU and one for memory, and the tasks that make them up."""
    lines = [fleet.title, f"{fleet.summary}.", fleet.note]
    drawn, full = shown(fleet), in_full(fleet)
    for box in fleet.boxes:
        lines += [f"cluster {box.name}"] * (len(fleet.boxes) > 1)
        lines += _box(box, drawn, full=full)
    if not fleet.boxes:
        lines.append("no cluster yet")
    return "\n".join(printable(line.rstrip()) for line in lines if line)


def _box(box: ClusterBox, drawn: set[str], *, full: bool) -> list[str]:
    lines = [] if box.machines else ["no container instance"]
    for zone, group in groupby(box.machines, key=lambda machine: machine.zone):
        machines = list(group)
        kept = [machine for machine in machines if machine.label in drawn]
        lines.append(zone)
        for machine in kept:
            lines += _machine(machine) if full else [_line(machine)]
        lines += [f"  {more(machines[len(kept) :])}"] * (len(kept) < len(machines))
    lines += [_task(block, where=block.where) for block in box.aside[:ASIDE]]
    return lines + [f"and {len(box.aside) - ASIDE:,} more on no instance"] * (
        len(box.aside) > ASIDE
    )


def _machine(machine: InstanceBox) -> list[str]:
    sides = (
        ("CPU", machine.cpu_taken, machine.cpu, "units"),
        ("memory", machine.memory_taken, machine.memory, "MiB"),
    )
    bars = [
        f"    {name:<6} {_bar(part, whole)} {part:,} of {whole:,} {unit}"
        for name, part, whole, unit in sides
    ]
    holds = f"    {holding}" if (holding := held(machine)) else ""
    return [
        _head(machine),
        *bars,
        holds,
        *("    " + _task(block, where=block.where) for block in machine.blocks),
    ]


def _line(machine: InstanceBox) -> str:
    cpu, memory = (
        _bar(machine.cpu_taken, machine.cpu, SHORT),
        _bar(machine.memory_taken, machine.memory, SHORT),
    )
    standing = "" if machine.well else f", {machine.standing}"
    return (
        f"  {machine.label:<13} CPU {cpu} memory {memory} "
        f"{counted(len(machine.blocks), 'task')}{standing}"
    )


def _head(machine: InstanceBox) -> str:
    parts = (machine.label, machine.kind, machine.machine, machine.provider, machine.standing)
    return "  " + "  ".join(part for part in parts if part)


def _bar(part: int, whole: int, letters: int = BAR) -> str:
    """Letters in proportion; what is taken at all shows, and so does what is free at all."""
    filled = round(letters * part / whole) if whole else 0
    filled = min(max(filled, int(part > 0)), letters - int(part < whole))
    return "#" * filled + "." * (letters - filled)


def _task(block: TaskBlock, where: str = "") -> str:
    name = block.definition if len(block.definition) <= NAME else block.definition[: NAME - 1] + "…"
    parts = (
        block.label,
        name,
        block.status,
        f"{block.cpu:,} CPU units, {block.memory:,} MiB",
        where,
    )
    return "  ".join(part for part in parts if part)
