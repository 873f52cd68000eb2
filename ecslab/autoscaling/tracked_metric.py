"""Which metric a target tracking policy keeps at its target: predefined,
customized, or an expression (facts, section 9.2).
"""

import re
from collections.abc import Mapping
from typing import Any

from ecslab.cloudwatch.alarms import MetricQuery
from ecslab.cloudwatch.expression import formulas
from ecslab.ground.errors import AwsError, not_simulated, validation

Config = Mapping[str, Any]

UTILIZATION = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
REQUESTS = "ALBRequestCountPerTarget"
HIGH_RESOLUTION = {f"{name}HighResolution" for name in UTILIZATION}
_LABEL = re.compile(r"(app/[^/]+/[^/]+)/(targetgroup/[^/]+/[^/]+)")
_STATISTICS = ("Average", "Minimum", "Maximum", "SampleCount", "Sum")


def check_metric(config: Config, fits: bool) -> None:  # noqa: FBT001 - whether the target value is one
    """Raise ValidationException for a metric that AWS refuses, the not-simulated
    kind for one that has no data here.

    The wording is ours where nothing else is said.
    """
    if not fits:
        raise validation("TargetValue must be a positive number.")
    predefined = config.get("PredefinedMetricSpecification")
    customized = config.get("CustomizedMetricSpecification")
    if bool(predefined) == bool(customized):
        raise validation(
            "You can specify either a predefined metric or a customized metric."
        )  # botocore's words
    if predefined:
        _check_predefined(predefined)
    elif customized:
        _check_customized(customized)


def _check_predefined(asked: Config) -> None:
    kind, label = asked["PredefinedMetricType"], asked.get("ResourceLabel")
    if kind in HIGH_RESOLUTION:
        raise not_simulated(f"The predefined metric {kind}")
    if kind not in {*UTILIZATION, REQUESTS}:
        raise validation(
            f"Predefined metric type {kind} is not supported for the service namespace ecs."
        )
    if kind != REQUESTS and label:
        # botocore's words
        raise validation(
            f"You can't specify a resource label unless the metric type is {REQUESTS}."
        )
    if kind == REQUESTS and not _LABEL.fullmatch(label or ""):
        group = "targetgroup/<target-group-name>/<target-group-id>"
        form = f"app/<load-balancer-name>/<load-balancer-id>/{group}"
        raise validation(f"The format of the resource label is: {form}.")


def _check_customized(asked: Config) -> None:
    if not asked.get("Metrics"):
        if not all(asked.get(name) for name in ("MetricName", "Namespace", "Statistic")):
            raise validation(
                "A customized metric needs MetricName, Namespace and Statistic, or Metrics."
            )
        return
    if any(
        asked.get(name) for name in ("MetricName", "Namespace", "Dimensions", "Statistic", "Unit")
    ):
        raise validation(
            "A customized metric with Metrics has no MetricName, Namespace, Dimensions or "
            "Statistic."
        )
    metrics = asked["Metrics"]
    for one in metrics:
        if bool(one.get("Expression")) == bool(one.get("MetricStat")):
            raise validation(
                "You must specify either Expression or MetricStat, but not both."
            )  # botocore's words
        if (
            one.get("MetricStat")
            and not {"MetricName", "Namespace"} <= one["MetricStat"]["Metric"].keys()
        ):
            raise validation(
                "The Metric of a MetricStat needs MetricName and Namespace."
            )  # the wording is ours
        if one.get("MetricStat") and one["MetricStat"]["Stat"] not in _STATISTICS:
            raise not_simulated(f"Target tracking on the statistic {one['MetricStat']['Stat']}")
    if sum(one.get("ReturnData", True) for one in metrics) != 1:
        raise validation("Exactly one of the Metrics returns data.")
    stats = [one["Id"] for one in metrics if one.get("MetricStat")]
    try:
        formulas({one["Id"]: one["Expression"] for one in metrics if one.get("Expression")}, stats)
    except AwsError as refused:
        wrong = refused.code == "ValidationError"
        raise (validation(refused.message) if wrong else refused) from None


def target_group(config: Config) -> str | None:
    """The target group whose requests are counted, as
    targetgroup/NAME/ID; None for any other metric.
    """
    predefined = config.get("PredefinedMetricSpecification") or {}
    label = _LABEL.fullmatch(predefined.get("ResourceLabel") or "")
    return label[2] if label else None


def metric(config: Config, resource: str) -> tuple[tuple[MetricQuery, ...], str]:
    """What the policy's alarms watch, and the id of the line that is compared; a
    resource is service/CLUSTER/SERVICE.
    """
    predefined, customized = (
        config.get("PredefinedMetricSpecification"),
        config.get("CustomizedMetricSpecification"),
    )
    if predefined:
        return (_predefined(predefined, resource),), "m1"
    assert customized, "a policy without a metric is refused"
    if not customized.get("Metrics"):
        found = _key(customized)
        return (
            MetricQuery("m1", found, customized["Statistic"], unit=customized.get("Unit")),
        ), "m1"
    queries = tuple(_line(one) for one in customized["Metrics"])
    return queries, next(one["Id"] for one in customized["Metrics"] if one.get("ReturnData", True))


def _predefined(asked: Config, resource: str) -> MetricQuery:
    kind = asked["PredefinedMetricType"]
    if kind == REQUESTS:
        label = _LABEL.fullmatch(asked["ResourceLabel"])
        assert label, "a label of another form is refused"
        dimensions = (("LoadBalancer", label[1]), ("TargetGroup", label[2]))
        return MetricQuery("m1", ("AWS/ApplicationELB", "RequestCountPerTarget", dimensions), "Sum")
    _, cluster, service = resource.split("/")
    dimensions = (("ClusterName", cluster), ("ServiceName", service))
    return MetricQuery("m1", ("AWS/ECS", UTILIZATION[kind], dimensions))


def _line(asked: Config) -> MetricQuery:
    stat = asked.get("MetricStat")
    if stat is None:
        return MetricQuery(asked["Id"], expression=asked["Expression"])
    return MetricQuery(asked["Id"], _key(stat["Metric"]), stat["Stat"], unit=stat.get("Unit"))


def _key(asked: Config) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    dimensions = tuple(sorted((d["Name"], d["Value"]) for d in asked.get("Dimensions", [])))
    return asked["Namespace"], asked["MetricName"], dimensions
