"""What `serviceRegistries` may say (facts, section 10.2; BC:ServiceRegistry);
wordings are ours unless a source is named.
"""

from collections.abc import Sequence
from typing import Any

from ecslab.ecs.api.equality import is_new
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.ports.discovery import Discovery, Registry
from ecslab.ground.errors import invalid_parameter

Json = dict[str, Any]

MOST_TASKS = 1_000  # of a service with service discovery (facts, section 15)
# Facts, section 10.2.
NO_PORT = "The values specified for serviceRegistries do not require a value for '{}'"


def check_registries(
    discovery: Discovery,
    definition: TaskDefinition,
    launch_type: str,
    registries: list[Json],
    desired: int,
    *,
    held: Sequence[Json] = (),
) -> None:
    """Refuse registries that the task definition's network mode, or Cloud Map, cannot serve.

    Of one that is `held` already it is not asked whether it is still there.
    """
    if not registries:
        return
    if len(registries) > 1:
        raise invalid_parameter("A service can have at most one service registry.")
    if launch_type == "EXTERNAL":
        raise invalid_parameter("Service discovery is not supported with the EXTERNAL launch type.")
    check_count(registries, desired)
    asked = registries[0]
    if "registryArn" not in asked:  # the wording is ours
        raise invalid_parameter("A service registry needs a registryArn.")
    registry = discovery.registry(asked["registryArn"])
    if registry is None and not is_new(asked, held):
        return
    if registry is None:
        raise invalid_parameter(f"The service registry {asked['registryArn']} was not found.")
    _check_ports(definition, registry, asked)


def check_count(registries: list[Json], desired: int) -> None:
    """Refuse more tasks than a service may have that is in service discovery."""
    if registries and desired > MOST_TASKS:
        raise invalid_parameter(
            f"A service with service discovery can have at most {MOST_TASKS} tasks."
        )


def _check_ports(definition: TaskDefinition, registry: Registry, asked: Json) -> None:
    mode = definition.spec.get("networkMode", "bridge")
    srv, pair = "SRV" in registry.records, {"containerName", "containerPort"} & asked.keys()
    if mode == "none":
        raise invalid_parameter("Service discovery is not supported with the network mode none.")
    if mode != "awsvpc" and registry.records and not srv:
        raise invalid_parameter(
            f"With the network mode {mode} the service registry needs an SRV record."
        )
    if not srv and (unwanted := sorted({"containerName", "containerPort", "port"} & asked.keys())):
        raise invalid_parameter(
            NO_PORT.format("containerPort" if "containerPort" in unwanted else unwanted[0])
        )
    if len(pair) == 1:
        raise invalid_parameter(
            "containerName and containerPort of a service registry belong together."
        )
    if pair and "port" in asked:
        raise invalid_parameter(
            "A service registry takes either port or containerName and containerPort."
        )
    if srv and not pair and (mode != "awsvpc" or "port" not in asked):
        raise invalid_parameter(
            "The service registry's SRV record needs containerName and containerPort."
        )
    if pair:
        _check_container(definition, asked["containerName"], asked["containerPort"])


def _check_container(definition: TaskDefinition, name: str, port: int) -> None:
    container = next((c for c in definition.containers if c["name"] == name), None)
    if container is None:
        raise invalid_parameter(f"The container {name} does not exist in the task definition.")
    if not any(m.get("containerPort") == port for m in container.get("portMappings", [])):
        raise invalid_parameter(
            f"The container {name} did not have a container port {port} defined"
        )  # facts, section 11
