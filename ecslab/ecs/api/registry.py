"""The only place that makes registries of operations: each operation is answered by one function, which registers itself."""

from collections.abc import Callable
from typing import TypeVar

Handler = TypeVar("Handler", bound=Callable[..., object])


def registrar(operations: dict[str, Handler]) -> Callable[[str], Callable[[Handler], Handler]]:
    """A decorator, used as `@operation("RunTask")`, that enters the function under that name of the API."""

    def operation(name: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            assert name not in operations, f"{name} is answered in one place only"
            operations[name] = handler
            return handler

        return register

    return operation
