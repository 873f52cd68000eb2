"""Amazon S3, where environment files and other settings of containers lie."""

from typing import Protocol


class Objects(Protocol):
    """Objects in S3, read when a task starts."""

    def read(self, arn: str) -> None:
        """Prove that the object of an ARN is there; raises Unavailable
        with S3's answer when it is not.
        """
