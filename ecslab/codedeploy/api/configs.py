"""Deployment configurations: CreateDeploymentConfig, GetDeploymentConfig,
ListDeploymentConfigs, DeleteDeploymentConfig.
"""

from typing import Any

from ecslab.codedeploy import describe
from ecslab.codedeploy.api.applications import check_platform
from ecslab.codedeploy.api.paging import listed
from ecslab.codedeploy.api.registry import operation
from ecslab.codedeploy.ids import resource_id
from ecslab.codedeploy.lifecycle import ALL_AT_ONCE, PREDEFINED
from ecslab.codedeploy.model import Config
from ecslab.codedeploy.names import check_name
from ecslab.codedeploy.records import Records
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock
from ecslab.ground.errors import AwsError

Json = dict[str, Any]

MEMBERS = {
    "TimeBasedCanary": ("timeBasedCanary", "canaryPercentage", "canaryInterval"),
    "TimeBasedLinear": ("timeBasedLinear", "linearPercentage", "linearInterval"),
}
EVERYTHING = 100  # percent
OF_INSTANCES = {
    "minimumHealthyHosts": "InvalidMinimumHealthyHostValueException",
    "zonalConfig": "InvalidZonalDeploymentConfigurationException",
}


class ConfigOperations:
    """Deployment configurations made, deleted and shown."""

    def __init__(self, *, clock: Clock, chance: Chance, records: Records) -> None:
        self._clock, self._chance, self._records = clock, chance, records

    @operation("CreateDeploymentConfig")
    def create_deployment_config(self, request: Json) -> Json:
        """Make a configuration of one's own: a canary, linear steps, or all at once."""
        name = request["deploymentConfigName"]
        check_name(name, "deployment configuration", "InvalidDeploymentConfigNameException")
        check_platform(request, "A CodeDeploy deployment configuration")
        # The form is that of CodeDeploy's other texts about ECS.
        for member, code in OF_INSTANCES.items():
            if request.get(member):
                raise AwsError(
                    code, f"For ECS deployment configuration, {member} can not be specified"
                )
        if name.startswith("CodeDeployDefault."):  # the prefix is AWS's own; the wording is ours
            raise AwsError(
                "InvalidDeploymentConfigNameException",
                "The prefix CodeDeployDefault. is reserved for AWS.",
            )
        if name in self._records.configs:  # the wording is ours
            raise AwsError(
                "DeploymentConfigAlreadyExistsException",
                f"Deployment Configuration already exists: {name}",
            )
        routing = request.get("trafficRoutingConfig") or dict(ALL_AT_ONCE)
        _check(routing)
        made = Config(resource_id(self._chance), name, self._clock.now_ms, routing)
        self._records.configs[name] = made
        return {"deploymentConfigId": made.id}

    @operation("GetDeploymentConfig")
    def get_deployment_config(self, request: Json) -> Json:
        """One configuration by name, the predefined ones included."""
        return {
            "deploymentConfigInfo": describe.config(
                self._clock, self._records.config(request["deploymentConfigName"])
            )
        }

    @operation("ListDeploymentConfigs")
    def list_deployment_configs(self, request: Json) -> Json:
        """The names of the configurations for ECS: those of the other platforms are not
        simulated.
        """
        return listed("deploymentConfigsList", list(self._records.configs), request)

    @operation("DeleteDeploymentConfig")
    def delete_deployment_config(self, request: Json) -> Json:
        """Delete a configuration that no group uses; the predefined
        ones stay (the wordings are ours).
        """
        name = request["deploymentConfigName"]
        if name in PREDEFINED:
            raise AwsError(
                "InvalidOperationException",
                "A predefined deployment configuration cannot be deleted.",
            )
        users = (g for a in self._records.applications.values() for g in a.groups.values())
        if any(group.settings["deploymentConfigName"] == name for group in users):
            raise AwsError(
                "DeploymentConfigInUseException", f"The deployment configuration {name} is in use."
            )
        self._records.configs.pop(name, None)
        return {}


def _check(routing: Json) -> None:
    """The type and its numbers (BC-cd:TrafficRoutingConfig); the wordings are ours."""
    kind = routing.get("type")
    if kind == ALL_AT_ONCE["type"]:
        return
    if kind not in MEMBERS:
        raise _invalid("its type is TimeBasedCanary, TimeBasedLinear or AllAtOnce")
    member, percentage, interval = MEMBERS[kind]
    given = routing.get(member, {})
    if not 1 <= given.get(percentage, 0) < EVERYTHING:
        raise _invalid(f"{percentage} is a number from 1 to 99")
    if given.get(interval, 0) < 1:
        raise _invalid(f"{interval} is at least 1 minute")


def _invalid(why: str) -> AwsError:
    return AwsError(
        "InvalidTrafficRoutingConfigurationException",
        f"The traffic routing configuration is invalid: {why}.",
    )
