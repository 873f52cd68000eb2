"""A right route: looks every ten seconds, asks the rule for its weights, has time
pass in the hook, grows green by steps.
"""

# Written as learners write.
# ruff: noqa: ARG001, D103, PLR0917


def shift(lab, cluster, service, definition, percent, minutes, bake):
    ecs = lab.client("ecs")
    elb = lab.client("elbv2")
    before = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    rule = before["loadBalancers"][0]["advancedConfiguration"]["productionListenerRule"]

    def weights():
        told = elb.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"][0]["ForwardConfig"][
            "TargetGroups"
        ]
        return {t["TargetGroupArn"]: t["Weight"] for t in told}

    (blue,) = [arn for arn, weight in weights().items() if weight]
    ecs.update_service(
        cluster=cluster,
        service=service,
        taskDefinition=definition,
        deploymentConfiguration={
            "strategy": "CANARY",
            "canaryConfiguration": {"canaryPercent": percent, "canaryBakeTimeInMinutes": minutes},
            "bakeTimeInMinutes": bake,
        },
    )
    met = [[0.0, 0]]
    while True:
        lab.advance("10s")
        found = weights()
        share = round(100 * (1 - found[blue] / sum(found.values())), 1)
        if share != met[-1][0]:
            met.append([share, 0])
        met[-1][1] += 10
        works = ecs.list_service_deployments(
            cluster=cluster,
            service=service,
            status=["PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS"],
        )
        if not works["serviceDeployments"]:
            return met


def guard(lab, cluster, service, url, role):
    def judge(event, context):
        for _ in range(6):
            for _ in range(10):
                answer = lab.call(None, url)
                if answer.reply.status != 200 or answer.took_ms > 800:
                    return {"hookStatus": "FAILED"}
            lab.advance("5s")
        return {"hookStatus": "SUCCEEDED"}

    arn = lab.lambda_function("judge", judge)
    stages = ["TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"]
    hooks = [{"hookTargetArn": arn, "roleArn": role, "lifecycleStages": stages}]
    ecs = lab.client("ecs")
    ecs.update_service(
        cluster=cluster, service=service, deploymentConfiguration={"lifecycleHooks": hooks}
    )


def release(lab, cluster, service, definition, network, listener, blue, green):
    ecs, elb = lab.client("ecs"), lab.client("elbv2")
    where = {"cluster": cluster, "service": service}
    old = ecs.describe_services(cluster=cluster, services=[service])["services"][0]["taskSets"][0]
    new = ecs.create_task_set(
        **where,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=network,
        loadBalancers=[{"targetGroupArn": green, "containerName": "app", "containerPort": 80}],
        scale={"value": 50, "unit": "PERCENT"},
    )["taskSet"]["id"]
    for percent in (50, 100):
        ecs.update_task_set(**where, taskSet=new, scale={"value": percent, "unit": "PERCENT"})
        for _ in range(40):
            lab.advance("20s")
            told = ecs.describe_task_sets(**where, taskSets=[new])["taskSets"][0]
            steady = told["stabilityStatus"] == "STEADY_STATE"
            if steady and told["runningCount"] == told["computedDesiredCount"]:
                break
        else:
            ecs.delete_task_set(**where, taskSet=new, force=True)
            return
    for share in range(25, 101, 25):
        parts = {blue: 100 - share, green: share}
        groups = [
            {"TargetGroupArn": arn, "Weight": weight} for arn, weight in parts.items() if weight
        ]
        elb.modify_listener(
            ListenerArn=listener,
            DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        )
        lab.advance("30s")
    ecs.update_service_primary_task_set(**where, primaryTaskSet=new)
    for percent in (50, 0):
        ecs.update_task_set(**where, taskSet=old["id"], scale={"value": percent, "unit": "PERCENT"})
        lab.advance("1m")
    ecs.delete_task_set(**where, taskSet=old["id"])
