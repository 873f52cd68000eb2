"""Botocore's requests: what is at the end of a way into one, and
the smallest request that gives it.
"""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

SERVICES = ("ecs", "application-autoscaling", "codedeploy")
PLAIN: dict[str, Any] = {
    "string": "given",
    "integer": 1,
    "long": 1,
    "double": 1.0,
    "float": 1.0,
    "boolean": True,
    "timestamp": 1.0,
}

Way = tuple[str, ...]


@cache
def model(service: str) -> ServiceModel:
    """Botocore's model of a service."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def shape(service: str, operation: str) -> Shape | None:
    """What a request of an operation is made of; None when it takes nothing."""
    return model(service).operation_model(operation).input_shape


def at(of: Shape | None, way: Way) -> Shape | None:
    """The shape at the end of a way, or None when there is no such way."""
    while of is not None and of.type_name in {"list", "map"}:
        of = of.member if of.type_name == "list" else of.value
    if not way or of is None:
        return of
    members = of.members if of.type_name == "structure" else {}
    return at(members[way[0]], way[1:]) if way[0] in members else None


def smallest(of: Shape, way: Way, value: Any = None) -> Any:
    """A value of a shape that gives the member at the end of a way, and nothing else."""
    if of.type_name == "list":
        return [smallest(of.member, way, value)]
    if of.type_name == "map":
        return {"given": smallest(of.value, way, value)}
    if of.type_name != "structure":
        return PLAIN[of.type_name] if value is None else value
    if way:
        return {way[0]: smallest(of.members[way[0]], way[1:], value)}
    return {name: smallest(member, ()) for name, member in list(of.members.items())[:1]}
