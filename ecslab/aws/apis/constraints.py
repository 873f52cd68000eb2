"""What a request must be by botocore's model, refused in the words that
AWS's services of this kind share.

"1 validation error detected: Value 'x' at 'policyType' failed to satisfy constraint: Member must
satisfy enum value set: [StepScaling, …]". Patterns are not checked.
"""

from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from ecslab.ground.errors import AwsError

_KINDS: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "double": (int, float),
    "timestamp": (int, float, str),
}


def check(shape: Shape, request: Any) -> None:
    """Raise ValidationException with everything that is wrong, or
    SerializationException for a wrong type.
    """
    wrong = list(_violations(shape, request, ""))
    if wrong:
        several = f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected: "
        raise AwsError("ValidationException", several + "; ".join(wrong))


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    fits = type(value) is bool if shape.type_name == "boolean" else _is_a(value, shape.type_name)
    if not fits:
        raise AwsError(
            "SerializationException", f"{path or 'The request'} is not a {shape.type_name}."
        )
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
        return
    yield from _own(shape, value, path)
    if isinstance(shape, ListShape):
        for number, inner in enumerate(value, 1):
            yield from _violations(shape.member, inner, f"{path}.{number}.member")
    if isinstance(shape, MapShape):
        for inner in value.values():
            yield from _violations(shape.value, inner, path)


def _is_a(value: Any, kind: str) -> bool:
    return isinstance(value, _KINDS[kind]) and not isinstance(value, bool)


def _structure(shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        where = f"{path}.{name[0].lower()}{name[1:]}".lstrip(".")
        if value.get(name) is not None:
            yield from _violations(member, value[name], where)
        elif name in shape.required_members:
            yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"


def _own(shape: Shape, value: Any, path: str) -> Iterator[str]:
    allowed, sized = shape.metadata.get("enum"), isinstance(value, str | list)
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    failed = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must"
    if allowed and value not in allowed:
        yield f"{failed} satisfy enum value set: [{', '.join(allowed)}]"
    if sized and least is not None and len(value) < least:
        yield f"{failed} have length greater than or equal to {least}"
    if sized and most is not None and len(value) > most:
        yield f"{failed} have length less than or equal to {most}"
