"""What a picture of container instances shows: clusters, instances, tasks on them and beside
them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ecslab.ecs.model.instances import Port

Losers = Callable[[], Mapping[str, str]]

REASONS, NAMED = 6, 6  # that a hover lists: reasons, instances of one reason


@dataclass(frozen=True, slots=True)
class TaskBlock:
    """A task, and what it takes of its instance, or of AWS Fargate."""

    label: str
    definition: str
    status: str
    cpu: int  # units
    memory: int  # MiB
    # Fargate's zone and provider, or what it waits for, or that it only stops; else empty.
    where: str
    # Whether it is reserved; a task on an instance whose stop is wanted uses it still.
    holds: bool = True
    why: str = ""  # it was placed there
    losers: Losers = field(default=dict, compare=False)


@dataclass(frozen=True, slots=True)
class InstanceBox:
    """A container instance: what it offers, how it stands, and the tasks on it."""

    label: str
    kind: str  # m5.large; empty when nobody noted it
    machine: str  # i-…
    zone: str
    cpu: int
    memory: int
    interfaces: int
    interfaces_taken: int
    ports: tuple[Port, ...]
    status: str
    connected: bool
    external: bool
    provider: str
    blocks: tuple[TaskBlock, ...]

    @property
    def cpu_taken(self) -> int:
        """Units that its tasks hold: what placement reckons with."""
        return sum(block.cpu for block in self.blocks if block.holds)

    @property
    def memory_taken(self) -> int:
        """MiB that its tasks hold."""
        return sum(block.memory for block in self.blocks if block.holds)

    @property
    def drawn(self) -> list[TaskBlock]:
        """Those that hold something, and of those that only stop the ones
        whose place nobody else has got yet.
        """
        found = [block for block in self.blocks if block.holds]
        cpu, memory = self.cpu - self.cpu_taken, self.memory - self.memory_taken
        for block in self.blocks:
            if not block.holds and block.cpu <= cpu and block.memory <= memory:
                found.append(block)
                cpu, memory = cpu - block.cpu, memory - block.memory
        return found

    @property
    def standing(self) -> str:
        """Its status, and what else keeps tasks away or sets it apart."""
        parts = [
            self.status,
            "EXTERNAL" * self.external,
            "agent disconnected" * (not self.connected),
        ]
        return ", ".join(part for part in parts if part)

    @property
    def well(self) -> bool:
        """Whether placement may choose it."""
        return self.status == "ACTIVE" and self.connected


@dataclass(frozen=True, slots=True)
class ClusterBox:
    """One cluster: its instances in order of zone and registration,
    and the tasks on none of them.
    """

    name: str
    machines: tuple[InstanceBox, ...]
    aside: tuple[TaskBlock, ...]


@dataclass(frozen=True, slots=True)
class InstancesPicture:
    """Every cluster that is drawn, at one moment."""

    title: str
    boxes: tuple[ClusterBox, ...]
    note: str = ""

    @property
    def machines(self) -> list[InstanceBox]:
        """The instances of all clusters."""
        return [machine for box in self.boxes for machine in box.machines]

    @property
    def summary(self) -> str:
        """How many instances and tasks there are, and how much is taken: one line."""
        machines, aside = self.machines, sum(len(box.aside) for box in self.boxes)
        tasks = sum(len(machine.blocks) for machine in machines)
        cpu, cpu_taken = sum(m.cpu for m in machines), sum(m.cpu_taken for m in machines)
        memory, memory_taken = (
            sum(m.memory for m in machines),
            sum(m.memory_taken for m in machines),
        )
        them = "it" if len(machines) == 1 else "them"
        parts = [
            f"{counted(len(machines), 'container instance')}, {counted(tasks, 'task')} on {them}"
        ]
        parts += [f"{aside:,} on no instance"] * bool(aside)
        taken = f"taken: {cpu_taken:,} of {cpu:,} CPU units, {memory_taken:,} of {memory:,} MiB"
        return "; ".join([*parts, *([taken] if machines else [])])


def counted(count: int, noun: str) -> str:
    """1 task, 2 tasks."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def told_of_machine(machine: InstanceBox) -> list[str]:
    """What a reader learns of an instance by pointing at it."""
    cpu = (
        f"{machine.cpu_taken:,} of {machine.cpu:,} CPU units and {machine.memory_taken:,} of "
        f"{machine.memory:,} MiB are taken"
    )
    about = " · ".join(
        filter(None, (machine.label, machine.kind, machine.machine, machine.zone, machine.provider))
    )
    tasks = f"{counted(len(machine.blocks), 'task')}; {cpu}"
    return [about, machine.standing, tasks, *([holds] if (holds := held(machine)) else [])]


def held(machine: InstanceBox) -> str:
    """Interfaces and ports that tasks hold, which besides CPU and memory can
    keep a task away; and who still stops.
    """
    parts = [f"task ENIs {machine.interfaces_taken} of {machine.interfaces}"] * bool(
        machine.interfaces
    )
    for protocol in dict.fromkeys(protocol for protocol, _ in machine.ports):
        parts.append(
            f"{protocol} ports "
            f"{_runs([number for name, number in machine.ports if name == protocol])}"
        )
    stopping = [block.label for block in machine.blocks if not block.holds]
    parts += [f"still stopping: {_few(stopping)}"] * bool(stopping)
    return " · ".join(parts)


def _runs(numbers: list[int]) -> str:
    """Numbers in order, neighbours together: 80, 32768–32771."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def told_of_task(block: TaskBlock, *, losers: bool = True) -> list[str]:
    """What a reader learns of a task by pointing at it: its share, why it is
    there and, if asked, why not elsewhere.
    """
    size = f"{block.cpu:,} CPU units, {block.memory:,} MiB"
    lines = [
        f"{block.label} {block.definition} {block.status}",
        " · ".join(filter(None, (size, block.where))),
    ]
    lines += [f"here because: {block.why}"] * bool(block.why)
    told = grouped(block.losers()) if losers else []
    lines += [f"{names}: {reason}" for names, reason in told[:REASONS]]
    return lines + [f"… and {len(told) - REASONS} more reasons"] * (len(told) > REASONS)


def grouped(losers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Instances that lost for the same reason, together: ("instance/2,
    instance/3", "its agent is not connected").
    """
    by_reason: dict[str, list[str]] = {}
    for label, reason in losers.items():
        by_reason.setdefault(reason, []).append(label)
    return [(_few(labels), reason) for reason, labels in by_reason.items()]


def _few(labels: list[str]) -> str:
    return ", ".join(labels[:NAMED]) + f" and {len(labels) - NAMED:,} more" * (len(labels) > NAMED)
