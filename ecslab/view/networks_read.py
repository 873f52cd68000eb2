"""Reads from an account how its tasks are reached: whose address, which port, through what."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ecslab.ecs.model import Json
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Container, Stage, Task
from ecslab.view.axis import written
from ecslab.view.instances_model import counted
from ecslab.view.instances_read import chosen

MODES = ("host", "bridge", "awsvpc", "none")
# DYNAMIC: a port that is chosen when the container starts.
FARGATE, DYNAMIC = "AWS Fargate", "dynamic"
LIMIT, EACH = 16, 8  # tasks that are shown in all, and of one instance


@dataclass(frozen=True, slots=True)
class Port:
    """A way in: the port that others send to, and the container's own."""

    outer: str  # 32768, or DYNAMIC until the container has started
    inner: str  # 80

    @property
    def label(self) -> str:
        """32768 → 80, or 80 where both are the same."""
        return self.inner if self.outer == self.inner else f"{self.outer} → {self.inner}"


@dataclass(frozen=True, slots=True)
class Box:
    """A container and its ways in."""

    name: str
    ports: tuple[Port, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A network interface: an address in a subnet."""

    address: str  # empty until it is attached
    whose: str
    subnet: str = ""
    id: str = ""
    mac: str = ""
    public: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkTask:
    """A task with its network mode; a card of its own in awsvpc mode."""

    label: str
    definition: str
    status: str
    mode: str
    boxes: tuple[Box, ...]
    card: Card | None

    @property
    def ports(self) -> list[Port]:
        """Of all its containers."""
        return [port for box in self.boxes for port in box.ports]


@dataclass(frozen=True, slots=True)
class NetworkHost:
    """An instance, or AWS Fargate in one subnet, with the tasks in it."""

    label: str
    about: str
    zone: str
    subnet: str
    card: Card | None  # the instance's own; Fargate shows none
    members: tuple[NetworkTask, ...]
    more: int = 0  # tasks that are not shown


@dataclass(frozen=True, slots=True)
class NetworksPicture:
    """All holders that are shown, at one moment."""

    title: str
    holders: tuple[NetworkHost, ...]
    note: str

    @property
    def modes(self) -> list[str]:
        """Those that are seen."""
        seen = {member.mode for holder in self.holders for member in holder.members}
        return [mode for mode in MODES if mode in seen]


def read(lab: Any, cluster: str | None) -> NetworksPicture:
    """Look at a lab; raises LabError for a cluster that is not there."""
    ecs = lab.plane()
    found = chosen(ecs.state, cluster, "networks")
    named = f"cluster {found[0].name}" if len(found) == 1 else ecs.state.region
    holders = [holder for one in found for holder in _holders(one)]
    kept = _fewer(holders)
    choose = "; choose with cluster=" * (len(found) > 1)
    gone, tasks = (
        len(holders) - len(kept),
        sum(len(h.members) for h in holders) - sum(len(h.members) for h in kept),
    )
    missing = [counted(gone, "more instance")] * bool(gone) + [counted(tasks, "more task")] * bool(
        tasks
    )
    note = f"{' and '.join(missing)} not drawn{choose}" if missing else ""
    return NetworksPicture(
        f"Networks of {named}, at {written(ecs.clock.now_ms)}", tuple(kept), note
    )


def _holders(cluster: Cluster) -> Iterator[NetworkHost]:
    alive = [task for task in cluster.tasks.values() if task.stage < Stage.STOPPED]
    for instance in cluster.instances.values():
        yield _holder(instance, [task for task in alive if task.instance is instance])
    aside: dict[tuple[str, str], list[Task]] = {}
    for task in alive:
        if task.instance is None and task.launch_type == "FARGATE":
            aside.setdefault((task.zone or "", task.subnet or ""), []).append(task)
    for (zone, subnet), tasks in sorted(aside.items()):
        yield NetworkHost(FARGATE, "no instance of yours", zone, subnet, None, _members(tasks))


def _holder(instance: ContainerInstance, tasks: list[Task]) -> NetworkHost:
    kind = instance.attributes.get("ecs.instance-type")
    trunk = "with a trunk interface" if "ecs.awsvpc-trunk-id" in instance.attributes else ""
    external = "EXTERNAL: a network of your own" if instance.external else ""
    about = " · ".join(part for part in (kind, instance.ec2_id, trunk, external) if part)
    own = Card(instance.private_ip or "", f"{instance.label} itself", instance.subnet or "")
    return NetworkHost(
        instance.label, about, instance.zone or "", instance.subnet or "", own, _members(tasks)
    )


def _members(tasks: list[Task]) -> tuple[NetworkTask, ...]:
    members = [_member(task) for task in tasks]
    # The order of birth within a mode.
    return tuple(sorted(members, key=lambda member: MODES.index(member.mode)))


def _member(task: Task) -> NetworkTask:
    mode = task.definition.spec.get("networkMode", "bridge")
    boxes = tuple(
        Box(container.name, tuple(_ports(container, mode))) for container in task.containers
    )
    return NetworkTask(
        task.label,
        task.definition.name,
        task.last_status,
        mode,
        boxes,
        _card(task) if mode == "awsvpc" else None,
    )


def _card(task: Task) -> Card:
    groups = tuple((task.network or {}).get("securityGroups", ()))
    face, whose = task.interface, f"{task.label} alone"
    if face is None:
        return Card("", whose, task.subnet or "", groups=groups)
    return Card(
        face.private_ip, whose, face.subnet, face.id, face.mac, face.public_ip or "", groups
    )


def _ports(container: Container, mode: str) -> Iterator[Port]:
    """What is bound; of a container that has not started, what its definition asks for."""
    mappings: list[Json] = container.definition.get("portMappings", [])
    if container.bindings:
        for bound in container.bindings:
            yield _port(bound["hostPort"], bound["containerPort"], bound.get("protocol", "tcp"))
        return
    for mapping in mappings if mode != "none" else ():
        inner = mapping.get("containerPortRange") or mapping["containerPort"]
        outer = (mapping.get("hostPort") or DYNAMIC) if mode == "bridge" else inner
        yield _port(outer, inner, mapping.get("protocol", "tcp"))


def _port(outer: object, inner: object, protocol: str) -> Port:
    suffix = "" if protocol == "tcp" else f"/{protocol}"
    return Port(f"{outer}{suffix}", f"{inner}{suffix}")


def _fewer(holders: list[NetworkHost]) -> list[NetworkHost]:
    """Those with tasks first, each with so many tasks as there is room for; an
    empty one takes the room of a task.
    """
    kept, room = [], LIMIT
    for holder in sorted(holders, key=lambda holder: not holder.members):
        if room > 0:
            members = _varied(holder.members, min(EACH, room))
            kept.append(replace(holder, members=members, more=len(holder.members) - len(members)))
            room -= max(1, len(members))
    return kept


def _varied(members: tuple[NetworkTask, ...], most: int) -> tuple[NetworkTask, ...]:
    """At most so many, of every mode in turn, in their order."""
    turns: dict[str, int] = {}
    ranked = []
    for place, member in enumerate(members):
        turns[member.mode] = turns.get(member.mode, 0) + 1
        ranked.append((turns[member.mode], place))
    places = sorted(place for _, place in sorted(ranked)[:most])
    return tuple(members[place] for place in places)
