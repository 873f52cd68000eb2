"""What the cluster operations refuse: names, settings, exec logging,
capacity providers and their strategy.
"""

import re
from typing import Any

from ecslab.ecs.api.account_settings import VALUES
from ecslab.ecs.capacity.strategy import PREDEFINED
from ecslab.ground.errors import AwsError, invalid_parameter

Json = dict[str, Any]

MOST_PROVIDERS = 20  # per strategy and per cluster (facts, sections 8.1 and 15)
TWO_BASES = (
    "The specified capacity provider strategy contains multiple capacity providers with a base "
    "value defined. Only one capacity provider per strategy can have a base value defined."
)
FIELDS = ("ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS")  # BC:ClusterField
HEAVIEST, HIGHEST_BASE = 1_000, 100_000  # facts, section 8.1


def check_name(name: str) -> None:
    """BC:CreateClusterRequest.clusterName; the text was observed by
    cdk-preflight, rule pf-ecs-cluster-name.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        raise invalid_parameter(r"ClusterName must match ^[a-zA-Z0-9\\-_]{1,255}$")


def check_include(include: list[str]) -> None:
    """The text is in hashicorp/terraform-provider-aws#23342."""
    if not set(include) <= set(FIELDS):
        raise invalid_parameter(f"include should be one of [{','.join(FIELDS)}]")


def check_settings(settings: list[Json]) -> None:
    """A cluster has one setting, containerInsights (BC:ClusterSetting); the
    texts are those of the account settings.
    """
    for setting in settings:
        if setting.get("name") != "containerInsights":
            raise invalid_parameter("Invalid setting 'name'")
        if setting.get("value") not in VALUES["containerInsights"]:
            raise invalid_parameter("Invalid setting 'value'")


def check_configuration(configuration: Json) -> None:
    """Where the output of ECS Exec goes; both texts observed by cdk-preflight,
    rules pf-ecs-cluster-execute-command-*.
    """
    command = configuration.get("executeCommandConfiguration", {})
    logging, log = command.get("logging", "DEFAULT"), command.get("logConfiguration", {})
    if logging not in {"NONE", "DEFAULT", "OVERRIDE"}:
        raise invalid_parameter(
            "logging should be one of [NONE,DEFAULT,OVERRIDE]"
        )  # in the form of check_include
    if log and logging != "OVERRIDE":
        raise invalid_parameter(
            "You must set logging to 'OVERRIDE' when you supply a log configuration."
        )
    if logging == "OVERRIDE" and not (log.get("cloudWatchLogGroupName") or log.get("s3BucketName")):
        raise invalid_parameter(
            "A CloudWatch log group name or S3 bucket name must be specified when overriding the "
            "default log configuration."
        )


def check_providers(
    providers: list[str], known: set[str], in_use: set[str], before: list[str]
) -> None:
    """Only known providers, each once, at most 20, and none taken away while tasks
    use it (facts, sections 8.1 and 15).
    """
    if len(providers) > MOST_PROVIDERS:
        raise invalid_parameter(
            f"A cluster can have a maximum of {MOST_PROVIDERS} capacity providers."
        )  # wording is ours
    for name in providers:
        if name not in known:
            raise invalid_parameter(
                "The specified capacity provider was not found. Specify a valid name or ARN and "
                "try again."
            )
    if len(set(providers)) < len(providers):
        raise invalid_parameter(
            "The specified capacity providers can not contain duplicates."
        )  # wording is ours
    if in_use & (set(before) - set(providers)):
        raise AwsError(
            "ResourceInUseException",
            "The specified capacity provider is in use and cannot be removed.",
        )


def check_strategy(strategy: list[Json], providers: list[str], two_bases: str = TWO_BASES) -> None:
    """Base and weight (facts, section 8.1); texts observed by cdk-preflight,
    rules pf-ecs-cluster-default-strategy-*.

    The text about mixed providers is public in terraform-aws-modules/terraform-aws-ecs#68.
    """
    names = [item["capacityProvider"] for item in strategy]
    if len(names) > MOST_PROVIDERS:
        raise invalid_parameter(
            f"A capacity provider strategy can contain a maximum of {MOST_PROVIDERS} capacity "
            "providers."
        )
    if not set(names) <= set(providers):
        raise invalid_parameter(
            "The specified capacity provider strategy cannot contain a capacity provider that is "
            "not associated with the cluster. Associate the capacity provider with the cluster "
            "or specify a valid capacity provider and try again."
        )
    if len(set(names)) < len(names):
        raise invalid_parameter(
            "The specified capacity provider strategy can not contain duplicates."
        )  # wording is ours
    for item in strategy:
        if not (
            0 <= item.get("weight", 0) <= HEAVIEST and 0 <= item.get("base", 0) <= HIGHEST_BASE
        ):
            raise invalid_parameter(
                f"weight must be between 0 and {HEAVIEST}, base between 0 and {HIGHEST_BASE}."
            )  # wording is ours
    if sum(item.get("base", 0) > 0 for item in strategy) > 1:
        raise invalid_parameter(two_bases)
    if len({name in PREDEFINED for name in names}) > 1:
        raise invalid_parameter(
            "A capacity provider strategy cannot contain a mix of capacity providers using Auto "
            "Scaling groups and Fargate providers. Specify one or the other and try again."
        )


def filled(strategy: list[Json]) -> list[Json]:
    """Weight and base are 0 unless given (facts, section 8.1)."""
    return [{"weight": 0, "base": 0} | item for item in strategy]
