"""EventBridge: where ECS tells what happened."""

from typing import Any, Protocol


class Bus(Protocol):
    """EventBridge's default bus."""

    @property
    def listening(self) -> bool:
        """Whether any rule exists: without one, nobody builds an event."""

    def put(self, detail_type: str, resources: list[str], detail: dict[str, Any]) -> None:
        """Send one `aws.ecs` event."""
