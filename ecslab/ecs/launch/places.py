"""Finds a place for task after task of one launch: a subnet on
Fargate, a container instance otherwise.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ecslab.ecs.definitions.effective import effective
from ecslab.ecs.launch.wanted import Wanted
from ecslab.ecs.model import Json
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.placement import subnets as fargate
from ecslab.ecs.placement.batch import Batch, Placed, PlacementRefused
from ecslab.ecs.placement.daemons import kept_for_daemons
from ecslab.ecs.placement.needs import needs
from ecslab.ecs.ports.network import Subnet
from ecslab.ground.chance import Chance
from ecslab.ground.text import Text


@dataclass(frozen=True, slots=True)
class Place:
    """Where one task goes, and why; on an instance also why each other
    instance lost, worked out when asked.
    """

    why: str
    subnet: Subnet | None = None
    instance: ContainerInstance | None = None  # none yet, for a task that waits for capacity
    losers: Callable[[], Mapping[str, str]] = field(default=dict)


Places = Callable[[], Place | PlacementRefused]

NO_CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different "
    "availability zone"
)
NO_SPOT = PlacementRefused(  # facts, sections 4, 5.3 and 8.2
    "RESOURCE:FARGATE",
    Text("there is no Fargate Spot capacity"),
    None,
    f"was unable to place a task. Reason: {NO_CAPACITY}.",
    (),
)


def places(chance: Chance, wanted: Wanted) -> Places:
    """What to call for the next place of a launch, which names its capacity
    provider unless it is a daemon's.
    """
    if wanted.launch.launch_type == "FARGATE":
        return _in_subnets(wanted)
    instances = _candidates(wanted)
    if wanted.launch.capacity_provider and not instances:
        return lambda: NO_CAPACITY_PROVIDED
    return _on_instances(chance, wanted, instances)


def _in_subnets(wanted: Wanted) -> Places:
    spread = fargate.SubnetSpread(wanted.subnets, (t.subnet for t in wanted.siblings))

    def next_subnet() -> Place:
        placed = spread.place()
        return Place(placed.why, subnet=placed.subnet)

    return next_subnet


def _candidates(wanted: Wanted) -> list[ContainerInstance]:
    """The cluster's instances, or those of its capacity provider; a
    daemon's are those of all its providers.
    """
    one, instances = wanted.launch.capacity_provider, wanted.cluster.instances.values()
    providers = {one} if one else {item["capacityProvider"] for item in wanted.strategy}
    return [i for i in instances if not providers or i.capacity_provider in providers]


def _on_instances(chance: Chance, wanted: Wanted, instances: Sequence[ContainerInstance]) -> Places:
    launch, subnets = wanted.launch, wanted.subnets
    spec = effective(wanted.definition.spec, launch.overrides)
    per_instance = Counter(t.instance.id for t in wanted.siblings if t.instance)
    batch = Batch(
        needs(spec),
        instances,
        zones={s.zone for s in subnets} if subnets else None,
        external=launch.launch_type == "EXTERNAL",
        constraints=[*spec.get("placementConstraints", []), *launch.constraints],
        strategies=list(launch.strategies),
        counts=lambda instance: per_instance[instance.id],
        draw=chance.stream("placement").randrange,
        group=launch.group,
        kept={} if launch.daemon else kept_for_daemons(wanted.cluster),
    )
    per_subnet = Counter(t.subnet for t in wanted.siblings)

    def next_instance() -> Place | PlacementRefused:
        placed = batch.place()
        if not isinstance(placed, Placed):
            return placed
        near = [s for s in subnets if s.zone == placed.instance.zone]
        subnet = min(near, key=lambda s: per_subnet[s.id]) if near else None
        if subnet:
            per_subnet[subnet.id] += 1
        return Place(placed.why, subnet, placed.instance, placed.losers)

    return next_instance


NO_CAPACITY_PROVIDED = PlacementRefused(  # facts, sections 1.2 and 5.3
    "EMPTY CAPACITY PROVIDER",
    Text("its capacity provider has no container instances"),
    None,
    "was unable to place a task because no container instance met all of its requirements. "
    "Reason: No Container Instances were found in your capacity provider.",
    (),
)


def losing(refused: PlacementRefused) -> list[Json]:
    """RunTask's `failures`: one per instance, with AWS's reason (facts, section
    4); Fargate has no instances to name.
    """
    if refused is NO_SPOT:
        return [{"reason": NO_CAPACITY}]
    if refused is NO_CAPACITY_PROVIDED:
        return [{"reason": refused.code}]
    return [{"arn": arn, "reason": code} for arn, code in refused.failures()]
