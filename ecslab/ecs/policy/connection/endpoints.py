"""What Service Connect calls an endpoint: a name and a port that clients use, and which service answers (facts, section 10.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """A name and port of a client alias, and the Cloud Map service behind it."""

    dns_name: str
    port: int
    discovery_name: str
    namespace: str  # its ARN


def discovery_name(served: Json) -> str:
    """The name of the Cloud Map service; the port's name unless one is given."""
    return str(served.get("discoveryName") or served["portName"])


def endpoints(served: Iterable[Json], namespace: str, namespace_arn: str) -> list[Endpoint]:
    """The endpoints that the `services` of a configuration offer in a namespace."""
    return [
        Endpoint(
            alias.get("dnsName") or f"{discovery_name(s)}.{namespace}",
            alias["port"],
            discovery_name(s),
            namespace_arn,
        )
        for s in served
        for alias in s.get("clientAliases", [])
    ]


def named_port(containers: Iterable[Json], name: str) -> tuple[Json, Json] | None:
    """The container definition and the port mapping with that name, or None."""
    return next(
        (
            (c, mapping)
            for c in containers
            for mapping in c.get("portMappings", [])
            if mapping.get("name") == name
        ),
        None,
    )
