"""What one launch asks for: what shall run, and where it may go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ecslab.ecs.launch.new_task import Launch
from ecslab.ecs.model import Json
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.ports.network import Subnet


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to launch, and where it may go; `siblings` are the live tasks it is
    spread with (same service, or same group).
    """

    cluster: Cluster
    definition: TaskDefinition
    launch: Launch
    subnets: Sequence[Subnet]
    siblings: Sequence[Task]
    strategy: Sequence[Json] = ()  # of capacity providers; empty when a launch type decides
    # How many tasks each has that count for the strategy.
    there: Mapping[str, int] = field(default_factory=dict)
