"""Finds a place for task after task of one launch: a subnet on Fargate, a container instance otherwise."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ecslab.ecs.neighbours import Subnet
from ecslab.ecs.new_task import Launch
from ecslab.ecs.policy.placement import fargate
from ecslab.ecs.policy.placement.batch import Batch, Placed, Refused
from ecslab.ecs.policy.placement.constraints import Constraints
from ecslab.ecs.policy.placement.fit import standing
from ecslab.ecs.policy.placement.needs import needs
from ecslab.ecs.state import Cluster, ContainerInstance, Json, Service, Task, TaskDefinition

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane


@dataclass(frozen=True, slots=True)
class Place:
    """Where one task goes, and why; on an instance also why each other instance lost, worked out when asked."""

    why: str
    subnet: Subnet | None = None
    instance: ContainerInstance | None = None  # none yet, for a task that waits for capacity
    losers: Callable[[], Mapping[str, str]] = field(default=dict)


Places = Callable[[], Place | Refused]

NO_CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different availability zone"
)
NO_SPOT = Refused(  # facts, sections 4, 5.3 and 8.2
    "RESOURCE:FARGATE",
    "there is no Fargate Spot capacity",
    None,
    f"was unable to place a task. Reason: {NO_CAPACITY}.",
    (),
)


def places(
    plane: "ControlPlane",
    cluster: Cluster,
    definition: TaskDefinition,
    launch: Launch,
    *,
    subnets: Sequence[Subnet],
    siblings: Sequence[Task],
) -> Places:
    """What to call for the next place; `siblings` are the live tasks it is spread with (same service, or same group)."""
    if launch.capacity_provider and launch.launch_type != "FARGATE":
        mine = (i.capacity_provider == launch.capacity_provider for i in cluster.instances.values())
        if not any(mine):
            return lambda: NO_CAPACITY_PROVIDED
    if launch.launch_type == "FARGATE":
        spread = fargate.Spread(subnets, (t.subnet for t in siblings))

        def next_subnet() -> Place:
            placed = spread.place()
            return Place(placed.why, subnet=placed.subnet)

        return next_subnet
    return _on_instances(plane, cluster, definition, launch, subnets=subnets, siblings=siblings)


def _on_instances(
    plane: "ControlPlane",
    cluster: Cluster,
    definition: TaskDefinition,
    launch: Launch,
    *,
    subnets: Sequence[Subnet],
    siblings: Sequence[Task],
) -> Places:
    per_instance = Counter(t.instance.id for t in siblings if t.instance)
    batch = Batch(
        needs(definition.spec, launch.overrides),
        [i for i in cluster.instances.values() if launch.capacity_provider in {None, i.capacity_provider}],
        zones={s.zone for s in subnets} if subnets else None,
        external=launch.launch_type == "EXTERNAL",
        constraints=[*definition.spec.get("placementConstraints", []), *launch.constraints],
        strategies=list(launch.strategies),
        counts=lambda instance: per_instance[instance.id],
        draw=plane.chance.stream("placement").randrange,
        group=launch.group,
    )
    per_subnet = Counter(t.subnet for t in siblings)

    def next_instance() -> Place | Refused:
        placed = batch.place()
        if not isinstance(placed, Placed):
            return placed
        near = [s for s in subnets if s.zone == placed.instance.zone]
        subnet = min(near, key=lambda s: per_subnet[s.id]) if near else None
        if subnet:
            per_subnet[subnet.id] += 1
        return Place(placed.why, subnet, placed.instance, placed.losers)

    return next_instance


NO_CAPACITY_PROVIDED = Refused(  # facts, sections 1.2 and 5.3
    "EMPTY CAPACITY PROVIDER",
    "its capacity provider has no container instances",
    None,
    "was unable to place a task because no container instance met all of its requirements. "
    "Reason: No Container Instances were found in your capacity provider.",
    (),
)


def losing(refused: Refused) -> list[Json]:
    """RunTask's `failures`: one per instance, with AWS's reason (facts, section 4); Fargate has no instances to name."""
    if refused is NO_SPOT:
        return [{"reason": NO_CAPACITY}]
    if refused is NO_CAPACITY_PROVIDED:
        return [{"reason": refused.code}]
    return [{"arn": arn, "reason": code} for arn, code in refused.failures()]


def daemon_places(service: Service) -> list[ContainerInstance]:
    """The instances on which a daemon service wants one task each (facts, section 5.1): ACTIVE, and within its constraints.

    An instance whose agent is away keeps the task it has and gets no new one.
    """
    definition = service.primary.definition
    wanted = needs(definition.spec, {})
    external = service.settings["launchType"] == "EXTERNAL"
    rules = Constraints.of(
        [*definition.spec.get("placementConstraints", []), *service.settings["placementConstraints"]]
    )
    found = []
    for instance in service.cluster.instances.values():
        verdict = standing(instance, wanted, external=external) or rules.verdict(instance, 0)
        has_one = any(t.service is service for t in instance.tasks.values())
        if verdict is None or (verdict.code == "AGENT" and has_one):
            found.append(instance)
    return found
