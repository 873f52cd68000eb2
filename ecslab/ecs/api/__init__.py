"""The API operations: each takes a request that fits botocore's shape
and returns a response that does.

`OPERATIONS` is the registry; a module adds to it with `@operation("RunTask")`.
"""

from collections.abc import Callable
from typing import Any

from ecslab.ecs.api.registry import registrar

OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {}
operation = registrar(OPERATIONS)
