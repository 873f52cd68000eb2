"""What a deploymentConfiguration says of its strategy: AWS's ranges and defaults,
and what is refused (facts, section 7.1).

Texts are those of AWS's troubleshooting guide for blue/green deployments
where it gives one; the others are ours.
"""

from typing import Any

from ecslab.ecs.deployments import strategies
from ecslab.ecs.deployments.shifting.lifecycle import A_DAY_MIN, check_minutes
from ecslab.ecs.deployments.shifting.way import LAMBDA_STAGES, PAUSE_STAGES
from ecslab.ground.errors import invalid_parameter, not_simulated

Json = dict[str, Any]

LONGEST_PAUSE_MIN = 20_160
MOST_HOOKS = 10  # of each kind (DG:pause-lifecycle-hooks)
OF_STRATEGIES = (
    "bakeTimeInMinutes",
    "lifecycleHooks",
    "linearConfiguration",
    "canaryConfiguration",
)


def strategy_members(asked: Json) -> Json:
    """The members that belong to a strategy other than ROLLING, as ECS
    stores them; nothing for ROLLING.

    Raises InvalidParameterException for values out of range and members that are
    missing. A configuration of another strategy is dropped: ECS was seen to drop
    canaryConfiguration under BLUE_GREEN.
    """
    strategy = asked.get("strategy", "ROLLING")
    if strategy not in strategies.names():
        known = ", ".join(strategies.names())
        raise invalid_parameter(
            f"Invalid deployment strategy {strategy}. Valid values are: {known}"
        )
    if strategy == "ROLLING":
        return {}
    for member in strategies.required(strategy):
        if member not in asked:
            raise invalid_parameter(
                f"{member} is required when using the {strategy} deployment strategy."
            )
    if asked.get("deploymentCircuitBreaker", {}).get("enable"):
        # BC:DeploymentCircuitBreaker: only for rolling updates.
        raise invalid_parameter(
            f"deploymentCircuitBreaker is not supported by the {strategy} deployment strategy."
        )
    if asked.get("earlySuccessCriteria", {}).get("enable"):
        # Facts, section 6.3: only for rolling updates.
        raise invalid_parameter(
            f"earlySuccessCriteria is not supported by the {strategy} deployment strategy."
        )
    # Pedagogical: no source gives LINEAR's and CANARY's default.
    bake = asked.get("bakeTimeInMinutes", 0)
    check_minutes("bakeTimeInMinutes", bake)
    hooks = [_hook(hook) for hook in asked.get("lifecycleHooks", [])]
    _check_number(hooks)
    return {"strategy": strategy, "bakeTimeInMinutes": bake, "lifecycleHooks": hooks} | (
        strategies.configured(strategy, asked)
    )


def carried(stored: Json, asked: Json) -> Json:
    """What UpdateService keeps of a stored deploymentConfiguration: what belongs
    to the strategy before goes with it.
    """
    strategy = asked.get("strategy", stored["strategy"])
    if "ROLLING" in {strategy, stored["strategy"]} and strategy != stored["strategy"]:
        return {k: v for k, v in stored.items() if k not in OF_STRATEGIES}
    return stored


def _hook(asked: Json) -> Json:
    """One lifecycle hook with its defaults."""
    kind = asked.get("targetType", "AWS_LAMBDA")
    if kind not in {"AWS_LAMBDA", "PAUSE"}:
        raise invalid_parameter("Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE")
    stages = asked.get("lifecycleStages", [])
    if not stages:
        raise invalid_parameter("lifecycleStages is required for a deployment lifecycle hook.")
    if unknown := [stage for stage in stages if stage not in LAMBDA_STAGES]:
        raise invalid_parameter(
            f"Invalid lifecycle stage {unknown[0]}. Valid values are: {', '.join(LAMBDA_STAGES)}"
        )
    if kind == "PAUSE" and not set(stages) <= set(PAUSE_STAGES):
        raise invalid_parameter("Invalid lifecycle stage provided for Pause Hook")
    _check_target(kind, asked)
    timeout = {"timeoutInMinutes": A_DAY_MIN, "action": "ROLLBACK"} | asked.get(
        "timeoutConfiguration", {}
    )
    longest = LONGEST_PAUSE_MIN if kind == "PAUSE" else A_DAY_MIN
    if not 1 <= timeout["timeoutInMinutes"] <= longest:
        raise invalid_parameter(
            f"timeoutInMinutes must be between 1 and {longest} for a hook of type {kind}."
        )
    if timeout["action"] not in {"CONTINUE", "ROLLBACK"}:
        raise invalid_parameter("Invalid timeout action. Valid values are: CONTINUE, ROLLBACK")
    return asked | {"targetType": kind, "timeoutConfiguration": timeout}


def _check_target(kind: str, asked: Json) -> None:
    """A Lambda hook names its function and the role that may call it; a pause
    hook neither (DG:pause-lifecycle-hooks).
    """
    given = [name for name in ("hookTargetArn", "roleArn") if asked.get(name)]
    if kind == "PAUSE" and given:
        raise invalid_parameter(f"{given[0]} is not supported for a hook of type PAUSE.")
    if kind == "AWS_LAMBDA" and "hookTargetArn" not in given:
        raise invalid_parameter("hookTargetArn is required for a hook of type AWS_LAMBDA.")
    if kind == "AWS_LAMBDA" and "roleArn" not in given:
        raise invalid_parameter("roleArn is required for a hook of type AWS_LAMBDA.")
    if kind == "AWS_LAMBDA" and not asked["hookTargetArn"].startswith("arn:aws:lambda:"):
        raise invalid_parameter(
            f"hookTargetArn must be the ARN of a Lambda function. Got: {asked['hookTargetArn']}"
        )


def _check_number(hooks: list[Json]) -> None:
    for kind in ("AWS_LAMBDA", "PAUSE"):
        if sum(hook["targetType"] == kind for hook in hooks) > MOST_HOOKS:
            raise invalid_parameter(
                f"A service can have at most {MOST_HOOKS} lifecycle hooks of type {kind}."
            )


def refuse_other_traffic(strategy: str, request: Json) -> None:
    """Raise UnsupportedFeatureException for ways of shifting traffic that the lab does not have."""
    if strategy == "ROLLING":
        return
    if request.get("schedulingStrategy") == "DAEMON":
        raise not_simulated(f"The deployment strategy {strategy} of a daemon service")
    if request.get("serviceConnectConfiguration", {}).get("enabled"):
        raise not_simulated(f"The deployment strategy {strategy} with Service Connect")
    if request.get("vpcLatticeConfigurations"):
        raise not_simulated(f"The deployment strategy {strategy} with VPC Lattice")
