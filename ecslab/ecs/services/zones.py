"""The Availability Zones of a service: where its tasks are, where more could be, and
tasks that are launched in one of them.
"""

from collections import Counter
from dataclasses import replace

from ecslab.ecs.deployments.fleet import Fleet
from ecslab.ecs.launch.launches import Launches
from ecslab.ecs.launch.new_task import Launch
from ecslab.ecs.launch.wanted import Wanted
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.placement.batch import PlacementRefused
from ecslab.ecs.placement.constraints import Constraints
from ecslab.ecs.placement.fit import standing
from ecslab.ecs.placement.needs import needs
from ecslab.ecs.ports.network import Network, Subnet
from ecslab.ecs.services import zone_balance as rebalancing
from ecslab.ecs.services.launch import launch_of, that_stay
from ecslab.ground.errors import AwsError


def zones_of(network: Network, service: Service, fleet: Fleet) -> tuple[Counter[str], set[str]]:
    """The tasks of each zone, and the zones in which more can be wanted."""
    counts = Counter(c.zone for c in fleet.copies if c.zone)
    launch = launch_of(service, service.primary)
    subnets = _subnets(network, launch)
    if launch.launch_type == "FARGATE" or (launch.network and not subnets):
        return counts, {s.zone for s in subnets}
    definition = service.primary.definition
    wanted = needs(definition.spec)
    rules = Constraints.of([*definition.spec.get("placementConstraints", []), *launch.constraints])
    zones = {s.zone for s in subnets} if subnets else None
    strategy = service.primary.settings.get("capacityProviderStrategy") or []
    providers = {item["capacityProvider"] for item in strategy}
    fit = (
        i
        for i in service.cluster.instances.values()
        if (not providers or i.capacity_provider in providers)
        and standing(i, wanted, zones=zones) is None
        and rules.verdict(i, 0) is None
    )
    return counts, {i.zone for i in fit if i.zone}


def launch_in(
    launches: Launches, network: Network, service: Service, *, zone: str, count: int, now_ms: int
) -> tuple[list[Task], str]:
    """Begin tasks in one zone; also AWS's reason when it has no room for all of them."""
    assert service.rebalance is not None, "tasks are started for a rebalancing"
    deployment = service.primary
    launch = launch_of(service, deployment)
    if launch.launch_type != "FARGATE":
        only = {"type": "memberOf", "expression": f"{rebalancing.ZONE} == {zone}"}
        launch = replace(launch, constraints=(*launch.constraints, only))
    live = [t for t in service.tasks.values() if t.desired == "RUNNING"]
    wanted = Wanted(
        service.cluster,
        deployment.definition,
        launch,
        [s for s in _subnets(network, launch) if s.zone == zone],
        live,
        deployment.settings.get("capacityProviderStrategy") or [],
        that_stay(
            service,
            deployment,
            [t for t in live if t.id not in service.rebalance.going],
            now_ms,
        ),
    )
    started, refused = [], ""
    for of_provider, place in launches.placements(wanted, count):
        if isinstance(place, PlacementRefused):
            refused = place.code
        elif place.instance is None and launch.launch_type != "FARGATE":
            refused = "RESOURCE"  # a provider that ECS scales would have it wait for an instance
        else:
            started.append(launches.begin(wanted, of_provider, place, (service, deployment)))
    return started, refused


def _subnets(network: Network, launch: Launch) -> list[Subnet]:
    """Where tasks may go; none when somebody has deleted one, which the next start will say."""
    if not launch.network:
        return []
    groups = launch.network.get("securityGroups", [])
    try:
        return network.subnets(launch.network["subnets"], groups)
    except AwsError:
        return []
