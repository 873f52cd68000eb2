"""Scaling policies as pure functions: a contract that all obey, then what AWS
says of each (facts, sections 9.1 to 9.3).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecslab.autoscaling.decision import Decision, ServiceSituation, bounded
from ecslab.autoscaling.policies import policy
from ecslab.autoscaling.policies.step_scaling import percent_of
from ecslab.ground.errors import AwsError

TRACKING = {
    "TargetValue": 50.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}


def steps(*steps, kind="ChangeInCapacity", **more):
    """A step policy of (lower, upper, adjustment)."""
    names = ("MetricIntervalLowerBound", "MetricIntervalUpperBound")
    adjustments = [
        {n: b for n, b in zip(names, bounds, strict=True) if b is not None}
        | {"ScalingAdjustment": amount}
        for *bounds, amount in steps
    ]
    return {"AdjustmentType": kind, "StepAdjustments": adjustments} | more


POLICIES = [
    ("TargetTrackingScaling", TRACKING),
    ("StepScaling", steps((0, 10, 1), (10, None, 3))),
    ("StepScaling", steps((None, -10, -2), (-10, 0, -1))),
    (
        "StepScaling",
        steps(
            (0, None, 30), (None, 0, -30), kind="PercentChangeInCapacity", MinAdjustmentMagnitude=2
        ),
    ),
    ("StepScaling", steps((0, None, 8), (None, 0, 2), kind="ExactCapacity")),
]
EACH = pytest.mark.parametrize(("kind", "config"), POLICIES)

situations = st.builds(
    lambda running, desired, least, span, value, above: ServiceSituation(
        running, desired, least, least + span, value, 50.0 if above else 45.0, above
    ),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 20),
    st.integers(0, 30),
    st.floats(0, 400),
    st.booleans(),
)


@EACH
@given(now=situations)
def test_a_policy_never_leaves_the_bounds_and_never_goes_the_wrong_way(kind, config, now):
    """Out means more than is wanted, in means fewer, and both stop at
    the bounds (facts, section 9.1).
    """
    decision = policy(kind).decide(now, config)
    result = bounded(decision, now)
    assert decision.why
    assert result.why
    if result.to is None:
        return
    assert now.minimum <= result.to <= now.maximum
    assert result.to > now.desired if decision.out else result.to < now.desired


@EACH
@given(now=situations, more=st.floats(0, 200))
def test_a_higher_metric_never_wants_fewer_tasks(kind, config, now, more):
    """Monotone on its side of the threshold."""
    higher = ServiceSituation(
        now.running,
        now.desired,
        now.minimum,
        now.maximum,
        now.value + more,
        now.threshold,
        now.above,
    )
    lower, upper = policy(kind).decide(now, config), policy(kind).decide(higher, config)
    if lower.wanted is not None and upper.wanted is not None:
        assert upper.wanted >= lower.wanted


@EACH
def test_a_policy_of_the_registry_is_accepted_and_has_a_cooldown(kind, config):
    """Every module has the five functions; ECS's cooldown is 300 s (facts, section 9.1)."""
    module = policy(kind)
    module.check(config)
    assert (module.cooldown_s(config, out=True), module.cooldown_s(config, out=False)) == (300, 300)


@given(now=situations)
def test_tracking_never_scales_in_so_far_that_the_target_is_passed(now):
    """No scale-in when fewer tasks would bring the metric above the target
    (facts, section 9.2, "official wording").
    """
    decision = policy("TargetTrackingScaling").decide(now, TRACKING)
    if decision.wanted and not decision.out and now.value <= 50.0:
        assert now.running * now.value / decision.wanted <= 50.0 + 1e-6


# What is outside the bounds


def settle(desired, *, out, wanted, minimum=2, maximum=10):
    """A decision inside the bounds."""
    now = ServiceSituation(desired, desired, minimum, maximum, 0, 0)
    return bounded(Decision(wanted, out=out, why="so"), now)


def test_below_the_minimum_a_scale_out_goes_to_it_first_and_a_scale_in_does_nothing():
    """Facts, section 9.1, "below min / above max"."""
    assert settle(1, out=True, wanted=8).to == 2
    assert (settle(1, out=False, wanted=0).to, settle(1, out=False, wanted=0).code) == (
        None,
        "AlreadyAtMinCapacity",
    )


def test_above_the_maximum_a_scale_in_goes_to_it_first_and_a_scale_out_does_nothing():
    """Facts, section 9.1, "below min / above max"."""
    assert settle(12, out=False, wanted=3).to == 10
    assert (settle(12, out=True, wanted=20).to, settle(12, out=True, wanted=20).code) == (
        None,
        "AlreadyAtMaxCapacity",
    )


# Target tracking


def test_tracking_has_two_alarms_at_the_target_and_at_nine_tenths_of_it():
    """AlarmHigh 3 of 3, AlarmLow 15 of 15 minutes; a target of 30 has its low
    at 27 (facts, sections 9.1 and 9.2).
    """
    high, low = policy("TargetTrackingScaling").watch(
        TRACKING | {"TargetValue": 30}, "service/prod/web"
    )
    assert (high.role, high.comparison, high.threshold, high.periods) == (
        "High",
        "GreaterThanThreshold",
        30,
        3,
    )
    assert (low.role, low.comparison, low.threshold, low.periods) == (
        "Low",
        "LessThanThreshold",
        27,
        15,
    )
    dimensions = (("ClusterName", "prod"), ("ServiceName", "web"))
    assert high.queries[0].metric == ("AWS/ECS", "CPUUtilization", dimensions)
    assert high.queries[0].period_s == 60


def test_tracking_without_scale_in_has_no_low_alarm():
    """AWS CLI's example 3 of put-scaling-policy; DisableScaleIn (facts, section 9.2)."""
    watched = policy("TargetTrackingScaling").watch(
        TRACKING | {"DisableScaleIn": True}, "service/prod/web"
    )
    assert [w.role for w in watched] == ["High"]


def test_requests_per_target_are_those_of_the_label():
    """ALBRequestCountPerTarget with its ResourceLabel (facts, section 9.2)."""
    label = "app/lb/1/targetgroup/tg/2"
    asked = {
        "TargetValue": 1000,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ALBRequestCountPerTarget",
            "ResourceLabel": label,
        },
    }
    policy("TargetTrackingScaling").check(asked)
    query = policy("TargetTrackingScaling").watch(asked, "service/prod/web")[0].queries[0]
    dimensions = (("LoadBalancer", "app/lb/1"), ("TargetGroup", "targetgroup/tg/2"))
    assert (query.metric, query.statistic) == (
        ("AWS/ApplicationELB", "RequestCountPerTarget", dimensions),
        "Sum",
    )


def customized(**metric):
    """A target on a metric of one's own."""
    return {"TargetValue": 10, "CustomizedMetricSpecification": metric}


def test_an_expression_can_be_tracked():
    """Metric math: backlog per task (facts, section 9.2, and AWS's documentation)."""
    metrics = [
        {
            "Id": "m1",
            "MetricStat": {"Metric": {"MetricName": "Backlog", "Namespace": "Shop"}, "Stat": "Sum"},
            "ReturnData": False,
        },
        {
            "Id": "m2",
            "MetricStat": {
                "Metric": {"MetricName": "Tasks", "Namespace": "Shop"},
                "Stat": "Average",
            },
            "ReturnData": False,
        },
        {"Id": "e1", "Expression": "m1 / m2"},
    ]
    asked = customized(Metrics=metrics)
    policy("TargetTrackingScaling").check(asked)
    high = policy("TargetTrackingScaling").watch(asked, "service/prod/web")[0]
    assert (high.watched, [q.expression for q in high.queries]) == ("e1", [None, None, "m1 / m2"])


@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        (
            {"TargetValue": 50},
            "ValidationException",
            "either a predefined metric or a customized metric",
        ),
        (
            TRACKING | customized(MetricName="Load"),
            "ValidationException",
            "either a predefined metric or a customized metric",
        ),
        (TRACKING | {"TargetValue": 0}, "ValidationException", "TargetValue"),
        (
            {
                "TargetValue": 1,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ALBRequestCountPerTarget"
                },
            },
            "ValidationException",
            "format of the resource label",
        ),
        (
            {
                "TargetValue": 1,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ECSServiceAverageCPUUtilization",
                    "ResourceLabel": "app/lb/1/targetgroup/tg/2",
                },
            },
            "ValidationException",
            "can't specify a resource label",
        ),
        (
            {
                "TargetValue": 1,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"
                },
            },
            "ValidationException",
            "not supported for the service namespace ecs",
        ),
        (
            {
                "TargetValue": 1,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ECSServiceAverageCPUUtilizationHighResolution"
                },
            },
            "UnsupportedFeatureException",
            "not simulated",
        ),
        (
            customized(MetricName="Load"),
            "ValidationException",
            "MetricName, Namespace and Statistic",
        ),
        (
            customized(Metrics=[{"Id": "e1", "Expression": "m1 * 2"}]),
            "ValidationException",
            "Error in expression",
        ),
        (
            customized(Metrics=[{"Id": "e1", "Expression": "SEARCH('x')"}]),
            "UnsupportedFeatureException",
            "metric math",
        ),
    ],
)
def test_targets_that_cannot_be_tracked_are_refused(config, code, words):
    """Botocore's words where it has some; facts, section 9.2."""
    with pytest.raises(AwsError) as refused:
        policy("TargetTrackingScaling").check(config)
    assert refused.value.code == code
    assert words in refused.value.message


# Step scaling


@pytest.mark.parametrize(
    ("running", "percent", "change"),
    [
        (10, 10, 1),
        (11, 30, 3),
        (14, -10, -1),
        (13, -30, -3),
        (3, 10, 1),
        (3, -10, -1),
        (10, 0, 0),
        (0, 50, 0),
    ],
)
def test_percentages_are_rounded_as_in_awss_example(running, percent, change):
    """10 +10 % is 11, +30 % is 14, −10 % is 13, −30 % is 10; less than one
    task is one (facts, section 9.3).
    """
    assert percent_of(running, percent) == change


@pytest.mark.parametrize(("share", "whole"), [(12.7, 12), (0.67, 1), (-0.58, -1), (-6.67, -6)])
def test_the_four_roundings_of_the_guide(share, whole):
    """Facts, section 9.3, "percent rounding"."""
    assert percent_of(100, 1) == 1
    assert percent_of(round(abs(share) * 100), 1 if share > 0 else -1) == whole


def test_a_percentage_changes_at_least_the_magnitude():
    """4 tasks, 25 %, magnitude 2: two more (facts, section 9.3, MinAdjustmentMagnitude)."""
    assert percent_of(4, 25, 2) == 2
    assert percent_of(4, -25, 2) == -2


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(49.9, None), (50, 11), (59.9, 11), (60, 12), (69.9, 12), (70, 15), (500, 15)],
)
def test_above_the_threshold_the_lower_end_belongs_to_a_step(value, wanted):
    """Lower inclusive, upper exclusive (facts, section 9.3, "bounds")."""
    config = steps((0, 10, 1), (10, 20, 2), (20, None, 5))
    now = ServiceSituation(10, 10, 0, 100, value, 50.0, above=True)
    assert policy("StepScaling").decide(now, config).wanted == wanted


@pytest.mark.parametrize(("value", "wanted"), [(50.1, None), (50, 9), (40.1, 9), (40, 7), (0, 7)])
def test_below_the_threshold_the_upper_end_belongs_to_a_step(value, wanted):
    """Lower exclusive, upper inclusive (facts, section 9.3, "bounds")."""
    config = steps((-10, 0, -1), (None, -10, -3))
    now = ServiceSituation(10, 10, 0, 100, value, 50.0, above=False)
    assert policy("StepScaling").decide(now, config).wanted == wanted


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "AdjustmentType and at least one step"),
        (steps((None, None, 1)), "needs a lower bound or an upper bound"),
        (steps((5, 5, 1)), "greater than the lower bound"),
        (steps((0, 10, 1), (5, None, 2)), "must not overlap"),
        (steps((0, 10, 1), (20, None, 2)), "must not leave a gap"),
        (steps((-10, 0, -1)), "one step adjustment must have no lower bound"),
        (steps((0, 10, 1)), "one step adjustment must have no upper bound"),
        (steps((0, None, -1), kind="ExactCapacity"), "non-negative"),
        (steps((0, None, 1), MinAdjustmentMagnitude=2), "only for the adjustment type"),
    ],
)
def test_steps_that_cannot_be_are_refused(config, words):
    """Facts, section 9.3, "bounds"."""
    with pytest.raises(AwsError) as refused:
        policy("StepScaling").check(config)
    assert refused.value.code == "ValidationException"
    assert words in refused.value.message


def test_a_policy_has_at_most_twenty_steps():
    """Application Auto Scaling quotas."""
    many = steps(*((n, n + 1, n + 1) for n in range(20)), (20, None, 30))
    with pytest.raises(AwsError) as refused:
        policy("StepScaling").check(many)
    assert refused.value.code == "LimitExceededException"
