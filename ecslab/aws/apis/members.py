"""Botocore's requests member by member, and what the table of what is
simulated says of each: `ecslab simulated`.
"""

from collections.abc import Iterator

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ecslab.aws.apis.catalogue import service_model
from ecslab.ecs.api import simulated
from ecslab.region import OPERATIONS

WORDS = {
    "acted_on": "acted on",
    "told": "kept and shown",
    "without_effect": "accepted, without effect",
    "refused": "refused, not simulated",
    "refused_by_rule": "refused where it is not simulated",
    "unfit": "refused by AWS too",
    "": "not in the table",
}

Way = tuple[str, ...]


def leaves(shape: Shape | None, way: Way = (), inside: Way = ()) -> Iterator[Way]:
    """The way to every member that is no structure, lists and maps passed
    through; a shape inside itself ends there.
    """
    if isinstance(shape, ListShape | MapShape):
        yield from leaves(
            shape.member if isinstance(shape, ListShape) else shape.value, way, inside
        )
    elif isinstance(shape, StructureShape) and shape.members and shape.name not in inside:
        for name, member in shape.members.items():
            yield from leaves(member, (*way, name), (*inside, shape.name))
    elif shape is not None:
        yield way


def operations() -> str:
    """The operations that are simulated, a line for each service."""
    return "\n".join(
        f"{service}: {', '.join(sorted(named))}" for service, named in OPERATIONS.items()
    )


def operation(name: str) -> str | None:
    """What becomes of every member of an operation's requests; None for an
    operation that is not simulated.
    """
    of = [service for service, named in OPERATIONS.items() if name in named]
    return "\n".join(line for service in of for line in _lines(service, name)) or None


def _lines(service: str, name: str) -> Iterator[str]:
    ways = sorted(set(leaves(service_model(service).operation_model(name).input_shape)))
    longest = max((len(".".join(way)) for way in ways), default=0)
    yield f"{service} {name}"
    for way in ways:
        found = next(iter(simulated.rows(service, name, way)), simulated.MemberVerdict("", ""))
        yield (
            f"  {'.'.join(way):{longest}}  "
            f"{WORDS[found.verdict]}{': ' * bool(found.why)}{found.why}"
        )
