"""Reads an AppSpec, in JSON or YAML, as far as it concerns Amazon ECS (facts, section 7.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ecslab.codedeploy.lifecycle import HOOKS
from ecslab.ground.errors import AwsError
from ecslab.ground.numerals import whole

Json = dict[str, Any]

SERVICE = "AWS::ECS::Service"


@dataclass(frozen=True, slots=True)
class AppSpec:
    """What a revision asks of ECS, in the shapes of ECS's API."""

    task_definition: str
    container: str
    port: int
    platform_version: str | None
    network: Json | None  # networkConfiguration
    strategy: list[Json] | None  # capacityProviderStrategy
    hooks: Mapping[str, str]  # functions by lifecycle event


def parse(content: str) -> AppSpec:
    """Read an AppSpec; names are matched in any upper or lower case, as the AWS CLI does.

    Raises InvalidRevisionException; the wordings are ours.
    """
    try:
        spec = _lower(yaml.safe_load(content))
    except (
        yaml.YAMLError,
        ValueError,
        RecursionError,
    ) as error:  # a date that is none; lists in lists, or in themselves
        raise invalid(f"it is neither JSON nor YAML: {' '.join(str(error).split())}") from None
    if not isinstance(spec, dict):
        raise invalid("it is not a map of version, Resources and Hooks")
    if str(spec.get("version")) not in {"0.0", "0"}:
        raise invalid("its version is not 0.0")
    properties = _properties(spec)
    balancer = _map(properties.get("loadbalancerinfo"), "LoadBalancerInfo")
    return AppSpec(
        task_definition=_text(properties, "TaskDefinition"),
        container=_text(balancer, "ContainerName"),
        port=_port(balancer.get("containerport")),
        platform_version=properties.get("platformversion") or None,
        network=_network(properties.get("networkconfiguration")),
        strategy=_strategy(properties.get("capacityproviderstrategy")),
        hooks=_hooks(spec.get("hooks") or []),
    )


def invalid(why: str) -> AwsError:
    """A revision that cannot be deployed (the wording is ours)."""
    return AwsError("InvalidRevisionException", f"The AppSpec file is not valid: {why}.")


def _lower(value: Any) -> Any:
    """The same with names in lower case, all the way down; what is no name stays."""
    if isinstance(value, dict):
        return {str(name).lower(): _lower(inner) for name, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value


def _properties(spec: Json) -> Json:
    resources = spec.get("resources")
    if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], dict):
        raise invalid("Resources is not a list of one resource")
    name, resource = next(iter(resources[0].items()), ("", None))
    resource = _map(resource, name or "Resources")
    if resource.get("type") != SERVICE:
        raise invalid(f"the type of its resource is not {SERVICE}")
    return _map(resource.get("properties"), "Properties")


def _map(value: Any, name: str) -> Json:
    if not isinstance(value, dict):
        raise invalid(f"{name} is missing, or not a map")
    return value


def _text(values: Json, name: str) -> str:
    value = values.get(name.lower())
    if not isinstance(value, str) or not value:
        raise invalid(f"{name} is missing")
    return value


def _port(value: Any) -> int:
    port = None if isinstance(value, bool) else whole(str(value))
    if port is None:
        raise invalid("ContainerPort is missing, or not a number")
    return port


def _network(value: Any) -> Json | None:
    if not value:
        return None
    asked = _map(
        _map(value, "NetworkConfiguration").get("awsvpcconfiguration"), "AwsvpcConfiguration"
    )
    members = {
        "subnets": "subnets",
        "securitygroups": "securityGroups",
        "assignpublicip": "assignPublicIp",
    }
    if unknown := asked.keys() - members.keys():
        raise invalid(f"AwsvpcConfiguration has no {', '.join(sorted(unknown))}")
    return {"awsvpcConfiguration": {members[name]: inner for name, inner in asked.items()}}


def _strategy(value: Any) -> list[Json] | None:
    if not value:
        return None
    members = {"capacityprovider": "capacityProvider", "base": "base", "weight": "weight"}
    if not isinstance(value, list) or any(
        not isinstance(v, dict) or v.keys() - members.keys() for v in value
    ):
        raise invalid("CapacityProviderStrategy is not a list of Base, CapacityProvider and Weight")
    return [{members[name]: inner for name, inner in item.items()} for item in value]


def _hooks(asked: Any) -> dict[str, str]:
    if not isinstance(asked, list) or any(not isinstance(hook, dict) for hook in asked):
        raise invalid("Hooks is not a list")
    known = {name.lower(): name for name in HOOKS}
    pairs: Iterable[tuple[str, Any]] = (pair for hook in asked for pair in hook.items())
    found: dict[str, str] = {}
    for name, function in pairs:
        if name not in known:
            raise invalid(f"no function can be called at {name}; the hooks are {', '.join(HOOKS)}")
        if known[name] in found or not isinstance(function, str):
            raise invalid(f"{known[name]} does not name one function")
        found[known[name]] = function
    return found
