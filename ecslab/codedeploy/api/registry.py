"""The API operations of CodeDeploy; `OPERATIONS` is the registry, a module adds to
it with `@operation("CreateDeployment")`.
"""

from collections.abc import Callable
from typing import Any

from ecslab.ecs.api.registry import registrar

OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {}
operation = registrar(OPERATIONS)
