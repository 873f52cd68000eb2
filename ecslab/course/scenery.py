"""What the questions of every exercise use: names for the hidden cases, and words for feedback."""

from collections.abc import Iterator
from typing import Any

from ecslab.chance import Chance
from ecslab.grade.outcomes import Gap
from ecslab.grade.questions import Run
from ecslab.grade.scene import Scene

_NAMES = ("shop", "orders", "blog", "radio", "atlas", "river", "lotus", "bamboo", "tiger", "comet")


def fresh_names(chance: Chance) -> Iterator[str]:
    """Names that no two things of one case share, in an order of the seed's."""
    pool = list(_NAMES)
    chance.stream("names").shuffle(pool)
    return iter(pool)


def listed(values: Any) -> str:
    """Several things in one line, in a fixed order."""
    return ", ".join(sorted(map(str, values))) or "none"


def programs(scene: Scene) -> dict[str, str]:
    """The digest of every tagged image in the account's registry, by its name, repository:tag."""
    ecr, found = scene.lab.client("ecr"), dict[str, str]()
    for repository in ecr.describe_repositories()["repositories"]:
        name = repository["repositoryName"]
        for image in ecr.describe_images(repositoryName=name)["imageDetails"]:
            found |= {f"{name}:{tag}": image["imageDigest"] for tag in image.get("imageTags", [])}
    return found


def other_programs(run: Run, before: dict[str, str]) -> Gap | None:
    """The gap of an account in which an image's tag leads to another program than before the call."""
    now = programs(run.scene)
    for name, digest in before.items():
        if now.get(name) != digest:
            got = "somebody has pushed another program to its tag" if name in now else "its tag is gone"
            return Gap(f"the image {name} as it was", got)
    return None
