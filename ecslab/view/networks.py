"""`networks(lab)`: network interfaces, bridges and ports, and the containers behind them."""

from typing import Any

from ecslab.timeline.text import printable
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
    town = read(lab, cluster)
    said = text(town)
    return Picture(said, svg(town, said))


def text(town: NetworksPicture) -> str:
    """The same in sentences, one per task."""
    lines = [town.title, *([] if town.houses else ["no container instance, and no task"])]
    for house in town.houses:
        lines.append(_heading(house))
        lines += [
            f"  {guest.label}  {guest.definition}  {guest.status}  {_way(house, guest)}"
            for guest in house.guests
        ]
        lines += [f"  and {house.more:,} more"] * bool(house.more)
    return "\n".join(printable(line) for line in [*lines, town.note] if line)


def _heading(house: NetworkHost) -> str:
    where = ", ".join(part for part in (house.zone, house.subnet) if part)
    parts = [house.label, house.about, where]
    parts += (
        [f"network interface at {house.card.address or 'an unknown address'}"] if house.card else []
    )
    return "  ".join(part for part in parts if part)


def _way(house: NetworkHost, guest: NetworkTask) -> str:
    """How one task is reached."""
    if guest.mode == "none":
        return "none: no network, an island"
    if guest.card:
        return f"awsvpc: {_own(guest.card)}; {_listening(guest)}"
    address = house.card.address if house.card and house.card.address else house.label
    if guest.mode == "host":
        return f"host: on the instance's own ports; {_listening(guest)}"
    told = [
        f"{_knock(port)} of {address} leads to port {port.inner} of {box.name}"
        for box in guest.boxes
        for port in box.ports
    ]
    told[PORTS:] = [f"and {len(told) - PORTS} more"] * (len(told) > PORTS)
    return "bridge: " + ("; ".join(told) or "behind the bridge, no port leads in")


def _knock(port: Port) -> str:
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


def _listening(guest: NetworkTask) -> str:
    told = [
        f"{box.name} on {', '.join(port.inner for port in box.ports)}"
        for box in guest.boxes
        if box.ports
    ]
    return "; ".join(told) or "no port is open"
