"""One account's services in one region that are ours: ECS, and beside it Application Auto
Scaling, CodeDeploy, and the requests that go to what runs.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property

from ecslab.autoscaling.activity_operations import ActivityOperations
from ecslab.autoscaling.autoscaler import Autoscaler
from ecslab.autoscaling.policy_operations import PolicyOperations
from ecslab.autoscaling.requests import OPERATIONS as SCALING
from ecslab.autoscaling.schedule_operations import ScheduleOperations
from ecslab.autoscaling.target_operations import TargetOperations
from ecslab.codedeploy.api.registry import OPERATIONS as CODEDEPLOY
from ecslab.codedeploy.codedeploy import CodeDeploy
from ecslab.ecs.api import OPERATIONS as ECS
from ecslab.ecs.api.registry import bound
from ecslab.ecs.plane import ControlPlane
from ecslab.ecs.under_way import Movement
from ecslab.traffic.calls import Callers
from ecslab.traffic.engine import Traffic

# What is simulated, by service.
OPERATIONS: dict[str, Mapping[str, object]] = {
    "ecs": ECS,
    "application-autoscaling": SCALING,
    "codedeploy": CODEDEPLOY,
}


class Region:
    """An account's ECS in a region (`ecs`), and what stands around it."""

    def __init__(self, ecs: ControlPlane) -> None:
        self.ecs, make = ecs, ecs.composer.make
        self.autoscaling = make(Autoscaler, "autoscaling", call=self.ecs.call)
        self.autoscaling.operations = bound(
            SCALING,
            make(TargetOperations),
            make(PolicyOperations),
            make(ScheduleOperations),
            make(ActivityOperations),
        )
        self.ecs.movements.append(lambda: self.autoscaling.under_way)
        self.traffic, self.callers = make(Traffic), make(Callers)
        self.ecs.targets.delay = self.traffic.late_s
        self.ecs.targets.on_change = self.traffic.changed
        self.ecs.insights.utilisation = self.traffic.utilisation

    @cached_property
    def codedeploy(self) -> CodeDeploy:
        """CodeDeploy, made on first use."""
        there = self.ecs.state
        return CodeDeploy(there.region, there.number, self.ecs.composer.within())

    @property
    def under_way(self) -> Iterator[Movement]:
        """What comes about by itself, worked out as it is asked for."""
        yield from self.ecs.under_way
        if "codedeploy" in vars(self):
            yield from self.codedeploy.under_way
