"""Asks what else a run would have cost: the same tasks on Fargate, on Fargate Spot, on EC2
instances.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ecslab.billing import bill, prices
from ecslab.billing.packing import MachineOffer, Stay, most_at_once, pack
from ecslab.billing.tariff import Line, Usd, fargate, line, total
from ecslab.billing.usage import EC2, FARGATE, FARGATE_SPOT, LINUX, TaskUse
from ecslab.ecs.definitions.fargate import SIZES
from ecslab.ground.errors import LabError
from ecslab.ground.text import Listed, Text
from ecslab.world.machines import MachineType, machine_type


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """The same tasks over the same time, paid for in different ways: the
    lines of each way's bill, by its name.

    "FARGATE", "FARGATE_SPOT" (at best), and for an instance type "m5.large": "m5.large as needed",
    a fleet that grows and shrinks at once (which no Auto Scaling group does), and "m5.large all the
    time", the largest such fleet kept from the first task to the last.
    """

    lines: dict[str, tuple[Line, ...]]
    tasks: int
    until_ms: int
    notes: tuple[str, ...] = ()

    @property
    def totals(self) -> dict[str, Usd | None]:
        """USD by way; None is not known, because the sample has no price for a part of it."""
        return {
            name: None if any(x.usd is None for x in lines) else Usd(total(lines))
            for name, lines in self.lines.items()
        }

    def __str__(self) -> str:
        return bill.comparison_text(self.totals, self._head, self.notes)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return bill.comparison_html(self.totals, self._head, self.notes)

    @property
    def _head(self) -> str:
        return bill.heading(
            f"Ways to pay for {self.tasks:,} task{'s' * (self.tasks != 1)}", self.until_ms
        )


def compare(uses: Sequence[TaskUse], instance_type: str, now_ms: int) -> Comparison:
    """Price the tasks in every way; raises LabError for a type without price or
    data, and for tasks that cannot be on it.
    """
    uses = [use for use in uses if use.pulled_from_ms is not None]
    regions = list(dict.fromkeys(use.region for use in uses))
    if len(regions) > 1:
        what = Text(
            "the tasks ran in {regions}: one comparison is about one region.",
            regions=Listed(Text(" and "), regions),
        )
        raise LabError(what, right='lab.cost().of("service/web").compare()')
    region = regions[0] if regions else "us-east-1"
    price, kind = prices.priced_instance(instance_type, region), machine_type(instance_type)
    for use in uses:
        _check(use, kind)
    machines = pack([_stay(use, now_ms) for use in uses], kind.cpu, kind.memory)
    begin_ms, end_ms = (
        min((m.begin_ms for m in machines), default=0),
        max((m.end_ms for m in machines), default=0),
    )
    most = most_at_once(machines)
    kept = [MachineOffer(begin_ms, 0, 0, end_ms=end_ms)] * most
    lines = {way: tuple(on_fargate(uses, way, now_ms)) for way in (FARGATE, FARGATE_SPOT)}
    lines[f"{kind.name} as needed"] = tuple(_on_machines(machines, kind, price))
    lines[f"{kind.name} all the time"] = tuple(_on_machines(kept, kind, price))
    return Comparison(lines, len(uses), now_ms, tuple(_notes(uses, kind, most)))


def on_fargate(uses: Sequence[TaskUse], provider: str, now_ms: int) -> Iterator[Line]:
    """Fargate's lines for tasks wherever they ran; one that ran on an instance
    gets the smallest size that holds it.
    """
    for use in uses:
        yield from fargate(use, now_ms, provider, fargate_size(use.cpu, use.memory))


def fargate_size(cpu: int, memory: int) -> tuple[int, int]:
    """The smallest Fargate size (facts, section 2.1) that holds so many CPU units and
    MiB; raises LabError beyond the largest.
    """
    for units, choices in SIZES.items():
        if units >= cpu and (fitting := [mib for mib in choices if mib >= memory]):
            return units, fitting[0]
    raise LabError(
        Text(
            "a task with {cpu:,} CPU units and {memory:,} MiB is larger than Fargate's largest "
            "size.",
            cpu=cpu,
            memory=memory,
        )
    )


def _check(use: TaskUse, kind: MachineType) -> None:
    if use.system != LINUX:
        raise LabError(
            Text(
                "{label} runs Windows: the price sample has EC2 and Fargate prices for Linux only.",
                label=use.label,
            )
        )
    if use.cpu > kind.cpu or use.memory > kind.memory:
        needs = Text("{cpu:,} CPU units and {memory:,} MiB", cpu=use.cpu, memory=use.memory)
        has = Text("{cpu:,} and {memory:,} for tasks", cpu=kind.cpu, memory=kind.memory)
        larger = _larger(use)
        raise LabError(
            Text(
                "{label} needs {needs}; a {name} has {has}.",
                label=use.label,
                needs=needs,
                name=kind.name,
                has=has,
            ),
            wrong=f'lab.cost().compare(instance_type="{kind.name}")',
            right=f'lab.cost().compare(instance_type="{larger}")' if larger else "",
        )


def _larger(use: TaskUse) -> str:
    kinds = [machine_type(name) for name in prices.instance_types(use.region)]
    return next(
        (kind.name for kind in kinds if use.cpu <= kind.cpu and use.memory <= kind.memory), ""
    )


def _stay(use: TaskUse, now_ms: int) -> Stay:
    assert use.pulled_from_ms is not None, "only tasks that pulled are compared"
    return Stay(
        use.cpu, use.memory, use.pulled_from_ms, now_ms if use.ended_ms is None else use.ended_ms
    )


def _on_machines(
    machines: Sequence[MachineOffer], kind: MachineType, price: prices.Price
) -> Iterator[Line]:
    for number, machine in enumerate(machines, 1):
        yield line(
            price,
            1,
            subject=f"instance/{number}",
            provider=EC2,
            service=None,
            what=kind.name,
            begin_ms=machine.begin_ms,
            end_ms=machine.end_ms,
        )


def _notes(uses: Sequence[TaskUse], kind: MachineType, most: int) -> Iterator[str]:
    if most:
        fit = kind.tasks(trunked=False)
        yield (
            f"Up to {most:,} {kind.name} at once, filled by CPU and memory alone: ports and "
            "zones may ask for more,"
        )
        yield (
            f"and network interfaces do where tasks have their own: {fit:,} such "
            f"task{'s fit' if fit != 1 else ' fits'} one {kind.name} without trunking."
        )
        yield (
            "An instance is there the moment a task needs it and gone when it is empty; a "
            "real fleet boots, and keeps spare room."
        )
    other = sum(use.architecture.lower() != kind.architecture for use in uses)
    if other:
        yield (
            f"Tasks built for another architecture than the {kind.architecture} of a "
            f"{kind.name}: {other:,}."
        )
    if any((use.cpu, use.memory) != fargate_size(use.cpu, use.memory) for use in uses):
        yield "Tasks that ran on instances are given the smallest Fargate size that holds them."
    yield (
        "Left out on every side: public addresses, volumes, load balancers, NAT gateways, "
        "traffic, logs and metrics."
    )
