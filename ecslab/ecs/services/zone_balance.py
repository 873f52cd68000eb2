"""When a service's tasks are balanced over Availability Zones, and which moves
would balance them (facts, section 5.5).
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from ecslab.ecs.capacity.strategy import leaving
from ecslab.ecs.deployments.fleet import Copy, Fleet

ZONE = "attribute:ecs.availability-zone"
EVERYTHING = 100  # percent


def obstacle(settings: Mapping[str, Any]) -> str | None:
    """What keeps a service with these settings from being rebalanced, as
    AWS's refusal calls it, or None.

    The one about maximumPercent is public in deployment notes; the others are worded like it.
    """
    first: Mapping[str, str] = next(
        iter(settings["placementStrategy"]), {"type": "spread", "field": ZONE}
    )
    obstacles = {
        "the DAEMON scheduling strategy": settings["schedulingStrategy"] == "DAEMON",
        "the EXTERNAL launch type": settings["launchType"] == "EXTERNAL",
        "maximumPercent <= 100": settings["deploymentConfiguration"]["maximumPercent"]
        <= EVERYTHING,
        "Classic Load Balancers": any(b.get("loadBalancerName") for b in settings["loadBalancers"]),
        f"a placement constraint on {ZONE}": any(
            ZONE in constraint.get("expression", "")
            for constraint in settings["placementConstraints"]
        ),
        f"a first placement strategy other than spread over {ZONE}": (
            (first["type"], first.get("field", "").lower()) != ("spread", ZONE)
        ),
    }
    return next((words for words, stands in obstacles.items() if stands), None)


def moves(counts: Mapping[str, int], usable: Collection[str], most: int) -> list[tuple[str, str]]:
    """At most so many moves of one task each, from the fullest zone to the emptiest
    one, until no two differ by more than one.

    `counts`: tasks by zone. `usable`: the zones in which tasks can be started. Of
    equal zones the first by name is taken.
    """
    now = Counter({zone: counts.get(zone, 0) for zone in sorted({*counts, *usable})})
    found: list[tuple[str, str]] = []
    while usable and len(found) < most:
        emptiest = min(sorted(usable), key=lambda zone: now[zone])
        fullest = max(now, key=lambda zone: now[zone])
        if now[fullest] - now[emptiest] <= 1:
            break
        now[fullest] -= 1
        now[emptiest] += 1
        found.append((fullest, emptiest))
    return found


def told(counts: Mapping[str, int], usable: Collection[str]) -> str:
    """The tasks of each zone, the fullest zone first, as AWS's events list them: "2
    tasks in us-east-1a, 1 tasks in us-east-1b".
    """
    zones = sorted({*counts, *usable}, key=lambda zone: (-counts.get(zone, 0), zone))
    return ", ".join(f"{counts.get(zone, 0)} tasks in {zone}" for zone in zones)


def going(from_zones: Mapping[str, int], fleet: Fleet) -> list[str]:
    """The ids of the tasks that will go, zone by zone."""
    return [
        copy.id
        for zone, count in from_zones.items()
        for copy in _chosen([c for c in fleet.copies if c.zone == zone], count, fleet)
    ]


def _chosen(copies: list[Copy], count: int, fleet: Fleet) -> list[Copy]:
    """Which of one zone's tasks go: so that capacity providers keep their ratio, then
    by the stop order, or chance on Fargate.
    """
    if fleet.strategy:
        quota = leaving(
            fleet.strategy,
            Counter(c.provider for c in fleet.copies),
            Counter(c.provider for c in copies),
            count,
        )
    else:
        quota = Counter({None: count})
    found: list[Copy] = []
    for provider, share in quota.items():
        left = [c for c in copies if not fleet.strategy or c.provider == provider]
        if fleet.choose:
            found += fleet.choose(left, share)
        else:
            found += [left.pop(fleet.pick(len(left))) for _ in range(share)]
    return found
