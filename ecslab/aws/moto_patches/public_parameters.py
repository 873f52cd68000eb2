"""Makes AWS's own SSM parameters texts: moto keeps some of them as Python values (DG:
"Retrieving Amazon ECS-optimized AMI metadata").
"""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ecslab.aws.changes import put_in_place


def teach(module: ModuleType) -> Callable[[], None]:
    """Teach `moto.ssm.models`; what is returned makes it forget."""
    read = module.convert_to_params

    def convert_to_params(tree: dict[str, Any]) -> list[dict[str, Any]]:
        return [parameter | {"Value": _text(parameter["Value"])} for parameter in read(tree)]

    return put_in_place([(module, "convert_to_params", convert_to_params)])


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
