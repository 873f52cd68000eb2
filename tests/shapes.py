"""Whether an answer of the control plane is what botocore's model
promises: no unknown member, no wrong type.
"""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

NUMBER = (int, float)
PLAIN = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "double": NUMBER,
    "float": NUMBER,
    "timestamp": NUMBER,
}


@cache
def model() -> ServiceModel:
    """Botocore's model of ECS."""
    return ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")


# Values that AWS documents and botocore's enum lacks (facts, section 7.1).
DOCUMENTED = {"ServiceDeploymentLifecycleStage": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}


def check(operation: str, answer: dict[str, Any]) -> None:
    """Fail with the path of the first member that does not fit the operation's output shape."""
    walk(model().operation_model(operation).output_shape, answer, operation)


def walk(shape: Shape, value: Any, path: str) -> None:
    """Compare one value with its shape, and everything inside it."""
    if getattr(shape, "is_document_type", False):  # any JSON value
        return
    if shape.type_name == "structure":
        assert isinstance(value, dict), f"{path} is {value!r}, not a structure"
        assert value.keys() <= shape.members.keys(), (
            f"{path} has unknown {sorted(value.keys() - shape.members.keys())}"
        )
        missing = [name for name in shape.required_members if name not in value]
        assert not missing, f"{path} lacks {missing}"
        for name, inner in value.items():
            walk(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        assert isinstance(value, list), f"{path} is {value!r}, not a list"
        for number, inner in enumerate(value):
            walk(shape.member, inner, f"{path}[{number}]")
    elif shape.type_name == "map":
        assert isinstance(value, dict), f"{path} is {value!r}, not a map"
        for key, inner in value.items():
            walk(shape.value, inner, f"{path}[{key}]")
    else:
        _walk_plain(shape, value, path)


def _walk_plain(shape: Shape, value: Any, path: str) -> None:
    wanted = PLAIN[shape.type_name]
    fits = isinstance(value, wanted) and (
        shape.type_name == "boolean" or not isinstance(value, bool)
    )
    assert fits, f"{path} is {value!r}, not a {shape.type_name}"
    choices = [*(getattr(shape, "enum", None) or []), *DOCUMENTED.get(shape.name, [])]
    assert not choices or value in choices, f"{path} is {value!r}, not one of {choices}"
