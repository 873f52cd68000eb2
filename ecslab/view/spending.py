"""Reads a bill as curves over lab time: what was spent by whom, or what each way to pay would have
cost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecslab.billing.cost import Cost
from ecslab.billing.tariff import Line, total
from ecslab.view import axis

POINTS = 96  # of a curve: more than a reader can tell apart
BANDS = 8  # that a reader can tell apart; the smallest are added up
COLUMNS = 6  # of the text form: round times that every curve knows

# By provider, three shades in turn: no two neighbours look alike.
_SHADES = {
    "FARGATE": ("#4F94D4", "#1F5E9E", "#8FBFE8"),
    "FARGATE_SPOT": ("#E08A00", "#F5BE55", "#A85F00"),
    "EC2": ("#00735A", "#54B39B", "#0B4A3B"),
    "EXTERNAL": ("#6D5FA8", "#A79BD3", "#453A78"),
}
_OTHER = ("#5F6B7A", "#9AA5B1", "#3A4550")


@dataclass(frozen=True, slots=True)
class SpendingCurve:
    """One curve: what has been spent under a name at each of the picture's times."""

    name: str
    usd: tuple[float, ...]
    colour: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Spending:
    """Curves over lab time, stacked or side by side, and the sentences that go with them."""

    title: str
    summary: str
    times_ms: tuple[int, ...]
    bands: tuple[SpendingCurve, ...]
    stacked: bool
    note: str = ""

    @property
    def tops(self) -> list[tuple[float, ...]]:
        """Where each curve is drawn: on top of those before it when they are stacked."""
        if not self.stacked:
            return [band.usd for band in self.bands]
        sums, below = [], (0.0,) * len(self.times_ms)
        for band in self.bands:
            below = tuple(a + b for a, b in zip(below, band.usd, strict=True))
            sums.append(below)
        return sums

    @property
    def most(self) -> float:
        """The highest point."""
        return max((value for top in self.tops for value in top), default=0.0)


def spending(bill: Cost, title: str | None = None) -> Spending:
    """The bill as bands: a provider's service, a type of instance."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in bill.lines:
        if line.usd:
            groups.setdefault((line.provider, _name(line)), []).append(line)
    named, shown = _fewer({name: lines for (_, name), lines in sorted(groups.items(), key=_rank)})
    times = _times(bill.until_ms)
    bands = tuple(
        SpendingCurve(name, _accrued(lines, times), colour)
        for (name, lines), colour in zip(named.items(), _colours(named), strict=True)
    )
    part = " for what has a price" if bill.unpriced else ""
    spent = f"{bill.priced}{part}" if bands or part else "nothing has cost anything"
    summary = f"0s to {axis.written(bill.until_ms)}: {spent}"
    return Spending(
        title or "Cost over lab time",
        summary,
        times,
        bands,
        stacked=True,
        note=" ".join([*shown, *_missing(bill.lines)]),
    )


def ways(bill: Cost, instance_type: str, title: str | None = None) -> Spending:
    """The ways to pay for the same tasks as curves."""
    compared = bill.compare(instance_type)
    times = _times(bill.until_ms)
    looks = (
        (_SHADES["FARGATE"][0], False),
        (_SHADES["FARGATE_SPOT"][0], True),
        (_SHADES["EC2"][1], False),
        (_SHADES["EC2"][2], True),
    )
    known = [
        (name, lines, look)
        for (name, lines), look in zip(compared.lines.items(), looks, strict=True)
        if compared.totals[name]
    ]
    bands = tuple(
        SpendingCurve(_way(name), _accrued(lines, times), *look) for name, lines, look in known
    )
    least = min(known, key=lambda way: total(way[1]), default=None)
    summary = f"{compared.tasks:,} tasks, 0s to {axis.written(bill.until_ms)}" + (
        f"; the least is {_way(least[0])}" if least else ""
    )
    lines = [line for way in compared.lines.values() for line in way]
    return Spending(
        title or "Ways to pay for the same tasks",
        summary,
        times,
        bands,
        stacked=False,
        note=" ".join(_missing(lines)),
    )


def _way(name: str) -> str:
    return "FARGATE_SPOT at best" if name == "FARGATE_SPOT" else name


def _name(line: Line) -> str:
    if line.subject.startswith("task/"):
        return f"{line.provider} · {line.service or 'no service'}"
    return f"{line.provider} · {line.what if line.provider == 'EC2' else 'instances'}"


def _rank(group: tuple[tuple[str, str], list[Line]]) -> tuple[int, str]:
    (provider, name), _ = group
    order = list(_SHADES)
    return order.index(provider) if provider in order else len(order), name


def _fewer(groups: dict[str, list[Line]]) -> tuple[dict[str, list[Line]], list[str]]:
    """At most so many bands: the largest, and all others as one."""
    if len(groups) <= BANDS:
        return groups, []
    large = sorted(groups, key=lambda name: -total(groups[name]))[: BANDS - 1]
    rest = [line for name, lines in groups.items() if name not in large for line in lines]
    others = f"{len(groups) - len(large):,} others"
    return {name: lines for name, lines in groups.items() if name in large} | {others: rest}, [
        f"The {len(large)} largest are drawn apart."
    ]


def _colours(names: Iterable[str]) -> list[str]:
    counts: dict[str, int] = {}
    found = []
    for name in names:
        provider = name.partition(" · ")[0]
        shades = _SHADES.get(provider, _OTHER)
        counts[provider] = counts.get(provider, -1) + 1
        found.append(shades[counts[provider] % len(shades)])
    return found


def _missing(lines: Iterable[Line]) -> list[str]:
    return list(
        dict.fromkeys(f"Not drawn: {line.price.wording}." for line in lines if line.usd is None)
    )


def _times(until_ms: int) -> tuple[int, ...]:
    """Evenly spread, with the round times of the text form among them."""
    return tuple(
        sorted(
            {until_ms * point // POINTS for point in range(POINTS + 1)}.union(
                axis.ticks(0, until_ms, COLUMNS)
            )
        )
    )


def _accrued(lines: Sequence[Line], times_ms: Sequence[int]) -> tuple[float, ...]:
    """What had been spent at each time, every line growing evenly from its begin to its
    end: a sum of a·t + b, kept as a and b.
    """
    steps: list[tuple[int, float, float]] = []
    for line in lines:
        usd, length = float(line.usd or 0), line.end_ms - line.begin_ms
        slope = usd / length if length else 0.0
        steps.append((line.begin_ms, slope, -slope * line.begin_ms))
        steps.append((line.end_ms, -slope, slope * line.begin_ms + usd))
    steps.sort()
    found, done, slope, base = [], 0, 0.0, 0.0
    for at_ms in times_ms:
        while done < len(steps) and steps[done][0] <= at_ms:
            slope, base, done = slope + steps[done][1], base + steps[done][2], done + 1
        found.append(round(max(0.0, slope * at_ms + base), 9))
    return tuple(found)
