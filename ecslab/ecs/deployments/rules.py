"""What a deploymentConfiguration may ask for, and its stored form (facts,
sections 6.1, 6.3, 6.4, 6.5 and 17).
"""

from typing import Any

from ecslab.ecs.deployments.shifting.rules import carried, strategy_members
from ecslab.ground.errors import invalid_parameter, not_simulated

Json = dict[str, Any]

EVERYTHING = 100  # percent
CLEAN_UP = ("BLOCKING", "DEFERRED")
# What each part is stored with when it is given without its optional
# members (facts, sections 6.3 and 6.4).
NO_BREAKER: Json = {"enable": False, "rollback": False}
USUAL_BREAKER: Json = {
    "resetOnHealthyTask": True,
    "thresholdConfiguration": {"type": "BOUNDED_PERCENT", "value": 50},
}


def deployment_configuration(asked: Json, *, daemon: bool) -> Json:
    """The stored form with AWS's defaults: 100 % and 200 %, for a daemon service
    0 % and 100 % (facts, section 6.1).

    Raises InvalidParameterException for what cannot be, UnsupportedFeatureException for the
    parts of a deployment that are not simulated.
    """
    of_strategy = strategy_members(asked)
    if not of_strategy and asked.get("lifecycleHooks"):
        raise not_simulated("Lifecycle hooks of a rolling deployment")
    minimum, maximum = _percents(asked, daemon=daemon)
    stored: Json = {
        "deploymentCircuitBreaker": _breaker(asked.get("deploymentCircuitBreaker") or {}),
        "maximumPercent": maximum,
        "minimumHealthyPercent": minimum,
        "strategy": "ROLLING",
    }
    if alarms := asked.get("alarms"):
        stored["alarms"] = _alarms(alarms)
    if early := asked.get("earlySuccessCriteria"):
        stored["earlySuccessCriteria"] = _early(early, minimum)
    if of_strategy:
        return stored | of_strategy
    bake = _bake(asked)
    return stored if bake is None else stored | {"bakeTimeInMinutes": bake}


def changed_configuration(stored: Json, request: Json) -> Json:
    """What UpdateService asks for: the parts that it names instead of those that are stored."""
    asked: Json = request.get("deploymentConfiguration", {})
    kept = carried(stored, asked)
    if stored["strategy"] == "ROLLING":
        # Nobody asked for none.
        kept = {k: v for k, v in kept.items() if (k, v) != ("bakeTimeInMinutes", 0)}
    return kept | asked


def _percents(asked: Json, *, daemon: bool) -> tuple[int, int]:
    minimum = asked.get("minimumHealthyPercent", 0 if daemon else EVERYTHING)
    maximum = asked.get("maximumPercent", EVERYTHING if daemon else 2 * EVERYTHING)
    if minimum > EVERYTHING:
        raise invalid_parameter("minimumHealthyPercent must be at most 100")
    if minimum == maximum == EVERYTHING:  # facts 2, section 31, row 11
        raise invalid_parameter(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments"
        )
    # Of 0/0 no source was found; the wording is ours.
    if minimum < 0 or maximum < 1 or minimum > maximum:
        raise invalid_parameter(
            "minimumHealthyPercent must be at least 0, and maximumPercent at least 1 and not "
            "below minimumHealthyPercent."
        )
    return minimum, maximum


def _breaker(asked: Json) -> Json:
    """The limits are facts, section 6.4; the wordings are ours."""
    if not asked or asked == NO_BREAKER:
        return NO_BREAKER
    threshold = asked.get("thresholdConfiguration") or USUAL_BREAKER["thresholdConfiguration"]
    if threshold["type"] == "COUNT" and threshold["value"] < 1:
        raise invalid_parameter("thresholdConfiguration.value must be at least 1.")
    if threshold["type"] != "COUNT" and not 1 <= threshold["value"] <= EVERYTHING:
        raise invalid_parameter(
            "thresholdConfiguration.value must be between 1 and 100 for a percentage."
        )
    return USUAL_BREAKER | asked


def _alarms(asked: Json) -> Json:
    """Alarms that do not exist are taken: no source says that ECS looks them up here
    (assumption); the timeline says so later.
    """
    if asked["enable"] and not asked["alarmNames"]:  # the wording is ours
        raise invalid_parameter("alarmNames cannot be empty when deployment alarms are enabled.")
    return asked


def _early(asked: Json, minimum: int) -> Json:
    """BC:DeploymentEarlySuccessCriteria gives the rules; the wordings are ours."""
    if not asked["enable"]:
        return asked
    if "healthyPercent" not in asked or "sourceServiceRevisionCleanup" not in asked:
        raise invalid_parameter(
            "healthyPercent and sourceServiceRevisionCleanup are required when "
            "earlySuccessCriteria is enabled."
        )
    if not 0 <= asked["healthyPercent"] <= EVERYTHING:
        raise invalid_parameter("healthyPercent must be between 0 and 100.")
    if asked["healthyPercent"] < minimum:
        raise invalid_parameter(
            "healthyPercent must be greater than or equal to minimumHealthyPercent."
        )
    return asked


def _bake(asked: Json) -> int | None:
    """The bake time, or None when AWS works it out from the alarms (facts, section 6.5)."""
    alarms = asked.get("alarms") or {}
    bake: int | None = asked.get("bakeTimeInMinutes", None if alarms.get("enable") else 0)
    if bake is not None and bake < 0:  # the wording is ours
        raise invalid_parameter("bakeTimeInMinutes must be at least 0.")
    return bake
