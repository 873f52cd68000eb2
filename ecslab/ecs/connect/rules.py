"""What a Service Connect configuration may say (facts, section 10.1;
BC:ServiceConnectService); wordings are ours unless a source is named.
"""

import re
from typing import Any

from ecslab.ecs.api.equality import same
from ecslab.ecs.connect.endpoints import discovery_name, endpoints, named_port
from ecslab.ecs.connect.namespaces import members
from ecslab.ecs.connect.namespaces import offered as offered_by
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports.discovery import Discovery, Namespace
from ecslab.ground.errors import AwsError, invalid_parameter

Json = dict[str, Any]

# Observed by cdk-preflight, rule pf-ecs-svc-connect-without-namespace.
MISSING = "Namespace is missing"
MOST_SERVICES = 300  # of one namespace (facts, section 15)
HIGHEST_PORT = 65_535

LONGEST_DISCOVERY_NAME = 64  # BC:ServiceConnectService.discoveryName
LONGEST_DNS_NAME = 127  # BC:ServiceConnectClientAlias.dnsName
# Cloud Map's own, in botocore's model of it: ECS makes a service of that name there.
_DISCOVERY_NAME = re.compile(
    r"([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])(\.([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9]))*"
)
_DNS_NAME = re.compile(r"[A-Za-z0-9_.]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")


def service_connect(
    state: AccountState,
    discovery: Discovery,
    cluster: Cluster,
    definition: TaskDefinition,
    *,
    name: str,
    settings: Json,
    asked: Json | None,
    held: Json | None = None,
) -> Json | None:
    """The configuration to store for the service called `name`, its namespace filled
    in; None when Service Connect is off.

    One that asks for what is `held` already stays as it is, and it is not asked
    whether its namespace is still there.
    """
    if not asked or not asked.get("enabled"):
        return None
    _check_service(definition, settings)
    old = held is not None and same(
        _normal(discovery, cluster, asked), _normal(discovery, cluster, held)
    )
    namespace = None if old else _namespace(discovery, cluster, asked)
    for served in asked.get("services", []):
        _check_served(definition, served)
    _check_unchanged(cluster.services.get(name), definition, asked)
    if namespace is None:
        return held
    _check_unique(state, discovery, namespace, asked, name)
    return asked | {"namespace": asked.get("namespace") or namespace.arn}


ONLY_ECS = (  # facts 2, sections 22.2 and 22.7
    "{} feature is only supported with {} deployment controller. Update to ECS deployment "
    "controller and try again."
)


def _check_service(definition: TaskDefinition, settings: Json) -> None:
    controller = settings["deploymentController"]["type"]
    if controller != "ECS":
        raise invalid_parameter(ONLY_ECS.format("Service Connect", "ECS (rolling update)"))
    if settings.get("launchType") == "EXTERNAL":
        raise invalid_parameter("Service Connect is not supported with the EXTERNAL launch type.")
    mode = definition.spec.get("networkMode", "bridge")
    if mode not in {"awsvpc", "bridge"}:
        raise invalid_parameter(f"Service Connect is not supported with the network mode {mode}.")
    if not (
        definition.spec.get("cpu") and definition.spec.get("memory")
    ):  # BC: the proxy needs room in the task
        raise invalid_parameter("Service Connect needs cpu and memory in the task definition.")
    platform = definition.spec.get("runtimePlatform") or {}
    if platform.get("operatingSystemFamily", "LINUX") != "LINUX":
        raise invalid_parameter("Service Connect is not supported for Windows containers.")
    if settings.get("platformVersion") in {"1.0.0", "1.3.0"}:
        raise invalid_parameter(
            "Service Connect needs the Fargate platform version 1.4.0 or later."
        )


def _namespace(discovery: Discovery, cluster: Cluster, asked: Json) -> Namespace:
    wanted = asked.get("namespace") or (cluster.service_connect or {}).get("namespace")
    if not wanted:
        raise invalid_parameter(MISSING)
    found = discovery.namespace(wanted)
    if found is None:
        raise AwsError(
            "NamespaceNotFoundException", f"The specified namespace {wanted} was not found."
        )
    return found


def _normal(discovery: Discovery, cluster: Cluster, asked: Json) -> Json:
    """A configuration with its defaults filled in, to be compared; a namespace that
    is gone keeps the name it was given.
    """
    name = asked.get("namespace") or (cluster.service_connect or {}).get("namespace")
    namespace = discovery.namespace(name) if name else None

    def alias(served: Json, given: Json) -> Json:
        usual = f"{discovery_name(served)}.{namespace.name}" if namespace else None
        return given | {"dnsName": given.get("dnsName") or usual}

    served = [
        s
        | {
            "discoveryName": discovery_name(s),
            "clientAliases": [alias(s, given) for given in s.get("clientAliases", [])],
        }
        for s in asked.get("services", [])
    ]
    return asked | {"namespace": namespace.arn if namespace else name, "services": served}


def _check_served(definition: TaskDefinition, served: Json) -> None:
    """Texts on port names, aliases and DNS names observed by
    cdk-preflight, rules pf-ecs-svc-connect-*.
    """
    name = served["portName"]
    if named_port(definition.containers, name) is None:
        raise invalid_parameter(
            f"portName({name}) does not refer to any named PortMapping in the container definitions"
        )
    found = discovery_name(served)
    # The wording is ours.
    if not _DISCOVERY_NAME.fullmatch(found) or len(found) > LONGEST_DISCOVERY_NAME:
        raise invalid_parameter(
            f"The discoveryName '{found}' is no name of up to {LONGEST_DISCOVERY_NAME} "
            "characters for a service of Cloud Map."
        )
    aliases = served.get("clientAliases", [])
    if not aliases:  # the wording is ours
        raise invalid_parameter(
            f"The Service Connect service '{name}' needs exactly one client alias."
        )
    if len(aliases) > 1:
        raise invalid_parameter(f"{len(aliases)} clientAliases exceeds the max limit of 1")
    for port in (aliases[0]["port"], served.get("ingressPortOverride", 1)):
        if not 1 <= port <= HIGHEST_PORT:
            raise invalid_parameter(f"The port {port} must be between 1 and {HIGHEST_PORT}.")
    alias = aliases[0].get("dnsName", "a")
    if not _DNS_NAME.fullmatch(alias) or len(alias) > LONGEST_DNS_NAME:
        raise invalid_parameter("The DNS name that you provided is invalid")


def _check_unchanged(service: Service | None, definition: TaskDefinition, asked: Json) -> None:
    """`appProtocol` and `protocol` of a port that is served do not
    change (BC:PortMapping.appProtocol).
    """
    if service is None or not service.deployments or service.status != "ACTIVE":
        return
    before = service.primary.definition
    for served in asked.get("services", []):
        found = [named_port(d.containers, served["portName"]) for d in (before, definition)]
        spoken = [(p[1].get("appProtocol"), p[1].get("protocol", "tcp")) for p in found if p]
        if len(set(spoken)) > 1:
            raise invalid_parameter(
                f"The appProtocol and protocol of the port '{served['portName']}' can't be "
                "changed in a Service Connect service."
            )


def _check_unique(
    state: AccountState, discovery: Discovery, namespace: Namespace, asked: Json, name: str
) -> None:
    """Each name, and each alias with its port, once in a namespace."""
    others = [s for s in members(state, discovery, namespace.arn) if s.name != name]
    if len(others) >= MOST_SERVICES:
        raise invalid_parameter(
            f"The namespace {namespace.name} can have at most {MOST_SERVICES} services."
        )
    offered = endpoints(asked.get("services", []), namespace.name, namespace.arn)
    taken = [e for s in others for e in offered_by(discovery, s)]
    for endpoint in offered:
        alike = [*taken, *(e for e in offered if e is not endpoint)]
        if any((e.dns_name, e.port) == (endpoint.dns_name, endpoint.port) for e in alike):
            raise invalid_parameter(
                f"The client alias {endpoint.dns_name}:{endpoint.port} is in use in this namespace."
            )
        if any(e.discovery_name == endpoint.discovery_name for e in alike):
            raise invalid_parameter(
                f"The discoveryName {endpoint.discovery_name} is in use in this namespace."
            )
