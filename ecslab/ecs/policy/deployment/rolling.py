"""ROLLING: replace a service's tasks a few at a time between a floor and a ceiling (facts, sections 5.1 and 6.1).

Start-before-stop while the ceiling leaves room; stop-before-start when it does not and the floor allows.
"""

from collections import Counter

from ecslab.ecs.policy.capacity.strategy import leaving
from ecslab.ecs.policy.deployment.fleet import Copy, Fleet, Move, Start


def plan(fleet: Fleet) -> Move:
    """One round: start what is missing, stop what is surplus; both caps hold at every round."""
    if fleet.target in fleet.halted:  # no new tasks; those that there are stay (facts, section 6.4)
        return Move()
    missing = fleet.desired - sum(not c.unhealthy for c in fleet.new)
    room = fleet.ceiling - len(fleet.copies)
    if missing > 0 and room > 0:
        return _start(fleet, min(missing, room))
    if surplus := _surplus(fleet):
        return _stop(surplus, fleet)
    if missing > 0:
        return _make_room(fleet)
    return Move()


def _start(fleet: Fleet, count: int) -> Move:
    ill = min(count, sum(c.unhealthy for c in fleet.new))
    have = len(fleet.new) - ill
    why = f"has {have} of the {fleet.desired} wanted"
    if ill:
        why = f"{ill} of the {fleet.desired} wanted {'is' if ill == 1 else 'are'} unhealthy: replaced start-first"
    return Move(starts=(Start(fleet.target, count, ill),), why=why)


def _surplus(fleet: Fleet) -> list[Copy]:
    """The copies nobody needs any more, ill ones first; never below the floor of healthy ones."""
    ill = [c for c in fleet.copies if c.unhealthy]
    settled = sum(c.settled for c in fleet.copies) - fleet.desired
    stop = _take(ill, min(settled, len(ill)), fleet)  # a replacement has proved itself, or is no better
    if fleet.old:
        return stop or _no_longer_needed(fleet)
    live = [c for c in fleet.new if not c.unhealthy]
    return stop or _take([c for c in live if not c.running] or live, len(live) - fleet.desired, fleet)


def _no_longer_needed(fleet: Fleet) -> list[Copy]:
    """Old copies go as new ones become healthy; those that serve nobody go once the new ones are enough."""
    if sum(c.healthy for c in fleet.new) >= fleet.desired:
        return fleet.old
    serving = [c for c in fleet.old if c.healthy]
    return _take(serving, min(fleet.healthy - max(fleet.floor, fleet.desired), len(serving)), fleet)


def _make_room(fleet: Fleet) -> Move:
    """The ceiling leaves no room to start: stop one ill copy, or as many old ones as the floor allows."""
    ill = [c for c in fleet.copies if c.unhealthy] or [c for c in fleet.old if not c.running]
    if ill:
        return Move(
            stop=(ill[fleet.pick(len(ill))].id,),
            why=f"no room above {fleet.ceiling}: a task that serves nobody goes first",
        )
    spare = fleet.healthy - fleet.floor
    serving = [c for c in fleet.old if c.healthy]
    if serving and spare > 0:
        stop = _take(serving, min(spare, len(serving)), fleet)
        return Move(
            stop=tuple(c.id for c in stop),
            why=f"no room above {fleet.ceiling}; {fleet.healthy} healthy, floor {fleet.floor}",
        )
    waiting = any(not c.settled for c in fleet.copies)
    return Move(
        stuck=bool(fleet.old) and not waiting,
        why=f"{fleet.healthy} healthy, floor {fleet.floor}, ceiling {fleet.ceiling}",
    )


def _stop(surplus: list[Copy], fleet: Fleet) -> Move:
    if all(c.unhealthy for c in surplus):
        why = "it failed its health checks"
    elif fleet.old:
        why = f"{fleet.healthy} healthy tasks, {sum(c.healthy for c in fleet.new)} of them new, {fleet.desired} wanted"
    else:
        why = f"{len(fleet.copies)} tasks, {fleet.desired} wanted"
    return Move(stop=tuple(c.id for c in surplus), why=why)


def _take(copies: list[Copy], count: int, fleet: Fleet) -> list[Copy]:
    """Choose `count` to stop: so that the capacity providers keep their ratio, then as `_pick` does."""
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
    """Choose `count` to stop: from the zone that has the most, within it by chance (facts, section 5.1, stop order)."""
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
