"""EC2 Auto Scaling: the groups behind capacity providers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Member:
    """An instance of an Auto Scaling group."""

    id: str
    protected: bool  # from scale-in


@dataclass(frozen=True, slots=True)
class AutoScalingGroup:
    """An Auto Scaling group, as far as it concerns a capacity provider."""

    name: str
    arn: str
    desired: int
    minimum: int
    maximum: int
    protects_new: bool  # instances it launches are protected from scale-in
    types: tuple[str, ...]  # instance types it launches
    members: tuple[Member, ...]  # in service
    leaving: tuple[str, ...] = ()  # instances that the draining hook keeps from their end
    weighted: bool = False  # its instance types have weights


@dataclass(frozen=True, slots=True)
class TrackingPolicy:
    """A target tracking policy that ECS makes on a group: it keeps a metric at a value."""

    name: str
    group: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    target: int
    warmup_s: int


class Groups(Protocol):
    """EC2 Auto Scaling."""

    def find(self, name_or_arn: str) -> AutoScalingGroup | None:
        """A group by name or ARN, or None."""

    def resize(self, name: str, desired: int) -> None:
        """Set how many instances a group should have; it launches or ends
        some at once, never protected ones.

        Raises AwsError where what it would launch is refused: the group stays as it was.
        """

    def protect(self, name: str, ids: Sequence[str], *, protected: bool) -> None:
        """Protect members from scale-in, or no longer."""

    def hook(self, name: str, *, on: bool) -> None:
        """Have the instances that a group ends wait as `leaving`, or no longer."""

    def finish(self, name: str, machine: str) -> None:
        """End an instance that was leaving; harmless when it has ended, and when its group has."""

    def tag(self, name: str, key: str) -> None:
        """Put an empty tag on a group, which its new instances get
        too; tagging twice is harmless.
        """

    def follow(self, policy: TrackingPolicy, alarms: Sequence[str]) -> str:
        """Have a group show a policy and the names of its alarms, or change it;
        its ARN. Who scales the group is ECS.
        """

    def unfollow(self, policy: TrackingPolicy) -> None:
        """Take a policy away; harmless when it has gone with its group."""
