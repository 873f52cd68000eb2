"""Secrets Manager and Systems Manager parameters."""

from typing import Protocol


class Secrets(Protocol):
    """Secrets Manager and SSM parameters, read when a task starts."""

    def read(self, value_from: str) -> None:
        """Prove that the secret can be read; raises Unavailable when it cannot."""
