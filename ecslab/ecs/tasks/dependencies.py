"""Which container may start, which never can, and which may be told to stop:
`dependsOn` forwards and backwards.

As the container agent decides (AG:agent/engine/dependencygraph/graph.go, facts 2, section 31, rows
2 and 3): what becomes of a dependency concerns the container that waits for it, and nobody else.
"""

from collections.abc import Sequence

from ecslab.ecs.model.tasks import Container
from ecslab.ground.text import Listed, Text

# The conditions that a dependency's startTimeout is about.
TIMED = {"SUCCESS", "COMPLETE", "HEALTHY"}
# The exit code of a container that could never start: the agent's
# choice, as nothing else comes closer.
NEVER_RAN = 143
ORDERED = "dependency graph: {}container ordering dependency [{}] for target [{}] {}"


def waits_for(container: Container, others: dict[str, Container]) -> list[str]:
    """The dependencies that still hold this container back, as readable
    conditions such as "db HEALTHY".
    """
    wanted = container.definition.get("dependsOn", [])
    return [
        f"{d['containerName']} {d['condition']}"
        for d in wanted
        if not _met(others[d["containerName"]], d["condition"])
    ]


def waiting(containers: Sequence[Container]) -> list[Text]:
    """What the containers of a task, once all are pulled, still wait for,
    such as "app waits for db HEALTHY".
    """
    others = {c.name: c for c in containers}
    held = {c.name: waits_for(c, others) for c in containers if c.status == "PENDING" and c.pulled}
    return [
        Text("{name} waits for {what}", name=name, what=Listed(Text(" and "), what))
        for name, what in held.items()
        if what
    ]


def never_starts(container: Container, others: dict[str, Container], now_ms: int) -> str | None:
    """Why this container can never start, in the agent's words, or None while it may yet.

    A dependency is past its startTimeout, did not exit with 0 as SUCCESS asks, or never ran itself.
    One with HEALTHY that has exited is none of these: the agent waits on. The agent also gives up
    on a container whose timed dependency has come true while another still holds it back; the API
    says "doesn't reach the desired status within that time", and is followed.
    """
    for wanted in container.definition.get("dependsOn", []):
        other, condition = others[wanted["containerName"]], wanted["condition"]
        if not _met(other, condition) and (text := _hopeless(other, condition, now_ms)):
            start, end = text
            return ORDERED.format(start, _described(other), _described(container), end)
    return None


def _hopeless(other: Container, condition: str, now_ms: int) -> tuple[str, str] | None:
    """How the agent's sentence begins and ends."""
    if other.status != "STOPPED":
        due_ms = timeout_due_ms(other)
        timed_out = condition in TIMED and due_ms is not None and now_ms >= due_ms
        return ("", "has timed out.") if timed_out else None
    if other.started_ms is None:
        return "failed to resolve ", "because dependency will never start"
    if condition == "SUCCESS":
        return "failed to resolve ", "as dependency did not exit successfully."
    return None


def timeout_due_ms(container: Container) -> int | None:
    """When those that wait for this container give up: its startTimeout after it has started;
    None without one, for AWS has no default.
    """
    limit_s = container.definition.get("startTimeout")
    if not limit_s or container.started_ms is None:
        return None
    return container.started_ms + int(limit_s) * 1000


def may_stop(container: Container, others: dict[str, Container]) -> bool:
    """At shutdown the order is reversed: a container waits until everything that depends
    on it has stopped (facts, section 1.3).
    """
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
        return other.status == "STOPPED" and other.started_ms is not None and other.exit_code == 0
    return other.status == "STOPPED" and other.started_ms is not None  # COMPLETE


def _described(container: Container) -> str:
    """A container as the agent prints it, seen in aws/amazon-ecs-agent#3218:
    name(image) (known->desired), then its exit code.
    """
    known = (
        "NONE" if container.started_ms is None else container.status.replace("PENDING", "RUNNING")
    )
    desired = "STOPPED" if (container.status, known) == ("STOPPED", "NONE") else "RUNNING"
    ended = f" - Exit: {container.exit_code}" if container.exit_code is not None else ""
    return f"{container.name}({container.image}) ({known}->{desired}){ended}"
