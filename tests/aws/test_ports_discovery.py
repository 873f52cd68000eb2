"""Service discovery and Service Connect in an account that learners use: Cloud
Map, Route 53, lab.call and lab.probe.
"""

import pytest
from botocore.exceptions import ClientError
from deployed import fargate

from ecslab.ground.errors import LabError


def shop(lab):
    """Two services: orders in service discovery and Service Connect, web as a
    client; the ECS client and Cloud Map's.
    """
    ecs, where = fargate(lab, desired=0)
    cloud_map = lab.client("servicediscovery")
    vpc = lab.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    cloud_map.create_private_dns_namespace(Name="shop.local", Vpc=vpc)
    namespace = cloud_map.list_namespaces()["Namespaces"][0]
    found = cloud_map.create_service(
        Name="orders-dns",
        NamespaceId=namespace["Id"],
        DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 60}], "RoutingPolicy": "MULTIVALUE"},
        HealthCheckCustomConfig={"FailureThreshold": 1},
    )["Service"]
    ecs.register_task_definition(
        family="orders",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "app",
                "image": "nginx",
                "portMappings": [{"containerPort": 8080, "name": "http"}],
            }
        ],
    )
    served = {
        "portName": "http",
        "discoveryName": "orders",
        "clientAliases": [{"port": 8080, "dnsName": "orders"}],
    }
    ecs.create_service(
        serviceName="orders",
        taskDefinition="orders",
        desiredCount=2,
        serviceRegistries=[{"registryArn": found["Arn"]}],
        serviceConnectConfiguration={
            "enabled": True,
            "namespace": "shop.local",
            "services": [served],
        },
        **where,
    )
    ecs.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=1,
        serviceConnectConfiguration={"enabled": True, "namespace": "shop.local"},
        **where,
    )
    lab.settle()
    return ecs, cloud_map, found["Id"]


def records(lab):
    """The A records of the hosted zone: name → addresses."""
    route53 = lab.client("route53")
    zone = route53.list_hosted_zones()["HostedZones"][0]
    found = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    of_type = [r for r in found if r["Type"] == "A"]
    return zone["Name"], sorted(
        (r["Name"], r["ResourceRecords"][0]["Value"], r["TTL"]) for r in of_type
    )


def test_running_tasks_are_in_cloud_map_and_in_route_53(lab):
    """Facts, section 10.2: one instance and one A record for each task, in
    the zone called like the namespace.
    """
    ecs, cloud_map, service = shop(lab)
    instances = cloud_map.list_instances(ServiceId=service)["Instances"]
    addresses = sorted(i["Attributes"]["AWS_INSTANCE_IPV4"] for i in instances)
    assert records(lab) == ("shop.local.", [("orders-dns.shop.local.", a, 60) for a in addresses])
    found = cloud_map.discover_instances(NamespaceName="shop.local", ServiceName="orders-dns")[
        "Instances"
    ]
    assert sorted(i["Attributes"]["AWS_INSTANCE_IPV4"] for i in found) == addresses
    ecs.update_service(cluster="prod", service="orders", desiredCount=0)
    lab.settle()
    assert cloud_map.list_instances(ServiceId=service)["Instances"] == []
    assert records(lab)[1] == []


def test_the_same_failure_is_felt_through_dns_and_not_through_the_proxy(lab):
    """Facts, sections 10.1 and 10.2: stale DNS until the TTL ends against the proxy
    that hears of a leaving task at once.
    """
    ecs, _, _ = shop(lab)
    by_dns = lab.probe("web", "http://orders-dns.shop.local:8080", lasting="3m")
    by_proxy = lab.probe("web", "http://orders:8080", lasting="3m")
    lab.advance("20s")
    ecs.stop_task(
        cluster="prod", task=ecs.list_tasks(cluster="prod", serviceName="orders")["taskArns"][0]
    )
    lab.advance("3m")
    assert len(by_dns) == len(by_proxy) == 180
    assert not by_proxy.failed
    first, last = by_dns.failed[0].at_ms, by_dns.failed[-1].at_ms
    assert 20 <= (first - by_dns.calls[0].at_ms) / 1000 < 30
    assert (last - by_dns.calls[0].at_ms) / 1000 < 60, (
        "once the answer is 60 s old, DNS is asked again"
    )
    assert len(by_dns.failed) == pytest.approx(16, abs=4)
    assert "calls failed" in repr(by_dns)
    story = lab.timeline.of(by_dns.label).kinds()
    assert story[0] == "calls answered"
    assert "calls fail" in story


def test_a_probe_ends_when_it_is_told_to(lab):
    """And then leaves no alarm behind."""
    shop(lab)
    probe = lab.probe(None, "http://orders-dns.shop.local:8080", lasting="1h")
    lab.advance("5s")
    probe.stop()
    lab.advance("1m")
    assert len(probe) == 6


@pytest.mark.parametrize(
    ("sender", "url", "text"),
    [
        ("nope", "http://orders:8080", "there is no service called 'nope'"),
        ("web", "orders:8080", "is not a URL"),
    ],
)
def test_a_call_that_cannot_be_meant_is_explained(lab, sender, url, text):
    """Misuse of the lab: what is wrong, and the line that works."""
    shop(lab)
    with pytest.raises(LabError, match=text):
        lab.call(sender, url)


def test_a_service_without_a_running_task_cannot_call(lab):
    """Nobody calls, and it says so."""
    ecs, _, _ = shop(lab)
    ecs.update_service(cluster="prod", service="web", desiredCount=0)
    lab.settle()
    assert "no RUNNING task" in str(lab.call("web", "http://orders:8080"))


def test_a_call_through_a_load_balancer_meets_healthy_targets_in_turn(lab):
    """Facts, section 11: an internal load balancer hides a task that
    leaves; nobody healthy means everybody.
    """
    ecs, where = fargate(lab, desired=0)
    ec2, elb = lab.client("ec2"), lab.client("elbv2")
    subnets = where["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    balancer = elb.create_load_balancer(Name="inside", Scheme="internal", Subnets=subnets)[
        "LoadBalancers"
    ][0]
    group = elb.create_target_group(
        Name="orders",
        Protocol="HTTP",
        Port=8080,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckIntervalSeconds=10,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    app = {"name": "app", "image": "nginx", "portMappings": [{"containerPort": 8080}]}
    ecs.register_task_definition(
        family="orders",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[app],
    )
    front = [{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}]
    ecs.create_service(
        serviceName="orders", taskDefinition="orders", desiredCount=2, loadBalancers=front, **where
    )
    url = f"http://{balancer['DNSName']}/"
    assert "no target is registered" in str(lab.call(None, url))
    lab.settle()
    calls = [lab.call(None, url) for _ in range(4)]
    assert all(c.ok and c.via == "load balancer" for c in calls)
    assert len({c.by for c in calls}) == 2
    probe = lab.probe(None, url, lasting="10m")
    lab.advance("10s")
    stopped_ms = lab.clock.now_ms
    ecs.stop_task(
        cluster="prod", task=ecs.list_tasks(cluster="prod", serviceName="orders")["taskArns"][0]
    )
    lab.advance("4m")
    assert {call.reply.status for call in probe.failed} == {502}
    assert all(stopped_ms < call.at_ms < stopped_ms + 4_000 for call in probe.failed), (
        "until the news is there"
    )
    before = len(probe.failed)
    ecs.update_service(cluster="prod", service="orders", desiredCount=1)
    lab.advance("6m")
    assert len(probe.failed) == before, "a service drains a task before it is told to stop"


def test_an_address_is_called_without_asking_dns(lab):
    """Facts, section 10.2: an address belongs to one task, and
    to nobody once that task has gone.
    """
    ecs, _, _ = shop(lab)
    arn = ecs.list_tasks(cluster="prod", serviceName="orders")["taskArns"][0]
    task = ecs.describe_tasks(cluster="prod", tasks=[arn])["tasks"][0]
    url = f"http://{task['containers'][0]['networkInterfaces'][0]['privateIpv4Address']}:8080"
    assert [(call.ok, call.via) for call in (lab.call("web", url), lab.call(None, url))] == [
        (True, "address")
    ] * 2
    ecs.stop_task(cluster="prod", task=arn)
    lab.advance("2m")
    assert "nobody has this address" in str(lab.call("web", url))


def test_a_vpc_has_namespaces_of_different_names(lab):
    """Only two of one name would be two hosted zones of one name (Route
    53 API, ConflictingDomainExists).
    """
    cloud_map = lab.client("servicediscovery")
    vpc = lab.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    for name in ("prod.local", "test.local"):
        cloud_map.create_private_dns_namespace(Name=name, Vpc=vpc)
    assert [n["Name"] for n in cloud_map.list_namespaces()["Namespaces"]] == [
        "prod.local",
        "test.local",
    ]
    with pytest.raises(ClientError, match="ConflictingDomainExists"):
        cloud_map.create_private_dns_namespace(Name="prod.local", Vpc=vpc)
