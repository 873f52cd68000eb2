"""Amazon EFS, whose file systems tasks mount."""

from typing import Protocol


class FileSystems(Protocol):
    """File systems in EFS, mounted when a task starts."""

    def mount(self, file_system: str, access_point: str | None) -> None:
        """Prove that a file system, by id, and its access point are there; raises
        Unavailable in the mount helper's words.
        """
