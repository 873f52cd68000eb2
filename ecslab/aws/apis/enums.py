"""Checks members which take one of a few words: botocore lets any word through, ECS does not."""

from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.model import ListShape, Shape, StringShape, StructureShape

from ecslab.aws.apis.catalogue import service_model
from ecslab.ground.errors import invalid_parameter

Check = Callable[[Any], None]

# With ECS's words for each, and looser where ECS is (facts, sections 2 and 17)
CHECKS_ITS_OWN = {"RegisterTaskDefinition"}
# ecs/api/account_settings.py: ECS names the value there, not the member.
CHECKED_ELSEWHERE = {"SettingName"}


def check_words(operation: str, request: dict[str, Any]) -> None:
    """Raise InvalidParameterException for a word that botocore's model
    of the operation does not list.

    The text has the form ECS gives `include`
    (github.com/hashicorp/terraform-provider-aws/issues/23342).
    """
    if operation not in CHECKS_ITS_OWN and (check := _of(operation)):
        check(request)


@cache
def _of(operation: str) -> Check | None:
    return _check(service_model("ecs").operation_model(operation).input_shape, "input")


def _check(shape: Shape, member: str) -> Check | None:
    """What checks a value of a shape; None where there is nothing to check."""
    if isinstance(shape, StructureShape):
        return _inside(
            {name: check for name, inner in shape.members.items() if (check := _check(inner, name))}
        )
    if isinstance(shape, ListShape):
        return _each(_check(shape.member, member))
    if isinstance(shape, StringShape) and shape.enum and shape.name not in CHECKED_ELSEWHERE:
        return _one_of(member, shape.enum)
    return None


def _each(inner: Check | None) -> Check | None:
    if inner is None:
        return None

    def check(values: list[Any]) -> None:
        for value in values:
            inner(value)

    return check


def _inside(checks: dict[str, Check]) -> Check | None:
    def check(value: dict[str, Any]) -> None:
        for name, inner in checks.items():
            if name in value:
                inner(value[name])

    return check if checks else None


def _one_of(member: str, words: list[str]) -> Check:
    def check(value: str) -> None:
        if value not in words:
            raise invalid_parameter(f"{member} should be one of [{','.join(words)}]")

    return check
