"""Why one container instance cannot take a task, and which loser came
closest (facts, sections 4 and 5.3).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ecslab.ecs.model.instances import ContainerInstance, Port
from ecslab.ecs.model.tasks import Needs
from ecslab.ground.text import Text

# The order of the checks: what no waiting changes comes first, then what is taken, then what
# the request demands. AWS documents the pipeline (requirements, then constraints), not the
# order among the requirements: that one is ours.
CHECKS = (
    *("launch type", "status", "agent", "attributes", "zone"),
    *("cpu", "memory", "gpus", "ports", "interfaces"),
    *("distinctInstance", "memberOf"),
)
MOST_PORTS = 100  # reserved at a time on an instance (facts, section 3)
# After memberOf's; AWS's own was not found.
DISTINCT = "distinctInstance placement constraint unsatisfied"
MEMBER_OF = "MemberOf placement constraint unsatisfied"

_UNABLE = "was unable to place a task because no container instance met all of its requirements."
_MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
_EVENTS = {
    "RESOURCE:CPU": "has insufficient CPU units available.",
    "RESOURCE:MEMORY": "has insufficient memory available.",
    "RESOURCE:PORTS": "is already using a port required by your task.",
    "ATTRIBUTE": "is missing an attribute required by your task.",
    # With this full stop in a real event of 2023-09-27.
    MEMBER_OF: f'encountered error "{MEMBER_OF}.".',
}


@dataclass(frozen=True, slots=True)
class FitVerdict:
    """Why an instance lost: AWS's reason for `failures[]` (or a word of
    ours), and a sentence for people.
    """

    code: str
    sentence: str
    check: str = CHECKS[0]  # the one that failed; all before it were passed
    short: int = 0  # how many units, MiB or ports were missing


@dataclass(frozen=True, slots=True)
class Room:
    """What an instance has left: CPU units, MiB, interfaces for awsvpc tasks,
    and who has the ports a task wants.
    """

    cpu: int
    memory: int
    interfaces: int
    holders: Mapping[Port, str]
    gpus: int = 0
    reservable: int = MOST_PORTS  # static host ports
    kept: int = 0  # daemon tasks whose room is not counted

    @classmethod
    def on(cls, instance: ContainerInstance, needs: Needs, kept: Sequence[Needs] = ()) -> "Room":
        """As the instance is now, without what is `kept` for others; it
        does not follow later changes.
        """
        ports = {port for other in kept for port in other.ports}
        held = {port: "is kept for a daemon" for port in needs.ports if port in ports}
        return cls(
            instance.cpu - instance.cpu_taken - sum(other.cpu for other in kept),
            instance.memory - instance.memory_taken - sum(other.memory for other in kept),
            instance.interfaces
            - instance.interfaces_taken
            - sum(other.interface for other in kept),
            held | {port: who for port in needs.ports if (who := _holder(instance, port))},
            len(instance.gpus) - len(instance.gpus_taken) - sum(other.gpus for other in kept),
            _reservable(instance) if needs.ports else MOST_PORTS,
            len(kept),
        )

    def after(self, needs: Needs, placed: int) -> "Room":
        """What is left once `placed` more such tasks have been placed here."""
        if not placed:
            return self
        return Room(
            self.cpu - placed * needs.cpu,
            self.memory - placed * needs.memory,
            self.interfaces - placed * needs.interface,
            dict.fromkeys(needs.ports, "is taken by another copy of this task"),
            self.gpus - placed * needs.gpus,
            self.reservable - placed * len(needs.ports),
            self.kept,
        )


def refusal(
    instance: ContainerInstance,
    needs: Needs,
    *,
    zones: Collection[str] | None = None,
    external: bool = False,
) -> FitVerdict | None:
    """Why the instance cannot take the task, or None; placement constraints are not looked at.

    `zones`: those of the subnets given for an awsvpc task. `external`: the
    task is of the EXTERNAL launch type.
    """
    return standing(instance, needs, zones=zones, external=external) or lacking(
        Room.on(instance, needs), needs, instance
    )


def standing(
    instance: ContainerInstance,
    needs: Needs,
    *,
    zones: Collection[str] | None = None,
    external: bool = False,
) -> FitVerdict | None:
    """What is wrong with the instance, however empty it is.

    Tasks of the EC2 launch type on an external instance, and the other way round,
    lack an attribute: that AWS words it so is our assumption. A status other than
    ACTIVE is its own reason, for AWS gives none.
    """
    if instance.external != external:
        kind = "an external instance" if instance.external else "an EC2 instance"
        wanted = "EXTERNAL" if external else "EC2"
        return FitVerdict(
            "ATTRIBUTE",
            Text("it is {kind}, the task is of the {wanted} launch type", kind=kind, wanted=wanted),
            "launch type",
        )
    if instance.status != "ACTIVE":
        return FitVerdict(instance.status, Text("it is {status}", status=instance.status), "status")
    if not instance.connected:
        return FitVerdict("AGENT", Text("its agent is not connected"), "agent")
    if missing := [name for name in needs.attributes if name not in instance.attributes]:
        return FitVerdict(
            "ATTRIBUTE", Text("it lacks {names}", names=_and(missing)), "attributes", len(missing)
        )
    if zones is not None and instance.zone not in zones:
        return FitVerdict(
            "LOCATION",
            Text(
                "it is in {zone}, the subnets in {zones}",
                zone=instance.zone,
                zones=_and(sorted(zones)),
            ),
            "zone",
        )
    return None


def lacking(room: Room, needs: Needs, instance: ContainerInstance) -> FitVerdict | None:
    """Which resource there is too little of: CPU, memory, GPUs, ports,
    network interfaces, in this order.
    """
    kept = _kept(room.kept)
    if room.cpu < needs.cpu:
        sentence = Text(
            "{left:,} CPU units left{kept}, {needed:,} needed",
            left=room.cpu,
            kept=kept,
            needed=needs.cpu,
        )
        return FitVerdict("RESOURCE:CPU", sentence, "cpu", needs.cpu - room.cpu)
    if room.memory < needs.memory:
        sentence = Text(
            "{left:,} MiB left{kept}, {needed:,} needed",
            left=room.memory,
            kept=kept,
            needed=needs.memory,
        )
        return FitVerdict("RESOURCE:MEMORY", sentence, "memory", needs.memory - room.memory)
    if room.gpus < needs.gpus:
        sentence = Text(
            "{left} GPUs left{kept}, {needed} needed", left=room.gpus, kept=kept, needed=needs.gpus
        )
        return FitVerdict("RESOURCE:GPU", sentence, "gpus", needs.gpus - room.gpus)
    if short := _ports_lacking(room, needs):
        return short
    if needs.interface and room.interfaces < 1:
        sentence = Text(
            "all of its {interfaces} network interfaces for tasks are in use{kept}",
            interfaces=instance.interfaces,
            kept=kept,
        )
        return FitVerdict("RESOURCE:ENI", sentence, "interfaces", 1)
    return None


def _kept(count: int) -> str:
    """What is kept for daemons that will come."""
    if count == 1:
        return Text(" (1 more daemon task will come)")
    return Text(" ({count} more daemon tasks will come)", count=count) if count else ""


def _ports_lacking(room: Room, needs: Needs) -> FitVerdict | None:
    if room.holders:
        taken = _and(
            [
                Text("port {number}/{protocol} {who}", number=number, protocol=protocol, who=who)
                for (protocol, number), who in room.holders.items()
            ]
        )
        return FitVerdict("RESOURCE:PORTS", taken, "ports", len(room.holders))
    if room.reservable < len(needs.ports):
        sentence = Text(
            "of its {most} reserved ports {left} are left, {needed} needed",
            most=MOST_PORTS,
            left=room.reservable,
            needed=len(needs.ports),
        )
        return FitVerdict("RESOURCE:PORTS", sentence, "ports", len(needs.ports) - room.reservable)
    return None


def closest(
    losers: Iterable[tuple[ContainerInstance, FitVerdict]],
) -> tuple[ContainerInstance, FitVerdict] | None:
    """The loser that an event names: it passed the most checks, then it is short of
    the least, then it registered first.

    AWS does not say what "closest matching" means; this rule is ours.
    """
    return min(losers, key=lambda pair: (-CHECKS.index(pair[1].check), pair[1].short), default=None)


def placement_event(near: tuple[ContainerInstance, FitVerdict] | None) -> str:
    """The service event of facts, section 5.3, without its prefix; None says
    that there are no instances at all.
    """
    if near is None:
        return f"{_UNABLE} Reason: No Container Instances were found in your cluster. {_MORE}"
    instance, verdict = near
    what = _EVENTS.get(verdict.code, f'encountered error "{verdict.code}".')
    return f"{_UNABLE} The closest matching (container-instance {instance.id}) {what} {_MORE}"


def _reservable(instance: ContainerInstance) -> int:
    """How many static host ports tasks can still have: the agent's own count,
    dynamic ones do not (facts, section 3).
    """
    holders = (task for task in instance.tasks.values() if task.desired == "RUNNING")
    taken = sum(len(task.needs.ports) for task in holders if task.needs)
    return MOST_PORTS - len(instance.reserved_ports) - taken


def _holder(instance: ContainerInstance, port: Port) -> str | None:
    if port in instance.reserved_ports:
        return "is reserved for the agent and the system"
    task = instance.ports_taken.get(port)
    if task is None:
        return None
    holder = instance.tasks[task].label if task in instance.tasks else f"task {task}"
    return Text("is taken by {holder}", holder=holder)


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
