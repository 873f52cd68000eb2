"""The API operations of CodeDeploy; `OPERATIONS` is the registry, a module adds to
it with `@operation("CreateDeployment")`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ecslab.ecs.api.registry import registrar

if TYPE_CHECKING:
    from ecslab.codedeploy.codedeploy import CodeDeploy

Handler = Callable[["CodeDeploy", dict[str, Any]], dict[str, Any]]
OPERATIONS: dict[str, Handler] = {}
operation = registrar(OPERATIONS)
