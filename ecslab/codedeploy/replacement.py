"""The replacement task set: which target group it takes, and how it is
asked of ECS (facts, section 7.2).
"""

from ecslab.codedeploy import failures as trouble
from ecslab.codedeploy.model import Deployment
from ecslab.codedeploy.surroundings import DeploymentListeners
from ecslab.ecs.api import simulated
from ecslab.ecs.deployments import task_set_rules
from ecslab.ecs.deployments.task_sets import TaskSets
from ecslab.ecs.model import Json
from ecslab.ecs.model.deployments import Deployment as TaskSetDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ecs.services.task_set_operations import TaskSetOperations
from ecslab.ground.chance import Chance
from ecslab.ground.errors import AwsError

BEHIND = "Primary taskset target group must be behind listener"  # AWS's troubleshooting guide


class Replacements:
    """Starts the task sets that deployments bring."""

    def __init__(
        self,
        *,
        chance: Chance,
        balancers: Balancers,
        listeners: DeploymentListeners,
        task_set_operations: TaskSetOperations,
        task_sets: TaskSets,
    ) -> None:
        self._chance, self._balancers, self._listeners = chance, balancers, listeners
        self._task_set_operations, self._task_sets = task_set_operations, task_sets

    def pair_up(self, deployment: Deployment, blue: TaskSetDeployment) -> None:
        """Which of the two target groups serves, and which is free; the free one is put
        behind the listener, without traffic.
        """
        balancers = self._balancers
        groups = [balancers.named(name) for name in deployment.group.target_groups]
        arns = [group.arn for group in groups if group]
        serving = next((b["targetGroupArn"] for b in blue.settings["loadBalancers"]), None)
        listeners = [arn for arn in (deployment.group.production, deployment.group.test) if arn]
        if serving not in arns or any(serving not in balancers.weights(arn) for arn in listeners):
            raise trouble.balancer(BEHIND)
        free = [arn for arn in arns if arn != serving]
        if not free:
            raise trouble.balancer("the second target group does not exist")  # wording is ours
        deployment.blue_group, deployment.green_group = serving, free[0]
        self._listeners.route(deployment, "production", 0)

    def start(
        self, deployment: Deployment, service: Service, blue: TaskSetDeployment
    ) -> TaskSetDeployment:
        """Start the replacement task set; it is CodeDeploy's, and carries the
        deployment's id (facts, section 7.2).
        """
        try:
            asked = _asked(deployment, blue)
            simulated.check("ecs", "CreateTaskSet", asked)
            task_set_rules.check_create(service, {})
            definition, settings = self._task_set_operations.revision(service, asked)
        except AwsError as error:
            raise trouble.refused(error, self._chance.uuid("request ids")) from None
        green = self._task_sets.begin(
            service,
            definition,
            settings,
            scale=100.0,
            external_id=deployment.id,
            started_by="CODE_DEPLOY",
        )
        deployment.green = green.id
        return green


def _asked(deployment: Deployment, blue: TaskSetDeployment) -> Json:
    """What CreateTaskSet is asked: as the AppSpec says, and where it says
    nothing as the original task set is.
    """
    spec, before = deployment.spec, blue.settings
    strategy = spec.strategy or before["capacityProviderStrategy"]
    asked = {
        "taskDefinition": spec.task_definition,
        "launchType": None if strategy else before["launchType"],
        "capacityProviderStrategy": strategy,
        "platformVersion": spec.platform_version or before["platformVersion"],
        "networkConfiguration": spec.network or before["networkConfiguration"],
        # An AppSpec names none: both are found by one name.
        "serviceRegistries": before["serviceRegistries"],
        "loadBalancers": [
            {
                "targetGroupArn": deployment.green_group,
                "containerName": spec.container,
                "containerPort": spec.port,
            }
        ],
    }
    return {name: value for name, value in asked.items() if value is not None}
