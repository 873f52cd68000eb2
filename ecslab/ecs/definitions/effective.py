"""What one launch runs: its task definition with the launch's overrides put in.

A launch is a second door for values of a definition. What comes in through it
keeps the rules that the definition keeps.
"""

from typing import Any

from ecslab.ecs.definitions import broken
from ecslab.ecs.definitions.draft import Draft
from ecslab.ecs.definitions.required_attributes import required_attributes
from ecslab.ecs.definitions.units import in_units

Json = dict[str, Any]

# BC:TaskOverride.
OF_TASK = ("cpu", "memory", "ephemeralStorage", "executionRoleArn", "taskRoleArn")
OF_CONTAINER = (  # BC:ContainerOverride: instead of what the definition says
    *("command", "environmentFiles", "cpu", "memory", "memoryReservation", "resourceRequirements"),
)
ROLES = {"executionRoleArn", "taskRoleArn"}


def effective(spec: Json, overrides: Json) -> Json:
    """The spec of one task, in a definition's shape: its own values with the
    overrides' in their place; variables are added.

    An empty role and an empty list ask for nothing; of two overrides for one container both are put
    in (assumptions). Raises ClientException for a task's cpu or memory that cannot be read.
    """
    if not overrides:
        return spec
    changed = {
        m: overrides[m] for m in OF_TASK if m in overrides and (overrides[m] or m not in ROLES)
    }
    if accelerators := overrides.get("inferenceAcceleratorOverrides"):
        changed["inferenceAccelerators"] = accelerators
    containers = [_container(c, overrides) for c in spec["containerDefinitions"]]
    merged = spec | in_units(changed) | {"containerDefinitions": containers}
    return merged | {"requiresAttributes": required_attributes(merged)}


def problem(spec: Json, launch_type: str, account: str) -> str | None:
    """Why no task can run as an effective spec says, in the words with which its
    registration would be refused, or None.
    """
    return broken(Draft(spec | {"requiresCompatibilities": [launch_type]}, account))


def _container(definition: Json, overrides: Json) -> Json:
    merged = definition
    for override in overrides.get("containerOverrides", []):
        if override.get("name") == definition["name"]:
            merged = merged | {
                m: override[m] for m in OF_CONTAINER if override.get(m) not in (None, [])
            }
            if override.get("environment"):
                merged["environment"] = _variables(merged, override)
    return merged


def _variables(container: Json, override: Json) -> list[Json]:
    """A variable of the same name is replaced, others are added
    (BC:ContainerOverride.environment).
    """
    known = {variable.get("name"): variable for variable in container["environment"]}
    return [
        *(known | {variable.get("name"): variable for variable in override["environment"]}).values()
    ]
