"""Registries of operations: each operation is answered in one place, a method
or a function, which registers itself.
"""

from collections.abc import Callable
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., object])
Answer = Callable[[dict[str, Any]], dict[str, Any]]


def registrar(
    operations: dict[str, Callable[..., Any]],
) -> Callable[[str], Callable[[Handler], Handler]]:
    """A decorator, used as `@operation("RunTask")`, that enters a method or
    function under that name of the API.
    """

    def operation(name: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            assert name not in operations, f"{name} is answered in one place only"
            operations[name] = handler
            return handler

        return register

    return operation


def bound(operations: dict[str, Callable[..., Any]], *rooms: object) -> dict[str, Answer]:
    """The operations that these objects answer, as their own methods."""
    return {
        name: getattr(room, handler.__name__)
        for room in rooms
        for name, handler in operations.items()
        if vars(type(room)).get(handler.__name__) is handler
    }
