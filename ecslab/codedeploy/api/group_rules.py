"""What CodeDeploy refuses of a deployment group for ECS; where no
source is named the wording is ours.

The texts that begin with "For ECS deployment" are public in collections of
CloudFormation and Terraform errors.
"""

from typing import Any

from ecslab.codedeploy.failures import EVENTS
from ecslab.codedeploy.model import Config
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ground.errors import AwsError

Json = dict[str, Any]

STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
MOST_ALARMS = 10  # facts, section 7.2
LONGEST_WAIT = 2_880  # minutes; facts, section 7.2
PAIR = 2  # target groups
NETWORK_PROTOCOLS = {"TCP", "TLS", "UDP", "TCP_UDP"}  # of a Network Load Balancer's groups

# What belongs to groups of instances.
OF_INSTANCES = (
    "ec2TagFilters",
    "onPremisesInstanceTagFilters",
    "autoScalingGroups",
    "ec2TagSet",
    "onPremisesTagSet",
    "ec2DeploymentOptions",
)


def check(
    state: AccountState, balancers: Balancers, settings: Json, config: Config, held: Json
) -> None:
    """Refuse settings that no ECS deployment can work with.

    Whether a service, a target group and a listener are there is asked when they are
    new, not of those that are `held` already.
    """
    for member in OF_INSTANCES:
        if settings.get(member):
            raise AwsError(
                "InvalidInputException", f"For ECS deployment group, {member} can not be specified"
            )
    if settings.get("outdatedInstancesStrategy", "UPDATE") not in {"UPDATE", "IGNORE"}:
        raise AwsError("InvalidInputException", "outdatedInstancesStrategy is UPDATE or IGNORE.")
    if settings.get("deploymentStyle") != STYLE:
        raise AwsError(
            "InvalidDeploymentStyleException",
            "For ECS deployment, the deployment type must be BLUE_GREEN, and deployment option "
            "must be WITH_TRAFFIC_CONTROL.",
        )
    if "blueGreenDeploymentConfiguration" not in settings:
        raise AwsError(
            "InvalidBlueGreenDeploymentConfigurationException",
            "For ECS deployment group, blueGreenDeploymentConfiguration must be specified",
        )
    if settings.get("ecsServices") != held.get("ecsServices") or not held:
        _check_service(state, settings.get("ecsServices") or [])
    info = settings.get("loadBalancerInfo")
    _check_balancer(balancers, info, config, new=info != held.get("loadBalancerInfo"))
    check_alarms(settings.get("alarmConfiguration") or {})
    check_rollback(settings.get("autoRollbackConfiguration") or {})


def _check_service(state: AccountState, services: list[Json]) -> None:
    if len(services) != 1:
        raise AwsError(
            "InvalidECSServiceException",
            "For ECS deployment group, one ECS service must be specified",
        )
    service = the_service(state, services[0])
    if service.controller != "CODE_DEPLOY":  # public in many threads
        raise AwsError(
            "InvalidECSServiceException",
            "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment "
            "controller.",
        )


def the_service(state: AccountState, named: Json) -> Service:
    """The service of a group, by names or ARNs;
    InvalidECSServiceException when it is not ACTIVE.
    """
    if "serviceName" not in named:  # how AWS describes the error; its end is ours
        text = "The Amazon ECS service identifier is not valid: serviceName must be specified"
        raise AwsError("InvalidECSServiceException", text)
    cluster_name = named.get("clusterName", "default").rpartition("/")[2]
    service = state.service_in(cluster_name, named["serviceName"].rpartition("/")[2])
    if service is None or service.status != "ACTIVE":
        # The beginning is AWS's, public in a collection of CloudFormation errors.
        text = (
            f"Could not load ECS service information for cluster: {cluster_name}, service: "
            f"{named['serviceName']}."
        )
        raise AwsError("InvalidECSServiceException", text)
    return service


def _check_balancer(balancers: Balancers, info: Json | None, config: Config, *, new: bool) -> None:
    if not info:
        raise _balancer("For ECS deployment group, loadBalancerInfo must be specified")
    for member, name in (("elbInfoList", "elbInfo"), ("targetGroupInfoList", "targetGroupInfo")):
        if info.get(member):
            raise _balancer(
                f"For ECS deployment group, loadBalancerInfo must not contain {name} list"
            )
    pairs = info.get("targetGroupPairInfoList") or []
    if len(pairs) != 1 or len(pairs[0].get("targetGroups", [])) != PAIR:
        raise AwsError(
            "InvalidTargetGroupPairException",
            "For ECS deployment group, one pair of two target groups must be specified",
        )
    for group in pairs[0]["targetGroups"]:
        found = balancers.named(group["name"])
        if found is None and new:
            raise AwsError(
                "InvalidTargetGroupPairException",
                f"The target group {group['name']} does not exist.",
            )
        if found and found.protocol in NETWORK_PROTOCOLS and config.routing["type"] != "AllAtOnce":
            # AWS's troubleshooting guide; which error it is the guide does not say.
            raise AwsError(
                "InvalidTrafficRoutingConfigurationException",
                "Only ALB supports gradual traffic routing, use AllAtOnce Traffic routing instead "
                "when you create/update Deployment group.",
            )
    if new:
        _check_route(balancers, pairs[0], "prodTrafficRoute", needed=True)
        _check_route(balancers, pairs[0], "testTrafficRoute", needed=False)
        _check_same_balancer(balancers, pairs[0])


def _check_route(balancers: Balancers, pair: Json, name: str, *, needed: bool) -> None:
    listeners = pair.get(name, {}).get("listenerArns") or []
    if len(listeners) > 1 or (needed and not listeners):
        raise _balancer(f"For ECS deployment group, {name} must have one listener")
    if listeners and not balancers.weights(listeners[0]):
        raise _balancer(f"The listener {listeners[0]} does not exist, or does not forward")


def _check_same_balancer(balancers: Balancers, pair: Json) -> None:
    """Both listeners are of one load balancer (facts, section 7.2, resources)."""
    routes = [
        pair.get(name, {}).get("listenerArns") or []
        for name in ("prodTrafficRoute", "testTrafficRoute")
    ]
    groups = [
        [balancers.group(arn) for arn in balancers.weights(route[0])] for route in routes if route
    ]
    behind = [{lb for group in found if group for lb in group.load_balancers} for found in groups]
    if any(not lbs & behind[0] for lbs in behind):
        raise _balancer(
            "The production listener and the test listener must belong to the same load balancer"
        )


def _balancer(text: str) -> AwsError:
    return AwsError("InvalidLoadBalancerInfoException", text)


def check_alarms(configuration: Json) -> None:
    """At most ten alarms, and some when they are enabled."""
    alarms = configuration.get("alarms", [])
    if len(alarms) > MOST_ALARMS:
        raise AwsError(
            "AlarmsLimitExceededException", f"At most {MOST_ALARMS} alarms can be specified."
        )
    if configuration.get("enabled") and not alarms:
        raise AwsError("InvalidAlarmConfigException", "Alarms are enabled, but none is specified.")


def check_rollback(configuration: Json) -> None:
    """The three events, and some when automatic rollback is enabled."""
    events = configuration.get("events", [])
    if set(events) - set(EVENTS) or (configuration.get("enabled") and not events):
        raise AwsError(
            "InvalidAutoRollbackConfigException",
            f"Automatic rollback takes events out of {', '.join(EVENTS)}.",
        )


def filled(asked: Json) -> Json:
    """A blueGreenDeploymentConfiguration with defaults: traffic at once, the
    original ended at once (pedagogical).
    """
    ready = {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0} | asked.get(
        "deploymentReadyOption", {}
    )
    ending = {"action": "TERMINATE", "terminationWaitTimeInMinutes": 0} | asked.get(
        "terminateBlueInstancesOnDeploymentSuccess", {}
    )
    wrong = (
        ready["actionOnTimeout"] not in {"CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"}
        or ending["action"] not in {"TERMINATE", "KEEP_ALIVE"}
        or not 0 <= ending["terminationWaitTimeInMinutes"] <= LONGEST_WAIT
        or ready["waitTimeInMinutes"] < (ready["actionOnTimeout"] == "STOP_DEPLOYMENT")
        or "greenFleetProvisioningOption" in asked
    )
    if wrong:
        raise AwsError(
            "InvalidBlueGreenDeploymentConfigurationException",
            f"The blue/green configuration is invalid: waits are up to {LONGEST_WAIT} minutes, "
            "STOP_DEPLOYMENT needs one, and ECS provisions no fleet.",
        )
    return {"terminateBlueInstancesOnDeploymentSuccess": ending, "deploymentReadyOption": ready}
