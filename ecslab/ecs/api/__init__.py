"""The API operations: each takes a request that fits botocore's shape and returns a response that does.

`OPERATIONS` is the registry; a module adds to it with `@operation("RunTask")`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Handler = Callable[["ControlPlane", dict[str, Any]], dict[str, Any]]
OPERATIONS: dict[str, Handler] = {}


def operation(name: str) -> Callable[[Handler], Handler]:
    """Register the function that answers one ECS operation."""

    def register(handler: Handler) -> Handler:
        assert name not in OPERATIONS, f"{name} is answered in one place only"
        OPERATIONS[name] = handler
        return handler

    return register
