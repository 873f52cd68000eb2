"""The rules of RegisterTaskDefinition: one file per subject, each a list of small pure functions.

`refusal` asks them in the order in which AWS was seen to ask (cdk-preflight: a missing container
memory is found before Fargate's sizes are looked at).
"""

from ecslab.ecs.definitions import (
    choices,
    containers,
    environment,
    external,
    fargate,
    logs,
    networking,
    ordering,
    platform,
    ports,
    sizes,
    volumes,
)
from ecslab.ecs.definitions.draft import Draft, Rule, first

COMMON: tuple[Rule, ...] = (
    *containers.RULES,
    *choices.RULES,
    *sizes.RULES,
    *networking.RULES,
    *ports.RULES,
    *ordering.RULES,
    *environment.RULES,
    *logs.RULES,
    *volumes.RULES,
    *platform.RULES,
)
LAUNCH_TYPES: dict[str, tuple[Rule, ...]] = {
    "EC2": (),
    "FARGATE": fargate.RULES,
    "EXTERNAL": external.RULES,
}


def refusal(draft: Draft) -> str | None:
    """Why AWS would not register this, in its words, or None.

    Raises AwsError UnsupportedFeatureException for what exists in AWS and is not simulated.
    """
    return containers.size(draft) or broken(draft)


def broken(draft: Draft) -> str | None:
    """Why no task can be as a definition says, however it came to say so, in AWS's
    words, or None; raises as `refusal`.
    """
    if why := first(COMMON, draft):
        return why
    return first(tuple(rule for target in draft.targets for rule in LAUNCH_TYPES[target]), draft)


def compatibilities(draft: Draft) -> list[str]:
    """Where a definition that keeps the common rules could run, in the
    order public describe output shows.

    MANAGED_INSTANCES is listed for Linux tasks in awsvpc or host mode, as AWS
    does, though nothing runs there yet.
    """
    fits = {name for name, rules in LAUNCH_TYPES.items() if first(rules, draft) is None}
    if draft.request.get("ephemeralStorage"):
        fits &= {"FARGATE"}
    elif draft.network_mode in {"awsvpc", "host"} and not draft.windows:
        fits |= {"MANAGED_INSTANCES"}
    return [name for name in ("EXTERNAL", "EC2", "MANAGED_INSTANCES", "FARGATE") if name in fits]
