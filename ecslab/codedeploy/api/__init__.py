"""The API operations of CodeDeploy; `OPERATIONS` is the registry, a module adds to it with `@operation("CreateDeployment")`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ecslab.ecs.operations import registrar

if TYPE_CHECKING:
    from ecslab.codedeploy.plane import CodeDeploy

Handler = Callable[["CodeDeploy", dict[str, Any]], dict[str, Any]]
OPERATIONS: dict[str, Handler] = {}
operation = registrar(OPERATIONS)
