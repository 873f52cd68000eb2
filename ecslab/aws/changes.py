"""Puts something else in the place of attributes of moto, botocore or Python, and puts back what
was there.
"""

from collections.abc import Callable, Iterable
from typing import Any

Change = tuple[Any, str, Any]  # whose attribute, its name, what it becomes

_ABSENT = object()


def put_in_place(changes: Iterable[Change]) -> Callable[[], None]:
    """Put them there; what is returned takes them back, the last first."""
    wanted = list(changes)  # worked out from what was there before the first of them
    before = [(owner, name, _there(owner, name)) for owner, name, _ in wanted]
    for owner, name, value in wanted:
        setattr(owner, name, value)

    def undo() -> None:
        for owner, name, value in reversed(before):
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)

    return undo


def _there(owner: Any, name: str) -> Any:
    """An attribute as it lies there (a classmethod unbound); a class that
    only inherits it has none of its own.
    """
    if name in vars(owner):
        return vars(owner)[name]
    return _ABSENT if isinstance(owner, type) else getattr(owner, name, _ABSENT)
