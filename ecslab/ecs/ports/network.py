"""EC2, as far as a task's place in the network goes: subnets,
security groups, network interfaces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ecslab.world.reach.net import Net


@dataclass(frozen=True, slots=True)
class Subnet:
    """What placement needs to know of a subnet."""

    id: str
    zone: str
    vpc: str


@dataclass(frozen=True, slots=True)
class Interface:
    """An elastic network interface that exists in ec2."""

    id: str
    mac: str
    private_ip: str
    private_dns: str | None
    subnet: str
    public_ip: str | None = None


class Network(Protocol):
    """EC2: subnets, security groups, network interfaces."""

    def subnets(self, ids: Sequence[str], security_groups: Sequence[str]) -> list[Subnet]:
        """Look the subnets up in the order given; raises AwsError for one that does not
        exist, for two VPCs, for an unknown group.
        """

    def attach(
        self, subnet: str, security_groups: Sequence[str], description: str, *, public: bool
    ) -> Interface:
        """Create an interface in the subnet; raises Unavailable when the
        subnet has no address left or is gone.
        """

    def net(self, subnet: str) -> Net | None:
        """What leads out of a subnet's VPC as it is now, nothing once the subnet
        is gone; None where no way is judged.
        """

    def release(self, interface: Interface) -> None:
        """Delete the interface; deleting one that somebody already deleted is harmless."""
