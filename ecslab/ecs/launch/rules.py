"""The rules that tasks and services share: launch type, platform,
network configuration, task definition.
"""

from typing import Any

from ecslab.ecs.capacity.strategy import FARGATE_SPOT, on_fargate
from ecslab.ecs.clusters.rules import check_strategy, filled
from ecslab.ecs.definitions.effective import effective, problem
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.placement.rules import check_constraints, check_strategies
from ecslab.ecs.ports.network import Network, Subnet
from ecslab.ground.errors import AwsError, client_exception, invalid_parameter, not_simulated

Json = dict[str, Any]

TWO_BASES = (  # facts, section 17
    "There are multiple capacity providers in the specified capacity provider strategy with a "
    "base value defined"
)
BEFORE_1_4_0 = {"1.3.0"}  # of Linux; the 1.0.0 of Windows is its newest
MOST_CPU_BEFORE_1_4_0 = 4096  # units; facts, section 2.1
PLATFORM_VERSIONS = {"LATEST", "1.4.0", "1.0.0", *BEFORE_1_4_0}  # facts, section 2.2


def runnable(
    network: Network,
    definition: TaskDefinition,
    launch_type: str,
    strategy: list[Json] | None,
    wanted: Json,
) -> tuple[Json | None, list[Subnet]]:
    """The awsvpcConfiguration and its subnets, as of `network`, for tasks that can
    run as `wanted`; raises what AWS refuses.
    """
    check_launch(definition, launch_type, strategy, wanted)
    return network_configuration(network, definition, launch_type, wanted)


def check_launch(
    definition: TaskDefinition, launch_type: str, strategy: list[Json] | None, wanted: Json
) -> None:
    """Whether tasks can run as `wanted`, whatever the account holds."""
    check_definition(definition, launch_type, wanted)
    effective_spec(definition, launch_type, wanted)
    check_placement(launch_type, wanted)
    check_spot(definition, strategy, wanted)


def definition_to_run(state: AccountState, name: str) -> TaskDefinition:
    """The ACTIVE task definition to launch; ClientException in AWS's words otherwise."""
    try:
        found = state.task_definition(name)
    except AwsError:
        raise client_exception("TaskDefinition not found.") from None
    if found.status != "ACTIVE":
        raise client_exception("TaskDefinition is inactive")
    return found


def capacity(cluster: Cluster, request: Json) -> tuple[str, list[Json] | None]:
    """The launch type, and the capacity provider strategy when one decides; EC2
    when nothing is said (facts, section 8).
    """
    launch_type, strategy = request.get("launchType"), request.get("capacityProviderStrategy")
    if launch_type and strategy:
        raise invalid_parameter(
            "Specifying both a launch type and capacity provider strategy is not supported"
        )
    if launch_type:
        return launch_type, None
    strategy = strategy or cluster.default_strategy
    if not strategy:
        return "EC2", None
    return "FARGATE" if on_fargate(strategy) else "EC2", strategy_to_use(cluster, strategy)


def strategy_to_use(cluster: Cluster, strategy: list[Json]) -> list[Json]:
    """A strategy that tasks are about to be launched with, its defaults
    filled in (facts, section 8.1).
    """
    check_strategy(strategy, cluster.capacity_providers, TWO_BASES)
    if len(strategy) > 1 and not any(item.get("weight") for item in strategy):
        # BC:CapacityProviderStrategyItem.weight gives the rule; the wording is ours.
        raise invalid_parameter(
            "The specified capacity provider strategy must contain a capacity provider with a "
            "weight greater than 0."
        )
    return filled(strategy)


def check_spot(definition: TaskDefinition, strategy: list[Json] | None, request: Json) -> None:
    """Fargate Spot runs Linux on platform version 1.3.0, on ARM 1.4.0, or later
    (facts, section 8.2); the wordings are ours.
    """
    if not any(item["capacityProvider"] == FARGATE_SPOT for item in strategy or []):
        return
    platform = definition.spec.get("runtimePlatform") or {}
    if platform.get("operatingSystemFamily", "LINUX") != "LINUX":
        raise invalid_parameter("The capacity provider FARGATE_SPOT does not support Windows.")
    version, arm = (
        request.get("platformVersion") or "LATEST",
        platform.get("cpuArchitecture") == "ARM64",
    )
    if version in {"1.0.0", *(["1.3.0"] if arm else [])}:
        raise invalid_parameter(
            "The capacity provider FARGATE_SPOT needs platform version "
            f"{'1.4.0' if arm else '1.3.0'} or later."
        )


def check_definition(definition: TaskDefinition, launch_type: str, request: Json) -> None:
    """Whether this definition can run on this launch type and platform version."""
    if launch_type not in definition.spec.get("compatibilities", [launch_type]):
        # The wording is public in many issue threads, e.g. aws/aws-cdk and
        # hashicorp/terraform-provider-aws.
        raise invalid_parameter(f"Task definition does not support launch_type {launch_type}.")
    system = (definition.spec.get("runtimePlatform") or {}).get("operatingSystemFamily", "LINUX")
    if launch_type != "FARGATE" and system != "LINUX":
        raise not_simulated("A container instance with Windows")
    _check_volumes(definition)
    version = request.get("platformVersion")
    if launch_type == "EC2" and version is not None:
        raise invalid_parameter(
            "The platform version must be null when specifying an EC2 launch type"
        )
    if launch_type == "FARGATE" and version is not None and version not in PLATFORM_VERSIONS:
        raise AwsError(
            "PlatformUnknownException", f"The specified platform version {version} does not exist."
        )  # wording is ours


def _check_volumes(definition: TaskDefinition) -> None:
    """A volume configured at launch needs a configuration, and one that has it is
    refused as not simulated; the wording is ours.
    """
    for volume in definition.spec.get("volumes", []):
        if volume.get("configuredAtLaunch"):
            raise invalid_parameter(
                f"The volume '{volume['name']}' in your Task Definition is configured at launch "
                "and needs a matching volume configuration in "
                "your request."
            )


def effective_spec(definition: TaskDefinition, launch_type: str, request: Json) -> Json:
    """What the tasks of a request run: ClientException for overrides with which
    their definition would not be registered.

    That RunTask answers in the words of RegisterTaskDefinition is inferred (facts, section 31).
    """
    spec = effective(definition.spec, request.get("overrides") or {})
    if spec is not definition.spec and (
        why := problem(spec, launch_type, account=definition.arn.split(":")[4])
    ):
        raise client_exception(why)
    if launch_type == "FARGATE" and request.get("platformVersion") in BEFORE_1_4_0:
        _check_old_platform(spec)
    return spec


def _check_old_platform(spec: Json) -> None:
    """More storage and more than 4 vCPU came with 1.4.0 (facts, sections
    2.1 and 2.2); the wording is ours.
    """
    if spec.get("ephemeralStorage"):
        raise invalid_parameter("ephemeralStorage needs platform version 1.4.0 or later.")
    if int(spec["cpu"]) > MOST_CPU_BEFORE_1_4_0:
        raise invalid_parameter(f"{spec['cpu']} CPU units need platform version 1.4.0 or later.")


def check_placement(launch_type: str, request: Json) -> None:
    """What a request asks of placement: nothing on Fargate (facts, section 2.3; the
    wording is ours), else as its own rules say.
    """
    asked = {
        name: request.get(name) or [] for name in ("placementConstraints", "placementStrategy")
    }
    if launch_type == "FARGATE" and any(asked.values()):
        what = "constraints" if asked["placementConstraints"] else "strategies"
        raise invalid_parameter(f"Placement {what} are not supported with FARGATE launch type.")
    check_constraints(asked["placementConstraints"])
    check_strategies(asked["placementStrategy"])


def check_execute_command(spec: Json, request: Json, refusal: str) -> None:
    """ECS Exec needs a task role (facts, section 1.3); the refusals' texts are public in
    boto3#3173 and aws-toolkit-jetbrains#3649.
    """
    if request.get("enableExecuteCommand") and not spec.get("taskRoleArn"):
        raise invalid_parameter(refusal)


def network_configuration(
    network: Network, definition: TaskDefinition, launch_type: str, request: Json
) -> tuple[Json | None, list[Subnet]]:
    """The awsvpcConfiguration with its default filled in, and its subnets;
    both empty for the other network modes.
    """
    config = awsvpc(definition, launch_type, request)
    return config, subnets(network, config)


def subnets(network: Network, config: Json | None) -> list[Subnet]:
    """The subnets of an awsvpcConfiguration; raises for one, or for a
    security group, that does not exist.
    """
    if config is None:
        return []
    return network.subnets(config["subnets"], config["securityGroups"])


def awsvpc(definition: TaskDefinition, launch_type: str, request: Json) -> Json | None:
    """The awsvpcConfiguration with its default filled in, None for the
    other network modes; EC2 is not asked.
    """
    asked: Json | None = (request.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if definition.spec.get("networkMode") != "awsvpc":
        if asked:
            raise invalid_parameter(
                "Network Configuration is not valid for the given networkMode of this task "
                "definition."
            )
        return None
    if not asked:
        raise invalid_parameter(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    _check_sizes(asked)
    if launch_type != "FARGATE" and asked.get("assignPublicIp") == "ENABLED":
        raise invalid_parameter("Assign public IP is not supported for this launch type.")
    return {"securityGroups": [], "assignPublicIp": "DISABLED"} | asked


def _check_sizes(asked: Json) -> None:
    """At most 16 subnets and 5 security groups (facts, section 3); the wording is ours."""
    for member, most in (("subnets", 16), ("securityGroups", 5)):
        if len(asked.get(member, [])) > most:
            raise invalid_parameter(f"{member} can have at most {most} items.")
    if not asked["subnets"]:
        raise invalid_parameter("subnets can not be empty.")
