"""The default VPC is AWS's: a gateway, a route to it, and a group whose members reach
each other (VPC guide, "Default VPCs").
"""

import pytest

from ecslab import Lab

EVERYTHING_FROM_ITSELF = {"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": []}


def default_group(ec2, vpc: str) -> dict:
    """The default security group of a VPC."""
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    return ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"][0]


def check_way_out(ec2, vpc: str) -> None:
    """One internet gateway is attached to the VPC, and its main route table leads there."""
    (gateway,) = ec2.describe_internet_gateways(
        Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}]
    )["InternetGateways"]
    assert [a["State"] for a in gateway["Attachments"]] == ["available"]
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[
        "RouteTables"
    ]
    assert [a["Main"] for a in table["Associations"]] == [True]
    assert {r["DestinationCidrBlock"]: r["GatewayId"] for r in table["Routes"]} == {
        "172.31.0.0/16": "local",
        "0.0.0.0/0": gateway["InternetGatewayId"],
    }


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_the_default_vpc_of_every_region_has_a_way_to_the_internet(region):
    """A Region is as far away as any other: its default VPC is made when somebody first asks."""
    with Lab(region=region) as lab:
        ec2 = lab.client("ec2")
        (vpc,) = ec2.describe_vpcs()["Vpcs"]
        check_way_out(ec2, vpc["VpcId"])


def test_a_default_vpc_that_somebody_makes_anew_has_one_too(lab):
    """CreateDefaultVpc brings everything that the first one had."""
    ec2 = lab.client("ec2")
    (old,) = ec2.describe_vpcs()["Vpcs"]
    for gateway in ec2.describe_internet_gateways()["InternetGateways"]:
        ec2.detach_internet_gateway(
            InternetGatewayId=gateway["InternetGatewayId"], VpcId=old["VpcId"]
        )
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=old["VpcId"])

    made = ec2.create_default_vpc()["Vpc"]["VpcId"]

    check_way_out(ec2, made)


def test_members_of_a_default_group_reach_each_other_in_every_vpc(lab):
    """Each VPC's default group lets in what comes from itself."""
    ec2 = lab.client("ec2")
    (default,) = ec2.describe_vpcs()["Vpcs"]
    own = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    for vpc in (default, own):
        group = default_group(ec2, vpc["VpcId"])
        pair = {"UserId": lab.account, "GroupId": group["GroupId"]}
        assert group["IpPermissions"] == [EVERYTHING_FROM_ITSELF | {"UserIdGroupPairs": [pair]}]


def test_a_vpc_of_ones_own_has_no_gateway(lab):
    """Its main route table knows the way inside, and no other."""
    ec2 = lab.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[
        "RouteTables"
    ]
    assert [r["GatewayId"] for r in table["Routes"]] == ["local"]


def test_the_gateway_changes_no_id_that_the_account_draws_besides(lab, monkeypatch):
    """Each of its draws comes from a stream of its own: stories written
    down before it was there stay true.
    """
    ec2 = lab.client("ec2")
    with_gateway = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]]
    own = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    from moto.ec2.models.vpcs import VPCBackend

    for name in ("create_default_vpc", "create_vpc"):
        monkeypatch.setattr(VPCBackend, name, getattr(VPCBackend, name).__wrapped__)
    with Lab() as without:
        ec2 = without.client("ec2")
        assert [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]] == with_gateway
        assert ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] == own
        assert ec2.describe_internet_gateways()["InternetGateways"] == []
