"""A third-party controller drives task sets through boto3, with moto's
load balancer (facts, section 7.3).
"""

import pytest
from third_party import Pipeline

PORT = 8080


@pytest.fixture
def street(lab):
    """The lab, subnets, listener and groups of a service that an EXTERNAL
    controller deploys, and the pipeline that does.
    """
    ecs, elb, ec2 = (lab.client(name) for name in ("ecs", "elbv2", "ec2"))
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:2]]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    balancer = elb.create_load_balancer(Name="front", Subnets=subnets)["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    groups = []
    for name in ("one", "two"):
        made = elb.create_target_group(
            Name=name, Protocol="HTTP", Port=PORT, VpcId=vpc, TargetType="ip"
        )
        groups.append(made["TargetGroups"][0]["TargetGroupArn"])
    forward = [{"Type": "forward", "TargetGroupArn": groups[0]}]
    made = elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward
    )
    listener = made["Listeners"][0]["ListenerArn"]
    ecs.create_cluster(clusterName="shop")
    for image in ("nginx:1", "nginx:2", "123456789012.dkr.ecr.us-east-1.amazonaws.com/gone:1"):
        ecs.register_task_definition(
            family="web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[
                {
                    "name": "app",
                    "image": f"public.ecr.aws/nginx/{image}" if "/" not in image else image,
                    "portMappings": [{"containerPort": PORT}],
                }
            ],
            executionRoleArn=_role(lab),
        )
    ecs.create_service(
        cluster="shop", serviceName="web", desiredCount=2, deploymentController={"type": "EXTERNAL"}
    )
    names = {"cluster": "shop", "service": "web", "listener": listener, "groups": tuple(groups)}
    pipeline = Pipeline(ecs, elb, **names, wait=lab.advance)
    return lab, subnets, listener, groups, pipeline


def _role(lab):
    iam = lab.client("iam")
    trust = (
        '{"Statement": [{"Effect": "Allow", "Principal": {"Service": '
        '"ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
    )
    known = [r for r in iam.list_roles()["Roles"] if r["RoleName"] == "runs"]
    made = (
        known[0]
        if known
        else iam.create_role(RoleName="runs", AssumeRolePolicyDocument=trust)["Role"]
    )
    return made["Arn"]


def task_sets(lab):
    """The service's task sets: (revision, status, running)."""
    service = lab.client("ecs").describe_services(cluster="shop", services=["web"])["services"][0]
    return [
        (s["taskDefinition"].rpartition("/")[2], s["status"], s["runningCount"])
        for s in service["taskSets"]
    ]


def healthy(lab, group):
    """How many targets of a group are healthy, as elbv2 tells."""
    found = lab.client("elbv2").describe_target_health(TargetGroupArn=group)[
        "TargetHealthDescriptions"
    ]
    return sum(t["TargetHealth"]["State"] == "healthy" for t in found)


def test_a_pipeline_releases_two_revisions_in_a_row(street):
    """Facts, section 7.3: green is created, steady, gets the traffic, becomes
    primary; blue is scaled to 0 and deleted.
    """
    lab, subnets, _, groups, pipeline = street
    assert pipeline.release("web:1", subnets)
    assert pipeline.release("web:2", subnets)
    lab.settle()
    assert task_sets(lab) == [("web:2", "PRIMARY", 2)]
    assert [healthy(lab, group) for group in groups] == [0, 2]
    service = lab.client("ecs").describe_services(cluster="shop", services=["web"])["services"][0]
    assert service["loadBalancers"][0]["targetGroupArn"] == groups[1]
    assert any(
        "taskSet ecs-svc/" in e["message"] and "registered 2 targets" in e["message"]
        for e in service["events"]
    )


@pytest.mark.parametrize("bad", ["never steady", "does not look good"])
def test_a_pipeline_takes_a_bad_revision_back(street, bad):
    """Facts, section 7.3: a task set that is not scaled to 0 is deleted by
    force; the listener points to blue again.
    """
    lab, subnets, listener, groups, pipeline = street
    pipeline.release("web:1", subnets)
    lab.settle()
    revision, verdict = ("web:3", True) if bad == "never steady" else ("web:2", False)
    assert not pipeline.release(revision, subnets, looks_good=lambda: verdict)
    lab.advance("10m")
    assert task_sets(lab) == [("web:1", "PRIMARY", 2)]
    told = lab.client("elbv2").describe_listeners(ListenerArns=[listener])["Listeners"][0][
        "DefaultActions"
    ][0]
    assert {g["TargetGroupArn"]: g["Weight"] for g in told["ForwardConfig"]["TargetGroups"]} == {
        groups[0]: 100,
        groups[1]: 0,
    }
