"""Deployment groups: Create-, Get-, BatchGet-, List-, Update- and
DeleteDeploymentGroup(s) for ECS (facts, section 7.2).
"""

import re
from typing import Any

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
from ecslab.codedeploy.records import Records
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.ports.balancers import Balancers
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError

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


class GroupOperations:
    """Deployment groups made, changed, deleted and shown."""

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        state: AccountState,
        balancers: Balancers,
        records: Records,
    ) -> None:
        self._clock, self._chance, self._state = clock, chance, state
        self._balancers, self._records = balancers, records

    @operation("CreateDeploymentGroup")
    def create_deployment_group(self, request: Json) -> Json:
        """Make a group: which service, which listeners and target groups, and
        what happens around a deployment.
        """
        application = self._records.application(request["applicationName"])
        name = request["deploymentGroupName"]
        check_name(name, "deployment group", "InvalidDeploymentGroupNameException")
        if name in application.groups:  # the wording is ours
            raise AwsError(
                "DeploymentGroupAlreadyExistsException",
                f"Deployment Group already exists with name: {name}",
            )
        settings = self._settings(request)
        tags = admitted_tags(request.get("tags", []))
        made = DeploymentGroup(resource_id(self._chance), name, settings, tags)
        application.groups[name] = made
        return {"deploymentGroupId": made.id}

    def _settings(self, asked: Json, held: Json | None = None) -> Json:
        """What is stored and returned; raises what AWS refuses it with.
        `held` is what the group has already.
        """
        settings = {name: value for name, value in asked.items() if name not in NOT_SETTINGS}
        settings.setdefault("deploymentConfigName", DEFAULT)
        group_rules.check(
            self._state,
            self._balancers,
            settings,
            self._records.config(settings["deploymentConfigName"]),
            held or {},
        )
        if not ROLE.fullmatch(settings["serviceRoleArn"]):  # the wording is ours
            raise AwsError(
                "InvalidRoleException", "The service role ARN was specified in an invalid format."
            )
        wanted = settings["blueGreenDeploymentConfiguration"]
        settings["blueGreenDeploymentConfiguration"] = group_rules.filled(wanted)
        return settings

    @operation("GetDeploymentGroup")
    def get_deployment_group(self, request: Json) -> Json:
        """One group by its application's name and its own."""
        application = self._records.application(request["applicationName"])
        found = self._records.group(application.name, request["deploymentGroupName"])
        return {"deploymentGroupInfo": describe.group(self._clock, application, found)}

    @operation("BatchGetDeploymentGroups")
    def batch_get_deployment_groups(self, request: Json) -> Json:
        """Up to 100 groups of one application."""
        application = self._records.application(request["applicationName"])
        names = request["deploymentGroupNames"]
        check_batch(names, MOST_AT_ONCE)
        found = [self._records.group(application.name, name) for name in names]
        return {
            "deploymentGroupsInfo": [
                describe.group(self._clock, application, group) for group in found
            ]
        }

    @operation("ListDeploymentGroups")
    def list_deployment_groups(self, request: Json) -> Json:
        """The names of an application's groups."""
        application = self._records.application(request["applicationName"])
        return {"applicationName": application.name} | listed(
            "deploymentGroups", list(application.groups), request
        )

    @operation("UpdateDeploymentGroup")
    def update_deployment_group(self, request: Json) -> Json:
        """Change a group; deployments that are under way go on with what is said
        now, those that ended are not touched.
        """
        application = self._records.application(request["applicationName"])
        group = self._records.group(application.name, request["currentDeploymentGroupName"])
        name = request.get("newDeploymentGroupName", group.name)
        check_name(name, "deployment group", "InvalidDeploymentGroupNameException")
        if name != group.name and name in application.groups:
            raise AwsError(
                "DeploymentGroupAlreadyExistsException",
                f"Deployment Group already exists with name: {name}",
            )
        group.settings = self._settings(group.settings | request, group.settings)
        del application.groups[group.name]
        group.name = name
        application.groups[name] = group
        return {"hooksNotCleanedUp": []}

    @operation("DeleteDeploymentGroup")
    def delete_deployment_group(self, request: Json) -> Json:
        """Forget a group; one that is not there is none the less gone."""
        self._records.application(request["applicationName"]).groups.pop(
            request["deploymentGroupName"], None
        )
        return {"hooksNotCleanedUp": []}
