"""Services through boto3, network interfaces in moto included:
bringing up, growth, and an idle day.

Run by hand: `python tests/bench/bench_services.py`.
"""

from time import perf_counter

from ecslab import Lab

RECIPE = {
    "family": "web",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [
        {"name": "app", "image": "nginx", "healthCheck": {"command": ["CMD", "healthy"]}},
    ],
}


def bring_up(count: int) -> tuple[float, Lab]:
    """Seconds of the wall until a service of `count` tasks is steady, and its lab."""
    lab = Lab()
    ecs = lab.client("ecs")
    subnets = [s["SubnetId"] for s in lab.client("ec2").describe_subnets()["Subnets"]]
    ecs.create_cluster()
    ecs.register_task_definition(**RECIPE)
    began = perf_counter()
    ecs.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=count,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}
        },
    )
    lab.settle()
    return perf_counter() - began, lab


def main() -> None:
    """Print what is promised beside what is measured."""
    bring_up(10)[1].close()
    times = {}
    for count in (250, 500, 1_000, 2_000):
        times[count], lab = bring_up(count)
        lab.close()
        print(
            f"bring up {count:>5} tasks: {times[count]:.3f} s, {times[count] / count * 1e6:.0f} "
            "µs a task"
        )
    print(f"1,000 tasks against the promise of 1 s: {times[1_000]:.2f}")
    print(
        f"growth per doubling, 500 → 1,000 → 2,000: {times[1_000] / times[500]:.2f}, "
        f"{times[2_000] / times[1_000]:.2f} (linear: 2)"
    )
    _, lab = bring_up(100)
    began = perf_counter()
    lab.advance("24h")
    idle = perf_counter() - began
    print(
        f"24 idle hours of a service of 100 tasks: {idle * 1000:.2f} ms, against the promise of "
        f"50 ms: {idle / 0.05:.3f}"
    )
    lab.close()


if __name__ == "__main__":
    main()
