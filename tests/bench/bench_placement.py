"""Placement on container instances, the pure pipeline: 10,000 identical tasks on 500
instances, for each strategy, and growth.

Run by hand: `python tests/bench/bench_placement.py`.
"""

from itertools import pairwise
from time import perf_counter

from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Needs
from ecslab.ecs.placement.batch import Batch, Placed
from ecslab.ground.chance import Chance
from ecslab.timeline.refs import ClusterRef

REF = ClusterRef(label="cluster/default", name="default", region="us-east-1")
CLUSTER = Cluster("default", "arn:aws:ecs:us-east-1:123456789012:cluster/default", REF)
NEEDS = Needs(cpu=100, memory=256, ports=(), interface=False, attributes=())
ZONE = {"type": "spread", "field": "attribute:ecs.availability-zone"}
STRATEGIES = {
    "default": [],
    "spread over instances": [{"type": "spread", "field": "instanceId"}],
    "spread over zones, binpack on memory": [ZONE, {"type": "binpack", "field": "memory"}],
    "binpack on cpu": [{"type": "binpack", "field": "cpu"}],
    "random": [{"type": "random"}],
    "spread over zones, random": [ZONE, {"type": "random"}],
    "spread over a value of each instance's own": [
        ZONE,
        {"type": "spread", "field": "attribute:rack"},
    ],
}


def instances(count: int) -> list[ContainerInstance]:
    """Machines of 4 vCPU in three zones."""
    return [
        ContainerInstance(
            id=f"{n:032x}",
            arn=f"arn:aws:ecs:us-east-1:123456789012:container-instance/default/{n:032x}",
            label=f"instance/{n}",
            cluster=CLUSTER,
            ec2_id=f"i-{n:017x}",
            external=False,
            cpu=4096,
            memory=15_000,
            interfaces=3,
            reserved_ports=frozenset(),
            attributes={"ecs.availability-zone": f"us-east-1{'abc'[n % 3]}", "rack": str(n)},
            registered_ms=n,
            zone=f"us-east-1{'abc'[n % 3]}",
        )
        for n in range(count)
    ]


def place(tasks: int, machines: list[ContainerInstance], strategies: list[dict[str, str]]) -> float:
    """Seconds of the wall for one batch."""
    draw = Chance(0).stream("placement").randrange
    began = perf_counter()
    batch = Batch(NEEDS, machines, strategies=strategies, draw=draw)
    placed = [batch.place() for _ in range(tasks)]
    took = perf_counter() - began
    assert all(isinstance(p, Placed) for p in placed)
    return took


def main() -> None:
    """Print what is promised beside what is measured."""
    machines = instances(500)
    place(100, machines, [])
    for name, strategies in STRATEGIES.items():
        times = [
            min(place(n, machines, strategies) for _ in range(3))
            for n in (1_000, 2_000, 4_000, 8_000, 10_000)
        ]
        growth = ", ".join(f"{b / a:.2f}" for a, b in pairwise(times[:4]))
        print(
            f"{name}: 10,000 tasks on 500 instances in {times[4]:.3f} s, {times[4] / 5:.3f} of "
            "the promised 5 s"
        )
        print(f"    growth per doubling, 1,000 → 8,000 tasks: {growth} (linear: 2)")
    for count in (250, 500, 1_000, 2_000):
        took = place(4_000, instances(count), [])
        print(f"4,000 tasks on {count:>5} instances, default strategy: {took:.3f} s")
    batch = Batch(NEEDS, machines)
    placed = [batch.place() for _ in range(10_000)][-1]
    began = perf_counter()
    assert isinstance(placed, Placed)
    assert len(placed.losers()) == 499
    print(
        f"why the other 499 lost the 10,000th placement: {(perf_counter() - began) * 1000:.2f} ms"
    )


if __name__ == "__main__":
    main()
