"""CodeDeploy through boto3 and over the wire: the account's own plane,
moto's listeners, functions of the lab.
"""

import json
import os
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError, WaiterError
from deployed import network

from ecslab import Lab
from ecslab.aws.account import numbered
from ecslab.aws.gate import mount, wire
from ecslab.ground.errors import LabError

STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
# What `aws ecs deploy` looks for.
GROUP = {"applicationName": "AppECS-shop-web", "deploymentGroupName": "DgpECS-shop-web"}
PORT = 8080


def definition(image="public.ecr.aws/nginx/nginx:1.27"):
    """What register_task_definition is asked."""
    return {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [
            {"name": "app", "image": image, "portMappings": [{"containerPort": PORT}]}
        ],
    }


def build(lab, ending=5):
    """A service behind a load balancer of moto's, and the application and group
    that deploy it; listener and groups.
    """
    ecs, elb, ec2 = (lab.client(name) for name in ("ecs", "elbv2", "ec2"))
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"][:2]]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    balancer = elb.create_load_balancer(Name="front", Subnets=subnets)["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    groups = {}
    for name in ("blue", "green"):
        made = elb.create_target_group(
            Name=name, Protocol="HTTP", Port=PORT, VpcId=vpc, TargetType="ip"
        )["TargetGroups"][0]
        groups[name] = made["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": groups["blue"]}]
    listener = elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward
    )
    arn = listener["Listeners"][0]["ListenerArn"]
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(**definition())
    ecs.create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition="web",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=network(lab),
        deploymentController={"type": "CODE_DEPLOY"},
        loadBalancers=[
            {"targetGroupArn": groups["blue"], "containerName": "app", "containerPort": PORT}
        ],
    )
    deploy = lab.client("codedeploy")
    deploy.create_application(applicationName=GROUP["applicationName"], computePlatform="ECS")
    pair = {
        "targetGroups": [{"name": "blue"}, {"name": "green"}],
        "prodTrafficRoute": {"listenerArns": [arn]},
    }
    deploy.create_deployment_group(
        **GROUP,
        serviceRoleArn=f"arn:aws:iam::{lab.account}:role/deploys",
        deploymentStyle=STYLE,
        ecsServices=[{"clusterName": "shop", "serviceName": "web"}],
        loadBalancerInfo={"targetGroupPairInfoList": [pair]},
        blueGreenDeploymentConfiguration={
            "deploymentReadyOption": {
                "actionOnTimeout": "CONTINUE_DEPLOYMENT",
                "waitTimeInMinutes": 0,
            },
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": ending,
            },
        },
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
    )
    lab.settle()
    return arn, groups


def appspec(hooks=()):
    """An AppSpec with a placeholder where the AWS CLI writes the task definition."""
    properties = {
        "TaskDefinition": "<TASK_DEFINITION>",
        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": PORT},
    }
    resource = {"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}
    return {"version": 0.0, "Resources": [resource], "Hooks": list(hooks)}


def release(lab, hooks=()):
    """Register a revision and deploy it; the deployment's id."""
    arn = lab.client("ecs").register_task_definition(**definition())["taskDefinition"][
        "taskDefinitionArn"
    ]
    content = json.dumps(appspec(hooks)).replace("<TASK_DEFINITION>", arn)
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
    return lab.client("codedeploy").create_deployment(**GROUP, revision=revision)["deploymentId"]


def weights(lab, listener):
    """The weights of a listener's default action, as elbv2 tells them."""
    action = lab.client("elbv2").describe_listeners(ListenerArns=[listener])["Listeners"][0][
        "DefaultActions"
    ][0]
    return {g["TargetGroupArn"]: g["Weight"] for g in action["ForwardConfig"]["TargetGroups"]}


def test_a_deployment_succeeds_and_its_waiter_waits_in_the_labs_time(lab):
    """Facts, section 7.2: `deployment_successful` asks every 15 s; moto's
    listener forwards to the replacement.
    """
    listener, groups = build(lab)
    id_ = release(lab)
    before = lab.clock.now_ms
    lab.client("codedeploy").get_waiter("deployment_successful").wait(deploymentId=id_)
    assert 300_000 < lab.clock.now_ms - before < 600_000
    assert weights(lab, listener) == {groups["blue"]: 0, groups["green"]: 100}
    info = lab.client("codedeploy").get_deployment(deploymentId=id_)["deploymentInfo"]
    assert (info["completeTime"] - info["createTime"]).total_seconds() > 300
    target = lab.client("codedeploy").get_deployment_target(deploymentId=id_, targetId="shop:web")
    assert [s["taskSetLabel"] for s in target["deploymentTarget"]["ecsTarget"]["taskSetsInfo"]][
        -1
    ] == "Green"


@pytest.mark.parametrize("status", ["Succeeded", "Failed"])
def test_a_hook_is_a_python_function_of_the_lab(lab, status):
    """Facts, section 7.2: it reports with
    put_lifecycle_event_hook_execution_status, as a function on Lambda would.
    """
    listener, groups = build(lab)
    seen = []

    def check(event, context):
        seen.append((event["DeploymentId"], context.function_name))
        lab.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,
        )

    arn = lab.lambda_function("check-green", check)
    assert arn.endswith(":function:check-green")
    id_ = release(lab, [{"AfterInstall": arn}])
    waiter = lab.client("codedeploy").get_waiter("deployment_successful")
    if status == "Succeeded":
        waiter.wait(deploymentId=id_)
    else:
        with pytest.raises(WaiterError):
            waiter.wait(deploymentId=id_)
        lab.settle()
        assert weights(lab, listener) == {groups["blue"]: 100, groups["green"]: 0}
    assert seen == [(id_, "check-green")]


def test_what_is_no_function_cannot_stand_in_for_one(lab):
    """A LabError shows the wrong line and the right line."""
    with pytest.raises(LabError, match="Python function of an event and a context"):
        lab.lambda_function("check", {"hookStatus": "SUCCEEDED"})


def test_both_listeners_are_of_one_load_balancer(lab):
    """Facts, section 7.2, resources: production and test listener on the same
    load balancer; the wording is ours.
    """
    build(lab)
    elb, deploy = lab.client("elbv2"), lab.client("codedeploy")
    found = deploy.get_deployment_group(**GROUP)["deploymentGroupInfo"]["loadBalancerInfo"]
    subnets = [s["SubnetId"] for s in lab.client("ec2").describe_subnets()["Subnets"][:2]]
    other = elb.create_load_balancer(Name="other", Subnets=subnets)["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    vpc = lab.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    group = elb.create_target_group(
        Name="third", Protocol="HTTP", Port=PORT, VpcId=vpc, TargetType="ip"
    )
    forward = [{"Type": "forward", "TargetGroupArn": group["TargetGroups"][0]["TargetGroupArn"]}]
    made = elb.create_listener(
        LoadBalancerArn=other, Protocol="HTTP", Port=81, DefaultActions=forward
    )
    pair = found["targetGroupPairInfoList"][0]
    pair["testTrafficRoute"] = {"listenerArns": [made["Listeners"][0]["ListenerArn"]]}
    with pytest.raises(
        deploy.exceptions.InvalidLoadBalancerInfoException, match="same load balancer"
    ):
        deploy.update_deployment_group(
            applicationName=GROUP["applicationName"],
            currentDeploymentGroupName=GROUP["deploymentGroupName"],
            loadBalancerInfo=found,
        )


def test_errors_arrive_as_client_errors(lab):
    """The code and the text of AWS, through boto3's own exception."""
    deploy = lab.client("codedeploy")
    with pytest.raises(
        deploy.exceptions.ApplicationDoesNotExistException, match="No application found for name: x"
    ):
        deploy.get_application(applicationName="x")
    with pytest.raises(ClientError, match="not simulated"):
        deploy.create_application(applicationName="x", computePlatform="Lambda")
    with pytest.raises(
        ClientError,
        match=r"The CodeDeploy operation ListOnPremisesInstances is not simulated by ecslab\.",
    ):
        deploy.list_on_premises_instances()


def test_every_operation_answers_or_refuses_with_a_type(lab):
    """Facts, section 7.2: an operation outside the simulation
    answers a typed error, never a crash.
    """
    account = numbered(lab.account)
    for operation in sorted(wire.operations("codedeploy")):
        status, _, body = mount.answer(
            account, "us-east-1", f"CodeDeploy_20141006.{operation}", b"{}"
        )
        assert status in {200, 400}, operation
        assert status == 200 or json.loads(body)["__type"], operation
    _, _, body = mount.answer(account, "us-east-1", "CodeDeploy_20141006.MakeTea", b"{}")
    assert json.loads(body)["message"] == "MakeTea is not an operation of CodeDeploy."


def test_two_labs_share_no_deployment(lab):
    """Each account has a CodeDeploy of its own, in each region."""
    lab.client("codedeploy").create_application(applicationName="mine", computePlatform="ECS")
    with Lab() as other:
        assert other.client("codedeploy").list_applications()["applications"] == []
    assert (
        lab.client("codedeploy", region_name="eu-west-1").list_applications()["applications"] == []
    )


def test_the_aws_cli_deploys(lab, tmp_path):
    """`aws ecs deploy`: registers, writes the task definition into the
    AppSpec, deploys, and waits for success.
    """
    # Then the deployment has succeeded when the CLI first asks.
    listener, groups = build(lab, ending=0)
    task, spec = tmp_path / "task.json", tmp_path / "appspec.json"
    task.write_text(json.dumps(definition()))
    spec.write_text(json.dumps(appspec()))
    files = ["--task-definition", str(task), "--codedeploy-appspec", str(spec)]
    with lab.serve(clock="settle") as endpoint:
        asked = [
            sys.executable,
            "-m",
            "awscli",
            "ecs",
            "deploy",
            "--cluster",
            "shop",
            "--service",
            "web",
            *files,
        ]
        done = subprocess.run(
            asked,
            check=False,
            env=os.environ | endpoint.environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert (
        "Successfully deployed arn:aws:ecs:us-east-1:123456789012:task-definition/web:2 to "
        "service 'web'" in done.stdout
    )
    assert weights(lab, listener) == {groups["blue"]: 0, groups["green"]: 100}
