"""Registries of operations: each operation is answered in one place, a method
that registers itself.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., object])
Answer = Callable[[dict[str, Any]], dict[str, Any]]


def registrar(
    operations: dict[str, Callable[..., Any]],
) -> Callable[[str], Callable[[Handler], Handler]]:
    """A decorator, used as `@operation("RunTask")`, that enters a method under that
    name of the API.
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
    names = {handler: name for name, handler in operations.items()}
    return {
        names[method]: getattr(room, attribute)
        for room in rooms
        for attribute, method in vars(type(room)).items()
        if isinstance(method, FunctionType) and method in names
    }
