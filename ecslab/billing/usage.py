"""Reads from the timeline what was used, from when to when: what a bill is made of.

Stopped tasks and terminated instances are forgotten by the account; the timeline
remembers them. So the facts that a bill needs are written on a task's first line
(`LaunchFacts`) and on an instance's "registered" line.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ecslab.timeline.event import Event
from ecslab.timeline.instances import (
    AboutInstance,
    AboutMachine,
    AgentConnected,
    InstanceDeregistered,
    InstanceRegistered,
    InstanceStopped,
    InstanceTerminated,
    MachineEnded,
)
from ecslab.timeline.tasks import (
    AboutTask,
    TaskActivating,
    TaskPending,
    TaskProvisioning,
    TaskStopped,
)

FARGATE, FARGATE_SPOT, EC2, EXTERNAL = "FARGATE", "FARGATE_SPOT", "EC2", "EXTERNAL"
LINUX, WINDOWS = "LINUX", "WINDOWS"
# Between which a machine costs.
BEGINS = (InstanceRegistered, AgentConnected)
ENDS: dict[str, tuple[type[Event], ...]] = {
    EC2: (InstanceStopped, InstanceTerminated, MachineEnded),
    EXTERNAL: (InstanceDeregistered, InstanceTerminated),
}


@dataclass(slots=True)
class TaskUse:
    """One task's life as a bill sees it; times are lab milliseconds,
    None for what has not happened.
    """

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
    """One stretch of a machine's life: an EC2 instance from launch to termination,
    an EXTERNAL one while it is registered.
    """

    label: str
    provider: str
    region: str
    type: str  # m5.large; empty when nobody noted it
    begin_ms: int
    end_ms: int | None = None


def read(events: Iterable[Event]) -> tuple[list[TaskUse], list[MachineUse]]:
    """Every task and every machine of a story, in order of birth."""
    tasks: dict[str, TaskUse] = {}
    machines: dict[str, list[MachineUse]] = {}
    for event in events:
        if isinstance(event, AboutTask):
            _task(tasks, event)
        elif isinstance(event, AboutInstance):
            _machine(machines.setdefault(event.instance.machine, []), event)
        elif isinstance(event, AboutMachine):
            _machine(machines.setdefault(event.machine.label, []), event)
    return list(tasks.values()), [use for stretches in machines.values() for use in stretches]


def _task(tasks: dict[str, TaskUse], event: AboutTask) -> None:
    ref = event.task
    if isinstance(event, TaskProvisioning | TaskPending) and (launch := event.launch):
        tasks[ref.label] = TaskUse(
            label=ref.label,
            definition=ref.definition,
            service=ref.service.called if ref.service else None,
            region=event.region,
            provider=launch.provider,
            cpu=launch.cpu,
            memory=launch.memory,
            architecture=launch.architecture,
            system=launch.system,
            storage_gib=launch.storage_gib,
            public_ip=launch.public_ip,
            born_ms=event.at_ms,
        )
    elif isinstance(event, TaskPending):
        tasks[ref.label].attached_ms = event.at_ms
    elif isinstance(event, TaskActivating):
        tasks[ref.label].pulled_from_ms = event.at_ms
    elif isinstance(event, TaskStopped):
        tasks[ref.label].ended_ms = event.at_ms


def _machine(stretches: list[MachineUse], event: AboutInstance | AboutMachine) -> None:
    """A machine costs while it runs, from its launch on, whether or not it
    registers; one that left its cluster costs on.

    One that is not AWS's costs while it is registered.
    """
    last = stretches[-1] if stretches else None
    if last is not None and last.end_ms is None:
        if isinstance(event, ENDS[last.provider]):
            last.end_ms = event.at_ms
        elif isinstance(event, InstanceRegistered) and not last.label.startswith("instance/"):
            last.label = event.subject
        return
    if isinstance(event, BEGINS) or event.launched_ms is not None:
        stretches.append(_stretch(last, event))


def _stretch(last: MachineUse | None, event: AboutInstance | AboutMachine) -> MachineUse:
    external = isinstance(event, AboutInstance) and event.external
    kind = event.instance_type if isinstance(event, AboutInstance) else event.machine.instance_type
    use = MachineUse(event.subject, EXTERNAL if external else EC2, event.region, kind or "", 0)
    if last is not None and not isinstance(event, InstanceRegistered):
        # It has run before: under the name that it had.
        use = replace(
            use, label=last.label, provider=last.provider, region=last.region, type=last.type
        )
    use.begin_ms = event.at_ms if event.launched_ms is None else event.launched_ms
    use.end_ms = event.at_ms if isinstance(event, ENDS[use.provider]) else None
    return use
