"""What CreateService and UpdateService share: whether the tasks of a service can be reached."""

from typing import Any

from ecslab.ecs.api.equality import is_new
from ecslab.ecs.capacity.strategy import launch_type
from ecslab.ecs.connect.registry_rules import check_registries
from ecslab.ecs.connect.rules import service_connect
from ecslab.ecs.deployments.shifting.traffic_rules import check_rules
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ecs.ports.discovery import Discovery
from ecslab.ecs.services.changes import Held
from ecslab.ecs.targets.rules import check_load_balancers

Json = dict[str, Any]


def reachable(
    state: AccountState,
    balancers: Balancers,
    discovery: Discovery,
    cluster: Cluster,
    definition: TaskDefinition,
    *,
    name: str,
    desired: int,
    settings: Json,
    connect: Json | None,
    held: Held = Held(),  # noqa: B008 - it cannot be changed
) -> Json | None:
    """The serviceConnectConfiguration to store, when tasks can be found and balanced as
    asked; raises what AWS refuses otherwise.

    Whether something is there that the service refers to is asked when the
    reference is new, not of those that it holds.
    """
    on = launch_type(settings)
    asked = settings["loadBalancers"]
    check_load_balancers(balancers, definition, on, asked, held=held.balancers)
    check_rules([b for b in asked if is_new(b, held.balancers)], balancers)
    check_registries(
        discovery, definition, on, settings["serviceRegistries"], desired, held=held.registries
    )
    return service_connect(
        state,
        discovery,
        cluster,
        definition,
        name=name,
        settings=settings,
        asked=connect,
        held=held.connect,
    )
