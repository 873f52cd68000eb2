"""Version consistency: the first task of a deployment turns image tags into digests,
the others run those (facts, section 6.6).
"""

from ecslab.ecs.model.service_deployments import ServiceRevision
from ecslab.ecs.model.tasks import Container, Task
from ecslab.ecs.ports.images import Image, Images
from ecslab.ecs.tasks import needs
from ecslab.ecs.tasks.reach import Reach

DIGEST_ATTEMPTS = 3  # failed attempts to establish image digests


def find(images: Images, reach: Reach, task: Task, container: Container) -> Image:
    """The image that a task's container runs; raises Unavailable when
    there is none, or no way to it.

    The registry says what the image is, and then where its layers are: once
    the first is known, the digest is.
    """
    revision = _consistent(task, container)
    known = revision.digests.get(container.name) if revision else None
    name = f"{_repository(container.image)}@{known}" if known else container.image
    reach.check(task, needs.manifest(name))
    image = images.resolve(name)
    if revision and revision.failed_digests < DIGEST_ATTEMPTS:
        revision.digests[container.name] = image.digest
    reach.check(task, needs.layers(name))
    return image


def failed(task: Task, container: Container) -> None:
    """Count an attempt in which no digest was found: after three, a deployment goes
    on without digests (facts, section 6.4).
    """
    revision = _consistent(task, container)
    if revision and container.name not in revision.digests:
        revision.failed_digests += 1


def _consistent(task: Task, container: Container) -> ServiceRevision | None:
    """The revision that keeps the digests, or None where tags are looked up by every task."""
    revision = task.deployment.revision if task.deployment else None
    by_tag = container.definition.get("versionConsistency") == "disabled" or "@" in container.image
    return revision if revision and revision.resolves and not by_tag else None


def _repository(image: str) -> str:
    """An image's name without its tag: a colon in a host's port is none."""
    path, slash, name = image.rpartition("/")
    return path + slash + name.partition(":")[0]
