"""What a template or a change of an endpoint asks of a network is what
EC2 shows, and what decides its ways.
"""

import json

import pytest
from botocore.exceptions import ClientError
from deployed import define

PUBLIC, PRIVATE = {"Ref": "Public"}, {"Ref": "Private"}


def part(kind: str, **properties) -> dict:
    """One resource of a template."""
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


NETWORK = {
    "Vpc": part("VPC", CidrBlock="10.0.0.0/16"),
    "Gateway": part("InternetGateway"),
    "Attached": part(
        "VPCGatewayAttachment", VpcId={"Ref": "Vpc"}, InternetGatewayId={"Ref": "Gateway"}
    ),
    "Public": part("Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.0.0/24"),
    "Private": part("Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.1.0/24"),
    "Out": part("RouteTable", VpcId={"Ref": "Vpc"}),
    "ByNat": part("RouteTable", VpcId={"Ref": "Vpc"}),
    "PublicOut": part("SubnetRouteTableAssociation", SubnetId=PUBLIC, RouteTableId={"Ref": "Out"}),
    "PrivateByNat": part(
        "SubnetRouteTableAssociation", SubnetId=PRIVATE, RouteTableId={"Ref": "ByNat"}
    ),
    "ToGateway": part(
        "Route",
        RouteTableId={"Ref": "Out"},
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId={"Ref": "Gateway"},
    ),
    "Address": part("EIP", Domain="vpc"),
    "Nat": part(
        "NatGateway", SubnetId=PUBLIC, AllocationId={"Fn::GetAtt": ["Address", "AllocationId"]}
    ),
    "ToNat": part(
        "Route",
        RouteTableId={"Ref": "ByNat"},
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId={"Ref": "Nat"},
    ),
}


@pytest.fixture
def made(lab) -> dict[str, str]:
    """The ids of a network that CloudFormation has made, by their names in the template."""
    stacks = lab.client("cloudformation")
    stacks.create_stack(StackName="network", TemplateBody=json.dumps({"Resources": NETWORK}))
    found = stacks.describe_stack_resources(StackName="network")["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


def test_a_network_of_a_template_lets_tasks_out(lab, made):
    """The table that a template gives to a subnet is the subnet's, and is shown as such."""
    ec2, ecs = lab.client("ec2"), lab.client("ecs")
    tables = ec2.describe_route_tables(RouteTableIds=[made["Out"], made["ByNat"]])["RouteTables"]
    assert {t["RouteTableId"]: [a["SubnetId"] for a in t["Associations"]] for t in tables} == {
        made["Out"]: [made["Public"]],
        made["ByNat"]: [made["Private"]],
    }
    ecs.create_cluster()
    define(ecs)
    for subnet, public in ((made["Public"], "ENABLED"), (made["Private"], "DISABLED")):
        config = {"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": public}}
        ecs.run_task(taskDefinition="web", launchType="FARGATE", networkConfiguration=config)
    lab.advance("1m")
    tasks = ecs.describe_tasks(tasks=ecs.list_tasks()["taskArns"])["tasks"]
    assert [task["lastStatus"] for task in tasks] == ["RUNNING", "RUNNING"]


@pytest.mark.parametrize(
    ("asked", "support", "hostnames"),
    [
        ({}, True, False),
        ({"EnableDnsHostnames": "true"}, True, True),
        ({"EnableDnsSupport": False, "EnableDnsHostnames": False}, False, False),
    ],
)
def test_a_vpc_of_a_template_gives_the_names_that_it_says(lab, asked, support, hostnames):
    """AWS::EC2::VPC: support is on and hostnames are off by default."""
    template = {"Resources": {"Vpc": part("VPC", CidrBlock="10.0.0.0/16", **asked)}}
    lab.client("cloudformation").create_stack(StackName="vpc", TemplateBody=json.dumps(template))
    [vpc] = [v["VpcId"] for v in lab.client("ec2").describe_vpcs()["Vpcs"] if not v["IsDefault"]]
    for attribute, on in {"enableDnsSupport": support, "enableDnsHostnames": hostnames}.items():
        answer = lab.client("ec2").describe_vpc_attribute(VpcId=vpc, Attribute=attribute)
        assert answer[attribute[0].upper() + attribute[1:]]["Value"] is on


@pytest.fixture
def ec2(lab):
    """EC2's client, in the first VPC's Region."""
    return lab.client("ec2")


@pytest.fixture
def vpc(ec2) -> str:
    """The default VPC."""
    return ec2.describe_vpcs()["Vpcs"][0]["VpcId"]


def test_private_dns_of_an_endpoint_can_be_switched(ec2, vpc):
    """Off when it is made, then on, and off again; what does not speak of it leaves it."""
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.logs",
        VpcEndpointType="Interface",
        PrivateDnsEnabled=False,
    )
    endpoint, shown = made["VpcEndpoint"]["VpcEndpointId"], []
    for change in (
        {"PrivateDnsEnabled": True},
        {"PolicyDocument": "{}"},
        {"PrivateDnsEnabled": False},
    ):
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, **change)
        found = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
        shown.append(found["PrivateDnsEnabled"])
    assert shown == [True, True, False]


def routed(ec2, endpoint: str) -> set[str]:
    """The route tables that have a route to an endpoint."""
    tables = ec2.describe_route_tables()["RouteTables"]
    return {
        t["RouteTableId"] for t in tables if endpoint in [r.get("GatewayId") for r in t["Routes"]]
    }


def test_a_gateway_endpoint_is_in_the_tables_that_it_is_put_in_and_taken_out_of(ec2, vpc):
    """Its routes follow its tables, and go with it."""
    one, two = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.s3",
        RouteTableIds=[one],
        VpcEndpointType="Gateway",
    )
    endpoint = made["VpcEndpoint"]["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[two])
    assert routed(ec2, endpoint) == {one, two}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[one])
    assert routed(ec2, endpoint) == {two}
    with pytest.raises(ClientError, match=r"InvalidRouteTableID\.NotFound"):
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=["rtb-0"])
    found = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
    assert found["RouteTableIds"] == [two]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert routed(ec2, endpoint) == set()
