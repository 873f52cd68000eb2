"""IAM: whether a role can be assumed."""

from typing import Protocol


class Roles(Protocol):
    """IAM."""

    def check(self, role_arn: str, principal: str = "ecs-tasks.amazonaws.com") -> str | None:
        """Why ECS tasks, or another principal, cannot assume this role, in
        AWS's words, or None when they can.
        """
