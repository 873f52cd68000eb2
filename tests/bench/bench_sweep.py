"""A sweep of 200 scaling policies on a 24-hour day. Run by hand: `python
tests/bench/bench_sweep.py [policies] [processes]`.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[1] / "aws"),
]

from deployed import fargate

from ecslab import Lab
from ecslab.sweep import sweep
from ecslab.world.traffic import daily

WEB = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/prod/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def day(policy):
    """What a day under a daily load costs, how many requests fail, and how
    often it is scaled, with one policy.
    """
    target, least = policy
    with Lab(start=datetime(2026, 3, 2, tzinfo=UTC)) as lab:
        fargate(lab, desired=2, request_cpu_ms=50, answers_in=0.1)
        aas = lab.client("application-autoscaling")
        aas.register_scalable_target(MinCapacity=least, MaxCapacity=40, **WEB)
        aas.put_scaling_policy(
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": target,
                "PredefinedMetricSpecification": {
                    "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
                },
            },
            **WEB,
        )
        lab.settle()
        flow = lab.traffic("web", daily(5, 60), lasting="24h")
        lab.advance("24h")
        return float(lab.cost().total), flow.errors, len(lab.timeline.where(kind="scaled"))


def main(count=200, processes=None):
    """Sweep, and say how long it took against one day after the other."""
    policies = {
        f"{target} %, at least {least}": (target, least)
        for target in range(40, 90, 1)
        for least in (1, 2, 4, 6)
    }
    policies = dict(list(policies.items())[:count])
    began = perf_counter()
    day((60, 2))
    first = perf_counter() - began
    began = perf_counter()
    day((60, 2))
    one = perf_counter() - began
    began = perf_counter()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = sweep(day, policies, executor=pool)
    took = perf_counter() - began
    print(
        f"one day in this process:     {one:.2f} s (the first, with what is imported: "
        f"{first:.2f} s)"
    )
    print(
        f"{len(found)} days in {processes or os.cpu_count()} processes:    {took:.1f} s, "
        f"{took / len(found):.2f} s a day"
    )
    print(f"      against one after the other: {one * len(found) / took:.2f} times as fast")
    cheapest = min((n for n in found if not found[n][1]), key=lambda n: found[n][0], default=None)
    print(f"      the cheapest without an error: {cheapest}, {found.get(cheapest)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
