"""Traffic at moto's load balancers, as a learner sends it: rules, metrics, alarms, scaling."""

from datetime import timedelta

import pytest
from test_ports_elbv2 import PORT, group, listener, serve, states

from ecslab import LabError
from ecslab.world.traffic import steady


@pytest.fixture
def elb(lab):
    """Elastic Load Balancing."""
    return lab.client("elbv2")


@pytest.fixture
def front(lab, elb):
    """A steady service "web" behind a load balancer: its target group and listener."""
    arn = group(lab, elb)
    elb.modify_target_group_attributes(
        TargetGroupArn=arn,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}],
    )
    at = listener(lab, elb, arn)
    serve(lab, arn)
    lab.settle()
    return arn, at


def release(lab, **behaviour):
    """Deploy a revision whose image behaves like that."""
    image = lab.images.push("web:bad", **behaviour)
    app = {"name": "app", "image": image, "portMappings": [{"containerPort": PORT}]}
    lab.client("ecs").register_task_definition(
        family="web",
        containerDefinitions=[app],
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=lab.client("iam").get_role(RoleName="ecs")["Role"]["Arn"],
    )
    lab.client("ecs").update_service(service="web", taskDefinition="web")


def test_a_load_balancer_is_reached_by_its_name_its_arn_and_its_listener(lab, elb, front):
    """Whatever a learner has at hand; a second listener needs its port."""
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]
    name, arn = balancer["DNSName"], balancer["LoadBalancerArn"]
    flows = [
        lab.traffic(to, 1) for to in (name, f"http://{name}/", arn, front[1], f"{name}:80", "web")
    ]
    lab.advance("1m")
    assert [flow.requests for flow in flows] == [60] * 6
    elb.create_listener(
        LoadBalancerArn=arn,
        Protocol="HTTP",
        Port=8443,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}],
    )
    closed = lab.traffic(f"http://{name}:8443/", 1)
    lab.advance("1m")
    assert closed.log.by_revision() == {"": (60, 60)}
    for wrong in (name, f"{name}:99", "nobody", "http://other.example.com"):
        with pytest.raises(LabError, match="right:"):
            lab.traffic(wrong, 1)


def test_the_first_rule_that_fits_decides(lab, elb, front):
    """Rules by priority, with path and host patterns; the default action takes the rest."""
    name = elb.describe_load_balancers()["LoadBalancers"][0]["DNSName"]
    gone = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "410"}}]
    down = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]
    path = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/old/*"]}}]
    host = [{"Field": "host-header", "Values": ["*.elb.amazonaws.com"]}, *path]
    elb.create_rule(ListenerArn=front[1], Priority=20, Conditions=path, Actions=down)
    elb.create_rule(ListenerArn=front[1], Priority=10, Conditions=host, Actions=gone)
    fates = {}
    for where in ("/", "/old/page", "/older"):
        flow = lab.traffic(f"http://{name}{where}", 1, lasting="1m")
        lab.advance("1m")
        fates[where] = flow.log.by_revision()
    assert fates == {
        "/": {"web:1": (60, 0)},
        "/old/page": {"": (60, 0)},
        "/older": {"web:1": (60, 0)},
    }


def test_the_metrics_are_read_by_get_metric_statistics(lab, elb, front):
    """Facts, sections 9.5 and 13: what CloudWatch shows of a minute is what the log holds."""
    flow = lab.traffic(front[1], 20)
    lab.advance("5m")
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"].partition(
        "loadbalancer/"
    )[2]

    def read(namespace, name, statistic, **dimensions):
        told = lab.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": k, "Value": v} for k, v in dimensions.items()],
            StartTime=lab.now - timedelta(minutes=5),
            EndTime=lab.now,
            Period=60,
            Statistics=[statistic],
        )
        return [
            round(point[statistic], 3)
            for point in sorted(told["Datapoints"], key=lambda p: p["Timestamp"])
        ]

    requests = read("AWS/ApplicationELB", "RequestCount", "Sum", LoadBalancer=balancer)
    assert sum(requests) == sum(row.requests for row in flow.log if row.until_ms % 60_000 == 0)
    assert read("AWS/ApplicationELB", "HealthyHostCount", "Minimum", LoadBalancer=balancer,
                TargetGroup=front[0].rpartition(":")[2])[-1] == 2  # fmt: skip
    assert (
        read("AWS/ECS", "CPUUtilization", "Average", ClusterName="default", ServiceName="web")[-1]
        == 40.8
    )


def test_a_network_load_balancer_is_checked_by_tcp_and_counts_no_requests(lab, elb):
    """Facts, section 11: TCP asks whether somebody listens;
    AWS/NetworkELB has hosts, and no HTTP codes.
    """
    arn = group(lab, elb, Protocol="TCP")
    at = listener(lab, elb, arn, Type="network")
    serve(lab, arn, image=lab.images.push("web:1", answers=503))
    lab.settle()
    assert states(elb, arn) == ["healthy"] * 2
    flow = lab.traffic(at, 10)
    lab.advance("2m")
    assert (flow.requests, flow.errors) == (1200, 1200)  # which the balancer does not see
    told = lab.client("cloudwatch").list_metrics()["Metrics"]
    assert {m["MetricName"] for m in told if m["Namespace"] == "AWS/NetworkELB"} == {
        "HealthyHostCount",
        "UnHealthyHostCount",
    }
    assert not [m for m in told if m["Namespace"] == "AWS/ApplicationELB"]


def test_a_bad_revision_trips_an_alarm_by_itself(lab, elb, front):
    """Facts, sections 6.5 and 11: errors of real requests become
    a metric, and the metric an alarm.
    """
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"].partition(
        "loadbalancer/"
    )[2]
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=[{"Name": "LoadBalancer", "Value": balancer}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=2,
        Threshold=50,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    lab.traffic(front[1], 20)
    lab.advance("5m")
    assert lab.plane().alarms.state(["errors"]) == {"errors": "OK"}
    release(lab, error_rate=0.2)
    lab.advance("6m")
    assert lab.plane().alarms.state(["errors"]) == {"errors": "ALARM"}
    kinds = [e.kind for e in lab.timeline.where(lambda e: e.kind in {"errors began", "in alarm"})]
    assert kinds == ["errors began", "in alarm"]
    assert (
        lab.timeline.where(kind="steady")[-1].at_ms
        > lab.timeline.where(kind="errors began")[0].at_ms
    )


def test_target_tracking_follows_the_traffic(lab, elb, front):
    """Facts, sections 9.2 and 9.5: more requests, more CPU, more
    tasks; fewer requests, fewer tasks.
    """
    scaling = lab.client("application-autoscaling")
    what = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/default/web",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**what, MinCapacity=2, MaxCapacity=20)
    scaling.put_scaling_policy(
        **what,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 50.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
            },
        },
    )

    def desired():
        return lab.client("ecs").describe_services(services=["web"])["services"][0]["desiredCount"]

    busy = lab.traffic(front[1], steady(120))
    lab.advance("40m")
    grown = desired()
    assert 10 <= grown <= 12  # 120 a second are 1.2 CPUs; at half a load of a quarter of a CPU each
    assert states(elb, front[0]).count("healthy") == grown
    busy.stop()
    lab.traffic(front[1], steady(10))
    lab.advance("90m")
    assert desired() == 2


def test_a_metric_is_listed_once(lab, front):
    """CloudWatch, ListMetrics: one entry for each namespace, name and set of
    dimensions, however many datapoints there are.
    """
    lab.traffic(front[1], 20)
    lab.advance("5m")
    watch = lab.client("cloudwatch")
    told = watch.list_metrics(Namespace="AWS/ECS")["Metrics"]
    assert sorted(m["MetricName"] for m in told) == ["CPUUtilization", "MemoryUtilization"]
    of_web = [{"Name": "ServiceName", "Value": "web"}]
    assert watch.list_metrics(Dimensions=of_web, MetricName="CPUUtilization")["Metrics"] == told[:1]
    assert watch.list_metrics(Dimensions=[{"Name": "ClusterName"}])["Metrics"] == told
    assert not watch.list_metrics(Dimensions=[{"Name": "ServiceName", "Value": "other"}])["Metrics"]
