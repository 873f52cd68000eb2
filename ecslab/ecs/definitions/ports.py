"""Port mappings: numbers, ranges, names, and that no port is used twice."""

import re
from collections import Counter
from collections.abc import Iterator

from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container

HIGHEST = 65_535
MOST_RANGES = 100  # per container (facts, section 3)
LONGEST_NAME = 64  # BC:PortMapping.name


def span(mapping: Json) -> range | None:
    """The container ports of a mapping; None for a range that cannot be read."""
    if "containerPortRange" not in mapping:
        return range(mapping["containerPort"], mapping["containerPort"] + 1)
    found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", mapping["containerPortRange"])
    low, high = map(int, found.groups()) if found else (0, 0)
    return range(low, high + 1) if 1 <= low < high <= HIGHEST else None


@for_each_container
def one_port_or_a_range(_: Draft, container: Json) -> str | None:
    """Text observed by cdk-preflight, rule pf-ecs-port-range-with-host-port (facts, section 17)."""
    for mapping in container.get("portMappings", []):
        if "containerPortRange" in mapping and (
            "containerPort" in mapping or "hostPort" in mapping
        ):
            return (
                f"Invalid port mapping for container '{container['name']}', cannot specify "
                "both single port and port range."
            )
    return None


@for_each_container
def numbers(_: Draft, container: Json) -> str | None:
    """1 to 65535, a host port also 0; the text for a range observed by cdk-preflight
    (pf-ecs-port-range-reversed), the others follow.
    """
    for mapping in container.get("portMappings", []):
        if "containerPortRange" in mapping:
            wrong = "containerPortRange" if span(mapping) is None else ""
        elif not 1 <= mapping.get("containerPort", 0) <= HIGHEST:
            wrong = "containerPort"
        else:
            wrong = "" if 0 <= mapping.get("hostPort", 0) <= HIGHEST else "hostPort"
        if wrong:
            return f"Invalid '{wrong}' setting for container '{container['name']}'."
    return None


@for_each_container
def ranges_where_possible(draft: Draft, container: Json) -> str | None:
    """Ranges only in awsvpc and bridge mode, 100 per container (facts,
    section 3); the wording is ours.
    """
    ranges = [m for m in container.get("portMappings", []) if "containerPortRange" in m]
    if ranges and draft.network_mode not in {"awsvpc", "bridge"}:
        return f"Port ranges are not supported when networkMode={draft.network_mode}."
    return (
        f"Container '{container['name']}' has more than {MOST_RANGES} port ranges."
        if len(ranges) > MOST_RANGES
        else None
    )


@for_each_container
def one_protocol_per_port(_: Draft, container: Json) -> str | None:
    """A container port stands in one mapping only, not even once per protocol
    (BC:PortMapping); the wording is ours.
    """
    count = Counter(port for port, _ in _ports(container))
    twice = next((port for port, times in count.items() if times > 1), None)
    return (
        f"Container port '{twice}' is used multiple times in container '{container['name']}'."
        if twice
        else None
    )


def distinct_in_task(draft: Draft) -> str | None:
    """Containers that share a network stack share its ports; text observed by
    cdk-preflight, rule pf-ecs-port-range-overlap.
    """
    if draft.network_mode not in {"awsvpc", "host"}:
        return None
    count = Counter(port for container in draft.containers for port in _ports(container))
    twice = next((port for port, times in count.items() if times > 1), None)
    if twice is None:
        return None
    return (
        f"{twice[1].upper()} container port '{twice[0]}' is used multiple times in task "
        f"when networkMode={draft.network_mode}."
    )


def distinct_host_ports(draft: Draft) -> str | None:
    """In bridge mode a fixed host port belongs to one container; the wording
    is ours, in the form of the others.
    """
    if draft.network_mode != "bridge":
        return None
    mappings = (m for c in draft.containers for m in c.get("portMappings", []))
    count = Counter((m["hostPort"], protocol(m)) for m in mappings if m.get("hostPort"))
    twice = next((port for port, times in count.items() if times > 1), None)
    return (
        f"{twice[1].upper()} host port '{twice[0]}' is used multiple times in task when "
        "networkMode=bridge."
        if twice
        else None
    )


def names(draft: Draft) -> str | None:
    """At most 64 characters (BC:PortMapping.name; the wording is ours), each used once
    (cdk-preflight, pf-ecs-port-mapping-duplicate-name).

    That only lower case is taken, as BC has it, was seen nowhere.
    """
    given = [m["name"] for c in draft.containers for m in c.get("portMappings", []) if "name" in m]
    wrong = next((name for name in given if not 1 <= len(name) <= LONGEST_NAME), None)
    if wrong is not None:
        return f"Port mapping name '{wrong}' must have 1 to {LONGEST_NAME} characters."
    if len(set(given)) < len(given):
        return f"When networkMode={draft.network_mode}, port mapping name is already used"
    return None


def protocol(mapping: Json) -> str:
    """The udp of "udp"; anything else is taken for tcp (BC:PortMapping.protocol)."""
    return "udp" if mapping.get("protocol") == "udp" else "tcp"


def _ports(container: Json) -> Iterator[tuple[int, str]]:
    for mapping in container.get("portMappings", []):
        for port in span(mapping) or ():
            yield port, protocol(mapping)


RULES: tuple[Rule, ...] = (
    *(one_port_or_a_range, numbers, ranges_where_possible, distinct_in_task),
    *(one_protocol_per_port, distinct_host_ports, names),
)
