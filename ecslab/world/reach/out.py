"""Whether a packet finds the way from a place in a VPC to a destination,
and if not, what is missing. Pure.

Sources: VPC guide (route tables, NAT gateways, internet gateways), AWS PrivateLink guide
(private DNS, gateway endpoints), API:AwsVpcConfiguration (a public address counts only
where assignPublicIp asked for it). Only routes are judged: a security group, a network ACL
or an endpoint's policy stops nothing here.
"""

from dataclasses import dataclass

from ecslab.ground.text import Listed, Text
from ecslab.world.reach.net import Destination, Nat, Net, Origin, Table, VpcEndpoint


@dataclass(frozen=True, slots=True)
class WayVerdict:
    """Whether there is a way; `why` names the ids on it and the first thing that
    is wrong, or what was taken on trust.
    """

    ok: bool
    why: str = ""


OPEN = WayVerdict(ok=True)
# Kinds of targets through which no IPv4 packet gets to the internet, whatever lies behind them (VPC
# peering guide, "Edge to edge routing"; VPC guide, "Egress-only internet gateways").
_NEVER_OUT = {
    "pcx-": Text("which leads into another VPC, through whose gateways nobody else gets out"),
    "eigw-": Text("which lets IPv6 out only"),
}


def _closed(why: str) -> WayVerdict:
    return WayVerdict(ok=False, why=why)


def reaches(net: Net, place: Origin, destination: Destination) -> WayVerdict:
    """Look for the way as a packet does: an endpoint with private DNS, a gateway
    endpoint in the table, then 0.0.0.0/0.
    """
    table, passed_by = net.table(place.subnet), ""
    for endpoint in net.endpoints:
        if endpoint.service == destination.endpoint:
            unused = _unused(net, table, endpoint, destination)
            if not unused:
                return OPEN
            passed_by = Text("; {id} {unused}", id=endpoint.id, unused=unused)
    if table is None:
        return _closed(
            Text(
                "{subnet} has no route table: its VPC has no main one{passed_by}",
                subnet=place.subnet,
                passed_by=passed_by,
            )
        )
    verdict = _outside(net, place, table)
    return verdict if verdict.ok else _closed(Listed("", (verdict.why, passed_by)))


def _unused(net: Net, table: Table | None, endpoint: VpcEndpoint, destination: Destination) -> str:
    """What keeps an endpoint from being used: a gateway endpoint stands in route
    tables, the others take their service's name.
    """
    if endpoint.tables is not None:
        if table is not None and table.id in endpoint.tables:
            return ""
        return Text("is in other route tables") if endpoint.tables else Text("is in no route table")
    if destination.by_gateway:
        return Text("is an interface endpoint, and only a gateway endpoint leads there")
    if not endpoint.private_dns:
        return Text("answers to no name: it has no private DNS")
    if not net.private_names:
        return Text("answers to no name: DNS support or DNS hostnames of the VPC are off")
    return ""


def _outside(net: Net, place: Origin, table: Table) -> WayVerdict:
    uses, target = (
        Text("{subnet} uses {table}, which", subnet=place.subnet, table=table.text),
        table.default_route,
    )
    if target is None:
        return _closed(Text("{uses} has no route to 0.0.0.0/0", uses=uses))
    way = Text("{uses} has 0.0.0.0/0 → {target}", uses=uses, target=target)
    if not target:
        return _closed(Text("{uses} has 0.0.0.0/0 → something that has been deleted", uses=uses))
    if target.startswith("igw-"):
        return _through_internet_gateway(net, place, target, way)
    if target.startswith("nat-"):
        problem = _problem_of(net, net.nats.get(target))
        return _closed(Text("{way}, {problem}", way=way, problem=problem)) if problem else OPEN
    for kind, why in _NEVER_OUT.items():
        if target.startswith(kind):
            return _closed(Text("{way}, {why}", way=way, why=why))
    # Where another kind of gateway leads is not simulated (assumption: out).
    return WayVerdict(
        ok=True,
        why=Text("{way}, which is not simulated, and taken to lead to the internet", way=way),
    )


def _through_internet_gateway(net: Net, place: Origin, gateway: str, way: str) -> WayVerdict:
    if gateway not in net.internet_gateways:
        return _closed(Text("{way}, which is not attached to its VPC", way=way))
    if place.public_ip is None:
        return _closed(Text("{way}, but the task has no public IP address", way=way))
    return OPEN


def _problem_of(net: Net, nat: Nat | None) -> str:
    """What keeps a NAT gateway from the internet: it needs a public address of its own,
    and a table of its own that leads there.
    """
    if nat is None:
        return Text("which is not in its VPC")
    if nat.state != "available":
        return Text("which is {state}", state=nat.state)
    if nat.public_ip is None:
        return Text("which has no Elastic IP address")
    table = net.table(nat.subnet)
    if table is None or table.default_route not in net.internet_gateways:
        own = table.text if table else "no route table"
        return Text(
            "which is in {subnet}, and that uses {own}, without a route to an internet gateway",
            subnet=nat.subnet,
            own=own,
        )
    return ""
