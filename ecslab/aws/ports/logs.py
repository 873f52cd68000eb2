"""What ECS asks of moto's CloudWatch Logs: the awslogs driver's streams, and what containers
print.
"""

from collections.abc import Sequence
from typing import Any

from ecslab.aws.ports.backends import backend
from ecslab.ecs.ports import Unavailable

NO_GROUP = "ResourceNotFoundException: The specified log group does not exist."


class MotoLogs:
    """Log streams in moto's CloudWatch Logs."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def open(self, options: dict[str, str], stream: str) -> None:
        """Make the stream, and with `awslogs-create-group` its group (facts, section 16);
        raises Unavailable when there is no group.
        """
        logs, group = self._where(options)
        if logs is None:
            raise Unavailable(NO_GROUP)
        if options.get("awslogs-create-group") == "true":
            logs.ensure_log_group(group)
        if group not in logs.groups:
            raise Unavailable(NO_GROUP)
        logs.ensure_log_stream(group, stream)

    def write(self, options: dict[str, str], stream: str, lines: Sequence[str], at: float) -> None:
        """Append lines at one instant (seconds since 1970); lost when the group or the
        stream has gone. Empty lines are no events.
        """
        logs, group = self._where(options)
        events = [{"timestamp": round(at * 1000), "message": line} for line in lines if line]
        if (
            events
            and logs is not None
            and group in logs.groups
            and stream in logs.groups[group].streams
        ):
            logs.put_log_events(group, stream, events)

    def _where(self, options: dict[str, str]) -> tuple[Any, str]:
        group = options.get("awslogs-group", "")
        try:
            return backend(
                "logs", self._account, options.get("awslogs-region", self._region)
            ), group
        except KeyError:  # no such region
            return None, group
