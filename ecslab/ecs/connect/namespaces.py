"""Knows which services share a Service Connect namespace, and what each of
them offers there (facts, section 10.1).
"""

from ecslab.ecs.connect.endpoints import discovery_name, endpoints
from ecslab.ecs.model import Json
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.deployments import ServiceConnectEndpoint
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports.discovery import Discovery, Registry


def members(state: AccountState, discovery: Discovery, namespace_arn: str) -> list[Service]:
    """The ACTIVE services of this Region that use a namespace for Service
    Connect, in the order of their creation.
    """
    found = []
    for cluster in state.clusters.values():
        for service in cluster.services.values():
            connect = service.settings.get("serviceConnectConfiguration")
            if connect and service.status == "ACTIVE":
                namespace = discovery.namespace(connect["namespace"])
                found += [service] * (namespace is not None and namespace.arn == namespace_arn)
    return found


def offered(discovery: Discovery, service: Service) -> list[ServiceConnectEndpoint]:
    """The endpoints that a service offers; none without Service
    Connect or without its namespace.
    """
    connect = service.settings.get("serviceConnectConfiguration")
    namespace = discovery.namespace(connect["namespace"]) if connect else None
    if connect is None or namespace is None:
        return []
    containers = service.deployments[0].definition.containers if service.deployments else []
    return endpoints(connect.get("services", []), namespace.name, namespace.arn, containers)


def publish(discovery: Discovery, connect: Json | None) -> tuple[Registry, ...]:
    """Make the Cloud Map services of what a service offers, those
    that there are already included.
    """
    namespace = discovery.namespace(connect["namespace"]) if connect else None
    if connect is None or namespace is None:
        return ()
    names = [discovery_name(served) for served in connect.get("services", [])]
    return tuple(discovery.create(namespace, name) for name in names)


def reachable(
    state: AccountState, discovery: Discovery, connect: Json | None
) -> tuple[ServiceConnectEndpoint, ...]:
    """What the proxies of a deployment that begins now will know: the
    endpoints that its namespace has by now.
    """
    namespace = discovery.namespace(connect["namespace"]) if connect else None
    if namespace is None:
        return ()
    there = (offered(discovery, service) for service in members(state, discovery, namespace.arn))
    return tuple(sorted({endpoint for of_service in there for endpoint in of_service}))
