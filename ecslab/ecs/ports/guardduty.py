"""Amazon GuardDuty: who watches running tasks, and where findings go."""

from collections.abc import Mapping
from typing import Any, Protocol


class Threats(Protocol):
    """Amazon GuardDuty."""

    def detector(self, agent: str) -> str | None:
        """The detector that watches what runs, with this agent managed by GuardDuty, or None."""

    def report(self, detector: str, finding: Mapping[str, Any]) -> None:
        """Keep a finding, in the shape of GuardDuty's API, and tell EventBridge;
        harmless when the detector has gone.
        """
