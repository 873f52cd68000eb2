"""What ECS stores for a registered task definition: the request with its defaults filled in."""

import copy
from typing import Any

from ecslab.ecs.definitions.draft import Draft
from ecslab.ecs.definitions.ports import protocol

Json = dict[str, Any]

# In every public describe output.
EMPTY_LISTS = "portMappings", "environment", "mountPoints", "volumesFrom", "systemControls"
HEALTH_CHECK = {"interval": 30, "timeout": 5, "retries": 3}  # facts, section 1.3
RESTART_AFTER_S = 300  # facts, section 1.3


def normal_form(draft: Draft) -> Json:
    """The spec of a valid draft, without tags; it shares nothing with the request.

    A network mode that nobody gave is not told (facts, section 31); it
    is as bridge, on Windows as NAT.
    """
    spec = copy.deepcopy({k: v for k, v in draft.request.items() if k != "tags"})
    spec["containerDefinitions"] = [
        _container(c, draft.network_mode) for c in spec["containerDefinitions"]
    ]
    spec["volumes"] = [_volume(volume) for volume in spec.get("volumes", [])]
    spec.setdefault("placementConstraints", [])
    if not spec.get("requiresCompatibilities"):
        spec.pop(
            "requiresCompatibilities", None
        )  # BC:RegisterTaskDefinitionRequest: omitted from the response
    return spec


def _container(asked: Json, network_mode: str) -> Json:
    container: Json = {"cpu": 0, "essential": True} | {member: [] for member in EMPTY_LISTS} | asked
    container["portMappings"] = [
        _port(mapping, network_mode) for mapping in container["portMappings"]
    ]
    if container.get("healthCheck"):
        container["healthCheck"] = HEALTH_CHECK | container["healthCheck"]
    if container.get("restartPolicy", {}).get("enabled"):
        defaults: Json = {"ignoredExitCodes": [], "restartAttemptPeriod": RESTART_AFTER_S}
        container["restartPolicy"] = defaults | container["restartPolicy"]
    return container


def _port(asked: Json, network_mode: str) -> Json:
    """A host port is the container port where they share the network, else 0: chosen
    when the task starts (facts, section 3).
    """
    mapping = asked | {"protocol": protocol(asked)}
    if "containerPortRange" not in mapping:
        mapping.setdefault("hostPort", 0 if network_mode == "bridge" else mapping["containerPort"])
    return mapping


def _volume(asked: Json) -> Json:
    """An empty volume is a bind mount for the task's lifetime; EFS is mounted at its
    root unless told (facts, section 16).
    """
    if set(asked) == {"name"}:
        return asked | {"host": {}}
    if "efsVolumeConfiguration" in asked:
        asked["efsVolumeConfiguration"].setdefault("rootDirectory", "/")
    return asked
