"""Makes images: `lab.images.push` does what a learner could do with boto3's ecr client."""

import hashlib
import json
import re
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text
from ecslab.world.images import LONGEST_S, MOST, WHOLE, Behaviour, annotations

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

_KINDS: dict[str, Any] = {field.name: field.type for field in fields(Behaviour)}
_CRASHES_AFTER = "crashes_after"

# What ECR takes (API, CreateRepository and ImageIdentifier).
SHORTEST = 2  # characters of an ECR repository's name
_REPOSITORY = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class Pusher:
    """Pushes images that behave to an account's ECR, through a boto3 ecr client of that account."""

    def __init__(self, ecr: Any) -> None:
        self._ecr = ecr

    def push(self, name: str, **behaviour: Any) -> str:
        """Push an image and return its URI: `lab.images.push("web:1",
        starts_in=8, crashes_after=40)`.

        Makes the repository when it is missing, then puts an OCI manifest whose annotations say
        how the image behaves. The keywords are the fields of `ecslab.world.images.Behaviour`
        (seconds; None means never), and `crashes_after=40` for `exits_after=40, exit_code=1`.
        Pushing a tag again with another behaviour moves the tag; the image that had it is still
        there by its digest, as in ECR. Raises LabError.
        """
        repository, tag = _split(name)
        manifest = _manifest(tag, _behaviour(name, behaviour))
        uri, digest = self._repository(repository), _digest(manifest)
        before = self._tagged(repository, tag)
        try:
            self._ecr.put_image(
                repositoryName=repository, imageManifest=manifest, imageTag=tag, imageDigest=digest
            )
        except self._ecr.exceptions.ImageAlreadyExistsException:
            there = self._ecr.describe_images(
                repositoryName=repository, imageIds=[{"imageTag": tag}]
            )
            # The repository's tags are immutable.
            if there["imageDetails"][0]["imageDigest"] != digest:
                raise
        if before and before["imageId"]["imageDigest"] != digest:
            self._keep(repository, before)
        return f"{uri}:{tag}"

    def _tagged(self, repository: str, tag: str) -> dict[str, Any] | None:
        """The image that a tag names now."""
        found = self._ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])[
            "images"
        ]
        return found[0] if found else None

    def _keep(self, repository: str, image: dict[str, Any]) -> None:
        """Put an image back without a tag: ECR only takes the tag from it,
        moto deletes it with its last one.
        """
        there = {"imageDigest": image["imageId"]["imageDigest"]}
        if not self._ecr.batch_get_image(repositoryName=repository, imageIds=[there])["images"]:
            self._ecr.put_image(
                repositoryName=repository, imageManifest=image["imageManifest"], **there
            )

    def _repository(self, name: str) -> str:
        try:
            made = self._ecr.create_repository(repositoryName=name)
        except self._ecr.exceptions.RepositoryAlreadyExistsException:
            return str(
                self._ecr.describe_repositories(repositoryNames=[name])["repositories"][0][
                    "repositoryUri"
                ]
            )
        return str(made["repository"]["repositoryUri"])


def _split(name: object) -> tuple[str, str]:
    repository, colon, tag = name.partition(":") if isinstance(name, str) else ("", "", "")
    tag = tag if colon else "latest"
    if (
        not _REPOSITORY.fullmatch(repository)
        or len(repository) < SHORTEST
        or not _TAG.fullmatch(tag)
    ):
        raise LabError(
            Text(
                "{name!r} is not a name for an image: a repository in lower case (two characters "
                "or more), a colon, a tag.",
                name=name,
            ),
            wrong=f"lab.images.push({name!r})",
            right=Text('lab.images.push("web:1")   # or "team/web:2026-01-05"'),
        )
    return repository, tag


def _behaviour(image: str, given: dict[str, Any]) -> Behaviour:
    for name, value in given.items():
        _check(image, name, value)
    if _CRASHES_AFTER in given:
        if "exits_after" in given:
            raise _wrong(
                image,
                Text("crashes_after and exits_after both say when the image exits."),
                given,
                "crashes_after=40",
            )
        crash = given[_CRASHES_AFTER]
        rest = {name: value for name, value in given.items() if name != _CRASHES_AFTER}
        given = rest if crash is None else {"exit_code": 1, **rest, "exits_after": crash}
    return Behaviour(**given)


def _check(image: str, name: str, value: object) -> None:
    if name not in {*_KINDS, _CRASHES_AFTER}:
        near = get_close_matches(name, [*_KINDS, _CRASHES_AFTER], n=1, cutoff=0)
        known = ", ".join([*_KINDS, _CRASHES_AFTER])
        raise _wrong(
            image,
            Text("an image has no {name!r}; it has {known}.", name=name, known=known),
            {name: value},
            f"{near[0]}={_example(near[0])}",
        )
    if not _fits(name, value):
        raise _wrong(
            image,
            Text("{name} is {words}, not {value!r}.", name=name, words=_words(name), value=value),
            {name: value},
            f"{name}={_example(name)}",
        )


def _fits(name: str, value: object) -> bool:
    kind = _kind(name)
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, int | float):
        if name in WHOLE:
            return isinstance(value, int) and value in WHOLE[name]
        return kind not in (bool, str) and 0 <= value <= MOST.get(name, LONGEST_S)
    return isinstance(value, kind)


def _kind(name: str) -> Any:
    return _KINDS["exits_after" if name == _CRASHES_AFTER else name]


def _example(name: str) -> str:
    named = {"answers": "503", "answers_in": "0.5", "health_path": '"/health"', "error_rate": "0.2"}
    return named.get(name) or {bool: "True", int: "1", int | None: "80", str: '"ready"'}.get(
        _kind(name), "8"
    )


def _words(name: str) -> Text:
    kind = _kind(name)
    if name in WHOLE:
        whole = Text(
            "a whole number from {least} to {most}", least=WHOLE[name][0], most=WHOLE[name][-1]
        )
        return Text("{whole}, or None for any", whole=whole) if isinstance(None, kind) else whole
    if name in MOST:
        return Text("a number from 0 to {most:g}", most=MOST[name])
    if name.endswith(("_ms", "_mib")):
        return Text("a number, from 0 on")
    if kind in (bool, str):
        return Text("True or False") if kind is bool else Text("text")
    seconds = Text("a number of seconds, from 0 on")
    return (
        Text("{seconds}, or None for never", seconds=seconds) if isinstance(None, kind) else seconds
    )


def _wrong(image: str, what: Text, given: dict[str, Any], right: str) -> LabError:
    written = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return LabError(
        what,
        wrong=f'lab.images.push("{image}", {written})',
        right=f'lab.images.push("{image}", {right})',
    )


def _manifest(tag: str, behaviour: Behaviour) -> str:
    """The same text for the same tag and behaviour, so that an image
    has the same digest in every run.
    """
    labels = {"org.opencontainers.image.version": tag, **annotations(behaviour)}
    config = json.dumps(
        {"architecture": "amd64", "os": "linux", "config": {"Labels": labels}}, sort_keys=True
    )
    layer = "the program of " + config
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": _digest(config), "size": len(config)},
        "layers": [{"mediaType": LAYER, "digest": _digest(layer), "size": len(layer)}],
        "annotations": labels,
    }
    return json.dumps(manifest, sort_keys=True)


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
