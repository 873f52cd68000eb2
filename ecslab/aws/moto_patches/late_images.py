"""Puts off what moto's EC2 does at its birth and a Fargate account never needs.

For each account moto makes some 1,300 machine images, and a snapshot of each, which takes a tenth
of a second. Here they are made when somebody first looks for an image or a snapshot.
"""

from collections.abc import Callable
from typing import Any

_LOOKS = (
    "__contains__",
    "__delitem__",
    "__getitem__",
    "__iter__",
    "__len__",
    "__setitem__",
    "copy",
    "get",
    "items",
    "keys",
    "pop",
    "values",
)


class _Later(dict[str, Any]):
    """A dict that is filled when somebody first looks into it."""

    fill: Callable[[], None] | None = None


def _looking(name: str) -> Callable[..., Any]:
    plain = getattr(dict, name)

    def look(self: _Later, *arguments: Any) -> Any:
        if self.fill:
            self.fill()
        return plain(self, *arguments)

    return look


for _name in _LOOKS:
    setattr(_Later, _name, _looking(_name))


def put_off(load: Callable[[Any], None]) -> Callable[[Any], None]:
    """A stand-in for moto's `AmiBackend._load_amis` that loads later."""

    def later(backend: Any) -> None:
        images, snapshots = _Later(), _Later(backend.snapshots)

        def fill() -> None:
            images.fill = snapshots.fill = None
            load(backend)

        images.fill = snapshots.fill = fill
        backend.amis, backend.snapshots = images, snapshots

    return later
