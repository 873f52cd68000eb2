"""Draws the three layers: three bands, and the arrows between them."""

from ecslab.view import drawing as draw
from ecslab.view import vocabulary as words
from ecslab.view.axis import written
from ecslab.view.layers_read import Layers, Request, TaskBox, Want

WIDE, EDGE, SIDE, GAP = 960, 16, 176, 26  # SIDE: the band's own name and what it is
_ROW, _CHIP_WIDE, _CHIP_HIGH = 30, 232, 40
_PER_ZONE = 4  # task chips in one zone's column; the rest is counted
_BANDS = {
    "Provisioning": ("#EDE9F7", "#5B4B9A", ["how you ask:", "boto3, AWS CLI, console"]),
    "Controller": ("#E3EEF9", "#2B6CA3", ["what Amazon ECS keeps true:", "clusters and services"]),
    "Capacity": ("#E2F2EC", "#00735A", ["where containers run:", "AWS Fargate, in your subnets"]),
}


def svg(now: Layers, description: str) -> str:
    """The layers as one SVG document."""
    contents = [_requests(now.requests), _clusters(now.clusters), _zones(now.zones)]
    parts, y = [draw.write(EDGE, 28, now.title, 15, bold=True)], 46.0
    for (name, (ground, ink, lines)), (drawn, high) in zip(_BANDS.items(), contents, strict=True):
        tall = max(high, 74.0)
        parts.append(draw.box(EDGE, y, WIDE - 2 * EDGE, tall, fill=ground, corner=8))
        parts.append(draw.write(EDGE + 14, y + 26, name, 14, fill=ink, bold=True))
        parts += [
            draw.write(EDGE + 14, y + 45 + 15 * row, line, 10.5, fill=draw.QUIET)
            for row, line in enumerate(lines)
        ]
        parts.append(
            f'<g transform="translate({EDGE + SIDE + 8} {draw.number(y)})">{"".join(drawn)}</g>'
        )
        if name != "Capacity":
            parts.append(
                _arrow(
                    EDGE + SIDE + 60,
                    y + tall,
                    GAP,
                    "asks for" if name == "Provisioning" else "starts and stops tasks",
                )
            )
        y += tall + GAP
    return draw.card(WIDE, y - GAP + EDGE, now.title, description, parts)


def _arrow(x: float, y: float, long: float, says: str) -> str:
    line = draw.path(
        [f"M{draw.number(x)} {draw.number(y + 3)}v{draw.number(long - 10)}"],
        fill="none",
        stroke=draw.QUIET,
        thick=2,
    )
    head = draw.path([f"M{draw.number(x)} {draw.number(y + long - 2)}l-5-8h10z"], fill=draw.QUIET)
    return line + head + draw.write(x + 12, y + long / 2 + 4, says, 10.5, fill=draw.QUIET)


def _requests(requests: list[Request]) -> tuple[list[str], float]:
    if not requests:
        return [draw.write(0, 40, "nothing has been asked for yet", 12, fill=draw.QUIET)], 0
    parts = []
    for index, request in enumerate(requests):
        x, y = (index % 3) * (_CHIP_WIDE + 16), 14 + (index // 3) * (_CHIP_HIGH + 10)
        parts.append(
            draw.box(x, y, _CHIP_WIDE, _CHIP_HIGH, fill=draw.CARD, stroke="#B9AEDB", corner=5)
        )
        parts.append(draw.write(x + 10, y + 17, request.operation, 11.5, bold=True))
        parts.append(
            draw.write(
                x + _CHIP_WIDE - 10,
                y + 17,
                written(request.at_ms),
                10.5,
                fill=draw.QUIET,
                anchor="end",
            )
        )
        parts.append(
            draw.write(
                x + 10,
                y + 32,
                draw.shortened(request.name, 10.5, _CHIP_WIDE - 20),
                10.5,
                fill=draw.QUIET,
            )
        )
    return parts, 14 + -(-len(requests) // 3) * (_CHIP_HIGH + 10) + 4


def _clusters(clusters: dict[str, list[Want]]) -> tuple[list[str], float]:
    if not clusters:
        return [draw.write(0, 40, "no cluster yet", 12, fill=draw.QUIET)], 0
    parts, y, wide = [], 14.0, WIDE - 2 * EDGE - SIDE - 24
    for name, wants in clusters.items():
        tall = 30 + _ROW * max(1, len(wants))
        parts.append(draw.box(0, y, wide, tall, fill=draw.CARD, stroke="#9CC0E2", corner=5))
        parts.append(
            draw.write(12, y + 20, draw.shortened(f"cluster {name}", 12, wide - 24), 12, bold=True)
        )
        parts += [_want(want, y + 42 + _ROW * row) for row, want in enumerate(wants)]
        if not wants:
            parts.append(draw.write(12, y + 42, "no service and no task", 11.5, fill=draw.QUIET))
        y += tall + 12
    return parts, y + 2


def _want(want: Want, y: float) -> str:
    count = (
        f"{want.running} running"
        if want.desired is None
        else f"{want.running} of {want.desired} running"
    )
    columns = (
        (12, want.name, 190),
        (212, want.definition, 190),
        (412, count, 110),
        (662, want.state, 90),
    )
    dots = [draw.shape("circle", 534 + 13 * n, y - 4) for n in range(min(want.running, 9))]
    missing = [
        draw.shape("circle", 534 + 13 * n, y - 4)
        for n in range(min(want.running, 9), min(want.desired or 0, 9))
    ]
    texts = [draw.write(x, y, draw.shortened(says, 11.5, room), 11.5) for x, says, room in columns]
    return "".join(
        [
            *texts,
            draw.path(dots, fill=words.STATUSES["RUNNING"].fill),
            draw.path(missing, fill="none", stroke=draw.QUIET),
        ]
    )


def _zones(zones: dict[str, list[TaskBox]]) -> tuple[list[str], float]:
    if not zones:
        return [draw.write(0, 40, "no task, so no capacity is used", 12, fill=draw.QUIET)], 0
    parts, tall = (
        [],
        34 + (_CHIP_HIGH + 6) * max(min(len(copies), _PER_ZONE + 1) for copies in zones.values()),
    )
    for column, (zone, copies) in enumerate(zones.items()):
        x = column % 3 * (_CHIP_WIDE + 16)
        y = 14 + column // 3 * (tall + 12)
        parts.append(draw.box(x, y, _CHIP_WIDE, tall, fill=draw.CARD, stroke="#8CC7B4", corner=5))
        parts.append(draw.write(x + 10, y + 20, zone, 12, bold=True))
        parts += [
            _chip(copy, x + 8, y + 30 + row * (_CHIP_HIGH + 6))
            for row, copy in enumerate(copies[:_PER_ZONE])
        ]
        if len(copies) > _PER_ZONE:
            says = f"and {len(copies) - _PER_ZONE:,} more"
            parts.append(
                draw.write(
                    x + 10, y + 54 + _PER_ZONE * (_CHIP_HIGH + 6), says, 11.5, fill=draw.QUIET
                )
            )
    return parts, 14 + -(-len(zones) // 3) * (tall + 12) + 2


def _chip(copy: TaskBox, x: float, y: float) -> str:
    status = words.STATUSES[copy.status]
    room = _CHIP_WIDE - 16
    head = draw.write(
        x + 8,
        y + 16,
        draw.shortened(f"{copy.label} {copy.definition}", 11.5, room - 16),
        11.5,
        fill=status.ink,
        bold=True,
    )
    says = " · ".join(part for part in (copy.status, copy.address) if part)
    return (
        draw.box(x, y, room, _CHIP_HIGH, fill=status.fill, corner=4)
        + head
        + draw.write(x + 8, y + 31, says, 10.5, fill=status.ink)
    )
