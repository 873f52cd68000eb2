"""What ECS asks of moto's ECR: images found by tag or digest, with the behaviour their annotations
carry.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ecslab.aws.ports.backends import backend
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.images import Image
from ecslab.ground.errors import LabError
from ecslab.world.images import Behaviour, behaviour, private_repository
from ecslab.world.registries import AWS_ACCOUNTS, located

# Fargate's texts, as seen in public: aws/containers-roadmap#2687 (not found),
# aws/aws-cdk#29876 (403). ECR's answer to a repository that does not exist is the
# same 404, so there is one text for both.
FAILED = (
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to "
    "resolve ref {}: "
)
PLATFORM = ("linux", "amd64")  # of an image for several platforms, the one that is looked at first


class MotoImages:
    """Images of this account's ECR, and any public registry's and AWS's
    own, which all behave by default.
    """

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def resolve(self, image: str) -> Image:
        """Find an image; raises Unavailable with Fargate's CannotPullContainerError.

        A private ECR image is looked up in this account's repositories, in any region. An image
        of any other registry exists, with a digest that depends on its name alone, and so does
        one of AWS's own accounts (facts, section 31).
        """
        parts = private_repository(image)
        if parts is None:
            return Image(_public_digest(image), Behaviour())
        account, region, repository, reference = parts
        if account in AWS_ACCOUNTS:
            return Image(_public_digest(image), Behaviour())
        if account != self._account:
            host = f"{account}.dkr.ecr.{region}.amazonaws.com"
            raise Unavailable(
                f"{FAILED.format(image)}pulling from host {host} failed with status code "
                f"[manifests {reference}]: 403 Forbidden"
            )
        images = self._images(region, repository.partition(":")[0])
        found = next(
            (i for i in images if reference in i.image_tags or reference == i.image_digest), None
        )
        if found is None:
            raise Unavailable(f"{FAILED.format(image)}{image}: not found")
        return Image(found.image_digest, _behaviour(image, _annotations(found, images)))

    def _images(self, region: str, repository: str) -> list[Any]:
        try:
            found = backend("ecr", self._account, region).repositories.get(repository)
        except KeyError:  # no such region
            return []
        return found.images if found else []


def _public_digest(image: str) -> str:
    """The digest in the name, or one made from the name: nginx, nginx:latest and
    docker.io/library/nginx are one image.
    """
    there = located(image)
    if ":" in there.reference:
        return there.reference
    tagged = there.text.removeprefix("docker.io/").removeprefix("library/")
    return "sha256:" + hashlib.sha256(tagged.encode()).hexdigest()


def _annotations(found: Any, images: list[Any]) -> dict[str, str]:
    """Those of the manifest; of an image index, those of its image for the usual
    platform too, when that was pushed as well.
    """
    manifest = _json_object(found.image_manifest)
    own = manifest.get("annotations") or {}
    children = sorted(
        manifest.get("manifests") or [], key=lambda child: _platform(child) != PLATFORM
    )
    child = next(
        (i for c in children[:1] for i in images if i.image_digest == c.get("digest")), None
    )
    inherited = _json_object(child.image_manifest).get("annotations") or {} if child else {}
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in {**inherited, **own}.items()
    }


def _platform(child: Mapping[str, Any]) -> tuple[Any, Any]:
    platform = child.get("platform") or {}
    return platform.get("os"), platform.get("architecture")


def _json_object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    return value if isinstance(value, dict) else {}


def _behaviour(image: str, annotations: Mapping[str, str]) -> Behaviour:
    try:
        return behaviour(annotations)
    except LabError as unreadable:
        raise Unavailable(
            f"CannotPullContainerError: {image}: {str(unreadable).splitlines()[0]}"
        ) from unreadable
