"""What each network mode allows: links, DNS, hosts, and where the host
port must equal the container port.
"""

from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container

# Member → its name in the text; all but the one on search domains were observed
# by cdk-preflight (facts, section 2.3).
NOT_WITH_AWSVPC = {
    "dnsServers": "DNS servers are",
    "dnsSearchDomains": "DNS search domains are",
    "extraHosts": "Extra hosts are",
    "hostname": "hostname is",
    "disableNetworking": "Disable Networking is",
}


@for_each_container
def links_need_bridge(draft: Draft, container: Json) -> str | None:
    """Links work in bridge mode only (BC:ContainerDefinition.links); text for
    awsvpc from the facts, section 2.3.
    """
    if container.get("links") and draft.network_mode != "bridge":
        return f"Links are not supported when networkMode={draft.network_mode}."
    return None


@for_each_container
def own_network_stack(draft: Draft, container: Json) -> str | None:
    """In awsvpc mode the interface decides names and addresses (facts, section 2.3)."""
    if draft.network_mode != "awsvpc":
        return None
    for member, words in NOT_WITH_AWSVPC.items():
        if container.get(member):
            return f"{words} not supported on container when networkMode=awsvpc."
    return None


@for_each_container
def known_links(draft: Draft, container: Json) -> str | None:
    """A link names another container, as name or name:alias; the wording is ours."""
    names = {c["name"] for c in draft.containers}
    unknown = [
        name for link in container.get("links", []) if (name := link.partition(":")[0]) not in names
    ]
    return (
        f"Container '{container['name']}' links to '{unknown[0]}', which does not exist."
        if unknown
        else None
    )


def links_without_cycle(draft: Draft) -> str | None:
    """Text in Shippable/support#4194 and scpwiki/wikijump#869."""
    links = {
        c["name"]: {link.partition(":")[0] for link in c.get("links", [])} for c in draft.containers
    }
    return "Container links should not have a cycle" if has_cycle(links) else None


@for_each_container
def ports_need_a_network(draft: Draft, container: Json) -> str | None:
    """No port mappings in mode none (facts, section 3); the wording is
    ours, in the form of the others.
    """
    if container.get("portMappings") and draft.network_mode == "none":
        return "Port mappings are not supported when networkMode=none."
    return None


@for_each_container
def same_port_on_both_sides(draft: Draft, container: Json) -> str | None:
    """In awsvpc and host mode the host port is empty or the container port (facts, section 3)."""
    if draft.network_mode not in {"awsvpc", "host"}:
        return None
    if all(
        p.get("hostPort", p.get("containerPort")) == p.get("containerPort")
        for p in container.get("portMappings", [])
    ):
        return None
    return (
        f"When networkMode={draft.network_mode}, the host ports and container ports in port "
        "mappings must match."
    )


def has_cycle(graph: dict[str, set[str]]) -> bool:
    """Whether following the edges from some node leads back to it."""
    left = {node: set(edges) & graph.keys() for node, edges in graph.items()}
    while free := [node for node, edges in left.items() if not edges]:
        left = {node: edges.difference(free) for node, edges in left.items() if edges}
    return bool(left)


RULES: tuple[Rule, ...] = (
    *(links_need_bridge, own_network_stack, known_links, links_without_cycle),
    *(ports_need_a_network, same_port_on_both_sides),
)
