"""Writes a bill down: as text in columns, and as a table for a notebook."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from html import escape

from ecslab.billing.tariff import HOUR_S, ON_INSTANCE, Line, Usd, places, total, written
from ecslab.billing.usage import FARGATE_SPOT
from ecslab.ground.text import printable

Row = tuple[str, ...]

HEAD: Row = ("provider", "for", "what", "counted", "rate", "USD")
ROWS = 30  # groups that a bill lists; more are added up
UNKNOWN = "not known"
CENTS = 2  # decimals of a dollar that are always written
_LARGE = 100  # dollars, beside which a fraction of a cent says nothing

# On each cell: JupyterLab strips style sheets.
_LEFT, _RIGHT = ' style="text-align:left"', ' style="text-align:right"'


def text(lines: Sequence[Line], until_ms: int) -> str:
    """A bill as text: a row for what was used by whom at which rate,
    the sum, and what to know about it.
    """
    if not lines:
        return heading("Nothing has cost anything", until_ms)
    rows = _rows(lines)
    return "\n".join([heading("Cost", until_ms), "", *_columns([HEAD, *rows]), "", *_notes(lines)])


def html(lines: Sequence[Line], until_ms: int) -> str:
    """The same as a table; everything that came from outside is escaped."""
    if not lines:
        return f"<p>{escape(heading('Nothing has cost anything', until_ms))}</p>"
    return _table(heading("Cost", until_ms), HEAD, _rows(lines), _notes(lines))


def comparison_text(totals: Mapping[str, Usd | None], head: str, notes: Sequence[str]) -> str:
    """Ways to pay, one row each."""
    return "\n".join([head, "", *_columns([_WAYS, *_ways(totals)]), "", *notes, *_ways_notes()])


def comparison_html(totals: Mapping[str, Usd | None], head: str, notes: Sequence[str]) -> str:
    """The same as a table."""
    return _table(head, _WAYS, _ways(totals), [*notes, *_ways_notes()])


def heading(what: str, until_ms: int) -> str:
    """What this is, and when it was worked out."""
    return f"{what} in {_trimmed(Fraction(until_ms, 1000))} s of lab time"


# Rows


def _rows(lines: Sequence[Line]) -> list[Row]:
    """A row for each provider, service, thing and rate, in the order in which
    they were first used; then the sum.
    """
    groups: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        key = (
            line.provider,
            line.service,
            line.what,
            line.price.item,
            line.price.region,
            line.share,
        )
        groups.setdefault(key, []).append(line)
    kept, rest = (
        list(groups.values())[:ROWS],
        [line for group in list(groups.values())[ROWS:] for line in group],
    )
    sums = [total(group) for group in kept]
    decimals = _decimals([*sums, total(lines)])
    rows = [_row(group, usd, decimals) for group, usd in zip(kept, sums, strict=True)]
    if rest:
        rows.append(
            ("…", f"{len(groups) - ROWS:,} more rows", "", "", "", written(total(rest), decimals))
        )
    missing = any(line.usd is None for line in lines)
    return [
        *rows,
        (
            "total of what has a price" if missing else "total",
            "",
            "",
            "",
            "",
            written(total(lines), decimals),
        ),
    ]


def _row(group: Sequence[Line], usd: Fraction, decimals: int) -> Row:
    line = group[0]
    return (
        line.provider,
        line.service or "–",
        line.what,
        _counted(group),
        _rate(line),
        _amount(line, usd, decimals),
    )


def _amount(line: Line, usd: Fraction, decimals: int) -> str:
    return UNKNOWN if line.usd is None else written(usd, decimals)


def _counted(group: Sequence[Line]) -> str:
    """One of them: how much for how long; several: how much altogether."""
    if len(group) == 1:
        return f"{_trimmed(group[0].amount)} × {group[0].seconds:,} s"
    hours = sum((line.amount * line.seconds for line in group), Fraction()) / HOUR_S
    noun = group[0].subject.partition("/")[0]
    count = len({line.subject for line in group})
    return (
        f"{_trimmed(hours)} {group[0].price.unit or 'hour'}s, {count:,} {noun}{'s' * (count != 1)}"
    )


def _rate(line: Line) -> str:
    if line.price is ON_INSTANCE:
        return "its instance is paid"
    if line.price.usd is None:
        return "no price in the sample"
    less = f" − {_trimmed(100 * (1 - line.share))} %" if line.share != 1 else ""
    return f"{_trimmed(line.price.usd, 9)} per {line.price.unit}{less}"


def _trimmed(value: Fraction, decimals: int = 4) -> str:
    """A number without needless zeros."""
    text_ = written(value, decimals)
    return text_.rstrip("0").rstrip(".") if "." in text_ else text_


def _decimals(sums: Iterable[Fraction]) -> int:
    """Cents where they show every amount, else two or four decimals more, unless
    the largest makes those meaningless.
    """
    known = [usd for usd in sums if usd]
    most = (
        2
        if max(known, default=Fraction()) >= _LARGE
        else 4
        if max(known, default=Fraction()) >= 1
        else 6
    )
    return most if any(places(usd) > CENTS for usd in known) else CENTS


# What to know about it


def _notes(lines: Sequence[Line]) -> list[str]:
    priced = [line for line in lines if line.usd is not None and line.price is not ON_INSTANCE]
    notes = [_sample(priced)] if priced else []
    notes += list(
        dict.fromkeys(f"Not known: {line.price.wording}." for line in lines if line.usd is None)
    )
    notes += [_SPOT] * any(line.provider == FARGATE_SPOT for line in lines)
    notes += [
        "Fargate and EC2 on Linux bill per second, a minute at least; Fargate from image pull to "
        "task end."
    ]
    return [
        *notes,
        "Not counted: volumes, load balancers, NAT gateways, public addresses of instances, "
        "traffic, logs and metrics.",
    ]


_SPOT = (
    "FARGATE_SPOT is counted 70 % below FARGATE. AWS says “up to 70 %”: it varies, and "
    "this is the least it can be."
)


def _sample(lines: Iterable[Line]) -> str:
    """Where and of when the prices are."""
    dated: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        names = dated.setdefault((line.price.region, line.price.date), [])
        if line.what not in names:
            names.append(line.what)
    parts = [
        f"{', '.join(names)}: {region}, {date or 'undated'}"
        for (region, date), names in dated.items()
    ]
    return f"Prices are a sample for teaching, not a quote. {'; '.join(parts)}."


# Ways to pay

_WAYS: Row = ("way", "USD", "of Fargate")


def _ways(totals: Mapping[str, Usd | None]) -> list[Row]:
    decimals = _decimals(usd for usd in totals.values() if usd is not None)
    base = totals.get("FARGATE")
    return [
        (_way(name), UNKNOWN if usd is None else written(usd, decimals), _percent(usd, base))
        for name, usd in totals.items()
    ]


def _way(name: str) -> str:
    return f"{name}, at best" if name == FARGATE_SPOT else name


def _percent(usd: Fraction | None, base: Fraction | None) -> str:
    return f"{round(100 * usd / base)} %" if usd is not None and base else ""


def _ways_notes() -> list[str]:
    return [
        _SPOT,
        "Prices are a sample for teaching, not a quote: lab.cost() says of when each is.",
    ]


# Layout


def _columns(rows: Sequence[Row]) -> Iterator[str]:
    """Columns as wide as they need to be, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    right = rows[0].index("USD")
    for row in rows:
        cells = [
            f"{printable(c):>{w}}" if i == right else f"{printable(c):<{w}}"
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _table(head: str, names: Row, rows: Sequence[Row], notes: Sequence[str]) -> str:
    right = names.index("USD")
    sides = [_RIGHT if column == right else _LEFT for column in range(len(names))]
    top = "".join(f"<th{side}>{escape(name)}</th>" for name, side in zip(names, sides, strict=True))
    body = "\n".join(
        "<tr>"
        + "".join(f"<td{s}>{escape(c)}</td>" for c, s in zip(row, sides, strict=True))
        + "</tr>"
        for row in rows
    )
    said = "<br>".join(map(escape, notes))
    table = f"<table><thead><tr>{top}</tr></thead><tbody>\n{body}\n</tbody></table>"
    return f"<p><strong>{escape(head)}</strong></p>{table}<p>{said}</p>"
