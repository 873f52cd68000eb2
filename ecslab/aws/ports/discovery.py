"""What ECS asks of moto's Cloud Map, and the Route 53 records that Cloud Map keeps for it."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from ecslab.aws.changes import put_in_place
from ecslab.aws.ports.backends import backend, backend_in_use
from ecslab.ecs.ports.discovery import Instance, Name, Namespace, Registry

_GLOBAL = "aws"  # Route 53 has no regions: moto keeps it by partition
_CREATED_BY = "ecs"
_PRIORITY = _WEIGHT = 1  # of an SRV record (facts, section 10.2)


class MotoDiscovery:
    """Cloud Map of one account and region; moto's is not loaded for a question
    that nobody's namespace can answer.
    """

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def namespace(self, name_or_arn: str) -> Namespace | None:
        """A namespace by name, id or ARN, or None."""
        return next(
            (_namespace(n) for n in self._namespaces() if name_or_arn in {n.name, n.id, n.arn}),
            None,
        )

    def create_namespace(self, name: str) -> Namespace:
        """Make a namespace for API calls only."""
        cloud_map = backend("servicediscovery", self._account, self._region)
        cloud_map.create_http_namespace(name, _CREATED_BY, "", [])
        return _namespace(next(n for n in cloud_map.namespaces.values() if n.name == name))

    def registry(self, arn: str) -> Registry | None:
        """A Cloud Map service by ARN, or None."""
        return next((self._registry(s) for s in self._services() if s.arn == arn), None)

    def create(self, namespace: Namespace, name: str) -> Registry:
        """The Cloud Map service of that name, made without DNS when there is none."""
        for service in self._services():
            if (service.namespace_id, service.name) == (namespace.id, name):
                return self._registry(service)
        cloud_map = backend("servicediscovery", self._account, self._region)
        made = cloud_map.create_service(
            name=name,
            namespace_id=namespace.id,
            creator_request_id=_CREATED_BY,
            description="Created by Amazon ECS Service Connect",
            dns_config=None,
            health_check_config=None,
            health_check_custom_config=None,
            tags=[],
            service_type="HTTP",
        )
        return self._registry(made)

    def register(
        self, registry: Registry, instance: str, attributes: Mapping[str, str], *, healthy: bool
    ) -> None:
        """Enter one task, in Cloud Map and in DNS."""
        service = self._service(registry)
        if service is None:
            return
        self.deregister(registry, instance)
        cloud_map = backend("servicediscovery", self._account, self._region)
        cloud_map.register_instance(registry.id, instance, _CREATED_BY, dict(attributes))
        cloud_map.get_instance(registry.id, instance).health_status = _word(healthy)
        self._write(registry, instance, attributes)

    def judge(self, registry: Registry, instance: str, *, healthy: bool) -> None:
        """Say how well one task is."""
        for there in self._instances(registry):
            if there.instance_id == instance:
                there.health_status = _word(healthy)

    def deregister(self, registry: Registry, instance: str) -> None:
        """Take one task out of Cloud Map and of DNS."""
        if any(there.instance_id == instance for there in self._instances(registry)):
            cloud_map = backend("servicediscovery", self._account, self._region)
            cloud_map.deregister_instance(registry.id, instance)
            self._erase(registry, instance)

    def lookup(self, dns_name: str) -> Name | None:
        """What DNS knows of a name: the instances that Cloud Map has
        now, whoever registered them.
        """
        for service in self._services():
            registry = self._registry(service)
            if registry.dns_name == dns_name and registry.records:
                routing = (service.dns_config or {}).get("RoutingPolicy", "MULTIVALUE")
                found = tuple(_instance(there) for there in service.instances)
                return Name(found, routing, min(registry.records.values()))
        return None

    # Route 53

    def _write(self, registry: Registry, instance: str, attributes: Mapping[str, str]) -> None:
        zone, address = self._zone(registry.namespace), attributes["AWS_INSTANCE_IPV4"]
        if zone is None:
            return
        name = registry.dns_name + "."
        if "A" in registry.records:
            zone.upsert_rrset(_record(name, "A", registry.records["A"], instance, address))
        if "SRV" in registry.records:
            host, port = f"{instance}.{name}", attributes["AWS_INSTANCE_PORT"]
            target = f"{_PRIORITY} {_WEIGHT} {port} {host}"
            zone.upsert_rrset(_record(name, "SRV", registry.records["SRV"], instance, target))
            zone.upsert_rrset(
                _record(host, "A", registry.records["SRV"], f"{instance}-host", address)
            )

    def _erase(self, registry: Registry, instance: str) -> None:
        zone = self._zone(registry.namespace)
        if zone is not None:
            zone.delete_rrset_by_id(instance)
            zone.delete_rrset_by_id(f"{instance}-host")

    def _zone(self, namespace: Namespace) -> Any:
        """The namespace's hosted zone, called like the namespace, as on AWS: moto adds a
        suffix that no record would fit under.
        """
        found = next(n for n in self._namespaces() if n.id == namespace.id)
        zone_id = (found.dns_properties or {}).get("HostedZoneId", "").rpartition("/")[2]
        zone = backend("route53", self._account, _GLOBAL).zones.get(zone_id) if zone_id else None
        if zone is not None:
            zone.name = namespace.name + "."
        return zone

    # Cloud Map

    def _namespaces(self) -> list[Any]:
        cloud_map = backend_in_use("servicediscovery", self._account, self._region)
        return list(cloud_map.namespaces.values()) if cloud_map else []

    def _services(self) -> list[Any]:
        cloud_map = backend_in_use("servicediscovery", self._account, self._region)
        return list(cloud_map.services.values()) if cloud_map else []

    def _service(self, registry: Registry) -> Any:
        return next((s for s in self._services() if s.id == registry.id), None)

    def _instances(self, registry: Registry) -> list[Any]:
        service = self._service(registry)
        return list(service.instances) if service else []

    def _registry(self, service: Any) -> Registry:
        records = (service.dns_config or {}).get("DnsRecords", [])
        return Registry(
            service.id,
            service.arn,
            service.name,
            next(_namespace(n) for n in self._namespaces() if n.id == service.namespace_id),
            {r["Type"]: int(r["TTL"]) for r in records},
            bool(service.health_check_custom_config is not None),
        )


def share_networks(models: ModuleType) -> Callable[[], None]:
    """Have moto's Cloud Map let a VPC have several private namespaces; how to undo that.

    A VPC cannot have two hosted zones of one name (Route 53 API,
    ConflictingDomainExists); moto refuses every second one.
    """
    kind = models.ServiceDiscoveryBackend
    create = kind.create_private_dns_namespace

    def create_private_dns_namespace(cloud_map: Any, name: str, *rest: Any, **more: Any) -> Any:
        there = cloud_map.namespaces
        cloud_map.namespaces = {key: n for key, n in there.items() if n.name == name}
        try:
            return create(cloud_map, name, *rest, **more)
        finally:
            cloud_map.namespaces = there | cloud_map.namespaces

    return put_in_place([(kind, "create_private_dns_namespace", create_private_dns_namespace)])


def _namespace(found: Any) -> Namespace:
    return Namespace(found.id, found.arn, found.name, found.type)


def _instance(there: Any) -> Instance:
    port = there.attributes.get("AWS_INSTANCE_PORT")
    return Instance(
        there.instance_id,
        there.attributes.get("AWS_INSTANCE_IPV4", ""),
        int(port) if port else None,
        there.health_status == "HEALTHY",
    )


def _record(name: str, kind: str, ttl_s: int, identifier: str, value: str) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": kind,
        "TTL": ttl_s,
        "SetIdentifier": identifier,
        "MultiValueAnswer": True,
        "ResourceRecords": [value],
    }


def _word(healthy: bool) -> str:  # noqa: FBT001 - a flag's name in words
    return "HEALTHY" if healthy else "UNHEALTHY"
