"""The API operations of CodeDeploy; `OPERATIONS` is the registry, a module adds to it with `@operation("CreateDeployment")`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecslab.codedeploy.plane import CodeDeploy

Handler = Callable[["CodeDeploy", dict[str, Any]], dict[str, Any]]
OPERATIONS: dict[str, Handler] = {}


def operation(name: str) -> Callable[[Handler], Handler]:
    """Register the function that answers one CodeDeploy operation."""

    def register(handler: Handler) -> Handler:
        assert name not in OPERATIONS, f"{name} is answered in one place only"
        OPERATIONS[name] = handler
        return handler

    return register
