"""What a VPC looks like to a packet that wants out: route tables,
gateways, endpoints; and who sends it where.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A route table: its id, whether it is its VPC's main one, and where 0.0.0.0/0
    leads ("" to what has been deleted).
    """

    id: str
    main: bool
    default_route: str | None = None  # the id of a gateway or anything else; None: no such route

    @property
    def text(self) -> str:
        """How a person recognises it."""
        return f"{self.id} (main)" if self.main else self.id


@dataclass(frozen=True, slots=True)
class Nat:
    """A NAT gateway: the subnet it stands in, its state, and its Elastic
    IP address (none: a private one).
    """

    subnet: str
    state: str
    public_ip: str | None


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """A VPC endpoint that is available: for which service, and for whom."""

    id: str
    service: str  # com.amazonaws.us-east-1.ecr.api
    tables: frozenset[str] | None = None  # of a gateway endpoint: the route tables that lead to it
    private_dns: bool = False  # of an interface endpoint: the service's own name leads to it


@dataclass(frozen=True, slots=True)
class Net:
    """A VPC: what decides where its packets go."""

    main: Table | None
    tables: Mapping[str, Table]  # by subnet: those that were associated explicitly
    internet_gateways: frozenset[str]  # those attached to it
    nats: Mapping[str, Nat]  # those that stand in it
    endpoints: tuple[VpcEndpoint, ...] = ()
    # DNS support and DNS hostnames are on: private DNS of endpoints works.
    private_names: bool = True

    def table(self, subnet: str) -> Table | None:
        """The route table that a subnet uses; None when its VPC has lost the main one."""
        return self.tables.get(subnet, self.main)


NOWHERE = Net(None, {}, frozenset(), {})  # a VPC that leads nobody anywhere


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a packet starts: the subnet, and the public address of
    its interface, if there is one.
    """

    subnet: str
    public_ip: str | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """What is to be reached: its name for people, its host, and the VPC endpoint
    service that could stand for it ("" for none).
    """

    name: str
    host: str
    endpoint: str = ""
    by_gateway: bool = False  # an interface endpoint for the service does not serve it
