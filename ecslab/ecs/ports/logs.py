"""CloudWatch Logs, where the awslogs driver writes."""

from collections.abc import Sequence
from typing import Protocol


class Logs(Protocol):
    """CloudWatch Logs, for the awslogs driver."""

    def open(self, options: dict[str, str], stream: str) -> None:
        """Make the stream ready; raises Unavailable with the service's
        answer when the group is missing.
        """

    def write(self, options: dict[str, str], stream: str, lines: Sequence[str], at: float) -> None:
        """Append lines at one instant (seconds since 1970); losing them silently is what awslogs'
        non-blocking mode does when the group has gone.
        """
