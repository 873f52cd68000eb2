"""Which ports of its instance a container gets in bridge and host mode (facts, section 3)."""

from collections.abc import Container as Membership
from collections.abc import Iterator
from typing import Any

from ecslab.ecs.model.instances import Port

Json = dict[str, Any]

# The usual ip_local_port_range of Linux (facts, section 3)
FIRST_DYNAMIC, LAST_DYNAMIC = 32_768, 60_999


class NoPortLeft(Exception):  # noqa: N818 - what happened
    """Every dynamic port of the instance is taken."""


def bindings(definition: Json, mode: str, taken: Membership[Port]) -> list[Json]:
    """The `networkBindings` of one container; dynamic ports are the lowest free
    ones, ranges lie next to each other.

    Raises NoPortLeft when the instance has none. awsvpc and none bind nothing: the
    task has its own address, or no network.
    """
    if mode not in {"bridge", "host"}:
        return []
    given: set[Port] = set()
    found = []
    for mapping in definition.get("portMappings", []):
        protocol = mapping.get("protocol", "tcp")
        for container_port, host_port in _pairs(mapping, mode, protocol, taken, given):
            given.add((protocol, host_port))
            found.append(
                {
                    "bindIP": "0.0.0.0",  # noqa: S104 - what AWS answers; nothing listens
                    "containerPort": container_port,
                    "hostPort": host_port,
                    "protocol": protocol,
                }
            )
    return found


def _pairs(
    mapping: Json, mode: str, protocol: str, taken: Membership[Port], given: set[Port]
) -> Iterator[tuple[int, int]]:
    if "containerPortRange" in mapping:
        first, _, last = mapping["containerPortRange"].partition("-")
        wanted = list(range(int(first), int(last) + 1))
        start = _free(protocol, len(wanted), taken, given)
        yield from zip(wanted, range(start, start + len(wanted)), strict=True)
    elif mode == "host":
        yield mapping["containerPort"], mapping["containerPort"]
    else:
        yield mapping["containerPort"], mapping.get("hostPort") or _free(protocol, 1, taken, given)


def _free(protocol: str, count: int, taken: Membership[Port], given: set[Port]) -> int:
    """The start of the lowest run of `count` free dynamic ports."""
    run = 0
    for port in range(FIRST_DYNAMIC, LAST_DYNAMIC + 1):
        run = 0 if (protocol, port) in taken or (protocol, port) in given else run + 1
        if run == count:
            return port - count + 1
    raise NoPortLeft
