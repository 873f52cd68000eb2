"""Draws one instance's network, or Fargate's in one subnet: interfaces on its edge, wires down to
containers.
"""

from ecslab.ground.text import printable
from ecslab.view import drawing as draw
from ecslab.view import vocabulary as words
from ecslab.view.instances_page import InstancesPage
from ecslab.view.networks_read import DYNAMIC, FARGATE, Card, NetworkHost, NetworkTask

ROOM = 928  # for one instance
COLUMN, LEAST, INSET = 184, 230, 12  # of a task at most, of one alone; inside an instance
# Heights: subnet, wire, interface, bridge, wire below it.
BAR, WIRE, CHIP, BRIDGE, DROP = 20, 14, 36, 18, 18
LINES, BOXES = 3, 4  # ports and containers that are written out
NARROW = 120  # an interface that has room for no more than its address
BLUE, VIOLET, GREEN, GREY = "#2B6CA3", "#5B4B9A", "#00735A", draw.QUIET
INK = {"host": BLUE, "bridge": VIOLET, "awsvpc": GREEN, "none": GREY}


class Drawing:
    """One instance, or Fargate in one subnet: how large it is, and its parts."""

    def __init__(self, page: InstancesPage, holder: NetworkHost) -> None:
        self._page, self._holder = page, holder
        self._shared = sum(
            member.card is None and member.mode != "none" for member in holder.members
        )
        # An instance's own interface has a column to itself when no task uses it.
        self._first = int(holder.card is not None and not self._shared)
        columns = max(1, self._first + len(holder.members))
        self._column = min(COLUMN if columns > 1 else LEAST, (ROOM - 2 * INSET) / columns)
        self.wide = columns * self._column + 2 * INSET
        lines = max((len(labels(member)) for member in holder.members), default=0)
        self._bridge = BAR + WIRE + CHIP + 12 + 13 * lines  # the bridge's place, from the top
        self._bridged = sum(member.mode == "bridge" for member in holder.members)
        self._tasks = self._bridge + (BRIDGE + DROP) * bool(self._bridged)
        self.high = (
            self._tasks + max((_box_high(member) for member in holder.members), default=0) + 46
        )

    def at(self, x: float, y: float) -> list[str]:
        """Draw it with its upper left corner there."""
        holder, inner = self._holder, x + INSET
        parts, chips = self._ground(x, y), []
        if holder.card:
            wide = self._column * max(1, self._shared) - 8
            chips.append(self._chip(holder.card, inner + 4, y, wide, BLUE))
        first_bridged = None
        for number, member in enumerate(holder.members, self._first):
            left = inner + number * self._column + 4
            first_bridged = (
                left if first_bridged is None and member.mode == "bridge" else first_bridged
            )
            chips += (
                [self._chip(member.card, left, y, self._column - 8, GREEN)] if member.card else []
            )
            parts += [self._way(member, left, y), self._member(member, left, y + self._tasks)]
        if first_bridged is not None:
            wide = self._bridged * self._column - 8
            parts.append(
                draw.box(first_bridged, y + self._bridge, wide, BRIDGE, fill=VIOLET, corner=4)
            )
            self._page.say(
                first_bridged + wide / 2,
                y + self._bridge + 13,
                "docker0 bridge",
                wide,
                size=10.5,
                fill="#FFFFFF",
                anchor="middle",
            )
        return parts + chips

    def _ground(self, x: float, y: float) -> list[str]:
        """The subnet above, the instance's outline, and its name at the bottom."""
        holder, top = self._holder, y + BAR + WIRE + CHIP / 2
        fargate = holder.label == FARGATE
        outside = "" if holder.subnet or holder.zone else "your own network"
        says = " · ".join(part for part in (holder.subnet, holder.zone, outside) if part)
        self._page.say(x + 10, y + 14, says, self.wide - 20, size=10.5, fill="#0B2545")
        foot = y + self.high
        self._page.say(x + INSET + 4, foot - 22, holder.label, self.wide - 30, size=12, bold=True)
        more = [f"and {holder.more:,} more task{'s' * (holder.more != 1)}"] * bool(holder.more)
        about = " · ".join(part for part in (holder.about, *more) if part)
        self._page.say(x + INSET + 4, foot - 8, about, self.wide - 30, size=10, fill=draw.QUIET)
        ground = draw.box(
            x,
            top,
            self.wide,
            foot - top,
            fill="#F7F3E8" if fargate else draw.PANEL,
            stroke="#9AA8B5",
            corner=8,
        )
        return [draw.box(x, y, self.wide, BAR, fill="#CFE3F5", corner=4), ground]

    def _chip(self, card: Card, x: float, y: float, wide: float, ink: str) -> str:
        """A network interface, hanging from its subnet on the instance's edge."""
        top, middle = y + BAR + WIRE, x + wide / 2
        known = card.address or "not attached yet"
        self._page.say(
            middle,
            top + 15,
            f"ENI {known}" if wide > NARROW else known,
            wide - 6,
            size=11,
            anchor="middle",
            bold=True,
        )
        far = card.subnet if card.subnet != self._holder.subnet else ""
        says = ", ".join(
            part for part in (card.whose, far, card.public and f"public {card.public}") if part
        )
        self._page.say(middle, top + 29, says, wide - 6, size=9.5, fill=draw.QUIET, anchor="middle")
        parts = [
            draw.path([_line(middle, y + BAR, WIRE)], fill="none", stroke=ink, thick=2)
        ] * bool(card.address)
        parts.append(draw.box(x, top, wide, CHIP, fill=draw.CARD, stroke=ink, corner=4))
        groups = f"security groups {', '.join(card.groups)}" if card.groups else ""
        title = " · ".join(part for part in (card.id, card.mac, card.subnet, groups) if part)
        return (
            f"<g><title>{draw.safe(printable(title))}</title>{''.join(parts)}</g>"
            if card.id
            else "".join(parts)
        )

    def _way(self, member: NetworkTask, x: float, y: float) -> str:
        """The wire from an interface to a task, and the ports that lead along it."""
        top, ink, wire = y + BAR + WIRE + CHIP, INK[member.mode], x + 14
        middle = (self._column - 8) / 2 + x
        for row, label in enumerate(labels(member)):
            where = (middle, "middle") if member.mode == "none" else (wire + 9, "")
            room = self._column - 34 if member.mode != "none" else self._column - 8
            self._page.say(
                where[0], top + 15 + 13 * row, label, room, size=10.5, fill=ink, anchor=where[1]
            )
        if member.mode == "none" or (member.card and not member.card.address):
            return ""
        open_ = bool(member.ports)
        if member.mode != "bridge":
            return _wire(wire, top, self._tasks - (top - y), ink, arrow=open_)
        below = y + self._bridge + BRIDGE
        upper = _wire(wire, top, self._bridge - (top - y), ink, arrow=open_)
        return upper + _wire(wire, below, DROP, ink, arrow=open_)

    def _member(self, member: NetworkTask, x: float, y: float) -> str:
        """A task and its containers."""
        status, wide, high = words.STATUSES[member.status], self._column - 8, _box_high(member)
        name = f"{member.label} {member.definition}"
        if (
            member.status != "RUNNING"
            and draw.width_of(f"{name} {member.status}", 12.5) <= wide - 12
        ):
            name = f"{name} {member.status}"
        self._page.say(
            x + 8,
            y + 14,
            name,
            wide - 12,
            size=10.5,
            fill=status.ink,
            bold=True,
        )
        shown = member.boxes[:BOXES]
        for row, box in enumerate(shown):
            ports = ", ".join(port.inner for port in box.ports)
            self._page.say(
                x + 8,
                y + 35 + 15 * row,
                f"{box.name} :{ports}" if ports else box.name,
                wide - 12,
                size=10.5,
            )
        if rest := len(member.boxes) - len(shown):
            self._page.say(
                x + 8,
                y + 35 + 15 * BOXES,
                f"and {rest} more containers",
                wide - 12,
                size=10.5,
                fill=draw.QUIET,
            )
        body = draw.box(x, y, wide, high, fill=draw.CARD, stroke=INK[member.mode], corner=4)
        if member.mode == "none":
            body = body.replace("/>", ' stroke-dasharray="4 3"/>')  # an island's shore
        return body + draw.box(x + 1, y + 1, wide - 2, 19, fill=status.fill, corner=3)


def labels(member: NetworkTask) -> list[str]:
    """What is written beside the wire to a task."""
    if member.mode == "none":
        return ["no network"]
    ports = [port.label if port.outer == DYNAMIC else f"port {port.label}" for port in member.ports]
    if len(ports) > LINES:
        ports[LINES - 1 :] = [f"and {len(ports) - LINES + 1} more ports"]
    return ports or ["no port open"]


def _box_high(member: NetworkTask) -> float:
    return 28 + 15 * min(len(member.boxes), BOXES + 1)


def _line(x: float, y: float, long: float) -> str:
    return f"M{draw.number(x)} {draw.number(y)}v{draw.number(long)}"


def _wire(x: float, y: float, long: float, ink: str, *, arrow: bool) -> str:
    """A wire downwards; with an arrow's head where something may come in."""
    end = 7 if arrow else 0
    head = (
        draw.path([f"M{draw.number(x)} {draw.number(y + long)}l-4.5-8h9z"], fill=ink)
        if arrow
        else ""
    )
    return draw.path([_line(x, y, long - end)], fill="none", stroke=ink, thick=2) + head
