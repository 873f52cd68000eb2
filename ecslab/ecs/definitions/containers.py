"""Names, images and how many: the rules that every list of containers must keep."""

import json
import re

from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container

LONGEST_NAME = 255  # BC:RegisterTaskDefinitionRequest.family, BC:ContainerDefinition.name
MOST_CONTAINERS = 10  # facts, section 15
MOST_BYTES = 65_536  # facts, section 15: 64 KB

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_IMAGE = re.compile(r"[A-Za-z0-9_.:/#@-]+")  # BC:ContainerDefinition.image, and the @ of a digest
LONGEST_IMAGE = 255  # BC:ContainerDefinition.image: without its digest


def size(draft: Draft) -> str | None:
    """At most 64 KB; the text is in awsdocs/amazon-ecs-developer-guide#149,
    where a request's JSON was measured.
    """
    request = {k: v for k, v in draft.request.items() if k != "tags"}
    length = len(json.dumps(request, separators=(",", ":")).encode())
    return (
        f"Actual length: '{length}'. Max allowed length is '{MOST_BYTES}' bytes."
        if length > MOST_BYTES
        else None
    )


def family(draft: Draft) -> str | None:
    """Letters, numbers, hyphens and underscores; text in
    aws/amazon-ecs-cli#37 (the one about length is ours).
    """
    name = draft.request["family"]
    if not name:
        return "Family should not be null or empty."
    if len(name) > LONGEST_NAME:
        return f"Family can have at most {LONGEST_NAME} characters."
    return None if _NAME.fullmatch(name) else "Family contains invalid characters."


def some_containers(draft: Draft) -> str | None:
    """One to ten; texts observed by cdk-preflight
    (pf-ecs-container-definitions-empty) and in aws/amazon-ecs-cli#184.
    """
    if not draft.containers:
        return "Container list cannot be empty."
    return "Too many containers." if len(draft.containers) > MOST_CONTAINERS else None


@for_each_container
def container_name(_: Draft, container: Json) -> str | None:
    """As a family's; texts in hashicorp/terraform#2888 and
    hashicorp/terraform-provider-aws#5950 (the one about length is ours).
    """
    name = container.get("name", "")
    if not name:
        return "Container.name should not be null or empty."
    if len(name) > LONGEST_NAME:
        return f"Container.name can have at most {LONGEST_NAME} characters."
    return None if _NAME.fullmatch(name) else "Container.name contains invalid characters."


@for_each_container
def image(_: Draft, container: Json) -> str | None:
    """The characters of an image name; texts in OctopusDeploy/Issues#10026 and many other
    threads (the one about length is ours).
    """
    if not container.get("image"):
        return "Container.image should not be null or empty."
    if len(container["image"].partition("@")[0]) > LONGEST_IMAGE:
        return f"Container.image can have at most {LONGEST_IMAGE} characters."
    return (
        None
        if _IMAGE.fullmatch(container["image"])
        else "Container.image contains invalid characters."
    )


def distinct_names(draft: Draft) -> str | None:
    """No two containers share a name; text observed by cdk-preflight, rule
    pf-ecs-duplicate-container-names.
    """
    names = [c["name"] for c in draft.containers]
    return (
        "Container names must be unique within a task definition."
        if len(set(names)) < len(names)
        else None
    )


def one_essential(draft: Draft) -> str | None:
    """At least one container is essential (facts, section 1.3); text observed by
    cdk-preflight, pf-ecs-essential-container.
    """
    if any(c.get("essential", True) for c in draft.containers):
        return None
    return "Task definition doesn't have any essential container."


RULES: tuple[Rule, ...] = (
    family,
    some_containers,
    container_name,
    image,
    distinct_names,
    one_essential,
)
