"""Load, metric, alarms, tasks and cost of a service that scales, on one time axis."""

import pytest
from goldens import assert_same_as_golden

from ecslab import Lab, scaling
from ecslab.ground.errors import LabError
from ecslab.world.traffic import spike

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/shop/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture(scope="module")
def scaled():
    """A service with target tracking on a spike of twenty minutes; the lab and the flow."""
    with Lab() as lab:
        ecs = lab.client("ecs")
        ecs.create_cluster(clusterName="shop")
        subnets = [s["SubnetId"] for s in lab.client("ec2").describe_subnets()["Subnets"][:2]]
        ecs.register_task_definition(
            family="web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "app", "image": "nginx"}],
        )
        ecs.create_service(
            cluster="shop",
            serviceName="web",
            taskDefinition="web",
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}
            },
        )
        auto = lab.client("application-autoscaling")
        auto.register_scalable_target(MinCapacity=2, MaxCapacity=10, **TARGET)
        auto.put_scaling_policy(
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": 50,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
                },
            },
            **TARGET,
        )
        lab.settle()
        flow = lab.traffic("shop/web", spike(10, 60, at="10m", lasting="20m"), lasting="1h")
        lab.advance("70m")
        yield lab, flow


def test_a_spike_is_drawn_from_requests_to_cost(scaled):
    """Every panel has the same clock: who asked, what it cost in CPU, which alarm
    heard it, what was done, what is paid.
    """
    lab, flow = scaled
    picture = scaling(lab, "web", traffic=flow)
    assert_same_as_golden("scaling.txt", picture.text)
    assert_same_as_golden("scaling.svg", picture.svg)
    titles = [
        line.split(",")[0].split("  ")[0]
        for line in picture.text.split("\n")
        if line and line[0] != " "
    ]
    assert titles[2:] == [
        "requests a second",
        "CPUUtilization",
        "AlarmHigh",
        "AlarmLow",
        "tasks",
        "spent",
    ]


def test_a_day_is_no_heavier_than_an_hour(scaled):
    """A notebook keeps the picture: at most 240 points a curve."""
    lab, flow = scaled
    for trace in scaling(lab, "web", traffic=flow).plotly["data"]:
        assert len(trace["x"]) <= 242


def test_an_unknown_service_is_explained(scaled):
    """With one that there is."""
    with pytest.raises(LabError, match="no service 'shop'; the timeline has web"):
        scaling(scaled[0], "shop")
