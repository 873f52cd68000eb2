"""Reads from moto's EC2 where packets go: route tables, gateways and endpoints of a VPC."""

from typing import Any

from ecslab.world.reach.net import Nat, Net, Table, VpcEndpoint

_EVERYWHERE = "0.0.0.0/0"


def net_of(ec2: Any, vpc: str) -> Net:
    """A VPC as it is now. moto keeps routes to what has gone, which lead
    nowhere in AWS too (state blackhole).
    """
    tables = [t for t in ec2.route_tables.values() if t.vpc_id == vpc]
    read = {t.id: _table(t) for t in tables}
    of_vpc = ec2.vpcs.get(vpc)
    return Net(
        main=next((read[t.id] for t in tables if t.main_association_id), None),
        tables={subnet: read[t.id] for t in tables for subnet in t._associations.values()},  # noqa: SLF001
        internet_gateways=frozenset(
            g.id for g in ec2.internet_gateways.values() if g.vpc is not None and g.vpc.id == vpc
        ),
        nats={
            n.id: Nat(n.subnet_id, n.state, _address(n))
            for n in ec2.nat_gateways.values()
            if n.vpc_id == vpc
        },
        endpoints=tuple(
            _endpoint(e)
            for e in ec2.vpc_end_points.values()
            if e.vpc_id == vpc and e.state == "available"
        ),
        private_names=_is_on(of_vpc, "enable_dns_support")
        and _is_on(of_vpc, "enable_dns_hostnames"),
    )


def _table(table: Any) -> Table:
    route = next((r for r in table.routes if r.destination_cidr_block == _EVERYWHERE), None)
    return Table(
        table.id, bool(table.main_association_id), None if route is None else _target(route)
    )


def _target(route: Any) -> str:
    """What a route leads to, whatever kind it is; "" when moto has not found it."""
    names = (
        "gateway_id",
        "nat_gateway_id",
        "transit_gateway_id",
        "instance_id",
        "network_interface_id",
        "vpc_peering_connection_id",
        "carrier_gateway_id",
        "egress_only_internet_gateway_id",
    )
    return next((target for name in names if (target := getattr(route, name))), "")


def _address(nat: Any) -> str | None:
    """Its Elastic IP address; moto gives one to a private NAT gateway
    too, when it is asked for both.
    """
    if nat.connectivity_type == "private":
        return None
    return next((a["publicIp"] for a in nat.address_set if a.get("publicIp")), None)


def _endpoint(endpoint: Any) -> VpcEndpoint:
    """Whether names lead to an interface endpoint is asked of it alone; of a
    gateway endpoint count the tables it is in.
    """
    interface = (endpoint.vpc_endpoint_type or "").lower() == "interface"
    return VpcEndpoint(
        endpoint.id,
        endpoint.service_name,
        tables=None if interface else frozenset(endpoint.route_table_ids or ()),
        private_dns=interface and _true(endpoint.private_dns_enabled),
    )


def _is_on(vpc: Any, name: str) -> bool:
    return vpc is not None and _true(getattr(vpc, name))


def _true(value: Any) -> bool:
    """Moto keeps such settings as they came: true, "true" or nothing."""
    return str(value).lower() == "true"
