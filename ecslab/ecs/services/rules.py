"""What CreateService and UpdateService refuse (facts, sections 5.1, 6.1, 15
and 17), and what is not simulated yet.
"""

import re
from typing import Any

from ecslab.ecs.deployments.controller_rules import (
    check_create_controlled,
    check_update_controlled,
    controller,
)
from ecslab.ecs.deployments.rules import deployment_configuration
from ecslab.ecs.deployments.shifting.rules import refuse_other_traffic
from ecslab.ecs.deployments.shifting.traffic_rules import check_traffic
from ecslab.ecs.model.services import Service
from ecslab.ground.errors import invalid_parameter, not_simulated

Json = dict[str, Any]

MOST_TASKS = 5_000  # facts, section 15: tasks per service
EVERYTHING = 100  # percent
LONGEST_GRACE_S = 2_147_483_647  # facts, section 5.6


def check_create(request: Json) -> None:
    """Refuse a CreateService request that is wrong whatever the account holds."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", request["serviceName"]):
        # cdk-preflight, rule pf-ecs-service-name: refused by AWS; the wording is ours.
        raise invalid_parameter(
            "serviceName can have up to 255 letters, numbers, underscores and hyphens."
        )
    daemon = request.get("schedulingStrategy") == "DAEMON"
    if daemon:
        _check_daemon(request)
    check_create_controlled(request)
    if request.get("desiredCount") is None and not daemon and controller(request) != "EXTERNAL":
        raise invalid_parameter(
            "DesiredCount is required for a REPLICA service."
        )  # BC:CreateServiceRequest; the wording is ours
    _check_common(request)
    strategy = request.get("deploymentConfiguration", {}).get("strategy", "ROLLING")
    refuse_other_traffic(strategy, request)
    deployment_configuration(request.get("deploymentConfiguration", {}), daemon=daemon)
    check_traffic(strategy, request.get("loadBalancers", []))


def check_update(request: Json, service: Service) -> None:
    """Refuse an UpdateService request that is wrong whatever it would change."""
    if "deploymentController" in request and controller(request) != service.controller:
        raise not_simulated("A change of the deployment controller")
    check_update_controlled(request, service)
    if service.settings["schedulingStrategy"] == "DAEMON":
        _check_daemon(request)
    _check_common(request)


def _check_daemon(request: Json) -> None:
    if "desiredCount" in request:
        raise invalid_parameter(
            "The daemon scheduling strategy does not support a desired count for services. "
            "Remove the desired count value and try again"
        )
    if request.get("placementStrategy"):
        raise invalid_parameter(
            "The daemon scheduling strategy does not support placement strategies"
        )
    if request.get("deploymentConfiguration", {}).get("maximumPercent", EVERYTHING) > EVERYTHING:
        raise invalid_parameter(
            "The daemon scheduling strategy does not support values above 100 for maximumPercent"
        )


def _check_common(request: Json) -> None:
    desired = request.get("desiredCount", 0)
    if not 0 <= desired <= MOST_TASKS:  # the limit is the facts', the wording is ours
        raise invalid_parameter(f"desiredCount must be between 0 and {MOST_TASKS}.")
    if not 0 <= request.get("healthCheckGracePeriodSeconds", 0) <= LONGEST_GRACE_S:
        raise invalid_parameter(
            f"healthCheckGracePeriodSeconds must be between 0 and {LONGEST_GRACE_S}."
        )
