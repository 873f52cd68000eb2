"""Where a Fargate task lands: spread over Availability Zones, then over the subnets of the zone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecslab.ecs.ports.network import Subnet
from ecslab.ground.text import Text


@dataclass(frozen=True, slots=True)
class Placement:
    """The subnet chosen, and why."""

    subnet: Subnet
    why: str


class SubnetSpread:
    """Chooses the subnet in the zone that holds the fewest of the tasks it is
    spread with; earlier subnets win ties.

    Those tasks are the ones of the same service, or of the same group for standalone tasks (facts,
    section 4; that Fargate spreads standalone tasks by group too is our assumption).
    """

    def __init__(self, subnets: Sequence[Subnet], taken: Iterable[str | None]) -> None:
        """`taken`: the subnet ids of the tasks that are there already."""
        self._subnets = subnets
        self._zones = sorted({s.zone for s in subnets})
        zone_of = {s.id: s.zone for s in subnets}
        self._per_subnet = Counter(taken)
        self._per_zone: Counter[str] = Counter()
        for subnet, count in self._per_subnet.items():
            if subnet in zone_of:
                self._per_zone[zone_of[subnet]] += count

    def place(self) -> Placement:
        """Where the next task goes; it counts from now on."""
        chosen = min(self._subnets, key=lambda s: (self._per_zone[s.zone], self._per_subnet[s.id]))
        if len(self._zones) == 1:
            why = Text("{zone} is the only zone of its subnets", zone=chosen.zone)
        else:
            counts = ", ".join(f"{zone} {self._per_zone[zone]}" for zone in self._zones)
            why = Text("{zone} has the fewest ({counts})", zone=chosen.zone, counts=counts)
        self._per_zone[chosen.zone] += 1
        self._per_subnet[chosen.id] += 1
        return Placement(chosen, why)
