"""Whether two settings ask for the same thing: what is equal to
what a service has changes nothing.
"""

from collections.abc import Sequence
from typing import Any

from ecslab.ecs.model import Json


def same(one: Any, other: Any) -> bool:
    """Whether two values ask for the same; in none of these settings does
    the order of a list mean anything.
    """
    return bool(_plain(one) == _plain(other))


def is_new(one: Json, held: Sequence[Json]) -> bool:
    """Whether an entry of a list asks for something that none of those held asks for."""
    return not any(same(one, other) for other in held)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return frozenset(
            (name, _plain(inner)) for name, inner in value.items() if inner not in (None, {}, [])
        )
    return frozenset(map(_plain, value)) if isinstance(value, list) else value
