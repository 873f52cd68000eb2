"""The only place that reads from the timeline what was used, from when to when: what a bill is made of.

Stopped tasks and terminated instances are forgotten by the account; the timeline remembers them. So the facts that a bill needs are
written on a task's first line (`LaunchFacts`) and on an instance's "registered" line.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ecslab.timeline.event import Event

FARGATE, FARGATE_SPOT, EC2, EXTERNAL = "FARGATE", "FARGATE_SPOT", "EC2", "EXTERNAL"
LINUX, WINDOWS = "LINUX", "WINDOWS"
# The kinds of lines between which a machine costs.
BEGINS = {"registered", "agent connected"}
ENDS = {EC2: {"stopped", "terminated"}, EXTERNAL: {"deregistered", "terminated"}}


@dataclass(slots=True)
class TaskUse:
    """One task's life as a bill sees it; times are lab milliseconds, None for what has not happened."""

    label: str
    definition: str
    service: str | None
    region: str
    provider: str
    cpu: int  # units
    memory: int  # MiB
    architecture: str  # X86_64 or ARM64
    system: str  # LINUX or WINDOWS
    storage_gib: int
    public_ip: bool
    born_ms: int
    attached_ms: int | None = None  # its network interface
    pulled_from_ms: int | None = None  # its images: here Fargate begins to bill
    ended_ms: int | None = None  # STOPPED


@dataclass(slots=True)
class MachineUse:
    """One stretch of a machine's life: an EC2 instance from launch to termination, an EXTERNAL one while it is registered."""

    label: str
    provider: str
    region: str
    type: str  # m5.large; empty when nobody noted it
    begin_ms: int
    end_ms: int | None = None


def read(events: Iterable[Event], region: str) -> tuple[list[TaskUse], list[MachineUse]]:
    """Every task and every machine of a story, in order of birth; `region` is where a line that names none happened."""
    tasks: dict[str, TaskUse] = {}
    machines: dict[str, list[MachineUse]] = {}
    for event in events:
        if event.subject.startswith("task/"):
            _task(tasks, event, region)
        elif "machine" in event.facts:
            _machine(machines.setdefault(event.facts["machine"], []), event, region)
    return list(tasks.values()), [use for stretches in machines.values() for use in stretches]


def _task(tasks: dict[str, TaskUse], event: Event, region: str) -> None:
    facts = event.facts
    if "launch_type" in facts:
        tasks[event.subject] = TaskUse(
            label=event.subject,
            definition=facts.get("definition", ""),
            service=facts.get("service"),
            region=facts.get("region", region),
            provider=facts["provider"],
            cpu=facts["cpu"],
            memory=facts["memory"],
            architecture=facts["architecture"],
            system=facts["system"],
            storage_gib=facts["storage_gib"],
            public_ip=facts["public_ip"],
            born_ms=event.at_ms,
        )
    elif (task := tasks.get(event.subject)) is None:
        return  # one of its containers
    elif event.kind == "PENDING":
        task.attached_ms = event.at_ms
    elif event.kind == "ACTIVATING":
        task.pulled_from_ms = event.at_ms
    elif event.kind == "STOPPED":
        task.ended_ms = event.at_ms


def _machine(stretches: list[MachineUse], event: Event, region: str) -> None:
    """A machine costs while it runs, from its launch on, whether or not it registers; one that left its cluster costs on.

    One that is not AWS's costs while it is registered.
    """
    facts, last = event.facts, stretches[-1] if stretches else None
    if last is not None and last.end_ms is None:
        if event.kind in ENDS[last.provider]:
            last.end_ms = event.at_ms
        elif event.kind == "registered" and not last.label.startswith("instance/"):
            last.label = event.subject
        return
    began_ms = facts.get("launched_ms")
    if event.kind in BEGINS or began_ms is not None:
        provider = EXTERNAL if facts.get("external") else EC2
        use = MachineUse(
            event.subject, provider, facts.get("region", region), facts.get("instance_type") or "", 0
        )
        if last is not None and event.kind != "registered":  # it has run before: under the name that it had
            use = replace(use, label=last.label, provider=last.provider, region=last.region, type=last.type)
        use.begin_ms = event.at_ms if began_ms is None else began_ms
        use.end_ms = event.at_ms if event.kind in ENDS[provider] else None
        stretches.append(use)
