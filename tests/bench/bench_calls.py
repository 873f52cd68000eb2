"""Time per `describe_services`: ecslab against moto and against botocore alone. Run by
hand: `python tests/bench/bench_calls.py`.

The three take turns in one process, and the best round of each counts. The
service is the same: Fargate, two tasks.
"""

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import boto3
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from ecslab import Lab

ROUNDS, CALLS = 7, 100
TARGETS = {"moto": 0.5, "an empty handler": 2.0}

DEFINITION = {
    "family": "web",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [
        {"name": "app", "image": "nginx", "memory": 256, "cpu": 128, "essential": True}
    ],
}


def deploy(ecs: Any, ec2: Any) -> Callable[[], Any]:
    """Create a service; what describes it."""
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]][:2]
    # Moto's own ECS cannot do without.
    groups = [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]]
    network = {"subnets": subnets, "securityGroups": groups, "assignPublicIp": "ENABLED"}
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(**DEFINITION)
    ecs.create_service(
        cluster="prod",
        serviceName="web",
        taskDefinition="web",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
    )
    return lambda: ecs.describe_services(cluster="prod", services=["web"])


def answered_at_once() -> Callable[[], Any]:
    """What botocore itself costs: a handler answers an empty list before anything is sent."""

    class Raw(io.BytesIO):
        def stream(self, **_: Any) -> Any:
            yield self.read()

    def answer(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(
            request.url, 200, {"x-amzn-requestid": "1"}, Raw(b'{"services": [], "failures": []}')
        )

    client = boto3.Session("a" * 20, "b", region_name="us-east-1").client("ecs")
    client.meta.events.register_first("before-send", answer)
    return lambda: client.describe_services(cluster="prod", services=["web"])


def timed(call: Callable[[], Any]) -> float:
    """Milliseconds per call."""
    begin = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - begin) / CALLS * 1000


def main() -> int:
    """Print the three times and the two ratios; 1 when a target is missed."""
    bare = answered_at_once()  # made before moto listens to new clients… and never answered by it
    best = {"ecslab": float("inf"), "moto": float("inf"), "an empty handler": float("inf")}
    for _ in range(ROUNDS):
        best["an empty handler"] = min(best["an empty handler"], timed(bare))
        with mock_aws():
            theirs = deploy(boto3.client("ecs", "us-east-1"), boto3.client("ec2", "us-east-1"))
            best["moto"] = min(best["moto"], timed(theirs))
        with Lab() as lab:
            ours = deploy(lab.client("ecs"), lab.client("ec2"))
            lab.settle()
            assert ours()["services"][0]["runningCount"] == 2
            best["ecslab"] = min(best["ecslab"], timed(ours))
    missed = 0
    for other, target in TARGETS.items():
        ratio = best["ecslab"] / best[other]
        missed |= int(ratio > target)
        print(
            f"describe_services: ecslab {best['ecslab']:.3f} ms, {other} {best[other]:.3f} ms, "
            f"ratio {ratio:.2f} (target {target})"
        )
    return missed


if __name__ == "__main__":
    sys.exit(main())
