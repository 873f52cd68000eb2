"""What CreateService and UpdateService share: whether the tasks of a service can be reached."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ecslab.ecs.api.connect_rules import service_connect
from ecslab.ecs.api.load_balancer_rules import check_load_balancers
from ecslab.ecs.api.registry_rules import check_registries
from ecslab.ecs.api.traffic_rules import check_rules
from ecslab.ecs.policy.capacity.strategy import launch_type
from ecslab.ecs.state.clusters import Cluster
from ecslab.ecs.state.definitions import TaskDefinition

if TYPE_CHECKING:
    from ecslab.ecs.plane import ControlPlane

Json = dict[str, Any]


def reachable(
    plane: "ControlPlane",
    cluster: Cluster,
    definition: TaskDefinition,
    *,
    name: str,
    desired: int,
    settings: Json,
    balancers: Sequence[Json],
    connect: Json | None,
) -> Json | None:
    """The serviceConnectConfiguration to store, when tasks can be found and balanced as asked; raises what AWS refuses otherwise.

    `balancers` are those to check: UpdateService leaves alone what it does not touch.
    """
    on = launch_type(settings)
    check_load_balancers(plane, definition, on, list(balancers))
    check_rules(balancers, plane.neighbours.balancers)
    check_registries(plane, definition, on, settings["serviceRegistries"], desired)
    return service_connect(plane, cluster, definition, name=name, settings=settings, asked=connect)
