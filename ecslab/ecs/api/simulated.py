"""What is simulated: the only table of it, `simulated.toml`, which every way
in asks before it answers a request.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ecslab.ground.errors import not_simulated

Json = dict[str, Any]


class Refusal(NamedTuple):
    """A member that no request may give, and what that is called."""

    way: tuple[str, ...]
    value: str  # "": any value that asks for something
    what: str
    instead: str  # what to do, as a sentence, or nothing
    operations: frozenset[str]  # empty: all that have the member


class MemberVerdict(NamedTuple):
    """What becomes of a member: the verdict, and why."""

    verdict: str  # refused, refused_by_rule, unfit, without_effect, told, acted_on
    why: str


@cache
def table() -> Json:
    """The whole table: by service, what becomes of the members of its requests."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def refusals(service: str) -> tuple[Refusal, ...]:
    """The members of a service's requests that are refused."""
    return tuple(
        Refusal(
            tuple(name.split(".")),
            value,
            row["what"],
            row.get("instead", ""),
            frozenset(row.get("operations", ())),
        )
        for row in table()[service]["refused"]
        for name, _, value in (member.partition("=") for member in row["members"])
    )


def check(service: str, operation: str, request: Json) -> None:
    """Raise UnsupportedFeatureException when a request asks for what the lab does
    not do; empty members ask for nothing.
    """
    for refusal in refusals(service):
        if refusal.way[0] not in request or (
            refusal.operations and operation not in refusal.operations
        ):
            continue
        if any(
            found == refusal.value if refusal.value else found
            for found in _within(request, refusal.way)
        ):
            raise not_simulated(refusal.what, refusal.instead)


def _within(value: Any, way: tuple[str, ...]) -> Iterator[Any]:
    """Every value at the end of a way, through whatever lists there are."""
    if isinstance(value, list):
        for item in value:
            yield from _within(item, way)
    elif not way:
        yield value
    elif isinstance(value, dict) and way[0] in value:
        yield from _within(value[way[0]], way[1:])


def rows(service: str, operation: str, way: tuple[str, ...]) -> list[MemberVerdict]:
    """The rows that speak of a member of an operation's requests: one, where the table is right.

    A row for some operations goes before one for all, and a row without members speaks of none.
    """
    spoken: list[tuple[bool, MemberVerdict]] = []
    for verdict in ("refused", "refused_by_rule", "unfit", "without_effect", "told"):
        for row in table()[service].get(verdict, []):
            named = [
                tuple(member.split(".")) for member in row.get("members", []) if "=" not in member
            ]
            if operation in row.get("operations", [operation]) and any(
                way[: len(n)] == n for n in named
            ):
                spoken.append(
                    ("operations" in row, MemberVerdict(verdict, row.get("why") or row["what"]))
                )
    if any(own for own, _ in spoken):
        return [row for own, row in spoken if own]
    parent, _, name = ".".join(way).rpartition(".")
    acted_on = name in table()[service]["acted_on"].get(parent, [])
    return [row for _, row in spoken] + [MemberVerdict("acted_on", "")] * acted_on


def verdict(service: str, operation: str, way: tuple[str, ...]) -> str:
    """What becomes of a member that the table knows; "" for one that it does not know."""
    found = rows(service, operation, way)
    return found[0].verdict if found else ""
