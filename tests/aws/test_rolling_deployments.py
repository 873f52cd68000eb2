"""Rolling deployments through boto3: alarms of CloudWatch, image digests of
ECR, and what a learner reads afterwards.
"""

import pytest
from deployed import fargate

ALARM = {
    "AlarmName": "errors",
    "Namespace": "Shop",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 10,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


@pytest.fixture
def ecs(lab):
    """A client of ECS in a lab whose service "web" is steady."""
    client, _ = fargate(lab)
    lab.settle()
    return client


def latest(ecs):
    """The newest service deployment, described."""
    [newest, *_] = ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"]
    told = ecs.describe_service_deployments(serviceDeploymentArns=[newest["serviceDeploymentArn"]])
    return told["serviceDeployments"][0]


def digests(ecs):
    """The digests that the service's tasks run."""
    tasks = ecs.list_tasks(cluster="prod", serviceName="web")["taskArns"]
    told = ecs.describe_tasks(cluster="prod", tasks=tasks)["tasks"]
    return {c["imageDigest"] for t in told for c in t["containers"]}


def test_an_alarm_of_cloudwatch_sends_a_deployment_back(lab, ecs):
    """Facts, section 6.5: datapoints that somebody published trip the alarm in the bake time."""
    watch = lab.client("cloudwatch")
    watch.put_metric_alarm(**ALARM)
    lab.advance("2m")
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    ecs.update_service(
        cluster="prod",
        service="web",
        forceNewDeployment=True,
        deploymentConfiguration={"alarms": alarms, "bakeTimeInMinutes": 10},
    )
    lab.advance("3m")
    assert latest(ecs)["alarms"]["status"] == "MONITORING"
    watch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 50}])
    lab.advance("6m")
    told = latest(ecs)
    assert (told["status"], told["alarms"]["triggeredAlarmNames"]) == (
        "ROLLBACK_SUCCESSFUL",
        ["errors"],
    )
    assert told["rollback"]["serviceRevisionArn"] == told["sourceServiceRevisions"][0]["arn"]


def test_a_tag_that_moves_moves_no_task_of_a_deployment_that_is_under_way(lab, ecs):
    """Facts, section 6.6: scaled out after the tag was moved, all
    tasks run the digest of the first.
    """
    lab.images.push("web:1", starts_in=5)
    ecs.update_service(cluster="prod", service="web", desiredCount=5)
    lab.settle()
    before = digests(ecs)
    assert len(before) == 1
    ecs.update_service(cluster="prod", service="web", forceNewDeployment=True)
    lab.settle()
    assert len(digests(ecs)) == 1
    assert digests(ecs) != before


def test_a_waiter_is_content_although_the_deployment_was_rolled_back(lab, ecs):
    """Facts, section 18, caution 1: services_stable only counts deployments and running tasks."""
    breaker = {"enable": True, "rollback": True}
    definition = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    [app] = definition["containerDefinitions"]
    bad = {"name": "app", "image": app["image"].replace("web:1", "web:nobody")}
    keep = ("requiresCompatibilities", "networkMode", "cpu", "memory", "executionRoleArn")
    ecs.register_task_definition(
        family="web", containerDefinitions=[bad], **{name: definition[name] for name in keep}
    )
    ecs.update_service(
        cluster="prod",
        service="web",
        taskDefinition="web",
        deploymentConfiguration={"deploymentCircuitBreaker": breaker},
    )
    ecs.get_waiter("services_stable").wait(cluster="prod", services=["web"])
    assert latest(ecs)["status"] == "ROLLBACK_SUCCESSFUL"
    assert lab.timeline.where(kind="circuit breaker")[0].why == "3 of 3 failures"
