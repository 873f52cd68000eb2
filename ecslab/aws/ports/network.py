"""What ECS asks of moto's EC2: subnets and security groups looked up, network interfaces made and
deleted.
"""

from collections import deque
from collections.abc import Sequence
from ipaddress import IPv4Address
from types import SimpleNamespace
from typing import Any

from ecslab.aws.ports.backends import backend
from ecslab.aws.ports.reach import net_of
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.network import Interface, Subnet
from ecslab.ground.errors import invalid_parameter, not_simulated
from ecslab.world.reach.net import NOWHERE, Net

# AWS keeps the first four addresses of a subnet and the last (EC2 API, CreateSubnet)
RESERVED_FIRST, RESERVED_LAST = 4, 1


class MotoNetwork:
    """Real network interfaces in moto's EC2, visible to `describe_network_interfaces`."""

    def __init__(self, account: str, region: str, *, judges_routes: bool = True) -> None:
        self._account, self._region, self._judges_routes = account, region, judges_routes
        self._free: dict[str, deque[int]] = {}  # by subnet, in the order of handing out
        self._ours: dict[str, tuple[Any, str]] = {}  # interface id → moto's subnet, address
        self._public: set[str] = set()
        self._others: dict[str, Any] = {}  # interfaces that instances and learners made
        self._seen: set[str] = set()  # ids of both kinds

    def subnets(self, ids: Sequence[str], security_groups: Sequence[str]) -> list[Subnet]:
        """Look the subnets up, in the order given; raises InvalidParameterException as ECS does.

        The texts are seen in public: eddmann/serverless-fargate#20 (subnet),
        getmoto/moto (security group), aws/aws-dotnet-deploy#735 (group of another VPC).
        Of two VPCs no text was found; that one is ours.
        """
        ec2 = self._ec2
        known = {
            subnet.id: subnet
            for zone in ec2.subnets.values()
            for subnet in zone.values()
            if subnet.id in ids
        }
        if (missing := next((i for i in ids if i not in known), None)) is not None:
            what = f"The subnet ID '{missing}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
            raise invalid_parameter(
                f"Error retrieving subnet information for [{', '.join(ids)}]: {what}"
            )
        if any(known[i].cidr.version != 4 for i in ids):  # noqa: PLR2004 - IPv4
            raise not_simulated("A subnet without IPv4 addresses")
        if any(known[i].ipv6_cidr_block_associations for i in ids):
            raise not_simulated("A task in a subnet with IPv6 addresses")
        vpcs = {known[i].vpc_id for i in ids}
        if len(vpcs) > 1:
            raise invalid_parameter("subnets must all belong to the same VPC.")
        self._check_groups(security_groups, vpcs)
        return [Subnet(i, known[i].availability_zone, known[i].vpc_id) for i in ids]

    def _check_groups(self, ids: Sequence[str], vpcs: set[str]) -> None:
        for group in ids:
            found = self._ec2.get_security_group_from_id(group)
            if found is None:
                what = (
                    f"The security group '{group}' does not exist (ErrorCode: "
                    "InvalidGroup.NotFound)"
                )
                raise invalid_parameter(
                    f"Error retrieving security group information for [{', '.join(ids)}]: {what}"
                )
            if found.vpc_id not in vpcs:
                raise invalid_parameter(
                    f"Security group {group} does not appear to belong to the same VPC as the "
                    "input subnets."
                )

    def attach(
        self, subnet: str, security_groups: Sequence[str], description: str, *, public: bool
    ) -> Interface:
        """Make an interface; raises Unavailable with the task's stoppedReason.

        Without groups it gets the VPC's default one (facts, section 3). The text with a
        public address is in the developer guide (failed-to-start-error); EC2's code
        after it is seen in public captures.
        """
        with_public = " with public IP assignment enabled" if public else ""
        problem = (
            "Unexpected EC2 error while attempting to Create Network "
            f"Interface{with_public} in subnet '{subnet}': "
        )
        home = self._subnet(subnet)
        if home is None:
            raise Unavailable(problem + "InvalidSubnetID.NotFound")
        if any(self._ec2.get_security_group_from_id(group) is None for group in security_groups):
            raise Unavailable(problem + "InvalidGroup.NotFound")  # moto would make the group up
        address = self._take(home)
        if address is None:
            raise Unavailable(problem + "InsufficientFreeAddressesInSubnet")
        made = self._ec2.create_network_interface(
            home,
            address,
            group_ids=list(security_groups),
            description=description,
            public_ip_auto_assign=public,
        )
        self._ours[made.id] = home, address
        self._seen.add(made.id)
        home.request_ip(address, made)  # so that moto gives it to no instance
        self._make_public_address_unique(made)
        _show_attached(made)
        return Interface(
            made.id, made.mac_address, address, self._name(made), subnet, made.public_ip
        )

    def net(self, subnet: str) -> Net | None:
        """What leads out of a subnet's VPC, and nothing where the subnet is gone;
        None in a lab whose ways are all open.
        """
        if not self._judges_routes:
            return None
        home = self._subnet(subnet)
        return net_of(self._ec2, home.vpc_id) if home else NOWHERE

    def release(self, interface: Interface) -> None:
        """Delete the interface; its address comes back after all others
        of the subnet have been used.
        """
        if interface.id not in self._ours:
            return
        home, address = self._ours.pop(interface.id)
        self._seen.discard(interface.id)
        self._public.discard(interface.public_ip or "")
        if interface.id in self._ec2.enis:
            self._ec2.delete_network_interface(interface.id)
        home.del_subnet_ip(address)
        home._unused_ips.discard(address)  # noqa: SLF001 - moto draws from this set, whose order differs from process to process
        self._free[home.id].append(int(IPv4Address(address)))

    @property
    def _ec2(self) -> Any:
        return backend("ec2", self._account, self._region)

    def _subnet(self, subnet: str) -> Any:
        return next((zone[subnet] for zone in self._ec2.subnets.values() if subnet in zone), None)

    def _take(self, subnet: Any) -> str | None:
        """The next free address, each in turn: a replacement task is seen to have
        an address of its own (pedagogical).
        """
        if subnet.id not in self._free:
            first, last = int(subnet.cidr.network_address), int(subnet.cidr.broadcast_address)
            self._free[subnet.id] = deque(range(first + RESERVED_FIRST, last - RESERVED_LAST + 1))
        free, taken = self._free[subnet.id], self._taken_by_others()
        for _ in range(len(free)):
            number = free.popleft()
            address = IPv4Address(number)
            text = str(address)
            held = text in subnet._subnet_ips or address in subnet._reserved_ips  # noqa: SLF001
            if not held and text not in taken:
                return text
            free.append(number)
        return None

    def _taken_by_others(self) -> set[str]:
        """The addresses of interfaces that we did not make, of which there are few."""
        enis = self._ec2.enis
        # Whatever was made before one that we have seen, we have seen.
        for number in reversed(enis):
            if number in self._seen:
                break
            self._seen.add(number)
            self._others[number] = enis[number]
        for gone in [number for number in self._others if number not in enis]:
            del self._others[gone]
        return {
            a["PrivateIpAddress"] for eni in self._others.values() for a in eni.private_ip_addresses
        }

    def _name(self, made: Any) -> str | None:
        """Its private DNS name, where the VPC gives names (VPC guide, "DNS hostnames");
        moto writes us-east-1's form everywhere.
        """
        # Moto makes the attribute only where DNS hostnames are on.
        if not hasattr(made, "private_dns_name"):
            return None
        if self._region != "us-east-1":
            made.private_dns_name = (
                f"ip-{made.private_ip_address.replace('.', '-')}.{self._region}.compute.internal"
            )
            made.private_ip_addresses[0]["PrivateDnsName"] = made.private_dns_name
        return str(made.private_dns_name)

    def _make_public_address_unique(self, made: Any) -> None:
        """Draw again while somebody has the address: moto draws from 65,025 and does not look."""
        from moto.ec2.utils import random_public_ip  # noqa: PLC0415 - moto.ec2 loads when the first interface is made

        if made.public_ip is None:
            return
        others = {eni.public_ip for eni in self._others.values()} | {
            elastic.public_ip for elastic in self._ec2.addresses
        }
        while made.public_ip in self._public or made.public_ip in others:
            made.public_ip = random_public_ip()
        self._public.add(made.public_ip)


def _show_attached(made: Any) -> None:
    """Show an interface as in use by a machine that AWS owns and does not show."""
    from moto.core.utils import utcnow  # noqa: PLC0415 - as above
    from moto.ec2.utils import random_eni_attach_id  # noqa: PLC0415 - as above

    made.status, made.requester_managed = "in-use", True
    made.instance, made.device_index = _MACHINE, 1
    made.attachment_id, made.attach_time = random_eni_attach_id(), utcnow()


# What moto asks of the instance behind an attachment. It has one interface,
# so that moto lets nobody detach it.
_MACHINE = SimpleNamespace(
    id=None,
    owner_id=None,
    security_groups=[],
    nics={0: None},
    _state=SimpleNamespace(name="running"),
)
