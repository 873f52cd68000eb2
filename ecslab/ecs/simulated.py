"""What is simulated: the only table of it, `simulated.toml`, which every way in asks before it answers a request."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ecslab.errors import not_simulated

Json = dict[str, Any]


class Refusal(NamedTuple):
    """A member that no request may give, and what that is called."""

    way: tuple[str, ...]
    value: str  # "": any value that asks for something
    what: str
    instead: str  # what to do, as a sentence, or nothing
    operations: frozenset[str]  # empty: all that have the member


@cache
def table() -> Json:
    """The whole table: by service, what is refused."""
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
    """Raise UnsupportedFeatureException when a request asks for what the lab does not do; empty members ask for nothing."""
    for refusal in refusals(service):
        if refusal.way[0] not in request or (refusal.operations and operation not in refusal.operations):
            continue
        if any(found == refusal.value if refusal.value else found for found in _within(request, refusal.way)):
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
