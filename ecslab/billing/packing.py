"""Which machines a set of tasks would have needed over time: an idealised
fleet that grows and shrinks at once.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stay:
    """A task that takes CPU units and MiB of a machine from one time to another."""

    cpu: int
    memory: int
    begin_ms: int
    end_ms: int


@dataclass(slots=True)
class MachineOffer:
    """A machine that was there while it had tasks."""

    begin_ms: int
    cpu: int  # what is left
    memory: int
    tasks: int = 0
    end_ms: int = 0


def pack(stays: Sequence[Stay], cpu: int, memory: int) -> list[MachineOffer]:
    """First fit: a task goes to the oldest machine that has room, a new machine
    comes when none has, an empty one goes.

    Of tasks that come at the same time the largest are placed first. Ports, network interfaces and
    zones are not looked at. Every stay must fit an empty machine.
    """
    fleet = _Fleet(
        cpu,
        memory,
        min((s.cpu for s in stays), default=0),
        min((s.memory for s in stays), default=0),
    )
    coming = [
        (s.begin_ms, 1, -max(s.cpu * memory, s.memory * cpu), number)
        for number, s in enumerate(stays)
    ]
    going = [(s.end_ms, 0, 0, number) for number, s in enumerate(stays)]
    for at_ms, comes, _, number in sorted(coming + going):
        if stays[number].begin_ms >= stays[number].end_ms:
            continue  # it was never there
        if comes:
            fleet.place(number, stays[number], at_ms)
        else:
            fleet.release(number, stays[number], at_ms)
    return fleet.machines


class _Fleet:
    """The machines so far, and which of them may have room: a full one is not
    asked again until a task leaves it.
    """

    def __init__(self, cpu: int, memory: int, least_cpu: int, least_memory: int) -> None:
        self._size, self._least = (cpu, memory), (least_cpu, least_memory)
        self._open: list[int] = []  # numbers of machines that may have room, oldest first
        self._where: dict[int, int] = {}
        self.machines: list[MachineOffer] = []

    def place(self, number: int, stay: Stay, at_ms: int) -> None:
        assert stay.cpu <= self._size[0], "a task fits an empty machine"
        assert stay.memory <= self._size[1], "a task fits an empty machine"
        for chosen in self._open:
            machine = self.machines[chosen]
            if machine.cpu >= stay.cpu and machine.memory >= stay.memory:
                break
        else:
            chosen, machine = len(self.machines), MachineOffer(at_ms, *self._size)
            self.machines.append(machine)
            self._open.append(chosen)
        machine.cpu, machine.memory, machine.tasks = (
            machine.cpu - stay.cpu,
            machine.memory - stay.memory,
            machine.tasks + 1,
        )
        self._where[number] = chosen
        if not self._has_room(machine):
            self._open.remove(chosen)

    def release(self, number: int, stay: Stay, at_ms: int) -> None:
        chosen = self._where.pop(number)
        machine = self.machines[chosen]
        was_open = self._has_room(machine)
        machine.cpu, machine.memory, machine.tasks = (
            machine.cpu + stay.cpu,
            machine.memory + stay.memory,
            machine.tasks - 1,
        )
        if not machine.tasks:
            machine.end_ms = at_ms
            if was_open:
                self._open.remove(chosen)
        elif not was_open and self._has_room(machine):
            insort(self._open, chosen)

    def _has_room(self, machine: MachineOffer) -> bool:
        return machine.cpu >= self._least[0] and machine.memory >= self._least[1]


def most_at_once(machines: Sequence[MachineOffer]) -> int:
    """The largest number of machines that were there at the same time."""
    steps = sorted([(m.begin_ms, 1) for m in machines] + [(m.end_ms, -1) for m in machines])
    now = most = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most
