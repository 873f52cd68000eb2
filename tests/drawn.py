"""Requests drawn from botocore's model: whatever its types allow, words that
mean something to the account among them.
"""

from random import Random
from typing import Any

from botocore.model import Shape, StructureShape
from shapes import model

NUMBERS = (
    -(2**31),
    -1,
    0,
    1,
    2,
    5,
    6,
    10,
    20,
    21,
    64,
    128,
    200,
    256,
    512,
    1024,
    2000,
    5000,
    2**31 - 1,
)
ODD = (
    "",
    " ",
    "abc",
    "-1",
    "0",
    "²",
    "1e3",
    "9" * 5000,
    "1.5 vCPU",
    "a b",
    "x" * 300,
    "ALL",
    "\u2028",
    "é",
)


def drawn(draw: Random, operation: str, base: dict[str, Any], *words: str) -> dict[str, Any]:
    """A request of an operation that botocore would send: `base` with
    one to three members of any value.
    """
    shape = model().operation_model(operation).input_shape
    names = draw.sample(sorted(shape.members), min(len(shape.members), draw.randint(1, 3)))
    return base | {name: value(draw, shape.members[name], words) for name in names}


def value(draw: Random, shape: Shape, words: tuple[str, ...]) -> Any:
    """Any value of a shape."""
    if isinstance(shape, StructureShape):
        return _structure(draw, shape, words)
    if shape.type_name == "list":
        return [value(draw, shape.member, words) for _ in range(draw.choice((0, 1, 1, 2)))]
    if shape.type_name == "map":
        return {
            value(draw, shape.key, words): value(draw, shape.value, words)
            for _ in range(draw.randint(0, 2))
        }
    least = shape.metadata.get("min", 0 if shape.type_name == "string" else NUMBERS[0])
    if shape.type_name == "string":
        return draw.choice(
            getattr(shape, "enum", None) or [w for w in (*words, *ODD) if len(w) >= least]
        )
    if shape.type_name == "boolean":
        return draw.random() < 0.5
    return draw.choice([n for n in NUMBERS if n >= least])


def _structure(draw: Random, shape: StructureShape, words: tuple[str, ...]) -> dict[str, Any]:
    if shape.is_tagged_union:
        names = [draw.choice(sorted(shape.members))]
    else:
        names = [
            n for n in sorted(shape.members) if n in shape.required_members or draw.random() < 0.4
        ]
    return {name: value(draw, shape.members[name], words) for name in names}
