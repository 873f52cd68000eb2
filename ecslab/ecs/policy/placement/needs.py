"""What a task needs of a container instance (facts, sections 3 and 4, reservation on an instance)."""

from typing import Any

from ecslab.ecs.state.instances import Port
from ecslab.ecs.state.tasks import Needs

Json = dict[str, Any]


def needs(spec: Json, overrides: Json) -> Needs:
    """The task's own cpu and memory when it has them, else the sum over its containers; static host ports; an interface for awsvpc."""
    mode = spec.get("networkMode", "bridge")
    changed = {o.get("name"): o for o in overrides.get("containerOverrides", [])}
    containers = [
        c | {k: v for k, v in changed.get(c["name"], {}).items() if v is not None}
        for c in spec["containerDefinitions"]
    ]
    cpu = overrides.get("cpu") or spec.get("cpu")
    memory = overrides.get("memory") or spec.get("memory")
    ports = (
        [port for c in containers for port in _static_ports(c, mode)] if mode in {"bridge", "host"} else []
    )
    return Needs(
        cpu=int(cpu) if cpu else sum(c.get("cpu", 0) for c in containers),
        memory=int(memory)
        if memory
        else sum(c.get("memoryReservation") or c.get("memory", 0) for c in containers),
        ports=tuple(dict.fromkeys(ports)),
        interface=mode == "awsvpc",
        attributes=tuple(a["name"] for a in spec.get("requiresAttributes", [])),
        gpus=sum(gpus_of(c) for c in containers),
    )


def gpus_of(container: Json) -> int:
    """How many GPUs a container has to itself (BC:ResourceRequirement)."""
    return sum(int(r["value"]) for r in container.get("resourceRequirements", []) if r["type"] == "GPU")


def _static_ports(container: Json, mode: str) -> list[Port]:
    """Host mode takes the container's port itself; bridge mode a hostPort other than 0."""
    found = []
    for mapping in container.get("portMappings", []):
        host = mapping.get("containerPort", 0) if mode == "host" else mapping.get("hostPort", 0)
        if host:
            found.append((mapping.get("protocol", "tcp"), host))
    return found
