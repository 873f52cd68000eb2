"""What CodeDeploy holds in one account and region, and how things in it are found."""

from ecslab.codedeploy.lifecycle import PREDEFINED
from ecslab.codedeploy.model import Application, Config, Deployment, DeploymentGroup
from ecslab.ground.chance import Chance
from ecslab.ground.errors import AwsError


class Records:
    """Applications, deployments and configurations; `account` is the account's number."""

    def __init__(self, region: str, account: str, chance: Chance) -> None:
        self._region, self._account = region, account
        self.applications: dict[str, Application] = {}
        self.deployments: dict[str, Deployment] = {}  # oldest first
        self.configs = {
            name: Config(chance.uuid("codedeploy ids"), name, 0, dict(routing))
            for name, routing in PREDEFINED.items()
        }

    def arn(self, resource: str) -> str:
        """The ARN of a CodeDeploy resource of this account and region."""
        return f"arn:aws:codedeploy:{self._region}:{self._account}:{resource}"

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
