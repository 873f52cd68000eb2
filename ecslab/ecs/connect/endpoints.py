"""What Service Connect calls an endpoint: a name and a port that clients use, and
which service answers (facts, section 10.1).
"""

from collections.abc import Iterable
from typing import Any

from ecslab.ecs.model.deployments import ServiceConnectEndpoint

Json = dict[str, Any]

HTTP = {"http", "http2", "grpc"}
REQUEST_TIMEOUT_S = 15  # facts, section 10.1


def discovery_name(served: Json) -> str:
    """The name of the Cloud Map service; the port's name unless one is given."""
    return str(served.get("discoveryName") or served["portName"])


def endpoints(
    served: Iterable[Json], namespace: str, namespace_arn: str, containers: Iterable[Json] = ()
) -> list[ServiceConnectEndpoint]:
    """The endpoints that the `services` of a configuration offer in a namespace,
    for containers whose ports they name.
    """
    known = list(containers)
    return [
        ServiceConnectEndpoint(
            # DNS knows no upper case.
            (alias.get("dnsName") or f"{discovery_name(s)}.{namespace}").lower(),
            alias["port"],
            discovery_name(s),
            namespace_arn,
            http := _speaks_http(known, s["portName"]),
            _request_timeout_s(s, speaks_http=http),
        )
        for s in served
        for alias in s.get("clientAliases", [])
    ]


def _speaks_http(containers: Iterable[Json], port_name: str) -> bool:
    found = named_port(containers, port_name)
    return bool(found and found[1].get("appProtocol") in HTTP)


def _request_timeout_s(served: Json, *, speaks_http: bool) -> int:
    """Only for requests that the proxy understands; 15 s unless given, 0
    switches it off (facts, section 10.1).
    """
    return (
        int(served.get("timeout", {}).get("perRequestTimeoutSeconds", REQUEST_TIMEOUT_S))
        if speaks_http
        else 0
    )


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
