"""What a task needs of a container instance (facts, sections 3 and
4, reservation on an instance).
"""

from typing import Any

from ecslab.ecs.model.instances import Port
from ecslab.ecs.model.tasks import Needs

Json = dict[str, Any]


def needs(spec: Json) -> Needs:
    """Of an effective spec: the task's own cpu and memory when it has them, else the sum over its
    containers; static host ports; an interface for awsvpc.
    """
    mode = spec.get("networkMode", "bridge")
    containers, cpu, memory = spec["containerDefinitions"], spec.get("cpu"), spec.get("memory")
    ports = (
        [port for c in containers for port in _static_ports(c, mode)]
        if mode in {"bridge", "host"}
        else []
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
    return sum(
        int(r["value"]) for r in container.get("resourceRequirements", []) if r["type"] == "GPU"
    )


def _static_ports(container: Json, mode: str) -> list[Port]:
    """Host mode takes the container's port itself; bridge mode a hostPort other than 0."""
    found = []
    for mapping in container.get("portMappings", []):
        host = mapping.get("containerPort", 0) if mode == "host" else mapping.get("hostPort", 0)
        if host:
            found.append((mapping.get("protocol", "tcp"), host))
    return found
