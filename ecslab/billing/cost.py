"""Works out what a run has cost: what was used, times what the price sample says.

Exact fractions of a dollar all the way; they are rounded where they are printed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from ecslab.billing import bill
from ecslab.billing.comparison import Comparison, compare
from ecslab.billing.tariff import Line, Usd, lines_of, total
from ecslab.billing.usage import TaskUse, read
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.timeline.event import Event

_NAMED = 8  # names that an error lists


@dataclass(frozen=True, slots=True, repr=False)
class Cost:
    """What a run has cost so far, line by line; printed, or shown by a notebook, as a bill.

    The dictionaries give USD by name; None is not known, because the
    sample has no price for a part of it.
    """

    lines: tuple[Line, ...]
    until_ms: int
    uses: tuple[TaskUse, ...] = ()

    @property
    def total(self) -> Usd:
        """All of it, in USD; raises LabError when the sample has no price for a
        part, because the sum would be too small.
        """
        if missing := self.unpriced:
            names = ", ".join(list(dict.fromkeys(line.subject for line in missing))[:_NAMED])
            what = Text(
                "the total is not known: {why} ({names}).",
                why=missing[0].price.wording,
                names=names,
            )
            raise LabError(
                what,
                wrong="lab.cost().total",
                right=Text("lab.cost().priced   # what has a price; .unpriced has none"),
            )
        return self.priced

    @property
    def priced(self) -> Usd:
        """What everything that has a price has cost, in USD."""
        return Usd(total(self.lines))

    @property
    def unpriced(self) -> tuple[Line, ...]:
        """What the sample has no price for."""
        return tuple(line for line in self.lines if line.usd is None)

    @property
    def providers(self) -> dict[str, Usd | None]:
        """USD by FARGATE, FARGATE_SPOT, EC2 and EXTERNAL, those that were used."""
        return self._by(lambda line: line.provider)

    @property
    def services(self) -> dict[str, Usd | None]:
        """USD by service, for tasks that Fargate bills; tasks on instances
        are paid through their instances.
        """
        return self._by(lambda line: line.service)

    @property
    def tasks(self) -> dict[str, Usd | None]:
        """USD by task: "task/1"; a task on an instance costs nothing itself."""
        return self._by(lambda line: line.subject if line.subject.startswith("task/") else None)

    @property
    def instances(self) -> dict[str, Usd | None]:
        """USD by container instance: "instance/1"."""
        return self._by(lambda line: line.subject if line.subject.startswith("instance/") else None)

    def of(self, name: str) -> "Cost":
        """The part of a task ("task/3"), an instance ("instance/1"), a service
        ("service/web") or a provider ("FARGATE_SPOT").

        Raises LabError for a name that is not on the bill.
        """
        kept = tuple(line for line in self.lines if name in line.names)
        if not kept:
            known = list(dict.fromkeys(name for line in self.lines for name in line.names))
            have = (
                ", ".join(known[:_NAMED]) + ", …" * (len(known) > _NAMED)
                if known
                else Text("nothing on it yet")
            )
            right = f"lab.cost().of({known[0]!r})" if known else ""
            raise LabError(
                Text("{name!r} is not on the bill; it has {have}.", name=name, have=have),
                wrong=f"lab.cost().of({name!r})",
                right=right,
            )
        subjects = {line.subject for line in kept}
        return Cost(kept, self.until_ms, tuple(use for use in self.uses if use.label in subjects))

    def compare(self, instance_type: str = "m5.large") -> Comparison:
        """What the same tasks, over the same time, would have cost on Fargate, on
        Fargate Spot and on EC2 instances of a type.

        Raises LabError for a type that the price sample or the table of machines does not
        have, and for tasks that do not fit it.
        """
        return compare(self.uses, instance_type, self.until_ms)

    def _by(self, key: Callable[[Line], str | None]) -> dict[str, Usd | None]:
        sums: dict[str, Fraction | None] = {}
        for line in self.lines:
            if (name := key(line)) is not None:
                before = sums.get(name, Fraction())
                sums[name] = None if before is None or line.usd is None else before + line.usd
        return {name: None if usd is None else Usd(usd) for name, usd in sums.items()}

    def __str__(self) -> str:
        return bill.text(self.lines, self.until_ms)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return bill.html(self.lines, self.until_ms)


def cost(events: Iterable[Event], now_ms: int) -> Cost:
    """What a story that has come to `now_ms` has cost."""
    tasks, machines = read(event for event in events if event.at_ms <= now_ms)
    return Cost(tuple(lines_of(tasks, machines, now_ms)), now_ms, tuple(tasks))
