"""The wire format of our planes, ECS's and CodeDeploy's, JSON 1.1: requests in and responses out,
checked against botocore's shapes.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

from ecslab.aws.apis.catalogue import service_model
from ecslab.aws.apis.enums import check_words
from ecslab.ground.errors import AwsError, invalid_parameter

Json = dict[str, Any]
Writer = Callable[[Any], Any]

TARGET_PREFIX = "AmazonEC2ContainerServiceV20141113."
PREFIXES = {TARGET_PREFIX: "ecs", "CodeDeploy_20141006.": "codedeploy"}  # of X-Amz-Target
NAMES = {"ecs": "ECS", "codedeploy": "CodeDeploy"}
CONTENT_TYPE = "application/x-amz-json-1.1"

_TOKENS = {
    "str": "STRING_VALUE",
    "int": "NUMBER_VALUE",
    "float": "NUMBER_VALUE",
    "bool": "BOOLEAN_VALUE",
}
_JAVA = {
    "<class 'str'>": "a String",
    "<class 'int'>": "an Integer",
    "<class 'bool'>": "a Boolean",
    "<class 'decimal.Decimal'>": "a Double",
}
_validator = ParamValidator()


def called(target: str) -> tuple[str, str]:
    """The service and the operation that a request's X-Amz-Target
    names; ECS's when it is nobody's.
    """
    prefix, dot, operation = target.partition(".")
    service = PREFIXES.get(prefix + dot)
    return (service, operation) if service else ("ecs", target)


def is_ours(target: str) -> bool:
    """Whether an X-Amz-Target is of a service with a plane of our own."""
    prefix, dot, _ = target.partition(".")
    return prefix + dot in PREFIXES


@cache
def operations(service: str = "ecs") -> frozenset[str]:
    """Every operation of a service that botocore knows."""
    return frozenset(service_model(service).operation_names)


def read(operation: str, body: bytes | str, service: str = "ecs") -> Json:
    """The request of an operation; raises SerializationException or
    InvalidParameterException for one that does not fit.
    """
    try:
        request = json.loads(body or "{}")
    except (ValueError, RecursionError):
        raise AwsError("SerializationException", "The request body is not JSON.") from None
    if not isinstance(request, dict):
        raise AwsError("SerializationException", "Start of structure or map expected.")
    request = _without_nulls(request) if "null" in str(body) else request
    shape = service_model(service).operation_model(operation).input_shape
    errors = _validator.validate(request, shape)
    if errors.has_errors():
        raise _refusal(errors)
    if service == "ecs":  # CodeDeploy words each of its own refusals
        check_words(operation, request)
    return request


def write(operation: str, response: Json, service: str = "ecs") -> str:
    """The response of an operation as JSON; a member that its shape
    does not have is a bug of ours.
    """
    return json.dumps(_output(service, operation)(response))


def write_error(error: AwsError) -> str:
    """An error as ECS writes it; `message` is there under both spellings that SDKs look for."""
    return json.dumps({"__type": error.code, "message": error.message, **error.members})


def _without_nulls(value: Any) -> Any:
    """AWS takes a null member for one that is not there."""
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _refusal(errors: Any) -> AwsError:
    """A wrong type is a SerializationException in the words of AWS's JSON
    parser, seen from several services.

    (For example github.com/aws/aws-cdk/pull/27087: "STRING_VALUE can not be
    converted to an Integer".) How ECS words the rest was not found; the text is
    botocore's, which names the parameter.
    """
    for reason, _, details in errors._errors:  # noqa: SLF001 - the report as data has no public name
        if reason == "invalid type":
            token = _TOKENS.get(type(details["param"]).__name__, "Start of structure, map or list")
            wanted = next(
                (java for python, java in _JAVA.items() if python in details["valid_types"]),
                "a structure, map or list",
            )
            return AwsError("SerializationException", f"{token} can not be converted to {wanted}")
    return invalid_parameter(errors.generate_report())


@cache
def _output(service: str, operation: str) -> Writer:
    shape = service_model(service).operation_model(operation).output_shape
    writer = _writer(service, shape) if shape else None
    return writer or (lambda value: value)


@cache
def _shape_writer(service: str, name: str) -> Writer:
    writer = _compile(service, service_model(service).shape_for(name))
    assert writer is not None, f"{name} is a shape that needs writing"
    return writer


def _writer(service: str, shape: Shape) -> Writer | None:
    """What turns a value of a shape into JSON; None where the value
    already is, and where any JSON will do.
    """
    if isinstance(shape, StructureShape):
        return None if shape.is_document_type else _shape_writer(service, shape.name)
    return _compile(service, shape)


def _compile(service: str, shape: Shape) -> Writer | None:
    if isinstance(shape, StructureShape):
        return _structure(service, shape)
    if isinstance(shape, ListShape):
        element = _writer(service, shape.member)
        return element and (lambda values: [element(value) for value in values])
    if isinstance(shape, MapShape):
        inner = _writer(service, shape.value)
        return inner and (lambda values: {key: inner(value) for key, value in values.items()})
    return _timestamp if shape.type_name == "timestamp" else None


def _structure(service: str, shape: StructureShape) -> Writer:
    members = {name: _writer(service, member) for name, member in shape.members.items()}

    def write(value: Json) -> Json:
        written = {}
        for name, inner in value.items():
            if inner is None:
                continue
            assert name in members, f"{shape.name} of {NAMES[service]}'s API has no member {name}"
            writer = members[name]
            written[name] = inner if writer is None else writer(inner)
        return written

    return write


def _timestamp(value: float | datetime) -> float:
    """AWS's JSON protocol carries seconds since 1970."""
    return value.timestamp() if isinstance(value, datetime) else value
