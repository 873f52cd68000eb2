"""Who would answer whom, as a look found it: tasks that answer alike, shares of a
flow's requests, and how big a task is.
"""

import math
from dataclasses import dataclass, field

from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Task
from ecslab.world.answers import Answer
from ecslab.world.images import Behaviour

UNITS = 1024  # of one CPU


@dataclass(frozen=True, slots=True)
class TaskSize:
    """What a task asks for, and what it may use."""

    vcpus: float
    most_vcpus: float
    memory_mib: float
    most_memory_mib: float  # its hard limit


@dataclass(eq=False, slots=True)
class Kind:
    """Tasks that answer alike: of one deployment, with one image, in one condition."""

    definition: str
    deployment: str
    behaviour: Behaviour
    size: TaskSize
    answer: Answer
    count: int = 0  # how many of them get requests


@dataclass(slots=True)
class Stream:
    """A share of a flow's requests with one fate: answered by tasks of one kind,
    or by nobody behind the load balancer.
    """

    share: float
    kind: Kind | None = None
    balancer: str = ""
    group: str = ""
    status: int = 0  # what the load balancer answers itself
    why: str = ""


@dataclass(slots=True)
class Snapshot:
    """Who would answer whom, until something changes; `until_ms` is when that is known to be."""

    streams: list[list[Stream]] = field(default_factory=list)  # by flow, in their order
    # Healthy, unhealthy targets.
    hosts: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    services: dict[str, tuple[Service, list[tuple[Kind, int, int]]]] = field(default_factory=dict)
    busy: dict[str, Kind] = field(default_factory=dict)  # by task, those that get requests
    until_ms: float = math.inf


PLAIN = TaskSize(1.0, 1.0, UNITS, math.inf)  # pedagogical: where nothing is said


def size_of(task: Task) -> TaskSize:
    """A task's own CPUs and MiB are what it has; without, its containers' together.

    Then CPU units are only a share of the instance's, of which each task there may use
    what nobody else does as well: an even part of it (pedagogical), and
    `memoryReservation` is no limit (facts, section 9.5).
    """
    wanted = [c.definition for c in task.containers]
    units = float(task.cpu or 0) or sum(c.get("cpu", 0) for c in wanted) or UNITS
    memory = float(task.memory or 0) or sum(
        c.get("memoryReservation") or c.get("memory", 0) for c in wanted
    )
    hard = float(task.memory or 0) or sum(c.get("memory", math.inf) for c in wanted)
    spare, instance = 0.0, task.instance
    if instance is not None and not task.cpu:
        inside = [t.needs.cpu for t in instance.inside.values() if t.needs]
        spare = (instance.cpu - sum(inside)) / max(1, len(inside))
    return TaskSize(units / UNITS, (units + spare) / UNITS, memory or UNITS, max(hard, memory))
