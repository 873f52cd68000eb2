"""The account that a storm goes over: two clusters whose services have the
same names, and what they stand on.
"""

import base64
import json
from collections import Counter
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from ecslab import Lab

from .network import Ways
from .reach import Nets

CLUSTERS = ("prod", "test")
# Each of a kind of its own.
SERVICES = ("web", "api", "spot", "shop", "deploy", "node", "mine", "sets")
PORT = 80
AMI = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
CHECK = {
    "command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
    "interval": 10,
    "retries": 2,
}


class World:
    """A lab, its clients, and short words for what a storm does to it;
    every call is counted and kept.
    """

    def __init__(self, seed: int) -> None:
        self.lab = Lab(seed=seed)
        self._clients: dict[str, Any] = {}
        self.calls: Counter[str] = Counter()  # by outcome: "answered" or the error's code
        self.log: list[str] = []  # what was asked, for the story of a failure
        self.places: dict[str, Place] = {}
        self.flows: list[Any] = []
        self.networks: list[dict[str, Any]] = self.call("ec2", "describe_subnets")["Subnets"][:3]
        self.subnets = [s["SubnetId"] for s in self.networks]
        self.nets = Nets(self)
        self.ways = Ways(self)
        self.roles = {name: self._role(name, who) for name, who in ROLES.items()}
        answers = Random(f"hook {seed}")
        self.hook = self.lab.lambda_function(
            "check",
            lambda _event, _context: {"hookStatus": answers.choice(ANSWERS), "callBackDelay": 20},
        )
        register_families(self)
        for cluster in CLUSTERS:
            self.places[cluster] = Place(self, cluster)
        self.interfaces = self.interface_ids()  # those that were there before any task
        self.log.clear()  # the same for every storm

    def client(self, service: str) -> Any:
        """The lab's client of one service, made once."""
        if service not in self._clients:
            self._clients[service] = self.lab.client(service)
        return self._clients[service]

    def call(self, service: str, operation: str, /, **request: Any) -> dict[str, Any]:
        """Call AWS; raises ClientError as boto3 does, and anything else is a finding."""
        line = (
            f"{self.lab.clock.now_ms / 1000:>9.1f}s  "
            f"{service}.{operation}({json.dumps(request, default=str)})"
        )
        asks = not operation.startswith(("describe_", "list_", "get_"))
        if asks:
            self.log.append(line)
        try:
            answer = getattr(self.client(service), operation)(**request)
        except ClientError as error:
            self.calls[error.response["Error"]["Code"]] += 1
            if asks:
                self.log[-1] += (
                    f"  → {error.response['Error']['Code']}: {error.response['Error']['Message']}"
                )
            raise
        self.calls["answered"] += 1
        return answer

    def ecs(self, operation: str, /, **request: Any) -> dict[str, Any]:
        """Call ECS."""
        return self.call("ecs", operation, **request)

    def task_arns(self, cluster: str, **more: Any) -> list[str]:
        """The tasks of a cluster whose desired status is RUNNING, or
        another that is asked for; all pages.
        """
        pages = self.client("ecs").get_paginator("list_tasks").paginate(cluster=cluster, **more)
        return [arn for page in pages for arn in page["taskArns"]]

    def tasks(self, cluster: str) -> list[dict[str, Any]]:
        """Every task of a cluster that can still be described, whatever its status."""
        arns = [a for s in ("RUNNING", "STOPPED") for a in self.task_arns(cluster, desiredStatus=s)]
        return [
            task
            for first in range(0, len(arns), 100)
            for task in self.ecs(
                "describe_tasks", cluster=cluster, tasks=arns[first : first + 100]
            )["tasks"]
        ]

    def services(self, cluster: str) -> list[dict[str, Any]]:
        """The services of a cluster that are there, described."""
        arns = self.ecs("list_services", cluster=cluster, maxResults=100)["serviceArns"]
        found = [
            self.ecs("describe_services", cluster=cluster, services=[a])["services"] for a in arns
        ]
        return [service for services in found for service in services]

    def interface_ids(self) -> set[str]:
        """The network interfaces that EC2 knows."""
        found = self.call("ec2", "describe_network_interfaces")["NetworkInterfaces"]
        return {face["NetworkInterfaceId"] for face in found}

    def _role(self, name: str, who: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"Service": who}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made = self.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust)
        return str(made["Role"]["Arn"])


ANSWERS = ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "IN_PROGRESS", "FAILED"]  # of a hook's function
ROLES = {
    "tasks": "ecs-tasks.amazonaws.com",
    "infrastructure": "ecs.amazonaws.com",
    "deploys": "codedeploy.amazonaws.com",
}


class Place:
    """One cluster and its neighbours: a load balancer, target groups, Cloud
    Map, CodeDeploy, an Auto Scaling group.
    """

    def __init__(self, world: World, cluster: str) -> None:
        self.world, self.cluster = world, cluster
        world.ecs(
            "create_cluster", clusterName=cluster, capacityProviders=["FARGATE", "FARGATE_SPOT"]
        )
        self._balance()
        self._discover()
        self._deploy()
        self._machines()

    def _balance(self) -> None:
        call = self.world.call
        made = call(
            "elbv2",
            "create_load_balancer",
            Name=f"{self.cluster}-front",
            Subnets=self.world.subnets[:2],
        )
        self.balancer = made["LoadBalancers"][0]
        vpc = self.world.networks[0]["VpcId"]
        asked = {"Protocol": "HTTP", "Port": PORT, "VpcId": vpc, "TargetType": "ip"}
        self.groups: dict[str, str] = {}
        for name in ("web", "spot", "shop", "shop-next", "deploy", "deploy-next"):
            found = call("elbv2", "create_target_group", Name=f"{self.cluster}-{name}", **asked)
            self.groups[name] = found["TargetGroups"][0]["TargetGroupArn"]
        self.listeners = {name: self._listener(name, PORT + i) for i, name in enumerate(LISTENERS)}
        forward = [
            {"TargetGroupArn": self.groups[n], "Weight": w}
            for n, w in (("shop", 100), ("shop-next", 0))
        ]
        rule = call(
            "elbv2",
            "create_rule",
            ListenerArn=self.listeners["shop"],
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": forward}}],
        )
        self.rule = rule["Rules"][0]["RuleArn"]

    def _listener(self, name: str, port: int) -> str:
        made = self.world.call(
            "elbv2",
            "create_listener",
            LoadBalancerArn=self.balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.groups[name]}],
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def _discover(self) -> None:
        call = self.world.call
        name, vpc = f"{self.cluster}.local", self.world.networks[0]["VpcId"]
        call("servicediscovery", "create_private_dns_namespace", Name=name, Vpc=vpc)
        spaces = call("servicediscovery", "list_namespaces")["Namespaces"]
        self.namespace = next(s for s in spaces if s["Name"] == name)
        self.registries = {}
        for kind in ("api", "deploy"):
            records = {"DnsRecords": [{"Type": "A", "TTL": 15}], "RoutingPolicy": "MULTIVALUE"}
            made = call(
                "servicediscovery",
                "create_service",
                Name=f"{self.cluster}-{kind}",
                NamespaceId=self.namespace["Id"],
                DnsConfig=records,
                HealthCheckCustomConfig={"FailureThreshold": 1},
            )
            self.registries[kind] = made["Service"]

    def _deploy(self) -> None:
        call = self.world.call
        names = {
            "applicationName": f"{self.cluster}-app",
            "deploymentGroupName": f"{self.cluster}-group",
        }
        call(
            "codedeploy",
            "create_application",
            applicationName=names["applicationName"],
            computePlatform="ECS",
        )
        pair = {
            "targetGroups": [{"name": f"{self.cluster}-{n}"} for n in ("deploy", "deploy-next")],
            "prodTrafficRoute": {"listenerArns": [self.listeners["deploy"]]},
        }
        self.release = names
        self.release_settings = {
            "serviceRoleArn": self.world.roles["deploys"],
            "deploymentStyle": {
                "deploymentType": "BLUE_GREEN",
                "deploymentOption": "WITH_TRAFFIC_CONTROL",
            },
            "ecsServices": [{"clusterName": self.cluster, "serviceName": "deploy"}],
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
            "autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
            "blueGreenDeploymentConfiguration": {
                "deploymentReadyOption": {
                    "actionOnTimeout": "CONTINUE_DEPLOYMENT",
                    "waitTimeInMinutes": 0,
                },
                "terminateBlueInstancesOnDeploymentSuccess": {
                    "action": "TERMINATE",
                    "terminationWaitTimeInMinutes": 2,
                },
            },
        }

    def _machines(self) -> None:
        self.group, self.managed = f"{self.cluster}-machines", f"{self.cluster}-managed"
        self.provider = f"{self.cluster}-provider"
        for name in (self.group, self.managed):
            arn = self._auto_scaling(name)
        managed = {"status": "ENABLED", "minimumScalingStepSize": 1, "maximumScalingStepSize": 2}
        group = {
            "autoScalingGroupArn": arn,
            "managedScaling": managed,
            "managedTerminationProtection": "ENABLED",
        }
        self.world.ecs(
            "create_capacity_provider", name=self.provider, autoScalingGroupProvider=group
        )
        providers = ["FARGATE", "FARGATE_SPOT", self.provider]
        asked = {"capacityProviders": providers, "defaultCapacityProviderStrategy": []}
        self.world.ecs("put_cluster_capacity_providers", cluster=self.cluster, **asked)

    def take_down(self) -> None:
        """Delete the cluster, which only an empty one can be."""
        self.world.call(
            "autoscaling",
            "delete_auto_scaling_group",
            AutoScalingGroupName=self.group,
            ForceDelete=True,
        )
        self.world.call(
            "autoscaling",
            "delete_auto_scaling_group",
            AutoScalingGroupName=self.managed,
            ForceDelete=True,
        )
        self.world.lab.settle("3h")
        told = self.world.ecs("delete_cluster", cluster=self.cluster)["cluster"]
        assert told["status"] in {"INACTIVE", "DEPROVISIONING"}, (
            f"{self.cluster} is {told['status']} after it was deleted"
        )

    def _auto_scaling(self, name: str) -> str:
        call = self.world.call
        script = f"#!/bin/bash\necho ECS_CLUSTER={self.cluster} >> /etc/ecs/ecs.config\n"
        data = {
            "ImageId": call("ssm", "get_parameter", Name=AMI)["Parameter"]["Value"],
            "InstanceType": "t3.medium",
            "UserData": base64.b64encode(script.encode()).decode(),
        }
        call("ec2", "create_launch_template", LaunchTemplateName=name, LaunchTemplateData=data)
        call(
            "autoscaling",
            "create_auto_scaling_group",
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
            MinSize=0,
            MaxSize=4,
            DesiredCapacity=0,
            VPCZoneIdentifier=",".join(self.world.subnets),
        )
        asked = {"AutoScalingGroupNames": [name]}
        return str(
            call("autoscaling", "describe_auto_scaling_groups", **asked)["AutoScalingGroups"][0][
                "AutoScalingGroupARN"
            ]
        )


LISTENERS = ("web", "spot", "shop", "deploy")


def images(world: World) -> dict[str, dict[str, Any]]:
    """What each family's one container is, by the family's name."""
    push = world.lab.images.push
    return {
        "good": {"image": "nginx"},
        "next": {"image": "nginx:2"},
        "slow": {"image": push("slow:1", answers_after=45)},
        "checked": {"image": "nginx", "healthCheck": CHECK},
        "sick": {"image": push("sick:1", unhealthy_after=90), "healthCheck": CHECK},
        "wrong": {"image": push("wrong:1", answers=500, ignores_sigterm=True)},
        "crash": {"image": push("crash:1", exits_after=25, exit_code=1)},
        "gone": {"image": push("here:1").replace("here", "gone")},
    }


def companions(world: World) -> dict[str, dict[str, Any]]:
    """For families of two containers: what the other is, on which app depends, and how."""
    push = world.lab.images.push
    done, failed = push("init:1", exits_after=5), push("broken:1", exits_after=5, exit_code=1)
    return {
        "init": {"image": done, "condition": "SUCCESS"},
        "no-init": {"image": failed, "condition": "SUCCESS"},
        "never": {
            "image": push("never:1", healthy_after=None),
            "healthCheck": CHECK,
            "condition": "HEALTHY",
        },
        "mate": {"image": "redis", "condition": "START"},
    }


def register_families(world: World) -> None:
    """One ACTIVE revision of every family."""
    for family in FAMILIES:
        register(world, family)


def register(world: World, family: str) -> str:
    """Register the next revision of a family; its ARN."""
    if not hasattr(world, "containers"):
        world.containers = _containers(world)
    small = {"cpu": "256", "memory": "512"} if family != "node" else {}
    asked = {"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
    if family == "node":
        asked = {"networkMode": "bridge", "requiresCompatibilities": ["EC2"]}
    made = world.ecs(
        "register_task_definition",
        family=family,
        containerDefinitions=world.containers[family],
        executionRoleArn=world.roles["tasks"],
        **small,
        **asked,
    )
    return str(made["taskDefinition"]["taskDefinitionArn"])


def _containers(world: World) -> dict[str, list[dict[str, Any]]]:
    ports = [{"containerPort": PORT, "name": "http"}]
    plain = {
        name: [{"name": "app", "portMappings": ports, **more}]
        for name, more in images(world).items()
    }
    for name, other in companions(world).items():
        condition = other.pop("condition")
        app = {"name": "app", "image": "nginx", "portMappings": ports}
        app["dependsOn"] = [{"containerName": "other", "condition": condition}]
        plain[name] = [app, {"name": "other", "essential": False, **other}]
    plain["node"] = [{"name": "app", "image": "nginx", "cpu": 700, "memory": 700}]
    return plain


GOOD = ("good", "next", "slow", "checked", "init", "mate")
BAD = ("sick", "wrong", "crash", "gone", "no-init", "never")
FAMILIES = (*GOOD, *BAD, "node")
STEADY = (*GOOD, "node")  # families whose programs go on for ever
