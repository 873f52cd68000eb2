"""EC2's instances, on which container agents run."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ec2Instance:
    """An EC2 instance, as far as it concerns a container agent on it."""

    id: str
    type: str
    image: str
    image_name: str | None
    windows: bool
    user_data: str  # plain text
    zone: str
    subnet: str | None
    vpc: str | None
    private_ip: str | None
    state: str  # EC2's word: pending, running, stopping, stopped, shutting-down, terminated
    group: str | None  # the Auto Scaling group it is in


class Machines(Protocol):
    """EC2's instances, whoever launched them."""

    def known(self) -> list[Ec2Instance]:
        """Every instance, those just terminated included, in the order of launch."""
