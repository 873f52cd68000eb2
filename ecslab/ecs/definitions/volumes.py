"""Volumes, and who mounts them where (facts, section 16)."""

import re

from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container

KINDS = (
    *("host", "dockerVolumeConfiguration", "efsVolumeConfiguration"),
    "fsxWindowsFileServerVolumeConfiguration",
)
LONGEST_NAME = 255  # BC:Volume.name
_NAME = re.compile(r"[A-Za-z0-9_-]+")


def volume_names(draft: Draft) -> str | None:
    """As a family's, each name once; text in aws/amazon-ecs-cli#277 and
    openfresh/ecs-formation#22 (the others are ours).
    """
    names = [volume.get("name", "") for volume in draft.volumes]
    if not all(names):
        return "volume.name should not be null or empty."
    if any(len(name) > LONGEST_NAME for name in names):
        return f"volume.name can have at most {LONGEST_NAME} characters."
    if not all(map(_NAME.fullmatch, names)):
        return "volume.name contains invalid characters."
    return (
        "Volume names must be unique within a task definition."
        if len(set(names)) < len(names)
        else None
    )


def one_kind_each(draft: Draft) -> str | None:
    """A volume is of one kind, and one volume at most is configured at launch
    (facts, section 16); the wording is ours.
    """
    for volume in draft.volumes:
        if sum(kind in volume for kind in KINDS) + bool(volume.get("configuredAtLaunch")) > 1:
            return f"Volume '{volume['name']}' must specify only one volume configuration."
    if sum(bool(volume.get("configuredAtLaunch")) for volume in draft.volumes) > 1:
        return "Only one volume can be configured at launch."
    return None


def docker_volumes(draft: Draft) -> str | None:
    """A volume of scope task is always provisioned; text in
    terraform-provider-aws#5907 and aws/aws-cdk#26697.
    """
    for volume in draft.volumes:
        docker = volume.get("dockerVolumeConfiguration", {})
        if docker.get("scope", "task") == "task" and docker.get("autoprovision", True) is False:
            return (
                "When 'scope' parameter is 'task', 'autoprovision' must either not be "
                "specified or set to 'True'."
            )
    return None


def efs_volumes(draft: Draft) -> str | None:
    """Encryption where IAM, a port or an access point needs it; texts observed
    by cdk-preflight, rules pf-ecs-efs-*.
    """
    for volume in draft.volumes:
        efs = volume.get("efsVolumeConfiguration", {})
        authorization = efs.get("authorizationConfig", {})
        encrypted = efs.get("transitEncryption") == "ENABLED"
        if authorization.get("iam") == "ENABLED" and not encrypted:
            return "EFS IAM authorization requires TransitEncryption to be enabled."
        if "transitEncryptionPort" in efs and not encrypted:
            return "TransitEncryptionPort requires that TransitEncryption is enabled."
        if authorization.get("accessPointId") and efs.get("rootDirectory", "/") != "/":
            return (
                "When using an EFS access point, the root directory must either be set to "
                '"/" or be omitted.'
            )
        if (
            authorization.get("accessPointId") and not encrypted
        ):  # BC:EFSAuthorizationConfig; the wording is ours
            return "EFS access points require TransitEncryption to be enabled."
    return None


@for_each_container
def mounted_volumes_exist(draft: Draft, container: Json) -> str | None:
    """Text observed by cdk-preflight, rule pf-ecs-mountpoint-source-volume-missing."""
    known = {volume.get("name") for volume in draft.volumes}
    unknown = [
        m.get("sourceVolume", "")
        for m in container.get("mountPoints", [])
        if m.get("sourceVolume") not in known
    ]
    return f"Unknown volume '{unknown[0]}'." if unknown else None


@for_each_container
def mount_paths(_: Draft, container: Json) -> str | None:
    """A mount point has a path in the container (BC:MountPoint); the wording
    is ours, in the form of the others.
    """
    if all(mount.get("containerPath") for mount in container.get("mountPoints", [])):
        return None
    return "MountPoint.containerPath should not be null or empty."


@for_each_container
def volumes_from_known(draft: Draft, container: Json) -> str | None:
    """Volumes come from another container of the task (BC:VolumeFrom); the wording is ours."""
    others = {c["name"] for c in draft.containers} - {container["name"]}
    unknown = [
        v.get("sourceContainer", "")
        for v in container.get("volumesFrom", [])
        if v.get("sourceContainer") not in others
    ]
    return f"Unknown container '{unknown[0]}' in volumesFrom." if unknown else None


RULES: tuple[Rule, ...] = (
    *(volume_names, one_kind_each, docker_volumes, efs_volumes),
    *(mounted_volumes_exist, mount_paths, volumes_from_known),
)
