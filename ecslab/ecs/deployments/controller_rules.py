"""What CreateService and UpdateService refuse when somebody else than ECS deploys
(facts, sections 5.1, 6.1, 7.2, 7.3 and 17).
"""

from typing import Any

from ecslab.ecs.connect.rules import ONLY_ECS
from ecslab.ecs.model.services import Service
from ecslab.ground.errors import invalid_parameter

Json = dict[str, Any]

# What belongs to a task set, not to the service, and AWS's words for it: the first three
# are public in aws/aws-cdk#6245 and #26335 and in
# hashicorp/terraform-provider-aws#27291, the others are worded by analogy.
OF_TASK_SETS = {
    "taskDefinition": "TaskDefinition must be blank.",
    "networkConfiguration": "NetworkConfiguration must be null.",
    "loadBalancers": "LoadBalancers must be empty or null.",
    "serviceRegistries": "ServiceRegistries must be empty or null.",
    "launchType": "LaunchType must be blank.",
    "capacityProviderStrategy": "CapacityProviderStrategy must be empty or null.",
    "platformVersion": "PlatformVersion must be blank.",
}
# The first is in the facts, section 7.2; the next three are public (a Terraform
# module's known problems, aws/aws-cdk#23564 and articles on changing a
# strategy); the others are worded by analogy.
NOT_UPDATED = {
    "taskDefinition": "Unable to update task definition on services",
    "forceNewDeployment": "Cannot force a new deployment on services",
    "networkConfiguration": "Unable to update network parameters on services",
    "loadBalancers": "Unable to update load balancers on services",
    "platformVersion": "Unable to update platform version on services",
    "capacityProviderStrategy": "Unable to update capacity provider strategy on services",
    "serviceRegistries": "Unable to update service registries on services",
    "serviceConnectConfiguration": "Unable to update Service Connect on services",
    "volumeConfigurations": "Unable to update volumes on services",
    "vpcLatticeConfigurations": "Unable to update VPC Lattice on services",
    "monitoring": "Unable to update monitoring on services",
}
INSTEAD = {
    "CODE_DEPLOY": "Use AWS CodeDeploy to trigger a new deployment.",
    "EXTERNAL": "Use CreateTaskSet to deploy.",  # wording is ours
}
# Facts, section 17.
NO_LOAD_BALANCER = "the service requires an Application Load Balancer or Network Load Balancer"

PERCENTS = {"minimumHealthyPercent": 100, "maximumPercent": 200}  # facts, section 6.1


def controller(request: Json) -> str:
    """Who shall deploy: ECS, CODE_DEPLOY or EXTERNAL."""
    return str(request.get("deploymentController", {}).get("type", "ECS"))


def check_create_controlled(request: Json) -> None:
    """Refuse a CreateService request that its deployment controller does not allow."""
    deploys = controller(request)
    if deploys == "ECS":
        return
    if request.get("schedulingStrategy") == "DAEMON":  # facts 2, section 22.7
        raise invalid_parameter(
            f"The {deploys} deployment controller type is not supported for services using the "
            "DAEMON scheduling strategy."
        )
    if deploys == "EXTERNAL":
        for member, refusal in OF_TASK_SETS.items():
            if request.get(member):
                raise invalid_parameter(refusal)
    elif not request.get("loadBalancers"):
        raise invalid_parameter(NO_LOAD_BALANCER)
    if request.get("serviceConnectConfiguration", {}).get("enabled"):
        raise invalid_parameter(ONLY_ECS.format("Service Connect", "ECS (rolling update)"))
    _check_configuration(request.get("deploymentConfiguration", {}), deploys)
    if deploys == "CODE_DEPLOY" and not request.get("capacityProviderStrategy"):
        _check_percents(request, request.get("launchType", "EC2"))


def check_update_controlled(request: Json, service: Service) -> None:
    """Refuse what UpdateService cannot change of a service that ECS does not deploy."""
    deploys = service.controller
    if deploys == "ECS":
        return
    for member, refusal in NOT_UPDATED.items():
        if request.get(member):
            article = "an" if deploys == "EXTERNAL" else "a"
            raise invalid_parameter(
                f"{refusal} with {article} {deploys} deployment controller. {INSTEAD[deploys]}"
            )
    if deploys == "EXTERNAL" and request.get("deploymentConfiguration"):  # facts, section 7.3
        raise invalid_parameter(
            "Unable to update deployment configuration on services with an EXTERNAL deployment "
            f"controller. {INSTEAD[deploys]}"
        )
    _check_configuration(request.get("deploymentConfiguration", {}), deploys)
    _check_percents(request, service.settings.get("launchType"))


def _check_percents(request: Json, launch_type: str | None) -> None:
    """On EC2 whoever deploys leaves AWS's percentages as they are (facts,
    section 6.1); the wording is ours.
    """
    asked = request.get("deploymentConfiguration", {})
    if (
        launch_type == "EC2"
        and {name: asked.get(name, usual) for name, usual in PERCENTS.items()} != PERCENTS
    ):
        raise invalid_parameter(
            "minimumHealthyPercent and maximumPercent cannot be changed for the EC2 launch type "
            "with a CODE_DEPLOY or EXTERNAL deployment controller."
        )


def _check_configuration(asked: Json, deploys: str) -> None:
    """Breaker and alarms watch what ECS deploys (facts, section 6.4; facts 2, section
    22.2); of strategies the wording is ours.
    """
    if asked.get("deploymentCircuitBreaker", {}).get("enable"):
        raise invalid_parameter(ONLY_ECS.format("Deployment circuit breaker", "ECS"))
    if asked.get("alarms", {}).get("enable"):
        raise invalid_parameter(ONLY_ECS.format("Alarm based rollback", "ECS"))
    if asked.get("strategy", "ROLLING") != "ROLLING":
        raise invalid_parameter(
            f"The deployment strategy {asked['strategy']} is not supported with the {deploys} "
            "deployment controller."
        )
