"""`cost(lab)`: what a run costs as lab time goes by, or what other ways to pay would have cost."""

from typing import Any

from ecslab.billing.cost import Cost
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text, printable
from ecslab.view import axis
from ecslab.view.cost_figure import figure
from ecslab.view.cost_svg import svg
from ecslab.view.picture import Picture
from ecslab.view.spending import COLUMNS, Spending, spending, ways

__all__ = ["cost"]  # a picture of the front door


def cost(source: Any, *, compare: str | None = None, title: str | None = None) -> Picture:
    """Draw what a lab has cost over lab time, stacked by provider and service; with
    `compare="m5.large"`, Fargate against Spot and EC2.

    `source` is a lab or what `lab.cost()` answered. Raises LabError for anything else,
    and for an instance type without price.
    """
    bill = _bill(source)
    seen = ways(bill, compare, title) if compare else spending(bill, title)
    return Picture(text(seen), svg(seen), figure(seen) if seen.bands else None)


def _bill(source: Any) -> Cost:
    bill = source if isinstance(source, Cost) else getattr(source, "cost", lambda: None)()
    if not isinstance(bill, Cost):
        raise LabError(
            Text("a {kind} has no bill.", kind=type(source).__name__),
            wrong="cost(ecs)",
            right=Text("cost(lab)   # or cost(lab.cost())"),
        )
    return bill


def text(seen: Spending) -> str:
    """The curves in numbers: USD at a few times, one row each."""
    head = [seen.title, f"{seen.summary}."]
    if not seen.bands:
        return "\n".join(printable(line) for line in [*head, seen.note] if line)
    until_ms = seen.times_ms[-1]
    columns = sorted({*axis.ticks(0, until_ms, COLUMNS), until_ms})
    picks = [seen.times_ms.index(at) for at in columns]
    rows = [
        (
            "USD, all so far" if seen.stacked else "USD",
            [axis.written(seen.times_ms[pick], until_ms) for pick in picks],
        )
    ]
    decimals = 2 if seen.most >= 10 else 4  # noqa: PLR2004 - cents are enough for dollars
    rows += [
        (band.name, [_number(band.usd[pick], decimals) for pick in picks]) for band in seen.bands
    ]
    if seen.stacked and len(seen.bands) > 1:
        rows.append(("total", [_number(seen.tops[-1][pick], decimals) for pick in picks]))
    margin, wide = (
        max(len(name) for name, _ in rows),
        max(len(cell) for _, cells in rows for cell in cells),
    )
    table = [
        f"{name:<{margin}}" + "".join(f"  {cell:>{wide}}" for cell in cells) for name, cells in rows
    ]
    return "\n".join(printable(line) for line in [*head, *table, seen.note] if line)


def _number(usd: float, decimals: int) -> str:
    return f"{usd:,.{decimals}f}"
