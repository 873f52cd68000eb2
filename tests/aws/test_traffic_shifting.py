"""Deployments that shift traffic, through boto3: moto's rules carry the weights,
functions are the learner's, IAM decides on roles.
"""

import json

import pytest
from botocore.exceptions import ClientError
from deployed import network

from ecslab import Lab
from ecslab.ground.errors import LabError


def trusted_by(*services):
    """A trust policy for these services."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Shop:
    """An account with a load balancer, two target groups, a production and a
    test rule, and a service on them.
    """

    def __init__(self, lab):
        self.lab, self.ecs, self.elb = lab, lab.client("ecs"), lab.client("elbv2")
        iam = lab.client("iam")
        self.roles = {
            name: iam.create_role(
                RoleName=name, AssumeRolePolicyDocument=trusted_by(f"{principal}.amazonaws.com")
            )["Role"]["Arn"]
            for name, principal in (("tasks", "ecs-tasks"), ("infrastructure", "ecs"))
        }
        subnets = lab.client("ec2").describe_subnets()["Subnets"][:2]
        self.blue, self.green = (
            self.elb.create_target_group(
                Name=name, Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType="ip"
            )["TargetGroups"][0]["TargetGroupArn"]
            for name in ("blue", "green")
        )
        balancer = self.elb.create_load_balancer(
            Name="front", Subnets=[s["SubnetId"] for s in subnets]
        )["LoadBalancers"][0]
        listener = self.elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[
                {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
            ],
        )["Listeners"][0]["ListenerArn"]
        self.production = self.rule(listener, 2, {"Field": "path-pattern", "Values": ["/*"]})
        self.testing = self.rule(
            listener,
            1,
            {
                "Field": "http-header",
                "HttpHeaderConfig": {"HttpHeaderName": "x-test", "Values": ["1"]},
            },
        )
        self.ecs.create_cluster(clusterName="shop")
        self.register("nginx:1")

    def rule(self, listener, priority, condition):
        """A rule that forwards everything to blue."""
        groups = [
            {"TargetGroupArn": self.blue, "Weight": 100},
            {"TargetGroupArn": self.green, "Weight": 0},
        ]
        return self.elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[condition],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        )["Rules"][0]["RuleArn"]

    def weights(self, rule):
        """What moto's rule forwards by, as (blue, green)."""
        action = self.elb.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"][0]
        found = {t["TargetGroupArn"]: t["Weight"] for t in action["ForwardConfig"]["TargetGroups"]}
        return found[self.blue], found[self.green]

    def register(self, image):
        """A revision of the family."""
        self.ecs.register_task_definition(
            family="web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[
                {
                    "name": "app",
                    "image": f"public.ecr.aws/nginx/{image}",
                    "portMappings": [{"containerPort": 80}],
                }
            ],
        )

    def create(self, config, **advanced):
        """The service."""
        balancer = {
            "targetGroupArn": self.blue,
            "containerName": "app",
            "containerPort": 80,
            "advancedConfiguration": {
                "alternateTargetGroupArn": self.green,
                "productionListenerRule": self.production,
                "testListenerRule": self.testing,
                "roleArn": self.roles["infrastructure"],
            }
            | advanced,
        }
        return self.ecs.create_service(
            cluster="shop",
            serviceName="web",
            taskDefinition="web",
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration=network(self.lab),
            loadBalancers=[balancer],
            deploymentConfiguration=config,
        )["service"]

    def deploy(self):
        """The next revision; its service deployment's ARN."""
        self.register("nginx:2")
        service = self.ecs.update_service(cluster="shop", service="web", taskDefinition="web")[
            "service"
        ]
        return service["currentServiceDeployment"]

    def work(self, arn):
        """A service deployment, described."""
        return self.ecs.describe_service_deployments(serviceDeploymentArns=[arn])[
            "serviceDeployments"
        ][0]


@pytest.fixture
def shop(lab):
    """A fresh one."""
    return Shop(lab)


def test_a_canary_shifts_the_weights_of_a_real_rule(shop):
    """Facts, sections 7.1 and 11: the rules in Elastic Load Balancing are
    the truth; test traffic goes first.
    """
    shop.create(
        {
            "strategy": "CANARY",
            "canaryConfiguration": {"canaryPercent": 5.5, "canaryBakeTimeInMinutes": 10},
        }
    )
    shop.lab.advance("10m")
    arn = shop.deploy()
    shop.lab.until(
        lambda: shop.work(arn).get("lifecycleStage") == "PRODUCTION_TRAFFIC_SHIFT", timeout="20m"
    )
    assert shop.weights(shop.production) == (945, 55)
    assert shop.weights(shop.testing) == (0, 100)
    assert shop.work(arn)["targetServiceRevision"]["requestedProductionTrafficWeight"] == 5.5
    shop.lab.advance("30m")
    assert shop.work(arn)["status"] == "SUCCESSFUL"
    assert shop.weights(shop.production) == (0, 100)
    health = shop.elb.describe_target_health(TargetGroupArn=shop.green)["TargetHealthDescriptions"]
    assert [t["TargetHealth"]["State"] for t in health] == ["healthy", "healthy"]


def test_a_function_registered_with_the_lab_decides_and_may_ask_the_account(shop):
    """Facts, section 7.1: the callable stands in for the function's code and
    has the account's clients at hand.
    """
    seen = []

    def check(event, context):
        work = shop.work(event["resourceArn"])
        seen.append((context.function_name, work["lifecycleStage"], event["hookDetails"]))
        return {"hookStatus": "FAILED"}

    arn = shop.lab.lambda_function("check", check)
    assert arn == f"arn:aws:lambda:{shop.lab.region}:{shop.lab.account}:function:check"
    hook = {
        "hookTargetArn": arn,
        "roleArn": shop.roles["infrastructure"],
        "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "hookDetails": {"bucket": "b", "limits": [1, 2]},
    }
    shop.create({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5})
    shop.lab.advance("10m")
    shop.ecs.update_service(
        cluster="shop", service="web", deploymentConfiguration={"lifecycleHooks": [hook]}
    )
    config = shop.ecs.describe_services(cluster="shop", services=["web"])["services"][0][
        "deploymentConfiguration"
    ]
    assert config["lifecycleHooks"][0]["hookDetails"] == hook["hookDetails"]
    work = shop.deploy()
    shop.lab.advance("20m")
    assert seen == [("check", "POST_TEST_TRAFFIC_SHIFT", hook["hookDetails"])]
    assert shop.work(work)["status"] == "ROLLBACK_SUCCESSFUL"
    assert shop.weights(shop.testing) == (100, 0)


def test_a_role_must_trust_ecs_itself(shop):
    """Facts, section 16: an infrastructure role trusts
    ecs.amazonaws.com; a task role will not do.
    """
    shop.create({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5})
    shop.lab.advance("10m")
    shop.ecs.delete_service(cluster="shop", service="web", force=True)
    shop.lab.advance("10m")
    service = shop.create(
        {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}, roleArn=shop.roles["tasks"]
    )
    shop.lab.advance("10m")
    reason = shop.work(service["currentServiceDeployment"])["statusReason"]
    assert "missing permissions on ECS Infrastructure Role" in reason


def test_continue_service_deployment_through_boto3(shop):
    """Facts, section 7.1: the hookId comes from describe_service_deployments."""
    shop.create(
        {
            "strategy": "BLUE_GREEN",
            "bakeTimeInMinutes": 0,
            "lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"]}],
        }
    )
    with pytest.raises(
        LabError, match="Still under way: service/web deploys, in PRE_SCALE_UP: a hook waits"
    ):
        shop.lab.settle()
    arn = shop.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"][0][
        "serviceDeploymentArn"
    ]
    waiting = shop.work(arn)["lifecycleHookDetails"][0]
    assert waiting["status"] == "AWAITING_ACTION"
    with pytest.raises(ClientError, match="either completed, unavailable"):
        shop.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId="ecs-pause-nothing")
    shop.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=waiting["hookId"])
    shop.lab.settle()
    assert shop.work(arn)["status"] == "SUCCESSFUL"


def test_what_is_no_function_is_refused_with_a_right_line():
    """Misuse of the lab is a LabError that shows how it is done."""
    with Lab() as lab, pytest.raises(LabError, match="right:"):
        lab.lambda_function("check", {"hookStatus": "SUCCEEDED"})
