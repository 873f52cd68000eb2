"""AWS Cloud Map and DNS: names under which tasks are found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Namespace:
    """A Cloud Map namespace."""

    id: str
    arn: str
    name: str
    type: str  # DNS_PRIVATE, DNS_PUBLIC or HTTP


@dataclass(frozen=True, slots=True)
class Registry:
    """A Cloud Map service: the name under which the tasks of an ECS service are found."""

    id: str
    arn: str
    name: str
    namespace: Namespace
    records: Mapping[str, int]  # DNS record type → time to live in seconds; empty without DNS
    custom_health: bool  # ECS tells it how well each task is

    @property
    def dns_name(self) -> str:
        """What clients ask DNS for."""
        return f"{self.name}.{self.namespace.name}"


@dataclass(frozen=True, slots=True)
class Instance:
    """One registered instance of a name: where it is, and what its health says."""

    id: str
    address: str
    port: int | None = None  # with an SRV record
    healthy: bool = True


@dataclass(frozen=True, slots=True)
class Name:
    """A name that DNS knows: its instances, how it chooses among them, and
    for how long an answer may be kept.
    """

    instances: tuple[Instance, ...]
    routing: str  # MULTIVALUE or WEIGHTED
    ttl_s: int


class Discovery(Protocol):
    """AWS Cloud Map, and the DNS records that follow from it."""

    def namespace(self, name_or_arn: str) -> Namespace | None:
        """A namespace of this Region, or None."""

    def create_namespace(self, name: str) -> Namespace:
        """Make a namespace for API calls only."""

    def registry(self, arn: str) -> Registry | None:
        """A Cloud Map service, or None."""

    def create(self, namespace: Namespace, name: str) -> Registry:
        """The Cloud Map service of that name, made without DNS when there is none."""

    def register(
        self, registry: Registry, instance: str, attributes: Mapping[str, str], *, healthy: bool
    ) -> None:
        """Enter one task; entering it again changes its attributes. Harmless
        when the Cloud Map service is gone.
        """

    def judge(self, registry: Registry, instance: str, *, healthy: bool) -> None:
        """Say how well one task is; harmless when it is not there."""

    def deregister(self, registry: Registry, instance: str) -> None:
        """Take one task out; harmless when it is not there."""

    def lookup(self, dns_name: str) -> Name | None:
        """What DNS knows of a name now, or None when nobody has it."""
