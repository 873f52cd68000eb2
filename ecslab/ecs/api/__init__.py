"""The API operations: each takes a request that fits botocore's shape
and returns a response that does.

`OPERATIONS` is the registry; a module adds to it with `@operation("RunTask")`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ecslab.ecs.api.registry import registrar

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Handler = Callable[["ControlPlane", dict[str, Any]], dict[str, Any]]
OPERATIONS: dict[str, Handler] = {}
operation = registrar(OPERATIONS)
