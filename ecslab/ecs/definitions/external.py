"""What ECS Anywhere, the launch type EXTERNAL, cannot run (facts,
section 8.6); the wordings are ours.
"""

from ecslab.ecs.definitions.draft import Draft, Rule


def network_mode(draft: Draft) -> str | None:
    """bridge, host and none: there is no VPC to put an interface in."""
    return (
        "EXTERNAL compatible task definitions do not support networkMode=awsvpc"
        if draft.network_mode == "awsvpc"
        else None
    )


def volumes(draft: Draft) -> str | None:
    """No EFS, and no EBS volume, outside AWS."""
    for member in ("efsVolumeConfiguration", "configuredAtLaunch"):
        if any(volume.get(member) for volume in draft.volumes):
            return f"EXTERNAL compatible task definitions do not support {member}"
    return None


RULES: tuple[Rule, ...] = (network_mode, volumes)
