"""Rolling deployments through boto3, network interfaces in moto included: one
large, many small, and how the cost grows.

Run by hand: `python tests/bench/bench_deployments.py`.
"""

from time import perf_counter
from typing import Any

from ecslab import Lab

RECIPE = {
    "family": "web",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "app", "image": "nginx"}],
}
LARGE_S, SMALL_S = 3, 5  # promised: 5,000 tasks roll in 3 s, 1,000 deployments of 10 tasks in 5 s


def services(count: int, tasks: int) -> Lab:
    """A lab with so many steady services of so many tasks, in subnets
    that have room for twice as many.
    """
    lab = Lab()
    ecs, ec2 = lab.client("ecs"), lab.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"][:3]]
    blocks = {f"10.0.{64 * n}.0/18": zone for n, zone in enumerate(zones)}
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=b, AvailabilityZone=z) for b, z in blocks.items()
    ]
    network = {"subnets": [m["Subnet"]["SubnetId"] for m in made], "assignPublicIp": "ENABLED"}
    open_to_the_internet(ec2, vpc)
    ecs.create_cluster()
    ecs.register_task_definition(**RECIPE)
    for number in range(count):
        ecs.create_service(
            serviceName=f"web-{number}",
            taskDefinition="web",
            desiredCount=tasks,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
        )
    lab.settle()
    return lab


def open_to_the_internet(ec2: Any, vpc: str) -> None:
    """Give a new VPC what the default one has: an internet gateway, and the
    way to it in its main route table.
    """
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    table = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def roll(lab: Lab, count: int = 1, rounds: int = 1) -> float:
    """Seconds of the wall for a deployment of each service, so
    many times, until all are complete.
    """
    ecs = lab.client("ecs")
    began = perf_counter()
    for _ in range(rounds):
        for number in range(count):
            ecs.update_service(service=f"web-{number}", forceNewDeployment=True)
        lab.settle()
    took = perf_counter() - began
    for number in range(count):
        told = ecs.list_service_deployments(service=f"web-{number}")["serviceDeployments"]
        assert {d["status"] for d in told} == {"SUCCESSFUL"}, (
            "the bench measures deployments that end"
        )
    return took


def main() -> None:
    """Print what is promised beside what is measured."""
    lab = services(1, 10)
    roll(lab)
    lab.close()
    times = {}
    for tasks in (500, 1_000, 2_000, 5_000):
        lab = services(1, tasks)
        times[tasks] = roll(lab)
        lab.close()
        print(
            f"roll {tasks:>5} tasks: {times[tasks]:.3f} s, {times[tasks] / tasks * 1e6:.0f} µs "
            "a task"
        )
    print(f"5,000 tasks against the promise of {LARGE_S} s: {times[5_000] / LARGE_S:.2f}")
    print(f"growth 500 → 5,000: {times[5_000] / times[500]:.1f} (linear: 10)")
    lab = services(100, 10)
    small = roll(lab, 100, rounds=10)
    lab.close()
    print(
        f"1,000 deployments of 10 tasks: {small:.2f} s; against the promise of {SMALL_S} s: "
        f"{small / SMALL_S:.2f}"
    )


if __name__ == "__main__":
    main()
