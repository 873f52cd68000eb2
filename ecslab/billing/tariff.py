"""Turns what was used into lines of a bill: how AWS counts, times what the price sample says.

Facts, section 14: Fargate bills per second, a minute at least, from image pull to task end; AWS
rounds up to the second (https://aws.amazon.com/fargate/pricing/). That a task's end is STOPPED, and
that a public address costs while its network interface is attached, is how we read it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ecslab.billing import prices
from ecslab.billing.prices import Price
from ecslab.billing.usage import EC2, EXTERNAL, FARGATE, FARGATE_SPOT, LINUX, MachineUse, TaskUse

PER_UNIT = 1024  # CPU units in a vCPU, MiB in a GB
HOUR_S = 3600
ON_INSTANCE = Price(
    "task on an instance", Fraction(), "task-hour", "", wording="its instance is paid, not the task"
)
_SHOWN = 3  # digits that matter of an amount below a cent


class Usd(Fraction):
    """An exact amount of dollars that prints rounded: to the cent, or to three
    digits when it is less than ten cents.
    """

    def __str__(self) -> str:
        return f"{written(self, places(self))} USD"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else str(self)


def places(usd: Fraction) -> int:
    """How many decimals show three digits of an amount, two at least."""
    count = 2
    while usd and abs(usd) * 10**count < 10 ** (_SHOWN - 1) and count < 9:  # noqa: PLR2004 - a nano-dollar is nothing
        count += 1
    return count


def written(usd: Fraction, decimals: int) -> str:
    """An amount rounded to so many decimals, half to even: 1,234.50."""
    return f"{Decimal(round(usd * 10**decimals)).scaleb(-decimals):,.{decimals}f}"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was used, for how long, at which rate; `usd`
    is exact, None without a price.
    """

    subject: str  # task/1, instance/1
    provider: str  # FARGATE, FARGATE_SPOT, EC2, EXTERNAL
    service: str | None
    what: str  # vCPU, GB, m5.large …
    amount: Fraction  # vCPUs, GB, instances, addresses
    begin_ms: int
    end_ms: int
    seconds: int  # billed
    price: Price
    share: Fraction = Fraction(1)  # of the price: Spot's
    usd: Fraction | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What this line can be asked for by."""
        service = (f"service/{self.service}",) if self.service else ()
        return (self.subject, *service, self.provider)


def total(lines: Iterable[Line]) -> Fraction:
    """The sum of what has a price."""
    return sum((line.usd for line in lines if line.usd is not None), Fraction())


def line(
    price: Price,
    amount: int | Fraction,
    *,
    begin_ms: int,
    end_ms: int,
    share: Fraction = Fraction(1),
    **about: Any,
) -> Line:
    """A line for an amount used from begin to end: whole seconds, rounded up, a minute at least."""
    seconds = max(prices.MINIMUM_S, -(-(end_ms - begin_ms) // 1000))
    amount = Fraction(amount)
    usd = None if price.usd is None else price.usd * share * amount * seconds / HOUR_S
    return Line(
        amount=amount,
        begin_ms=begin_ms,
        end_ms=end_ms,
        seconds=seconds,
        price=price,
        share=share,
        usd=usd,
        **about,
    )


def lines_of(
    tasks: Iterable[TaskUse], machines: Iterable[MachineUse], now_ms: int
) -> Iterator[Line]:
    """Every line of the bill: tasks in order of birth, then machines."""
    for task in tasks:
        if task.provider in {FARGATE, FARGATE_SPOT}:
            yield from fargate(task, now_ms)
            yield from _address(task, now_ms)
        elif task.pulled_from_ms is not None:
            yield _elsewhere(task, now_ms)
    for machine in machines:
        yield _machine(machine, now_ms)


def fargate(
    task: TaskUse, now_ms: int, provider: str = "", size: tuple[int, int] | None = None
) -> Iterator[Line]:
    """What Fargate charges for a task: vCPUs, memory, storage above 20 GB;
    nothing before its images are pulled.

    `provider` and `size` (CPU units, MiB) are for a task that ran on something else. Storage is
    charged in full on Spot too: AWS's words do not say that it is cheaper.
    """
    if task.pulled_from_ms is None:
        return
    provider, (cpu, memory) = provider or task.provider, size or (task.cpu, task.memory)
    about = {
        **_about(task, provider),
        "begin_ms": task.pulled_from_ms,
        "end_ms": _end(task, now_ms),
    }
    share = prices.spot_share(task.region).usd if provider == FARGATE_SPOT else None
    if task.system != LINUX:
        yield line(
            prices.look_up("fargate.windows", task.region),
            Fraction(cpu, PER_UNIT),
            what="vCPU (Windows)",
            **about,
        )
        return
    kind, ours = f"fargate.linux.{task.architecture.lower()}", share or Fraction(1)
    arm = " (ARM)" if task.architecture == "ARM64" else ""
    for what, item, units in (("vCPU", "vcpu", cpu), ("GB", "memory", memory)):
        yield line(
            prices.look_up(f"{kind}.{item}", task.region),
            Fraction(units, PER_UNIT),
            what=what + arm,
            share=ours,
            **about,
        )
    if (more := task.storage_gib - prices.STORAGE_INCLUDED_GB) > 0:
        yield line(
            prices.look_up("fargate.storage", task.region),
            more,
            what="GB of storage above 20",
            **about,
        )


def _address(task: TaskUse, now_ms: int) -> Iterator[Line]:
    if task.public_ip and task.attached_ms is not None:
        about = {
            **_about(task, task.provider),
            "begin_ms": task.attached_ms,
            "end_ms": _end(task, now_ms),
        }
        yield line(
            prices.look_up("public_ipv4", task.region), 1, what="public IPv4 address", **about
        )


def _elsewhere(task: TaskUse, now_ms: int) -> Line:
    """A task on an instance costs nothing itself; a launch type that the
    sample does not know has no price.
    """
    price = (
        ON_INSTANCE
        if task.provider in {EC2, EXTERNAL}
        else prices.look_up(task.provider, task.region)
    )
    begin_ms, end_ms = task.pulled_from_ms or task.born_ms, _end(task, now_ms)
    return line(
        price,
        1,
        what="task on an instance",
        begin_ms=begin_ms,
        end_ms=end_ms,
        **_about(task, task.provider),
    )


def _machine(machine: MachineUse, now_ms: int) -> Line:
    end_ms = now_ms if machine.end_ms is None else machine.end_ms
    if machine.provider == EXTERNAL:
        price, what = prices.look_up("ecs_anywhere", machine.region), "ECS Anywhere instance"
    else:
        price, what = (
            prices.instance(machine.type or "instance of unknown type", machine.region),
            machine.type or "instance",
        )
    about: dict[str, Any] = {
        "subject": machine.label,
        "provider": machine.provider,
        "service": None,
    }
    return line(price, 1, what=what, begin_ms=machine.begin_ms, end_ms=end_ms, **about)


def _end(task: TaskUse, now_ms: int) -> int:
    return now_ms if task.ended_ms is None else task.ended_ms


def _about(task: TaskUse, provider: str) -> dict[str, Any]:
    return {"subject": task.label, "provider": provider, "service": task.service}
