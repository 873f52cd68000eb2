"""Which container may start, and which may be told to stop: `dependsOn` forwards and backwards."""

from ecslab.ecs.state.tasks import Container


def waits_for(container: Container, others: dict[str, Container]) -> list[str]:
    """The dependencies that still hold this container back, as readable conditions such as "db HEALTHY"."""
    wanted = container.definition.get("dependsOn", [])
    return [
        f"{d['containerName']} {d['condition']}"
        for d in wanted
        if not _met(others[d["containerName"]], d["condition"])
    ]


def hopeless(container: Container, others: dict[str, Container]) -> str | None:
    """Why this container can never start: a dependency with SUCCESS failed, or one with HEALTHY or START has stopped."""
    for wanted in container.definition.get("dependsOn", []):
        other, condition = others[wanted["containerName"]], wanted["condition"]
        if other.status != "STOPPED" or _met(other, condition):
            continue
        return f"{container.name} depends on {other.name} {condition}, but {other.name} exited with code {other.exit_code}"
    return None


def may_stop(container: Container, others: dict[str, Container]) -> bool:
    """At shutdown the order is reversed: a container waits until everything that depends on it has stopped (facts, section 1.3)."""
    return all(
        other.status == "STOPPED"
        for other in others.values()
        if any(d["containerName"] == container.name for d in other.definition.get("dependsOn", []))
    )


def _met(other: Container, condition: str) -> bool:
    if condition == "START":
        return other.started_ms is not None
    if condition == "HEALTHY":
        return other.health == "HEALTHY"
    if condition == "SUCCESS":
        return other.status == "STOPPED" and other.exit_code == 0
    return other.status == "STOPPED" and other.started_ms is not None  # COMPLETE
