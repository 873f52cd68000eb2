"""`networks(lab)`: network interfaces, bridges and ports, and the containers behind them."""

from typing import Any

from ecslab.ground.text import printable
from ecslab.view.networks_read import (
    DYNAMIC,
    Card,
    NetworkHost,
    NetworksPicture,
    NetworkTask,
    Port,
    read,
)
from ecslab.view.networks_svg import svg
from ecslab.view.picture import Picture

__all__ = ["networks"]  # a picture of the front door

PORTS = 8  # of a task that are told


def networks(lab: Any, cluster: str | None = None) -> Picture:
    """Draw how the tasks of a lab are reached: each instance's interface, its bridge and
    ports, each awsvpc task's own interface.

    `cluster` is one cluster's name, all of them if not given. Raises
    LabError for a cluster that is not there.
    """
    pictured = read(lab, cluster)
    said = text(pictured)
    return Picture(said, svg(pictured, said))


def text(pictured: NetworksPicture) -> str:
    """The same in sentences, one per task."""
    lines = [pictured.title, *([] if pictured.holders else ["no container instance, and no task"])]
    for holder in pictured.holders:
        lines.append(_heading(holder))
        lines += [
            f"  {member.label}  {member.definition}  {member.status}  {_way(holder, member)}"
            for member in holder.members
        ]
        lines += [f"  and {holder.more:,} more"] * bool(holder.more)
    return "\n".join(printable(line) for line in [*lines, pictured.note] if line)


def _heading(holder: NetworkHost) -> str:
    where = ", ".join(part for part in (holder.zone, holder.subnet) if part)
    parts = [holder.label, holder.about, where]
    parts += (
        [f"network interface at {holder.card.address or 'an unknown address'}"]
        if holder.card
        else []
    )
    return "  ".join(part for part in parts if part)


def _way(holder: NetworkHost, member: NetworkTask) -> str:
    """How one task is reached."""
    if member.mode == "none":
        return "none: no network, an island"
    if member.card:
        return f"awsvpc: {_own(member.card)}; {_listening(member)}"
    address = holder.card.address if holder.card and holder.card.address else holder.label
    if member.mode == "host":
        return f"host: on the instance's own ports; {_listening(member)}"
    told = [
        f"{_entrance(port)} of {address} leads to port {port.inner} of {box.name}"
        for box in member.boxes
        for port in box.ports
    ]
    told[PORTS:] = [f"and {len(told) - PORTS} more"] * (len(told) > PORTS)
    return "bridge: " + ("; ".join(told) or "behind the bridge, no port leads in")


def _entrance(port: Port) -> str:
    return "a dynamic port" if port.outer == DYNAMIC else f"port {port.outer}"


def _own(card: Card) -> str:
    if not card.address:
        return "its network interface is not attached yet"
    parts = [f"interface {card.id} of its own at {card.address}", f"in {card.subnet}"]
    parts += [f"public {card.public}"] * bool(card.public)
    return ", ".join(
        [
            *parts,
            f"security groups {', '.join(card.groups)}"
            if card.groups
            else "the VPC's default security group",
        ]
    )


def _listening(member: NetworkTask) -> str:
    told = [
        f"{box.name} on {', '.join(port.inner for port in box.ports)}"
        for box in member.boxes
        if box.ports
    ]
    return "; ".join(told) or "no port is open"
