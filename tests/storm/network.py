"""The ways out of the account's subnets: two behind an internet gateway, one
behind a NAT gateway; acts take them away.
"""

from random import Random
from typing import TYPE_CHECKING, Any

from .reach import ANYWHERE

if TYPE_CHECKING:
    from .world import Place, World

NAT_SUBNET, PRIVATE = 0, 2  # where the NAT gateway stands, and the subnet whose table leads to it
NEEDED_BY_ECR = (("Interface", "ecr.api"), ("Interface", "ecr.dkr"), ("Gateway", "s3"))


def where(world: "World", chance: Random) -> dict[str, Any]:
    """A network for tasks on Fargate, mostly one that leads out."""
    public = chance.random() < 0.9
    private = chance.random() < (0.1 if public else 0.6)
    subnets = [world.subnets[PRIVATE]] if private else world.subnets[: chance.randrange(1, 4)]
    address = "ENABLED" if public else "DISABLED"
    return {"awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": address}}


def cut(world: "World", _place: "Place", chance: Random) -> None:
    """Take something away on the way out; it is given back some acts later."""
    world.ways.take_away(chance)


def endpoints(world: "World", _place: "Place", chance: Random) -> None:
    """Make what private images need without the internet, or a
    part of it; or delete what there is.
    """
    ways = world.ways
    if ways.endpoints:
        ways.ec2("delete_vpc_endpoints", VpcEndpointIds=ways.endpoints)
        ways.endpoints = []
        return
    for kind, name in NEEDED_BY_ECR[: chance.choice([2, 3, 3, 3])]:
        ways.endpoint(kind, name)


class Ways:
    """The route tables of the account and what they lead to."""

    def __init__(self, world: "World") -> None:
        self._world, self._vpc = world, world.networks[0]["VpcId"]
        self.main = self.ec2("describe_route_tables")["RouteTables"][0]["RouteTableId"]
        gateways = self.ec2("describe_internet_gateways")["InternetGateways"]
        self.gateway = gateways[0]["InternetGatewayId"]
        self.private = self.ec2("create_route_table", VpcId=self._vpc)["RouteTable"]["RouteTableId"]
        self.ec2(
            "associate_route_table", RouteTableId=self.private, SubnetId=world.subnets[PRIVATE]
        )
        self.nat = self._new_nat()
        self.lead(self.private, NatGatewayId=self.nat)
        self.are_cut = False  # something has been taken away
        self.endpoints: list[str] = []

    def lead(self, table: str, **target: str) -> None:
        """Have a table's default route lead there, whether it has one or not."""
        there = self.ec2("describe_route_tables", RouteTableIds=[table])["RouteTables"][0]["Routes"]
        known = any(route.get("DestinationCidrBlock") == ANYWHERE for route in there)
        act = "replace_route" if known else "create_route"
        self.ec2(act, RouteTableId=table, DestinationCidrBlock=ANYWHERE, **target)

    def take_away(self, chance: Random) -> None:
        """Take away one thing on the way out."""
        self.are_cut = True
        ways = [
            lambda: self.ec2("delete_route", RouteTableId=self.main, DestinationCidrBlock=ANYWHERE),
            lambda: self.ec2(
                "delete_route", RouteTableId=self.private, DestinationCidrBlock=ANYWHERE
            ),
            lambda: self.ec2("delete_nat_gateway", NatGatewayId=self.nat),
            lambda: self.ec2(
                "detach_internet_gateway", InternetGatewayId=self.gateway, VpcId=self._vpc
            ),
            lambda: self.lead(
                self.main, NatGatewayId=self.nat
            ),  # whose own subnet then leads to itself
            lambda: self.lead(
                self.private, GatewayId=self.gateway
            ),  # good for public addresses only
        ]
        chance.choice(ways)()

    def give_back(self) -> None:
        """Put everything right again."""
        self.are_cut = False
        found = self.ec2("describe_internet_gateways")["InternetGateways"]
        if not found[0]["Attachments"]:
            self.ec2("attach_internet_gateway", InternetGatewayId=self.gateway, VpcId=self._vpc)
        nats = self.ec2("describe_nat_gateways", NatGatewayIds=[self.nat])["NatGateways"]
        if nats[0]["State"] != "available":
            self.nat = self._new_nat()
        self.lead(self.main, GatewayId=self.gateway)
        self.lead(self.private, NatGatewayId=self.nat)

    def _new_nat(self) -> str:
        address = self.ec2("allocate_address", Domain="vpc")["AllocationId"]
        asked = {"SubnetId": self._world.subnets[NAT_SUBNET], "AllocationId": address}
        return str(self.ec2("create_nat_gateway", **asked)["NatGateway"]["NatGatewayId"])

    def endpoint(self, kind: str, name: str) -> None:
        """Make an endpoint: in the public subnets, or for every table."""
        asked: dict[str, Any] = {
            "VpcId": self._vpc,
            "ServiceName": f"com.amazonaws.us-east-1.{name}",
        }
        if kind == "Interface":
            asked |= {"SubnetIds": self._world.subnets[:2], "PrivateDnsEnabled": True}
        else:
            asked["RouteTableIds"] = [self.main, self.private]
        made = self.ec2("create_vpc_endpoint", VpcEndpointType=kind, **asked)["VpcEndpoint"]
        self.endpoints.append(made["VpcEndpointId"])

    def ec2(self, operation: str, **request: Any) -> dict[str, Any]:
        """Call EC2, and have what it then tells of the network noted down: a task
        that waits for a way looks at once.
        """
        answer = self._world.call("ec2", operation, **request)
        if not operation.startswith("describe_"):
            self._world.nets.note()
        return answer
