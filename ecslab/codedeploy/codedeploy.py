"""One account's CodeDeploy in one region, beside its ECS: applications,
deployments, and `call`, the only way in.
"""

from collections.abc import Iterator
from typing import Any

from ecslab.codedeploy.api import (  # importing a module of operations registers them
    applications,  # noqa: F401
    configs,  # noqa: F401
    deployments,  # noqa: F401
    groups,  # noqa: F401
    revisions,  # noqa: F401
    tags,  # noqa: F401
    targets,  # noqa: F401
)

# Importing a module of operations registers them.
from ecslab.codedeploy.api.registry import OPERATIONS
from ecslab.codedeploy.conductor import Conductor
from ecslab.codedeploy.lifecycle import PREDEFINED
from ecslab.codedeploy.model import Application, Config, Deployment, DeploymentGroup
from ecslab.ecs.api import simulated
from ecslab.ecs.plane import ControlPlane
from ecslab.ecs.under_way import Movement
from ecslab.ground.errors import AwsError, not_simulated


class CodeDeploy:
    """The CodeDeploy of one account and region, for the ECS compute platform."""

    def __init__(self, ecs: ControlPlane) -> None:
        self.ecs, self.clock, self.chance = ecs, ecs.clock, ecs.chance
        self.applications: dict[str, Application] = {}
        self.deployments: dict[str, Deployment] = {}  # oldest first
        self.configs = {
            name: Config(self.chance.uuid("codedeploy ids"), name, 0, dict(routing))
            for name, routing in PREDEFINED.items()
        }
        self.conductor = Conductor(self)

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer one API operation; raises AwsError, the not-simulated kind included."""
        handler = OPERATIONS.get(operation)
        if handler is None:
            raise not_simulated(f"The CodeDeploy operation {operation}")
        simulated.check("codedeploy", operation, request)
        return handler(self, request)

    @property
    def under_way(self) -> Iterator[Movement]:
        """The deployments that have not ended, and where each is."""
        for deployment in self.deployments.values():
            if not deployment.ended:
                event = next((e.name for e in deployment.events if e.status == "InProgress"), "")
                where = f" in {event}" if event else ""
                where += (
                    f", and waits for {deployment.waits_for}"
                    if deployment.waits_for.isupper()
                    else ""
                )
                asks = deployment.waits_for == "READY_WAIT"
                yield Movement(
                    f"deployment/{deployment.id}", f"is {deployment.status}{where}", asks
                )

    def arn(self, resource: str) -> str:
        """The ARN of a CodeDeploy resource of this account and region."""
        return f"arn:aws:codedeploy:{self.ecs.state.region}:{self.ecs.state.number}:{resource}"

    # Finding things; each raises the error AWS raises.

    def application(self, name: str) -> Application:
        """An application by name."""
        if name not in self.applications:
            raise AwsError(
                "ApplicationDoesNotExistException", f"No application found for name: {name}"
            )
        return self.applications[name]

    def group(self, application: str, name: str) -> DeploymentGroup:
        """A deployment group by its application's name and its own."""
        found = self.application(application).groups.get(name)
        if found is None:
            raise AwsError(
                "DeploymentGroupDoesNotExistException",
                f"No Deployment Group found for name: {name}",
            )
        return found

    def config(self, name: str) -> Config:
        """A deployment configuration by name (the wording is ours, after the two above)."""
        if name not in self.configs:
            raise AwsError(
                "DeploymentConfigDoesNotExistException",
                f"No Deployment Configuration found for name: {name}",
            )
        return self.configs[name]

    def deployment(self, id_: str) -> Deployment:
        """A deployment by id (the wording is ours)."""
        if id_ not in self.deployments:
            raise AwsError(
                "DeploymentDoesNotExistException", f"The deployment {id_} could not be found"
            )
        return self.deployments[id_]
