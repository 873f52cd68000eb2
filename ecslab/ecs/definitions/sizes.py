"""CPU and memory of the task and of its containers, whatever they run on;
what Fargate adds is in fargate.py.
"""

from ecslab.ecs.definitions.draft import Draft, Json, Rule, for_each_container
from ecslab.ecs.definitions.units import INVALID

CPU_MIN, CPU_MAX = 128, 196_608  # units, outside Fargate (facts, section 2.1)
MEMORY_MIN = 6  # MiB a container needs (facts, section 2.1)


@for_each_container
def memory_given(draft: Draft, container: Json) -> str | None:
    """Without task memory each container says its own (facts, section 4); checked
    before Fargate's rules, says cdk-preflight.
    """
    if draft.memory or container.get("memory") or container.get("memoryReservation"):
        return None
    return (
        f"Invalid setting for container '{container['name']}'. At least one of 'memory' or "
        "'memoryReservation' must be specified."
    )


@for_each_container
def enough_memory(_: Draft, container: Json) -> str | None:
    """6 MiB or more (facts, section 2.1); the wording is ours."""
    given = [container[m] for m in ("memory", "memoryReservation") if m in container]
    if any(value < MEMORY_MIN for value in given):
        return (
            f"Invalid setting for container '{container['name']}'. 'memory' must be at "
            f"least {MEMORY_MIN}."
        )
    return None


@for_each_container
def hard_limit_above_soft(_: Draft, container: Json) -> str | None:
    """Text observed by cdk-preflight, pf-ecs-container-memory-reservation: equal
    is allowed, though BC says greater.
    """
    hard, soft = container.get("memory"), container.get("memoryReservation")
    if hard is None or soft is None or hard >= soft:
        return None
    return (
        f"Invalid setting for container '{container['name']}'. 'memory' must be greater "
        "than or equal to 'memoryReservation'."
    )


@for_each_container
def container_memory_fits(draft: Draft, container: Json) -> str | None:
    """Text observed by cdk-preflight, rule pf-ecs-container-memory-over-task."""
    if draft.memory is None or container.get("memory", 0) <= draft.memory:
        return None
    return f"The 'memory' setting for container '{container['name']}' is greater than for the task."


def reserved_memory_fits(draft: Draft) -> str | None:
    """What all containers reserve fits into the task; text in
    cloudnativedaysjp/dreamkast-infra#4766.
    """
    if (
        draft.memory is None
        or sum(c.get("memoryReservation", 0) for c in draft.containers) <= draft.memory
    ):
        return None
    return (
        "The sum of all container 'memoryReservation' values cannot be greater than the "
        "value of the task 'memory'."
    )


@for_each_container
def no_negative_cpu(_: Draft, container: Json) -> str | None:
    """CPU units are 0 or more; the wording is ours."""
    return (
        f"Invalid 'cpu' setting for container '{container['name']}'."
        if container.get("cpu", 0) < 0
        else None
    )


def container_cpu_fits(draft: Draft) -> str | None:
    """Text observed by cdk-preflight, rule pf-ecs-fargate-container-cpu-over-task."""
    if draft.cpu is None or sum(c.get("cpu", 0) for c in draft.containers) <= draft.cpu:
        return None
    return (
        "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'."
    )


def cpu_in_range(draft: Draft) -> str | None:
    """128 to 196,608 units on EC2 and EXTERNAL (facts, section 2.1);
    DG:task-cpu-memory-error has the text.
    """
    if draft.cpu is None or CPU_MIN <= draft.cpu <= CPU_MAX:
        return None
    return INVALID.format("cpu")


RULES: tuple[Rule, ...] = (
    *(
        memory_given,
        enough_memory,
        hard_limit_above_soft,
        container_memory_fits,
        reserved_memory_fits,
    ),
    *(no_negative_cpu, container_cpu_fits, cpu_in_range),
)
