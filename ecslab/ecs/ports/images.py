"""ECR and the public registries: what an image name stands for."""

from dataclasses import dataclass
from typing import Protocol

from ecslab.world.images import Behaviour


@dataclass(frozen=True, slots=True)
class Image:
    """What a registry answers for an image name."""

    digest: str
    behaviour: Behaviour


class Images(Protocol):
    """ECR and the public registries."""

    def resolve(self, image: str) -> Image:
        """Find an image; raises Unavailable with the CannotPull… text when there is none."""
