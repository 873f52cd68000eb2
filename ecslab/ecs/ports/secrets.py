"""Secrets Manager and Systems Manager parameters."""

from typing import Protocol


class Secrets(Protocol):
    """Secrets Manager and SSM parameters, read when a task starts."""

    def read(self, value_from: str) -> None:
        """Prove that a secret, by ARN, or a parameter can be read; raises Unavailable
        with the store's answer when it cannot.
        """

    def read_secret(self, name_or_arn: str) -> None:
        """The same for a secret alone, which may be given by its name."""
