"""Deployment groups: Create-, Get-, BatchGet-, List-, Update- and
DeleteDeploymentGroup(s) for ECS (facts, section 7.2).
"""

import re
from typing import TYPE_CHECKING, Any

from ecslab.codedeploy import describe
from ecslab.codedeploy.api import group_rules
from ecslab.codedeploy.api.applications import check_batch
from ecslab.codedeploy.api.paging import listed
from ecslab.codedeploy.api.registry import operation
from ecslab.codedeploy.api.tags import admitted_tags
from ecslab.codedeploy.ids import resource_id
from ecslab.codedeploy.lifecycle import DEFAULT
from ecslab.codedeploy.model import DeploymentGroup
from ecslab.codedeploy.names import check_name
from ecslab.ground.errors import AwsError

if TYPE_CHECKING:
    from ecslab.codedeploy.codedeploy import CodeDeploy

Json = dict[str, Any]

ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
MOST_AT_ONCE = 100  # BC-cd:BatchGetDeploymentGroups
NOT_SETTINGS = {
    "applicationName",
    "deploymentGroupName",
    "currentDeploymentGroupName",
    "newDeploymentGroupName",
    "tags",
}


@operation("CreateDeploymentGroup")
def create_deployment_group(plane: "CodeDeploy", request: Json) -> Json:
    """Make a group: which service, which listeners and target groups, and
    what happens around a deployment.
    """
    application = plane.application(request["applicationName"])
    name = request["deploymentGroupName"]
    check_name(name, "deployment group", "InvalidDeploymentGroupNameException")
    if name in application.groups:  # the wording is ours
        raise AwsError(
            "DeploymentGroupAlreadyExistsException",
            f"Deployment Group already exists with name: {name}",
        )
    settings = _settings(plane, request)
    tags = admitted_tags(request.get("tags", []))
    made = DeploymentGroup(resource_id(plane), name, settings, tags)
    application.groups[name] = made
    return {"deploymentGroupId": made.id}


def _settings(plane: "CodeDeploy", asked: Json, held: Json | None = None) -> Json:
    """What is stored and returned; raises what AWS refuses it with.
    `held` is what the group has already.
    """
    settings = {name: value for name, value in asked.items() if name not in NOT_SETTINGS}
    settings.setdefault("deploymentConfigName", DEFAULT)
    group_rules.check(plane, settings, plane.config(settings["deploymentConfigName"]), held or {})
    if not ROLE.fullmatch(settings["serviceRoleArn"]):  # the wording is ours
        raise AwsError(
            "InvalidRoleException", "The service role ARN was specified in an invalid format."
        )
    wanted = settings["blueGreenDeploymentConfiguration"]
    settings["blueGreenDeploymentConfiguration"] = group_rules.filled(wanted)
    return settings


@operation("GetDeploymentGroup")
def get_deployment_group(plane: "CodeDeploy", request: Json) -> Json:
    """One group by its application's name and its own."""
    application = plane.application(request["applicationName"])
    found = plane.group(application.name, request["deploymentGroupName"])
    return {"deploymentGroupInfo": describe.group(plane, application, found)}


@operation("BatchGetDeploymentGroups")
def batch_get_deployment_groups(plane: "CodeDeploy", request: Json) -> Json:
    """Up to 100 groups of one application."""
    application = plane.application(request["applicationName"])
    names = request["deploymentGroupNames"]
    check_batch(names, MOST_AT_ONCE)
    found = [plane.group(application.name, name) for name in names]
    return {"deploymentGroupsInfo": [describe.group(plane, application, group) for group in found]}


@operation("ListDeploymentGroups")
def list_deployment_groups(plane: "CodeDeploy", request: Json) -> Json:
    """The names of an application's groups."""
    application = plane.application(request["applicationName"])
    return {"applicationName": application.name} | listed(
        "deploymentGroups", list(application.groups), request
    )


@operation("UpdateDeploymentGroup")
def update_deployment_group(plane: "CodeDeploy", request: Json) -> Json:
    """Change a group; deployments that are under way go on with what is said
    now, those that ended are not touched.
    """
    application = plane.application(request["applicationName"])
    group = plane.group(application.name, request["currentDeploymentGroupName"])
    name = request.get("newDeploymentGroupName", group.name)
    check_name(name, "deployment group", "InvalidDeploymentGroupNameException")
    if name != group.name and name in application.groups:
        raise AwsError(
            "DeploymentGroupAlreadyExistsException",
            f"Deployment Group already exists with name: {name}",
        )
    group.settings = _settings(plane, group.settings | request, group.settings)
    del application.groups[group.name]
    group.name = name
    application.groups[name] = group
    return {"hooksNotCleanedUp": []}


@operation("DeleteDeploymentGroup")
def delete_deployment_group(plane: "CodeDeploy", request: Json) -> Json:
    """Forget a group; one that is not there is none the less gone."""
    plane.application(request["applicationName"]).groups.pop(request["deploymentGroupName"], None)
    return {"hooksNotCleanedUp": []}
