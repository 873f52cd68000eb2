"""A right route: one registry and one proxy for everybody, waits that look, and an
investigation that begins with the users.
"""

# Written as learners write.
# ruff: noqa: C901, D103, PLR0911, PLR0917


def connect(lab, service, port, client, namespace, balancer):
    ecs = lab.client("ecs")
    cluster = service["cluster"]
    name = service["serviceName"]
    request = dict(service)
    url = None
    if balancer is not None:
        elb = lab.client("elbv2")
        found = elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"][0]
        made = elb.create_target_group(
            Name="behind",
            Protocol="HTTP",
            Port=port,
            VpcId=found["VpcId"],
            TargetType="ip",
            HealthCheckIntervalSeconds=10,
        )
        group = made["TargetGroups"][0]["TargetGroupArn"]
        elb.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTP",
            Port=8000,
            DefaultActions=[
                {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group}]}}
            ],
        )
        request["loadBalancers"] = [
            {"targetGroupArn": group, "containerName": "app", "containerPort": port}
        ]
        url = f"http://{found['DNSName']}:8000/"
    elif client is None:
        cloud_map = lab.client("servicediscovery")
        spaces = cloud_map.list_namespaces()["Namespaces"]
        space = next(s for s in spaces if s["Name"] == namespace)
        made = cloud_map.create_service(
            Name="short",
            NamespaceId=space["Id"],
            DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 1}]},
            HealthCheckCustomConfig={"FailureThreshold": 1},
        )
        request["serviceRegistries"] = [{"registryArn": made["Service"]["Arn"]}]
        url = f"http://short.{namespace}:{port}/"
    else:
        request["serviceConnectConfiguration"] = {
            "enabled": True,
            "namespace": namespace,
            "services": [{"portName": "http", "clientAliases": [{"port": 9999}]}],
        }
        url = f"http://http.{namespace}:9999"
    ecs.create_service(**request)
    ecs.get_waiter("services_stable").wait(cluster=cluster, services=[name])
    if client is not None:
        ecs.update_service(
            cluster=cluster,
            service=client,
            serviceConnectConfiguration={"enabled": True, "namespace": namespace},
            forceNewDeployment=True,
        )
        ecs.get_waiter("services_stable").wait(cluster=cluster, services=[client])
    return url


def find_cause(lab, cluster, service):
    from datetime import timedelta

    cloudwatch = lab.client("cloudwatch")

    def peak(namespace, metric):
        best = 0
        for found in cloudwatch.list_metrics(Namespace=namespace, MetricName=metric)["Metrics"][:1]:
            told = cloudwatch.get_metric_data(
                MetricDataQueries=[
                    {"Id": "m", "MetricStat": {"Metric": found, "Period": 60, "Stat": "Maximum"}}
                ],
                StartTime=lab.now - timedelta(minutes=8),
                EndTime=lab.now,
            )
            best = max([best, *told["MetricDataResults"][0]["Values"]])
        return best

    if peak("AWS/ECS", "CPUUtilization") >= 99:
        return ["load", "AWS/ECS CPUUtilization"]
    ecs = lab.client("ecs")
    arns = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    recent = [t for t in tasks if t.get("stoppedAt", lab.now) > lab.now - timedelta(minutes=10)]
    for task in recent:
        for container in task["containers"]:
            if "CannotPull" in container.get("reason", ""):
                return ["image", container["reason"]]
    events = ecs.describe_services(cluster=cluster, services=[service])["services"][0]["events"]
    for event in events:
        if "Health checks failed" in event["message"]:
            return ["health check", event["message"]]
        if "no container instance met" in event["message"]:
            return ["no room", event["message"]]
    for task in recent:
        if task.get("stopCode") == "EssentialContainerExited":
            told = lab.client("logs").filter_log_events(
                logGroupName=f"/ecs/{service}", filterPattern="FATAL"
            )
            return ["crash", told["events"][-1]["message"]]
    guardduty = lab.client("guardduty")
    detector = guardduty.list_detectors()["DetectorIds"][0]
    ids = guardduty.list_findings(DetectorId=detector)["FindingIds"]
    if ids:
        found = guardduty.get_findings(DetectorId=detector, FindingIds=ids)["Findings"][0]
        return ["miner", found["Type"]]
    if cloudwatch.list_metrics(MetricName="HTTPCode_Target_5XX_Count")["Metrics"]:
        return ["bug", "HTTPCode_Target_5XX_Count"]
    return None
