"""ROLLING: replace a service's tasks a few at a time between a floor and a
ceiling (facts, sections 5.1 and 6.1).

Start-before-stop while the ceiling leaves room; stop-before-start when
it does not and the floor allows.
"""

from collections import Counter

from ecslab.ecs.capacity.strategy import leaving
from ecslab.ecs.deployments.fleet import Copy, Fleet, Move, Start
from ecslab.ground.text import Listed, Text


def plan(fleet: Fleet) -> Move:
    """One round: start what is missing, stop what is surplus; both caps hold at every round."""
    missing = max(0, fleet.desired - sum(not c.unhealthy for c in fleet.new))
    if fleet.target in fleet.halted:
        missing = 0
    owed = _owed(fleet)
    room = fleet.ceiling - len(fleet.copies)
    if (missing or owed) and room > 0:
        return _start(fleet, missing, owed, room)
    if surplus := _surplus(fleet):
        return _stop(surplus, fleet)
    return _make_room(fleet, missing, owed)


def _owed(fleet: Fleet) -> dict[str, int]:
    """What older deployments have lost and still owe: their tasks are replaced by
    their own revision (facts, section 5.1).

    Only as far as new copies do not serve yet; that limit is ours.
    """
    if not fleet.keeps:
        return {}
    well = Counter(c.deployment for c in fleet.copies if not c.unhealthy)
    limit = fleet.desired - _serving(fleet)
    owed = {}
    for deployment, keep in fleet.keeps.items():
        lost = min(keep - well[deployment], limit)
        if lost > 0 and deployment not in fleet.halted:
            owed[deployment] = lost
            limit -= lost
    return owed


def _serving(fleet: Fleet) -> int:
    """Healthy new copies, and old ones that are not unhealthy: what clients have, or soon have
    again.
    """
    return sum(c.healthy for c in fleet.new) + sum(not c.unhealthy for c in fleet.old)


def _start(fleet: Fleet, missing: int, owed: dict[str, int], room: int) -> Move:
    """New copies; before them what old ones lack to the floor,
    after them what else old ones lack.
    """
    urgent = max(0, fleet.floor - _serving(fleet))
    first = min(urgent, sum(owed.values()), room)
    new = min(missing, room - first)
    again = first + min(sum(owed.values()) - first, room - first - new)
    starts, whys = [], []
    if new:
        unhealthy = min(new, sum(c.unhealthy for c in fleet.new))
        starts.append(Start(fleet.target, new, unhealthy))
        whys.append(_why_new(fleet, unhealthy))
    for deployment, lost in owed.items():
        if count := min(lost, again):
            again -= count
            unhealthy = sum(c.unhealthy for c in fleet.old if c.deployment == deployment)
            starts.append(Start(deployment, count, min(count, unhealthy)))
            whys.append(
                Text(
                    "{count} of the old revision lost: replaced by their own revision", count=count
                )
            )
    return Move(starts=tuple(starts), why=Listed("; ", whys))


def _why_new(fleet: Fleet, unhealthy: int) -> str:
    if unhealthy:
        one = "{unhealthy} of the {desired} wanted is unhealthy: replaced start-first"
        several = "{unhealthy} of the {desired} wanted are unhealthy: replaced start-first"
        return Text(one if unhealthy == 1 else several, unhealthy=unhealthy, desired=fleet.desired)
    return Text("has {count} of the {desired} wanted", count=len(fleet.new), desired=fleet.desired)


def _surplus(fleet: Fleet) -> list[Copy]:
    """The copies nobody needs any more, unhealthy ones first; never below the floor of healthy
    ones.
    """
    unhealthy = [c for c in fleet.copies if c.unhealthy]
    settled = sum(c.settled for c in fleet.copies) - fleet.desired
    # A replacement has proved itself, or is no better.
    stop = _take(unhealthy, min(settled, len(unhealthy)), fleet)
    if fleet.target in fleet.halted:
        return stop or _beyond_ceiling(fleet)
    if fleet.old:
        stop = stop or _no_longer_needed(fleet)
    live = [c for c in fleet.new if not c.unhealthy]
    over = len(live) - fleet.desired
    coming = [c for c in live if not c.running]
    if fleet.old:
        return stop or _take(coming, min(over, len(coming)), fleet)
    return stop or (_take(coming, over, fleet) if coming else _beyond_desired(live, over, fleet))


def _beyond_desired(live: list[Copy], over: int, fleet: Fleet) -> list[Copy]:
    """Running copies beyond what is wanted, in the usual order; of the healthy
    ones no more than the floor allows.
    """
    spare = max(0, sum(c.healthy for c in live) - min(fleet.floor, fleet.desired))
    if over <= spare:
        return _take(live, over, fleet)
    unproved = [c for c in live if not c.healthy]
    return _take(unproved, min(over, len(unproved)), fleet)


def _beyond_ceiling(fleet: Fleet) -> list[Copy]:
    """After a failure everything stays (facts, section 6.4), as long as there is room: those
    that serve nobody go first, new before old.
    """
    stop: list[Copy] = []
    for serving in (False, True):
        for copies in (fleet.new, fleet.old):
            over = len(fleet.copies) - fleet.ceiling - len(stop)
            of_kind = [c for c in copies if c.healthy == serving]
            stop += _take(of_kind, min(over, len(of_kind)), fleet)
    return stop


def _no_longer_needed(fleet: Fleet) -> list[Copy]:
    """Old copies go as new ones become healthy; those that serve nobody
    go once the new ones are enough.
    """
    enough = fleet.desired if fleet.enough is None else max(fleet.enough, fleet.floor)
    if sum(c.healthy for c in fleet.new) >= enough:
        return fleet.old
    serving = [c for c in fleet.old if c.healthy]
    return _take(serving, min(fleet.healthy - max(fleet.floor, fleet.desired), len(serving)), fleet)


def _make_room(fleet: Fleet, missing: int, owed: dict[str, int]) -> Move:
    """The ceiling leaves no room to start: stop one unhealthy copy, or as
    many old ones as the floor allows.
    """
    if not (missing or owed):
        return Move()
    if idle := [c for c in fleet.copies if c.unhealthy] or (_idle(fleet) if missing else []):
        return Move(
            stop=(idle[fleet.pick(len(idle))].id,),
            why=Text(
                "no room above {ceiling}: a task that serves nobody goes first",
                ceiling=fleet.ceiling,
            ),
        )
    spare = fleet.healthy - fleet.floor
    serving = [c for c in fleet.old if c.healthy]
    if missing and serving and spare > 0:
        stop = _take(serving, min(spare, len(serving)), fleet)
        return Move(
            stop=tuple(c.id for c in stop),
            why=Text(
                "no room above {ceiling}; {healthy} healthy, floor {floor}",
                ceiling=fleet.ceiling,
                healthy=fleet.healthy,
                floor=fleet.floor,
            ),
        )
    waiting = any(not c.settled for c in fleet.copies)
    return Move(
        stuck=bool(missing and fleet.old) and not waiting,
        why=Text(
            "{healthy} healthy, floor {floor}, ceiling {ceiling}",
            healthy=fleet.healthy,
            floor=fleet.floor,
            ceiling=fleet.ceiling,
        ),
    )


def _idle(fleet: Fleet) -> list[Copy]:
    """Old copies on their way that nobody needs: those beyond what
    their deployment shall still have.
    """
    spare = Counter(c.deployment for c in fleet.copies if not c.unhealthy)
    spare.subtract(fleet.keeps)
    idle = []
    for copy in fleet.old:
        if not copy.running and spare[copy.deployment] > 0:
            spare[copy.deployment] -= 1
            idle.append(copy)
    return idle


def _stop(surplus: list[Copy], fleet: Fleet) -> Move:
    if all(c.unhealthy for c in surplus):
        why = Text("it failed its health checks")
    elif fleet.old:
        why = Text(
            "{healthy} healthy tasks, {new} of them new, {desired} wanted",
            healthy=fleet.healthy,
            new=sum(c.healthy for c in fleet.new),
            desired=fleet.desired,
        )
    else:
        why = Text(
            "{count} tasks, {desired} wanted", count=len(fleet.copies), desired=fleet.desired
        )
    return Move(stop=tuple(c.id for c in surplus), why=why)


def _take(copies: list[Copy], count: int, fleet: Fleet) -> list[Copy]:
    """Choose `count` to stop: so that the capacity providers keep
    their ratio, then as `_pick` does.
    """
    if not fleet.strategy or count <= 0:
        return _pick(copies, count, fleet)
    of_interest = {c.deployment for c in copies}
    there = Counter(c.provider for c in fleet.copies if c.deployment in of_interest)
    quota = leaving(fleet.strategy, there, Counter(c.provider for c in copies), count)
    return [
        copy
        for provider, share in quota.items()
        for copy in _pick([c for c in copies if c.provider == provider], share, fleet)
    ]


def _pick(copies: list[Copy], count: int, fleet: Fleet) -> list[Copy]:
    """Choose `count` to stop: from the zone that has the most, within it by
    chance (facts, section 5.1, stop order).
    """
    if fleet.choose:
        return fleet.choose(copies, max(0, min(count, len(copies))))
    per_zone = Counter(c.zone for c in fleet.copies)
    choices: dict[str | None, list[Copy]] = {}
    for copy in copies:
        choices.setdefault(copy.zone, []).append(copy)
    taken = []
    for _ in range(max(0, min(count, len(copies)))):
        zone = max(choices, key=lambda z: per_zone[z])
        taken.append(choices[zone].pop(fleet.pick(len(choices[zone]))))
        per_zone[zone] -= 1
        if not choices[zone]:
            del choices[zone]
    return taken
