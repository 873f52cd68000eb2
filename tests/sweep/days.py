"""What the sweep's tests run in other processes: a few minutes of a service under traffic."""

import os

from ecslab import Lab


def cost_of(desired):
    """USD of five minutes of a service with so many tasks, and whose process it was."""
    with Lab() as lab:
        ecs = lab.client("ecs")
        ecs.create_cluster(clusterName="shop")
        ecs.register_task_definition(
            family="web",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "app", "image": "public.ecr.aws/docker/library/app:1"}],
        )
        subnets = [s["SubnetId"] for s in lab.client("ec2").describe_subnets()["Subnets"][:2]]
        ecs.create_service(
            cluster="shop",
            serviceName="web",
            taskDefinition="web",
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}
            },
        )
        lab.advance("5m")
        return lab.cost().total, os.getpid()


def asks_for_a_cluster(name):
    """Ends as boto3 ends, with an error that cannot travel between
    processes, for a cluster that nobody made.
    """
    with Lab() as lab:
        ecs = lab.client("ecs")
        ecs.create_cluster(clusterName="shop")
        return ecs.list_services(cluster=name)["serviceArns"]


def answers_a_client(_policy):
    """What it answers cannot travel."""
    return lambda: None
