"""Lays the networks of instances out on a page, with what each mode means."""

from ecslab.view import drawing as draw
from ecslab.view.instances_page import InstancesPage
from ecslab.view.instances_svg import texts
from ecslab.view.networks_host import INK, ROOM, Drawing
from ecslab.view.networks_read import NetworksPicture

EDGE, GAP = 16, 18
WIDE = ROOM + 2 * EDGE
NARROWEST = 600  # the picture itself
MEANING = {
    "host": "host: containers use the instance's own address and ports",
    "bridge": "bridge: a port of the instance leads through its bridge to a port of the container",
    "awsvpc": "awsvpc: each task has a network interface, and so an address and ports, of its own",
    "none": "none: no network, nothing gets in or out",
}


def svg(pictured: NetworksPicture, description: str) -> str:
    """The networks as one SVG document."""
    page, parts, x, y, high = InstancesPage(), list[str](), float(EDGE), 48.0, 0.0
    wide = float(NARROWEST)
    page.say(EDGE, 28, pictured.title, NARROWEST - 2 * EDGE, size=15, bold=True)
    for holder in pictured.holders:
        drawn = Drawing(page, holder)
        if x > EDGE and x + drawn.wide > WIDE - EDGE:
            x, y, high = float(EDGE), y + high + GAP, 0.0
        parts += drawn.at(x, y)
        x, high = x + drawn.wide + GAP, max(high, drawn.high)
        wide = max(wide, x - GAP + EDGE)
    if not pictured.holders:
        page.say(EDGE, y + 10, "no container instance, and no task", WIDE, fill=draw.QUIET)
        high = 20
    y += high + 22
    for mode in pictured.modes:
        parts.append(draw.box(EDGE, y - 8, 14, 9, fill=INK[mode]))
        page.say(EDGE + 20, y, MEANING[mode], WIDE - 60, size=11)
        y += 17
    if pictured.note:
        page.say(EDGE, y, pictured.note, NARROWEST - 2 * EDGE, size=11, fill=draw.QUIET)
        y += 17
    return draw.card(wide, y, pictured.title, description, [*parts, *texts(page.words)])
