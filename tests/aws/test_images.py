"""Images behave as their annotations say: pushed with boto3, or with
lab.images, which does the same.
"""

import hashlib
import json

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from ecslab import Lab, LabError
from ecslab.ecs.ports import Unavailable
from ecslab.world.images import Behaviour
from ecslab.world.registries import AWS_ACCOUNTS

OCI = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def registry(lab):
    """ECR and the public registries, as the control plane sees them."""
    return lab.plane().neighbours.images


@pytest.fixture
def ecr(lab):
    """ECR, as a learner sees it."""
    return lab.client("ecr")


def put(ecr, annotations, tag="1", *, layer="a", **more):
    """Put an image as a learner would, with boto3 alone; its digest."""
    if not ecr.describe_repositories()["repositories"]:
        ecr.create_repository(repositoryName="web")
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": "sha256:" + "0" * 64,
            "size": 2,
        },
        "layers": [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": "sha256:" + layer * 64,
                "size": 9,
            }
        ],
        "annotations": annotations,
    } | more
    text = json.dumps(manifest)
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    ecr.put_image(repositoryName="web", imageManifest=text, imageTag=tag, imageDigest=digest)
    return digest


def uri(lab, rest="web:1"):
    """An image of the lab's own registry."""
    return f"{lab.account}.dkr.ecr.us-east-1.amazonaws.com/{rest}"


@pytest.mark.parametrize("owner", AWS_ACCOUNTS, ids=AWS_ACCOUNTS.get)
def test_images_of_awss_own_registries_are_there(registry, owner):
    """Facts, section 31: Fluent Bit, Envoy and Deep Learning Containers
    need no repository of one's own.
    """
    image = f"{owner}.dkr.ecr.us-west-2.amazonaws.com/some-image:1"
    assert registry.resolve(image) == registry.resolve(image)
    assert registry.resolve(image).behaviour == Behaviour()


def test_images_of_other_accounts_are_still_forbidden(registry):
    """Only AWS's own registries are open to everybody."""
    with pytest.raises(Unavailable, match="403 Forbidden"):
        registry.resolve("210987654321.dkr.ecr.us-west-2.amazonaws.com/aws-for-fluent-bit:stable")


def why(registry, image):
    """The reason for which an image cannot be pulled."""
    with pytest.raises(Unavailable) as failure:
        registry.resolve(image)
    return str(failure.value)


# Resolving


def test_an_image_behaves_as_its_annotations_say(lab, registry, ecr):
    """Whoever pushed it, and whether a task names it by tag, by digest, or by both."""
    digest = put(ecr, {"ecslab.starts-in": "8", "org.opencontainers.image.title": "web"})
    for rest in ("web:1", f"web@{digest}", f"web:1@{digest}"):
        found = registry.resolve(uri(lab, rest))
        assert (found.digest, found.behaviour) == (digest, Behaviour(starts_in=8))


def test_no_tag_means_latest(lab, registry, ecr):
    """As for docker pull."""
    put(ecr, {}, tag="latest")
    assert registry.resolve(uri(lab, "web")).behaviour == Behaviour()


@pytest.mark.parametrize("rest", ["nothing:1", "web:2", "web@sha256:" + "f" * 64])
def test_an_image_that_does_not_exist_cannot_be_pulled(lab, registry, ecr, rest):
    """Fargate's text, for a missing repository, tag or digest."""
    put(ecr, {})
    image = uri(lab, rest)
    assert why(registry, image) == (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to "
        f"resolve ref {image}: {image}: not found"
    )


def test_another_accounts_image_is_forbidden(registry):
    """Its registry answers 403."""
    image = "210987654321.dkr.ecr.eu-west-1.amazonaws.com/web:1"
    assert why(registry, image).endswith(
        "pulling from host 210987654321.dkr.ecr.eu-west-1.amazonaws.com failed with status "
        "code [manifests 1]: 403 Forbidden"
    )


def test_images_are_found_in_the_region_of_their_name(lab, registry):
    """A task may pull from another region of its account; a region
    that does not exist holds no image.
    """
    lab.client("ecr", region_name="eu-west-1").create_repository(repositoryName="web")
    assert "not found" in why(registry, uri(lab).replace("us-east-1", "eu-west-1"))
    assert "not found" in why(registry, uri(lab).replace("us-east-1", "mars-1"))


def test_public_images_exist_and_behave_by_default(registry):
    """The digest depends on the name alone, and the usual ways to write one name are one image."""
    nginx = registry.resolve("nginx")
    assert nginx.behaviour == Behaviour()
    assert {
        registry.resolve(n).digest
        for n in ("nginx:latest", "docker.io/library/nginx", "library/nginx")
    } == {nginx.digest}
    assert registry.resolve("nginx:1.27").digest != nginx.digest
    assert (
        registry.resolve("public.ecr.aws/nginx/nginx:1.27").digest
        != registry.resolve("nginx:1.27").digest
    )
    assert (
        registry.resolve("host:5000/app").digest == registry.resolve("host:5000/app:latest").digest
    )
    assert registry.resolve("nginx@sha256:" + "1" * 64).digest == "sha256:" + "1" * 64


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("ecslab.starts-in", "soon"),
        ("ecslab.starts-in", "-1"),
        ("ecslab.starts-in", "never"),
        ("ecslab.exits-after", "inf"),
        ("ecslab.exit-code", "256"),
        ("ecslab.starts", "8"),
    ],
)
def test_an_annotation_that_cannot_be_read_is_named(lab, registry, ecr, annotation, value):
    """The learner wrote it, and the task says which one."""
    put(ecr, {annotation: value})
    reason = why(registry, uri(lab))
    assert reason.startswith("CannotPullContainerError: ")
    assert repr(annotation) in reason
    assert "\n" not in reason


def test_an_image_index_behaves_like_its_image_for_the_usual_platform(lab, registry, ecr):
    """An index may say it itself; else its linux/amd64 image does."""
    arm = put(ecr, {"ecslab.starts-in": "9"}, tag="arm", layer="b")
    amd = put(ecr, {"ecslab.starts-in": "5", "ecslab.pulls-in": "3"}, tag="amd", layer="c")
    manifests = [
        {
            "mediaType": OCI,
            "digest": digest,
            "size": 9,
            "platform": {"os": "linux", "architecture": architecture},
        }
        for digest, architecture in ((arm, "arm64"), (amd, "amd64"))
    ]
    index = put(
        ecr,
        {"ecslab.pulls-in": "4"},
        mediaType="application/vnd.oci.image.index.v1+json",
        manifests=manifests,
    )
    found = registry.resolve(uri(lab))
    assert (found.digest, found.behaviour) == (index, Behaviour(starts_in=5, pulls_in=4))


def test_dockers_own_manifests_are_fine(lab, registry, ecr):
    """They carry no annotations, so they behave by default."""
    put(ecr, None, mediaType="application/vnd.docker.distribution.manifest.v2+json")
    assert registry.resolve(uri(lab)).behaviour == Behaviour()


# Pushing


def test_a_pushed_image_is_in_ecr_and_behaves(lab, registry, ecr):
    """lab.images.push returns the URI for a task definition; ECR
    shows the digest of the manifest.
    """
    image = lab.images.push("web:1", starts_in=8, crashes_after=40)
    assert image == uri(lab)
    found = registry.resolve(image)
    assert found.behaviour == Behaviour(starts_in=8, exits_after=40, exit_code=1)
    [shown] = ecr.batch_get_image(repositoryName="web", imageIds=[{"imageTag": "1"}])["images"]
    assert found.digest == "sha256:" + hashlib.sha256(shown["imageManifest"].encode()).hexdigest()
    assert shown["imageId"]["imageDigest"] == found.digest


def test_pushing_a_tag_again_moves_it(lab, registry):
    """ECR's tags are mutable unless told otherwise; the same image again changes nothing."""
    first = registry.resolve(lab.images.push("web:1"))
    again = registry.resolve(lab.images.push("web:1"))
    moved = registry.resolve(lab.images.push("web:1", exits_after=5))
    assert first == again != moved
    assert moved.behaviour == Behaviour(exits_after=5)


def test_an_immutable_tag_stays(lab, ecr):
    """The repository is the learner's, and so is its refusal."""
    ecr.create_repository(repositoryName="web", imageTagMutability="IMMUTABLE")
    lab.images.push("web:1")
    lab.images.push("web:1")
    with pytest.raises(ClientError, match="AlreadyExists"):
        lab.images.push("web:1", exits_after=5)


def test_a_push_has_the_same_digest_in_every_lab():
    """It depends on the tag and the behaviour, not on the account, the seed or the run."""

    def digests(**lab):
        with Lab(**lab) as opened:
            images = [
                opened.images.push("web:1", prints="hi"),
                opened.images.push("web:2", prints="hi"),
                opened.images.push("team/web"),
            ]
            return [opened.plane().neighbours.images.resolve(image).digest for image in images]

    first = digests()
    assert first == digests(seed=7, account="111122223333")
    assert len(set(first)) == 3


@given(
    st.builds(
        Behaviour,
        starts_in=st.floats(0, 1e6),
        exits_after=st.none() | st.integers(0, 10**6),
        exit_code=st.integers(0, 255),
        healthy_after=st.none() | st.floats(0, 1e6),
        listens_on=st.none() | st.integers(1, 65535),
        ignores_sigterm=st.booleans(),
        prints=st.text(st.characters(codec="utf-8")),
    )
)
def test_every_behaviour_survives_the_push(behaviour):
    """What was pushed is what runs."""
    given_ = {name: getattr(behaviour, name) for name in Behaviour.__dataclass_fields__}
    with Lab() as lab:
        assert (
            lab.plane().neighbours.images.resolve(lab.images.push("web:1", **given_)).behaviour
            == behaviour
        )


@pytest.mark.parametrize(
    ("given_", "what", "right"),
    [
        ({"stars_in": 3}, "has no 'stars_in'", "starts_in=8"),
        ({"starts_in": -3}, "a number of seconds, from 0 on, not -3", "starts_in=8"),
        ({"starts_in": None}, "not None", "starts_in=8"),
        ({"crashes_after": float("inf")}, "or None for never, not inf", "crashes_after=8"),
        ({"exit_code": 256}, "a whole number from 0 to 255, not 256", "exit_code=1"),
        ({"exit_code": True}, "not True", "exit_code=1"),
        (
            {"listens_on": 65536},
            "a whole number from 1 to 65535, or None for any, not 65536",
            "listens_on=80",
        ),
        ({"ignores_sigterm": 1}, "True or False, not 1", "ignores_sigterm=True"),
        ({"prints": 3}, "text, not 3", 'prints="ready"'),
        ({"crashes_after": 3, "exits_after": 3}, "both say when", "crashes_after=40"),
    ],
)
def test_a_behaviour_that_cannot_be_is_refused_with_the_right_line(lab, ecr, given_, what, right):
    """LabError: the wrong line as it was written, and one that works; nothing is pushed."""
    with pytest.raises(LabError) as refusal:
        lab.images.push("web:1", **given_)
    text = str(refusal.value)
    written = ", ".join(f"{name}={value!r}" for name, value in given_.items())
    assert what in text
    assert f'wrong:  lab.images.push("web:1", {written})' in text
    assert f'right:  lab.images.push("web:1", {right})' in text
    assert ecr.describe_repositories()["repositories"] == []


@pytest.mark.parametrize(
    "name",
    ["Web", "", "web:", "web: 1", ":1", "web/", "-web:1", "web:1:2", 3, "web@sha256:" + "0" * 64],
)
def test_a_name_that_ecr_would_not_take_is_refused(lab, name):
    """A repository in lower case, a colon, a tag."""
    with pytest.raises(LabError, match="is not a name for an image"):
        lab.images.push(name)


def test_a_name_too_short_for_ecr_is_refused_before_ecr_is_asked(lab):
    """A repository's name has at least two characters; the LabError says
    so, no traceback of a client does.
    """
    with pytest.raises(LabError, match=r"w:1"):
        lab.images.push("w:1")


def test_an_image_that_lost_its_tag_is_still_there_by_its_digest(lab, ecr, registry):
    """Facts, section 6.6: tasks of a deployment go on using the digest, whoever moves
    the tag; ECR keeps the image untagged.
    """
    for seconds in (2, 3, 4):
        lab.images.push("web:latest", starts_in=seconds)
    told = ecr.describe_images(repositoryName="web")["imageDetails"]
    assert [image.get("imageTags") for image in told].count(["latest"]) == 1
    kept = {
        registry.resolve(uri(lab, f"web@{image['imageDigest']}")).behaviour.starts_in
        for image in told
    }
    assert kept == {2, 3, 4}
