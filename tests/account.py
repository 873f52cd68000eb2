"""The vocabulary of the control plane's tests: an account on fakes, and
short words for what a test does to it.
"""

from typing import Any

from fakes import SUBNETS, advance, new_region
from shapes import check

NETWORK = {"awsvpcConfiguration": {"subnets": list(SUBNETS[:2])}}
ROLE = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"


class Account:
    """A control plane with a default cluster; every answer is checked
    against botocore's output shape.
    """

    def __init__(self, seed: int = 0) -> None:
        self.region = new_region(seed)
        self.plane = self.region.ecs
        self.images = self.plane.neighbours.images
        self.network = self.plane.neighbours.network
        self.bus = self.plane.neighbours.bus
        self.logs = self.plane.neighbours.logs
        self.balancers = self.plane.neighbours.balancers
        self.timeline = self.plane.timeline
        self.call("CreateCluster")

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Call one operation and check its answer's shape."""
        answer = self.plane.call(operation, request)
        check(operation, answer)
        return answer

    def advance(self, seconds: float) -> None:
        """Let virtual time go by."""
        advance(self.plane, seconds)

    def register(
        self, family: str, *containers: dict[str, Any], image: str = "nginx", **more: Any
    ) -> str:
        """Register a Fargate task definition; without containers,
        one called app that runs `image`.
        """
        definitions = list(containers) or [{"name": "app", "image": image}]
        asked = {
            "cpu": "256",
            "memory": "512",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "executionRoleArn": ROLE,
        }
        answer = self.call(
            "RegisterTaskDefinition",
            family=family,
            containerDefinitions=definitions,
            **asked | more,
        )
        return answer["taskDefinition"]["taskDefinitionArn"]

    def run(self, family: str, **more: Any) -> list[str]:
        """Run tasks on Fargate; their ids."""
        asked = {"taskDefinition": family, "launchType": "FARGATE", "networkConfiguration": NETWORK}
        return [
            t["taskArn"].rpartition("/")[2] for t in self.call("RunTask", **asked | more)["tasks"]
        ]

    def serve(self, name: str, family: str, desired: int = 1, **more: Any) -> dict[str, Any]:
        """Create a Fargate service."""
        asked = {"launchType": "FARGATE", "networkConfiguration": NETWORK}
        return self.call(
            "CreateService",
            serviceName=name,
            taskDefinition=family,
            desiredCount=desired,
            **asked | more,
        )["service"]

    def task(self, task_id: str) -> dict[str, Any]:
        """One task, described."""
        return self.call("DescribeTasks", tasks=[task_id])["tasks"][0]

    def service(self, name: str) -> dict[str, Any]:
        """One service, described."""
        return self.call("DescribeServices", services=[name])["services"][0]

    def tasks_of(self, name: str, **more: Any) -> list[str]:
        """The ids of a service's tasks."""
        return [
            arn.rpartition("/")[2]
            for arn in self.call("ListTasks", serviceName=name, **more)["taskArns"]
        ]

    def messages(self, name: str) -> list[str]:
        """A service's events, oldest first, with task and
        deployment ids replaced by what they are.
        """
        return [self.plain(e["message"]) for e in reversed(self.service(name)["events"])]

    def plain(self, text: str) -> str:
        """Task ids become the timeline's labels, deployment ids their task definition."""
        for cluster in self.plane.state.clusters.values():
            for task in cluster.tasks.values():
                text = text.replace(task.id, task.label)
                if task.deployment:
                    text = text.replace(task.deployment.id, task.definition.name)
            for service in cluster.services.values():
                for deployment in service.deployments:
                    text = text.replace(deployment.id, deployment.definition.name)
        return text

    def story(self, subject: str) -> list[tuple[float, str]]:
        """When what happened to one subject: (seconds, kind)."""
        return [(e.at_ms / 1000, e.kind) for e in self.timeline if e.subject == subject]
