"""Network interfaces are real ones in moto's EC2, at addresses that a subnet of AWS would give."""

import os
import subprocess
import sys
from ipaddress import IPv4Address, IPv4Network

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from ecslab import Lab
from ecslab.ecs.ports import Unavailable
from ecslab.ground.errors import AwsError

ATTACHMENT = "arn:aws:ecs:us-east-1:123456789012:attachment/1d3a"


@pytest.fixture
def ec2(lab):
    """EC2, as a learner sees it."""
    return lab.client("ec2")


@pytest.fixture
def network(lab):
    """EC2, as the control plane sees it."""
    return lab.plane().neighbours.network


def vpc(ec2, cidr="10.0.0.0/16"):
    """A new VPC."""
    return ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]


def subnet(ec2, cidr="10.0.1.0/28", *, inside=None, zone="us-east-1a"):
    """A new subnet, in a new VPC unless told otherwise."""
    made = ec2.create_subnet(VpcId=inside or vpc(ec2), CidrBlock=cidr, AvailabilityZone=zone)
    return made["Subnet"]["SubnetId"]


def described(ec2, interface):
    """What describe_network_interfaces says about one interface."""
    return ec2.describe_network_interfaces(NetworkInterfaceIds=[interface.id])["NetworkInterfaces"][
        0
    ]


def test_subnets_come_with_their_zone_in_the_order_given(ec2, network):
    """Placement needs each subnet's zone, in the order of the request."""
    home = vpc(ec2)
    b = subnet(ec2, "10.0.2.0/24", inside=home, zone="us-east-1b")
    a = subnet(ec2, "10.0.1.0/24", inside=home, zone="us-east-1a")
    assert [(s.id, s.zone, s.vpc) for s in network.subnets([b, a], [])] == [
        (b, "us-east-1b", home),
        (a, "us-east-1a", home),
    ]


def test_an_unknown_subnet_is_refused_in_ec2s_words(ec2, network):
    """The error lists what was asked for and names the one that is missing."""
    known = subnet(ec2)
    with pytest.raises(AwsError) as refusal:
        network.subnets([known, "subnet-0bad"], [])
    assert refusal.value.code == "InvalidParameterException"
    assert refusal.value.message == (
        f"Error retrieving subnet information for [{known}, subnet-0bad]: "
        "The subnet ID 'subnet-0bad' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
    )


def test_an_unknown_security_group_is_refused_in_ec2s_words(ec2, network):
    """As for a subnet."""
    with pytest.raises(AwsError) as refusal:
        network.subnets([subnet(ec2)], ["sg-0bad"])
    assert refusal.value.message == (
        "Error retrieving security group information for [sg-0bad]: "
        "The security group 'sg-0bad' does not exist (ErrorCode: InvalidGroup.NotFound)"
    )


def test_subnets_of_two_vpcs_are_refused(ec2, network):
    """All subnets of a task are in one VPC (facts, section 3)."""
    with pytest.raises(AwsError, match="same VPC"):
        network.subnets([subnet(ec2), subnet(ec2)], [])


def test_subnets_with_ipv6_are_not_simulated(ec2, network):
    """Facts, section 3, IPv6: tasks would have such an address too; there is no
    setting of that name in the model either.
    """
    home = vpc(ec2)
    number = subnet(ec2, "10.0.1.0/24", inside=home)
    ec2.associate_vpc_cidr_block(VpcId=home, AmazonProvidedIpv6CidrBlock=True)
    [block] = ec2.describe_vpcs(VpcIds=[home])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
    ec2.associate_subnet_cidr_block(
        SubnetId=number, Ipv6CidrBlock=block["Ipv6CidrBlock"][:-3] + "/64"
    )
    with pytest.raises(AwsError) as refusal:
        network.subnets([number], [])
    assert refusal.value.code == "UnsupportedFeatureException"
    assert "A task in a subnet with IPv6 addresses" in refusal.value.message


def test_a_security_group_of_another_vpc_is_refused(ec2, network):
    """Groups belong to the subnets' VPC (facts, section 3)."""
    group = ec2.create_security_group(GroupName="far", Description="far", VpcId=vpc(ec2))["GroupId"]
    with pytest.raises(AwsError) as refusal:
        network.subnets([subnet(ec2)], [group])
    assert (
        refusal.value.message
        == f"Security group {group} does not appear to belong to the same VPC as the input subnets."
    )


def test_an_interface_is_what_ec2_describes(ec2, network):
    """Everybody sees the same interface: in use, described by its attachment, in the
    VPC's default group (facts, section 3).
    """
    home = subnet(ec2)
    made = network.attach(home, [], ATTACHMENT, public=False)
    seen = described(ec2, made)
    assert (seen["PrivateIpAddress"], seen["MacAddress"], seen["SubnetId"]) == (
        made.private_ip,
        made.mac,
        home,
    )
    assert (seen["Status"], seen["Attachment"]["Status"], seen["Description"]) == (
        "in-use",
        "attached",
        ATTACHMENT,
    )
    assert [group["GroupName"] for group in seen["Groups"]] == ["default"]
    assert "Association" not in seen
    assert made.public_ip is None


def test_an_interface_gets_the_security_groups_it_was_given(ec2, network):
    """The default group is only for those that name none."""
    home = vpc(ec2)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=home)["GroupId"]
    made = network.attach(subnet(ec2, inside=home), [group], ATTACHMENT, public=False)
    assert [g["GroupId"] for g in described(ec2, made)["Groups"]] == [group]


def test_public_addresses_are_distinct_and_visible(ec2, network):
    """assignPublicIp: everybody can see the address in EC2, and nobody has the same one."""
    home = subnet(ec2, "10.0.0.0/22")
    # 600 blind draws of 65,025 would collide.
    made = [network.attach(home, [], ATTACHMENT, public=True) for _ in range(600)]
    assert len({face.public_ip for face in made}) == 600
    assert described(ec2, made[0])["Association"]["PublicIp"] == made[0].public_ip


def test_a_vpc_without_dns_names_gives_none(ec2, network):
    """There moto's own ECS crashes (getmoto/moto#9089)."""
    home = vpc(ec2)
    ec2.modify_vpc_attribute(VpcId=home, EnableDnsHostnames={"Value": False})
    assert (
        network.attach(subnet(ec2, inside=home), [], ATTACHMENT, public=False).private_dns is None
    )


@pytest.mark.parametrize(
    ("region", "suffix"),
    [("us-east-1", "ec2.internal"), ("eu-west-1", "eu-west-1.compute.internal")],
)
def test_a_dns_name_is_that_of_its_region(region, suffix):
    """VPC guide, "DNS hostnames": us-east-1 has the old form."""
    with Lab(region=region) as lab:
        home = lab.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        made = lab.plane().neighbours.network.attach(home, [], ATTACHMENT, public=False)
        assert made.private_dns == f"ip-{made.private_ip.replace('.', '-')}.{suffix}"
        assert described(lab.client("ec2"), made)["PrivateDnsName"] == made.private_dns


def test_a_full_subnet_says_so_in_aws_words(ec2, network):
    """A /28 has 16 addresses, of which AWS keeps 5; the text is the task's
    stoppedReason (facts, section 1.2).
    """
    home = subnet(ec2, "10.0.1.0/28")
    for _ in range(11):
        network.attach(home, [], ATTACHMENT, public=False)
    with pytest.raises(Unavailable) as full:
        network.attach(home, [], ATTACHMENT, public=True)
    assert str(full.value) == (
        "Unexpected EC2 error while attempting to Create Network Interface with public IP "
        f"assignment enabled in subnet '{home}': InsufficientFreeAddressesInSubnet"
    )
    assert ec2.describe_subnets(SubnetIds=[home])["Subnets"][0]["AvailableIpAddressCount"] == 0


def test_a_subnet_or_group_that_has_gone_fails_the_task_and_makes_nothing(ec2, network):
    """A learner may delete them between the request and the
    launch; moto would make the group up.
    """
    home, gone = subnet(ec2), subnet(ec2)
    ec2.delete_subnet(SubnetId=gone)
    with pytest.raises(Unavailable, match=r"InvalidSubnetID\.NotFound"):
        network.attach(gone, [], ATTACHMENT, public=False)
    with pytest.raises(Unavailable, match=r"InvalidGroup\.NotFound"):
        network.attach(home, ["sg-0gone"], ATTACHMENT, public=False)
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_releasing_twice_or_after_somebody_else_is_harmless(ec2, network):
    """The interface has gone either way, and its address is free once."""
    home = subnet(ec2, "10.0.1.0/28")
    first, second = (network.attach(home, [], ATTACHMENT, public=False) for _ in range(2))
    ec2.delete_network_interface(NetworkInterfaceId=second.id)
    for face in (first, first, second):
        network.release(face)
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    again = [network.attach(home, [], ATTACHMENT, public=False).private_ip for _ in range(11)]
    assert len(set(again)) == 11


def test_nobody_detaches_the_interface_of_a_task(ec2, network):
    """AWS manages it; moto's refusal for an instance's last interface stands in for AWS's own."""
    made = network.attach(subnet(ec2), [], ATTACHMENT, public=False)
    with pytest.raises(ClientError):
        ec2.detach_network_interface(
            AttachmentId=described(ec2, made)["Attachment"]["AttachmentId"]
        )
    assert described(ec2, made)["Status"] == "in-use"


def test_instances_and_tasks_share_a_subnet_without_sharing_an_address(ec2, network):
    """Addresses of instances, of a learner's interfaces and of tasks never
    meet, in whatever order they come.
    """
    home = subnet(ec2, "10.0.1.0/27")  # 27 addresses for 3 × 9
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    taken = []
    for number in range(9):
        taken.append(network.attach(home, [], ATTACHMENT, public=False).private_ip)
        launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=home)[
            "Instances"
        ][0]
        taken.append(launched["PrivateIpAddress"])
        mine = f"10.0.1.{30 - number}"
        ec2.create_network_interface(SubnetId=home, PrivateIpAddress=mine)
        taken.append(mine)
    assert len(set(taken)) == 27
    with pytest.raises(Unavailable, match="InsufficientFreeAddresses"):
        network.attach(home, [], ATTACHMENT, public=False)
    ec2.delete_network_interface(
        NetworkInterfaceId=ec2.describe_network_interfaces(
            Filters=[{"Name": "addresses.private-ip-address", "Values": ["10.0.1.30"]}]
        )["NetworkInterfaces"][0]["NetworkInterfaceId"]
    )
    assert network.attach(home, [], ATTACHMENT, public=False).private_ip == "10.0.1.30"


@pytest.fixture(scope="module")
def shared():
    """One lab for all examples of the property below."""
    with Lab() as lab:
        yield lab


@given(
    prefix=st.integers(26, 28),
    steps=st.lists(st.one_of(st.just("attach"), st.integers(0, 30)), max_size=80),
)
def test_addresses_are_unique_inside_the_subnet_and_come_back(shared, prefix, steps):
    """Facts, section 3, IP use: addresses in use are distinct, inside the CIDR,
    never one of AWS's five; nothing leaks.
    """
    ec2, network = shared.client("ec2"), shared.plane().neighbours.network
    cidr = IPv4Network(f"10.0.0.0/{prefix}")
    home = subnet(ec2, str(cidr))
    usable = set(list(cidr)[4:-1])
    up = []
    for step in steps:
        if step == "attach" and len(up) < len(usable):
            up.append(network.attach(home, [], ATTACHMENT, public=False))
        elif step == "attach":
            with pytest.raises(Unavailable):
                network.attach(home, [], ATTACHMENT, public=False)
        elif up:
            network.release(up.pop(step % len(up)))
        addresses = [IPv4Address(face.private_ip) for face in up]
        assert len(set(addresses)) == len(addresses)
        assert set(addresses) <= usable
    for face in up:
        network.release(face)
    found = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [home]}])[
        "NetworkInterfaces"
    ]
    assert found == []
    assert {
        IPv4Address(network.attach(home, [], ATTACHMENT, public=False).private_ip) for _ in usable
    } == usable


def test_addresses_are_the_same_in_every_process():
    """Whatever the hash seed: moto keeps freed addresses in a set of texts, and
    gives them to instances in its order.
    """
    program = """
from ecslab import Lab
with Lab() as lab:
    ec2, network = lab.client("ec2"), lab.plane().neighbours.network
    home = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    faces = [network.attach(home, [], "task", public=False) for _ in range(9)]
    for face in faces:
        network.release(face)
    made = ec2.run_instances(ImageId=image, MinCount=4, MaxCount=4, SubnetId=home)["Instances"]
    print([i["PrivateIpAddress"] for i in made], network.attach(home, [], "task", public=True))
"""
    told = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ
            | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(2)
    ]
    assert len(set(told)) == 1
    assert "172.31." in told[0]
