"""The same bad image, released in several ways: how many users saw an error."""

import json

import pytest
from test_code_deploy import GROUP, appspec, build, definition
from test_ports_elbv2 import group, listener, role, serve
from test_traffic_through_moto import release

RATE = 20  # requests a second
BAD = {"error_rate": 0.5}  # no health check finds it


def alarm(lab, *, minutes=1):
    """An alarm on what the programs answer behind the only load balancer."""
    balancer = lab.client("elbv2").describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=[{"Name": "LoadBalancer", "Value": balancer.partition("loadbalancer/")[2]}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=minutes,
        Threshold=10,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )


def rolled(lab, image, **configuration):
    """A rolling release under traffic, half an hour of it; the flow."""
    elb = lab.client("elbv2")
    arn = group(lab, elb)
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
    elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=delay)
    front = listener(lab, elb, arn)
    alarm(lab)
    serve(lab, arn, deploymentConfiguration=configuration)
    lab.settle()
    flow = lab.traffic(front, RATE)
    lab.advance("2m")
    release(lab, **image)
    lab.advance("30m")
    return flow


def deployments(lab):
    """(task definition, rollout state) of the service's deployments."""
    service = lab.client("ecs").describe_services(services=["web"])["services"][0]
    return [
        (d["taskDefinition"].rpartition("/")[2], d["rolloutState"]) for d in service["deployments"]
    ]


def test_health_checks_keep_a_revision_that_cannot_answer_away_from_users(lab):
    """Facts, sections 6.1 and 11: with the floor at 100 % the old tasks serve until new
    ones are healthy, which these never are.
    """
    flow = rolled(lab, {"answers": 500})
    assert flow.log.by_revision() == {"web:1": (RATE * 32 * 60, 0)}
    assert deployments(lab)[0] == ("web:2", "IN_PROGRESS")


def test_the_circuit_breaker_is_blind_to_errors_that_no_health_check_finds(lab):
    """Facts, section 6.4: it counts tasks that do not start or fail health
    checks; half of the answers fail for ever.
    """
    flow = rolled(lab, BAD, deploymentCircuitBreaker={"enable": True, "rollback": True})
    assert deployments(lab) == [("web:2", "COMPLETED")]
    assert flow.errors > 0.4 * flow.requests


def test_a_deployment_alarm_ends_the_errors_by_itself(lab):
    """Facts, section 6.5: users' errors become a metric, the metric an alarm, the alarm
    a rollback; then nobody sees one more.
    """
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    flow = rolled(lab, BAD, alarms=alarms, bakeTimeInMinutes=5)
    assert deployments(lab) == [("web:1", "COMPLETED")]
    assert 0 < flow.errors < 0.15 * flow.requests
    story = lab.timeline.where(
        lambda e: e.kind in {"errors began", "in alarm", "errors ended"}
    ).kinds()
    assert story == ["errors began", "in alarm", "errors ended"]


@pytest.mark.parametrize(
    ("config", "share"),
    [
        ("CodeDeployDefault.ECSCanary10Percent5Minutes", 0.1),
        ("CodeDeployDefault.ECSAllAtOnce", 1.0),
    ],
)
def test_a_canary_shows_the_bad_revision_to_few(lab, config, share):
    """Facts, section 7.2: traffic follows the listener's weights; CodeDeploy stops at
    the alarm and gives it all back to blue.
    """
    front, _ = build(lab)
    alarm(lab)
    lab.client("codedeploy").update_deployment_group(
        applicationName=GROUP["applicationName"],
        currentDeploymentGroupName=GROUP["deploymentGroupName"],
        alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
        autoRollbackConfiguration={
            "enabled": True,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
        },
        deploymentConfigName=config,
    )
    flow = lab.traffic(front, RATE)
    lab.advance("2m")
    image = lab.images.push("web:bad", **BAD)
    made = lab.client("ecs").register_task_definition(
        **definition(image), executionRoleArn=role(lab)
    )
    content = json.dumps(appspec()).replace(
        "<TASK_DEFINITION>", made["taskDefinition"]["taskDefinitionArn"]
    )
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
    lab.client("codedeploy").create_deployment(**GROUP, revision=revision)
    lab.advance("30m")
    rows = [row for row in flow.log if row.revision == "web:2"]
    minutes = (rows[-1].until_ms - rows[0].at_ms) / 60_000
    assert minutes <= 3  # the alarm looks when a minute is over
    assert flow.log.by_revision()["web:2"][0] == pytest.approx(
        RATE * 60 * minutes * share, rel=0.02
    )
    assert flow.log.by_revision()["web:2"][1] == flow.errors > 0
    assert flow.log[-1].revision == "web:1"
