"""Who waits for whom, how long, how health is asked for, and who is started again."""

from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container
from ecslab.ecs.definitions.networking import has_cycle

TIMEOUT_MIN_S = 2  # facts, section 1.3
RESTART_MIN_S, RESTART_MAX_S = 60, 1_800  # facts, section 1.3
MOST_EXIT_CODES = 50  # facts, section 1.3
# Facts, section 1.3.
HEALTH = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
HEALTH_WORDS = 2  # CMD or CMD-SHELL, and something to run


@for_each_container
def dependency_exists(draft: Draft, container: Json) -> str | None:
    """Text, plus sign included, observed by cdk-preflight
    (pf-ecs-dependson-container-missing) and in eagletmt/hako#99.
    """
    names = {c["name"] for c in draft.containers}
    unknown = [
        d["containerName"]
        for d in container.get("dependsOn", [])
        if d["containerName"] not in names
    ]
    return (
        f"Cannot depend on container + '{unknown[0]}' because it does not exist"
        if unknown
        else None
    )


@for_each_container
def dependency_can_hold(draft: Draft, container: Json) -> str | None:
    """COMPLETE and SUCCESS need a container that may end, HEALTHY one
    with a check (facts, section 17).
    """
    others = {c["name"]: c for c in draft.containers}
    for wanted in container.get("dependsOn", []):
        other, condition = others[wanted["containerName"]], wanted["condition"]
        if condition in {"COMPLETE", "SUCCESS"} and other.get("essential", True):
            return (
                "A dependency container with SUCCESS or COMPLETE condition cannot be an "
                "essential container"
            )
        if condition == "HEALTHY" and not other.get("healthCheck"):
            return "A dependency container with HEALTHY condition must have health check configured"
    return None


def dependencies_without_cycle(draft: Draft) -> str | None:
    """Nobody waits for themselves, not even through others; the wording
    is ours, after the one for links.
    """
    graph = {
        c["name"]: {d["containerName"] for d in c.get("dependsOn", [])} for c in draft.containers
    }
    return "Container dependencies should not have a cycle" if has_cycle(graph) else None


@for_each_container
def timeouts_long_enough(_: Draft, container: Json) -> str | None:
    """Two seconds or more (facts, section 1.3); the texts are those of a public
    emulator that was compared with AWS.
    """
    for member, words in (("startTimeout", "start"), ("stopTimeout", "stop")):
        if container.get(member, TIMEOUT_MIN_S) < TIMEOUT_MIN_S:
            return (
                f"Granular {words} timeout on container '{container['name']}' must be at "
                f"least {TIMEOUT_MIN_S} seconds."
            )
    return None


@for_each_container
def health_check_command(_: Draft, container: Json) -> str | None:
    """It starts with CMD or CMD-SHELL and runs something (facts,
    section 1.3); the wording is ours.
    """
    check = container.get("healthCheck")
    if check is None or (
        len(check["command"]) >= HEALTH_WORDS and check["command"][0] in {"CMD", "CMD-SHELL"}
    ):
        return None
    return (
        f"Health check command must start with CMD or CMD-SHELL for container '{container['name']}'"
    )


@for_each_container
def health_check_numbers(_: Draft, container: Json) -> str | None:
    """The texts for too much observed by cdk-preflight
    (pf-ecs-healthcheck-*-range); the ones for too little follow them.
    """
    for member, (least, most) in HEALTH.items():
        value = container.get("healthCheck", {}).get(member, least)
        if value > most:
            return (
                f"Health check {member} must be less than or equal to the maximum allowed "
                f"value {most} for container '{container['name']}'"
            )
        if value < least:
            return (
                f"Health check {member} must be greater than or equal to the minimum allowed "
                f"value {least} for container '{container['name']}'"
            )
    return None


@for_each_container
def restart_policy(_: Draft, container: Json) -> str | None:
    """Text observed by cdk-preflight, rule
    pf-ecs-restart-policy-attempt-period-range (the one about exit codes is ours).
    """
    policy = container.get("restartPolicy", {})
    if not RESTART_MIN_S <= policy.get("restartAttemptPeriod", RESTART_MIN_S) <= RESTART_MAX_S:
        return (
            f"The 'restartAttemptPeriod' setting for container '{container['name']}' must "
            f"be between {RESTART_MIN_S} and {RESTART_MAX_S}."
        )
    if len(policy.get("ignoredExitCodes", [])) > MOST_EXIT_CODES:
        return (
            f"The 'ignoredExitCodes' setting for container '{container['name']}' can have "
            f"at most {MOST_EXIT_CODES} items."
        )
    return None


RULES: tuple[Rule, ...] = (
    *(dependency_exists, dependency_can_hold, dependencies_without_cycle, timeouts_long_enough),
    *(health_check_command, health_check_numbers, restart_policy),
)
