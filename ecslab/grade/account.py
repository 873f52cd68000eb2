"""The fresh account of one case: its lab, and what a check does in it before and after the
learner.
"""

import json
from functools import cached_property
from hashlib import sha256
from typing import Any

from ecslab.lab import Lab


class CaseAccount:
    """A lab with the check's own clients for it, each made once: making
    one costs more than five calls.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._clients: dict[str, Any] = {}

    def client(self, name: str) -> Any:
        """A client of a service, the same one every time."""
        if name not in self._clients:
            self._clients[name] = self.lab.client(name)
        return self._clients[name]

    @cached_property
    def ecs(self) -> Any:
        """Amazon ECS."""
        return self.client("ecs")

    @cached_property
    def images(self) -> Any:
        """Images that behave, in ECR."""
        return self.lab.images

    @cached_property
    def subnets(self) -> list[str]:
        """The default VPC's subnets, one per availability zone, in the zones' order."""
        found = self.lab.client("ec2").describe_subnets()["Subnets"]
        return [
            subnet["SubnetId"]
            for subnet in sorted(found, key=lambda subnet: subnet["AvailabilityZone"])
        ]

    def network(self, zones: int = 2, *, public: bool = True) -> dict[str, Any]:
        """Where tasks get interfaces: in public subnets, which lead out for a public
        address; on EC2 no task may have one.
        """
        asked = {"assignPublicIp": "ENABLED"} if public else {}
        return {"awsvpcConfiguration": {"subnets": self.subnets[:zones], **asked}}

    @cached_property
    def execution_role(self) -> str:
        """The ARN of a role with which ECS pulls private images (facts, section 16)."""
        return self.role("ecsTaskExecutionRole")

    def role(self, name: str) -> str:
        """Make a role that ECS tasks may assume, and return its ARN."""
        made = self.lab.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST)
        return str(made["Role"]["Arn"])

    def register(self, family: str, *containers: dict[str, Any]) -> str:
        """Register a small Fargate task definition and return its name, family:revision."""
        private = any(".dkr.ecr." in container["image"] for container in containers)
        registered = self.ecs.register_task_definition(
            family=family,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=list(containers),
            **({"executionRoleArn": self.execution_role} if private else {}),
        )["taskDefinition"]
        return f"{registered['family']}:{registered['revision']}"

    def machines(
        self, cluster: str, count: int = 1, kind: str = "m5.large", **attributes: str
    ) -> list[str]:
        """Launch EC2 instances in turn over the zones, let them boot into a cluster, and
        return their container instances' ARNs.
        """
        before = set(self._container_instances(cluster))
        settings = {"ECS_CLUSTER": cluster, "ECS_INSTANCE_ATTRIBUTES": json.dumps(attributes)}
        lines = [
            f"echo '{name}={value}' >> /etc/ecs/ecs.config" for name, value in settings.items()
        ]
        ec2 = self.lab.client("ec2")
        for number in range(count):
            ec2.run_instances(
                ImageId=_MACHINE_IMAGE,
                InstanceType=kind,
                MinCount=1,
                MaxCount=1,
                SubnetId=self.subnets[number % len(self.subnets)],
                UserData="\n".join(["#!/bin/bash", *lines]),
            )
        self.lab.advance("1m")
        return [arn for arn in self._container_instances(cluster) if arn not in before]

    def instances(
        self, cluster: str, count: int = 1, kind: str = "m5.large", **attributes: str
    ) -> list[str]:
        """Register container instances in turn over three zones, as their
        agents do, and return their ARNs.

        The machines are there at once, and EC2 does not know them: a tenth of a second less than
        `machines`. A question in which a machine may be looked up or ended takes those.
        """
        given = [{"name": name, "value": value} for name, value in attributes.items()]
        before, arns = len(self._container_instances(cluster)), []
        for number in range(before, before + count):
            identity = {
                "instanceId": "i-" + sha256(f"{cluster}/{number}".encode()).hexdigest()[:_EC2_ID],
                "instanceType": kind,
                "availabilityZone": f"{self.lab.region}{'abc'[number % 3]}",
            }
            made = self.ecs.register_container_instance(
                cluster=cluster, instanceIdentityDocument=json.dumps(identity), attributes=given
            )
            arns.append(str(made["containerInstance"]["containerInstanceArn"]))
        return arns

    def _container_instances(self, cluster: str) -> list[str]:
        return list(self.ecs.list_container_instances(cluster=cluster)["containerInstanceArns"])

    def run(self, cluster: str, definition: str) -> str:
        """Run one task on Fargate and return its ARN."""
        started = self.ecs.run_task(
            cluster=cluster,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network(zones=1),
        )
        return str(started["tasks"][0]["taskArn"])

    def tasks(self, cluster: str) -> list[dict[str, Any]]:
        """Every task of a cluster that ECS still describes; none when there is no such cluster."""
        arns: list[str] = []
        if not self._has(cluster):
            return []
        for status in ("RUNNING", "STOPPED"):
            for page in self.ecs.get_paginator("list_tasks").paginate(
                cluster=cluster, desiredStatus=status
            ):
                arns += page["taskArns"]
        tasks: list[dict[str, Any]] = []
        for first in range(0, len(arns), _AT_ONCE):
            tasks += self.ecs.describe_tasks(cluster=cluster, tasks=arns[first : first + _AT_ONCE])[
                "tasks"
            ]
        return tasks

    def services(self, cluster: str) -> list[dict[str, Any]]:
        """The services of a cluster that are not being deleted (ten at the most);
        none when there is no such cluster.
        """
        arns = (
            self.ecs.list_services(cluster=cluster, maxResults=10)["serviceArns"]
            if self._has(cluster)
            else []
        )
        return (
            list(self.ecs.describe_services(cluster=cluster, services=arns)["services"])
            if arns
            else []
        )

    def service(self, cluster: str, name: str) -> dict[str, Any] | None:
        """One service of a cluster, or None."""
        return next(
            (service for service in self.services(cluster) if service["serviceName"] == name), None
        )

    def _has(self, cluster: str) -> bool:
        return cluster in {
            arn.rpartition("/")[2] for arn in self.ecs.list_clusters()["clusterArns"]
        }


# An Ubuntu of moto's: the user data says that it runs an agent, and asking SSM for
# ECS's own image takes longer than a check.
_MACHINE_IMAGE = "ami-1e749f67"
_EC2_ID = 17  # digits after i-
_AT_ONCE = 100  # tasks in one DescribeTasks (facts, section 5.1)
_TRUST = """{
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole"
    }]
}"""
