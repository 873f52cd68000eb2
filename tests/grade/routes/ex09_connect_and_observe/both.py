"""A right route: the balancer before the client asks for it, a namespace entry that
nobody caches, and everything listed first.
"""

# Written as learners write.
# ruff: noqa: D103, PLR0917


def connect(lab, service, port, client, namespace, balancer):
    ecs, cloud_map = lab.client("ecs"), lab.client("servicediscovery")
    name, cluster = service["serviceName"], service["cluster"]
    if balancer:
        elb, ec2 = lab.client("elbv2"), lab.client("ec2")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        group = elb.create_target_group(
            Name="g", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip"
        )
        arn = group["TargetGroups"][0]["TargetGroupArn"]
        forward = [{"Type": "forward", "TargetGroupArn": arn}]
        elb.create_listener(
            LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward
        )
        target = {"targetGroupArn": arn, "containerName": "app", "containerPort": port}
        ecs.create_service(**service, loadBalancers=[target])
        return "http://" + elb.describe_load_balancers()["LoadBalancers"][0]["DNSName"]
    # Whoever calls, both a name and an endpoint.
    space = cloud_map.list_namespaces()["Namespaces"][0]["Id"]
    registry = cloud_map.create_service(
        Name=f"{name}-dns",
        NamespaceId=space,
        DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 2}], "RoutingPolicy": "MULTIVALUE"},
        HealthCheckCustomConfig={"FailureThreshold": 1},
    )["Service"]["Arn"]
    alias = [{"port": port, "dnsName": name}]
    ecs.create_service(
        **service,
        serviceRegistries=[{"registryArn": registry}],
        serviceConnectConfiguration={
            "enabled": True,
            "namespace": namespace,
            "services": [{"portName": "http", "discoveryName": name, "clientAliases": alias}],
        },
    )
    if client is None:
        return f"http://{name}-dns.{namespace}:{port}"
    lab.settle()
    joined = {"enabled": True, "namespace": namespace}
    ecs.update_service(
        cluster=cluster, service=client, serviceConnectConfiguration=joined, forceNewDeployment=True
    )
    lab.settle()
    return f"http://{name}:{port}"


def find_cause(lab, cluster, service):
    ecs, guard, watch = lab.client("ecs"), lab.client("guardduty"), lab.client("cloudwatch")
    said = [
        e["message"]
        for e in ecs.describe_services(cluster=cluster, services=[service])["services"][0]["events"]
    ]
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="STOPPED")["taskArns"]
    ended = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    reasons = [t["stoppedReason"] for t in ended]
    pages = (
        lab.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/ecs/{service}")
    )
    lines = [event["message"] for page in pages for event in page["events"]]
    (detector,) = guard.list_detectors()["DetectorIds"]
    ids = guard.list_findings(DetectorId=detector)["FindingIds"]
    metrics = {
        m["MetricName"] for m in watch.list_metrics(Namespace="AWS/ApplicationELB")["Metrics"]
    }

    signs = [
        (
            "miner",
            [
                f["Type"]
                for f in guard.get_findings(DetectorId=detector, FindingIds=ids)["Findings"]
            ],
        ),
        ("image", [r for r in reasons if r.startswith("CannotPull")]),
        ("crash", [line for line in lines if line.startswith("FATAL")]),
        ("health check", [m for m in said if "[404]" in m]),
        ("no room", [m for m in said if "insufficient" in m]),
        ("load", ["CPUUtilization"] if "HTTPCode_ELB_5XX_Count" in metrics else []),
        ("bug", ["HTTPCode_Target_5XX_Count"] if "HTTPCode_Target_5XX_Count" in metrics else []),
    ]
    return next((cause, found[0]) for cause, found in signs if found)
