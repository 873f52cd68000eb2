"""The routes that a learner makes in EC2 decide whether a Fargate task runs:
with moto's EC2, and nothing made up.
"""

import pytest
from deployed import define, role

from ecslab import Lab, LabError

ENI_ONLY = (
    "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed "
    "to resolve ref docker.io/library/nginx:latest: "
)


class Network:
    """A VPC of one's own, with a public and a private subnet, and short words for changing it."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.ec2, self.ecs = lab, lab.client("ec2"), lab.client("ecs")
        self.ecs.create_cluster()
        define(self.ecs)
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.public, self.private = (self.subnet(cidr) for cidr in ("10.0.0.0/24", "10.0.1.0/24"))
        self.gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.main = self.ec2.describe_route_tables(
            Filters=[{"Name": "vpc-id", "Values": [self.vpc]}]
        )["RouteTables"][0]["RouteTableId"]
        self.own = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.association = self.ec2.associate_route_table(
            RouteTableId=self.own, SubnetId=self.public
        )["AssociationId"]
        self.leads(self.own, GatewayId=self.gateway)

    def subnet(self, cidr: str) -> str:
        """Make a subnet in the first zone."""
        return self.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone="us-east-1a"
        )["Subnet"]["SubnetId"]

    def leads(self, table: str, **target: str) -> None:
        """Let 0.0.0.0/0 of a table lead there."""
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)

    def nat(self, subnet: str) -> str:
        """Make a public NAT gateway."""
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = self.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
        return made["NatGatewayId"]

    def endpoint(self, service: str, **more) -> str:
        """Make an interface endpoint."""
        asked = {"VpcEndpointType": "Interface", "SubnetIds": [self.private]} | more
        made = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc, ServiceName=f"com.amazonaws.us-east-1.{service}", **asked
        )
        return made["VpcEndpoint"]["VpcEndpointId"]

    def run(self, subnet: str, *, public: bool = False, family: str = "web") -> dict:
        """Run one task until it runs or is over; described."""
        config = {"subnets": [subnet], "assignPublicIp": "ENABLED" if public else "DISABLED"}
        [task] = self.ecs.run_task(
            taskDefinition=family,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": config},
        )["tasks"]
        self.lab.settle()
        return self.ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"][0]

    @property
    def why(self) -> str:
        """What the timeline said last about something that cannot be reached."""
        return [e.why for e in self.lab.timeline if e.kind == "cannot reach"][-1]


@pytest.fixture
def network(lab) -> Network:
    """A public subnet whose table leads to a gateway, and a private one whose
    table, the main one, leads nowhere.
    """
    return Network(lab)


def check_unreached(task: dict) -> None:
    """It never ran, and says why as AWS does."""
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "TaskFailedToStart")
    assert task["stoppedReason"].startswith(ENI_ONLY)
    assert "startedAt" not in task


def test_in_the_default_vpc_a_task_needs_a_public_address(lab):
    """The commonest first mistake: the subnet's MapPublicIpOnLaunch does not count for tasks."""
    network = Network(lab)
    default = lab.client("ec2").describe_subnets(
        Filters=[{"Name": "default-for-az", "Values": ["true"]}]
    )
    subnet = default["Subnets"][0]
    assert subnet["MapPublicIpOnLaunch"]
    check_unreached(network.run(subnet["SubnetId"]))
    assert network.why.endswith("but the task has no public IP address")
    assert network.run(subnet["SubnetId"], public=True)["lastStatus"] == "RUNNING"


def test_in_a_public_subnet_of_ones_own_too(network):
    """An association makes it public, not its name."""
    check_unreached(network.run(network.public))
    assert network.run(network.public, public=True)["lastStatus"] == "RUNNING"
    network.ec2.disassociate_route_table(AssociationId=network.association)
    check_unreached(network.run(network.public, public=True))
    assert network.why == (
        f"registry-1.docker.io: {network.public} uses {network.main} (main), which has no route "
        "to 0.0.0.0/0"
    )


def test_a_public_address_in_a_private_subnet_leads_nowhere(network):
    """Without a route to the gateway an address is of no use."""
    check_unreached(network.run(network.private, public=True))


def test_a_gateway_that_is_detached_leads_nowhere(network):
    """Its route stays, as a black hole."""
    network.ec2.detach_internet_gateway(InternetGatewayId=network.gateway, VpcId=network.vpc)
    check_unreached(network.run(network.public, public=True))
    assert network.why.endswith(f"0.0.0.0/0 → {network.gateway}, which is not attached to its VPC")


def test_behind_a_nat_gateway_a_task_needs_no_address(network):
    """As long as the gateway is there, is public, and stands in a subnet that leads out itself."""
    network.leads(network.main, NatGatewayId=(nat := network.nat(network.public)))
    assert network.run(network.private)["lastStatus"] == "RUNNING"
    network.ec2.delete_nat_gateway(NatGatewayId=nat)
    check_unreached(network.run(network.private))
    assert network.why.endswith(f"0.0.0.0/0 → {nat}, which is deleted")


def test_a_nat_gateway_in_a_private_subnet_leads_nowhere(network):
    """The mistake that costs an evening: it is there, available, and in the wrong subnet."""
    network.leads(network.main, NatGatewayId=(nat := network.nat(network.private)))
    check_unreached(network.run(network.private))
    assert (
        f"{nat}, which is in {network.private}, and that uses {network.main} (main), without a "
        "route" in network.why
    )


@pytest.mark.parametrize("with_address", [True, False])
def test_a_private_nat_gateway_leads_nowhere(network, with_address):
    """It has no Elastic IP address, not even where moto lets it be asked for with one."""
    more = {}
    if with_address:
        more["AllocationId"] = network.ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = network.ec2.create_nat_gateway(
        SubnetId=network.public, ConnectivityType="private", **more
    )
    network.leads(network.main, NatGatewayId=made["NatGateway"]["NatGatewayId"])
    check_unreached(network.run(network.private))
    assert network.why.endswith("which has no Elastic IP address")


def test_a_nat_gateway_of_another_vpc_leads_nowhere(network):
    """AWS refuses such a route; moto takes it, and what it leads to is out
    of reach however public it is there.
    """
    other = Network(network.lab)
    network.leads(
        network.main, GatewayId=network.gateway
    )  # would the gateway stand here, its own way would be open
    table = network.ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    network.ec2.associate_route_table(RouteTableId=table, SubnetId=network.private)
    network.leads(table, NatGatewayId=(nat := other.nat(other.public)))
    check_unreached(network.run(network.private))
    assert network.why.endswith(f"{nat}, which is not in its VPC")


def test_a_private_subnet_without_nat_needs_endpoints_for_everything(network, lab):
    """ECR's two, CloudWatch Logs, Secrets Manager, and S3's gateway for the layers:
    out of reach until the last is there.
    """
    lab.client("logs").create_log_group(logGroupName="/ecs/web")
    secret = lab.client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]
    image = lab.images.push("shop:1")
    options = {
        "awslogs-group": "/ecs/web",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "web",
    }
    define(
        network.ecs,
        "shop",
        role(lab),
        image=image,
        secrets=[{"name": "DB", "valueFrom": secret}],
        logConfiguration={"logDriver": "awslogs", "options": options},
    )
    network.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsHostnames={"Value": True})
    tables = {"VpcEndpointType": "Gateway", "SubnetIds": [], "RouteTableIds": [network.main]}
    reasons = []
    for service, more in [
        ("secretsmanager", {}),
        ("ecr.api", {}),
        ("logs", {}),
        ("ecr.dkr", {}),
        ("s3", {}),
        ("s3", tables),
    ]:
        task = network.run(network.private, family="shop")
        assert task["stopCode"] == "TaskFailedToStart"
        reasons.append(network.why.partition(":")[0])
        network.endpoint(service, **more)
    assert network.run(network.private, family="shop")["lastStatus"] == "RUNNING"
    assert reasons == [
        "AWS Secrets Manager",
        "Amazon ECR",
        "Amazon CloudWatch Logs",
        image.partition("/")[0],
        *["Amazon S3, where Amazon ECR keeps layers"] * 2,
    ]


def test_an_endpoint_without_names_is_passed_by(network):
    """A VPC of one's own has no DNS hostnames at first: the endpoint
    is there, and no agent asks it.
    """
    image = f"{network.lab.account}.dkr.ecr.us-east-1.amazonaws.com/shop:1"
    define(network.ecs, "shop", role(network.lab), image=image)
    endpoint = network.endpoint("ecr.api")
    network.run(network.private, family="shop")
    assert network.why.endswith(
        f"; {endpoint} answers to no name: DNS support or DNS hostnames of the VPC are off"
    )
    network.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    network.run(network.private, family="shop")
    assert endpoint not in network.why


def test_a_route_made_while_the_task_hangs_lets_it_start(network):
    """What a learner mends within the agent's time is in time."""
    config = {"awsvpcConfiguration": {"subnets": [network.private]}}
    [task] = network.ecs.run_task(
        taskDefinition="web", launchType="FARGATE", networkConfiguration=config
    )["tasks"]
    network.lab.advance("2m")
    network.leads(network.main, NatGatewayId=network.nat(network.public))
    network.lab.advance("10s")
    found = network.ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"][0]
    assert found["lastStatus"] == "RUNNING"


def test_only_what_belongs_to_the_vpc_and_is_there_leads_anywhere(network, lab):
    """Its own gateways, NAT gateways and endpoints, none that has been deleted;
    names only while both settings are on.
    """
    gone, quiet = network.endpoint("ssm"), network.endpoint("logs", PrivateDnsEnabled=False)
    named, other = network.endpoint("ecr.api"), Network(lab)
    network.ec2.delete_vpc_endpoints(VpcEndpointIds=[gone])
    other.endpoint("ecr.dkr")
    nat, _ = network.nat(network.public), other.nat(other.public)

    def net():
        return lab.plane().neighbours.network.net(network.private)

    assert {e.id: e.private_dns for e in net().endpoints} == {quiet: False, named: True}
    assert net().internet_gateways == {network.gateway}
    assert set(net().nats) == {nat}
    assert {table.id for table in net().tables.values()} == {network.own}
    seen = []
    for support, hostnames in ((True, True), (False, True), (False, False), (True, False)):
        network.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsSupport={"Value": support})
        network.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsHostnames={"Value": hostnames})
        seen.append(net().private_names)
    assert seen == [True, False, False, False]


def test_a_route_is_read_whatever_it_leads_to(network, lab):
    """A transit gateway is taken on trust, a peered VPC is known to lead nowhere;
    neither is something that was deleted.
    """
    transit = network.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    other = network.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = network.ec2.create_vpc_peering_connection(VpcId=network.vpc, PeerVpcId=other)
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    seen = []
    for target in ({"TransitGatewayId": transit}, {"VpcPeeringConnectionId": peering}):
        network.leads(network.main, **target)
        seen.append(lab.plane().neighbours.network.net(network.private).main.default_route)
        network.ec2.delete_route(RouteTableId=network.main, DestinationCidrBlock="0.0.0.0/0")
    assert seen == [transit, peering]


def test_a_route_of_another_region_is_heard_of_there(lab):
    """The Region whose network changed is the one whose tasks are looked at."""
    ec2, ecs = (lab.client(service, region_name="eu-west-1") for service in ("ec2", "ecs"))
    ecs.create_cluster()
    define(ecs)
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    config = {"awsvpcConfiguration": {"subnets": [subnet]}}
    [task] = ecs.run_task(taskDefinition="web", launchType="FARGATE", networkConfiguration=config)[
        "tasks"
    ]
    lab.advance("1m")
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    table = ec2.describe_route_tables()["RouteTables"][0]["RouteTableId"]
    ec2.replace_route(
        RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", TransitGatewayId=transit
    )
    lab.advance("10s")
    assert ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"][0]["lastStatus"] == "RUNNING"


def test_in_an_open_lab_everything_is_reached_and_the_lab_says_so():
    """For tests that are about something else."""
    with Lab(reach="open") as lab:
        network = Network(lab)
        assert network.run(network.private)["lastStatus"] == "RUNNING"
        assert "reach is open" in repr(lab)
        assert "reach is open" in str(lab.timeline).splitlines()[0]
    with Lab() as lab:
        assert "reach" not in repr(lab)


@pytest.mark.parametrize("reach", ["say", "AWS", None, True])
def test_any_other_reach_is_refused(reach):
    """With the two that there are."""
    with pytest.raises(LabError, match=r"'aws' or 'open'(?s:.*)right:  Lab\(\)"):
        Lab(reach=reach)


def test_a_vpc_without_its_main_route_table_leads_nowhere(network):
    """It can be deleted in moto; the account goes on."""
    network.ec2.delete_route_table(RouteTableId=network.main)
    check_unreached(network.run(network.private))
    assert network.why.endswith(f"{network.private} has no route table: its VPC has no main one")


def test_a_subnet_that_is_deleted_around_a_task_leads_nowhere(network):
    """That can happen in moto too: the task that hangs there does not start
    by it, and gives its interface back.
    """
    config = {"awsvpcConfiguration": {"subnets": [network.private]}}
    [task] = network.ecs.run_task(
        taskDefinition="web", launchType="FARGATE", networkConfiguration=config
    )["tasks"]
    network.lab.advance("1m")
    network.ec2.delete_subnet(SubnetId=network.private)
    network.lab.settle()
    check_unreached(network.ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"][0])
    assert network.ec2.describe_network_interfaces()["NetworkInterfaces"] == []
