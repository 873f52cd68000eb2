"""A day of a service of about 100 tasks under a daily load with target tracking. Run by
hand: `python tests/bench/bench_scaling.py`.
"""

import math
import sys
from functools import partial
from pathlib import Path
from time import process_time

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[1]),
    str(Path(__file__).parents[1] / "aws"),
]

from deployed import fargate

from ecslab import Lab

PROMISE = 1.0  # seconds for a day
MINUTE_MS = 60_000
RESOURCE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/prod/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
WHERE = {"ClusterName": "prod", "ServiceName": "web"}


def publish(plane, service, peak):
    """One minute's utilisation: a load that swings between a third of
    the peak and the peak within a day.
    """
    now_ms = plane.clock.now_ms
    running = sum(t.last_status == "RUNNING" for t in service.tasks.values())
    load = peak * (2 - math.cos(2 * math.pi * now_ms / 86_400_000)) / 3
    if running:
        cpu = 50 * load / running
        plane.neighbours.metrics.put(
            "AWS/ECS", "CPUUtilization", WHERE, cpu, at_ms=now_ms - MINUTE_MS
        )
    plane.clock.after(MINUTE_MS, partial(publish, plane, service, peak), priority=2)


def day(tasks, *, tracking=True, alarms=0, publishing=True):
    """Seconds for a day, how often it was scaled, and how many looks the alarms took."""
    with Lab() as lab:
        fargate(lab, desired=tasks // 3)
        lab.advance("4m")
        plane, looks = lab.plane(), []
        plane.alarms.on_look.append(looks.append)
        service = plane.state.clusters["prod"].services["web"]
        if tracking:
            aas = lab.client("application-autoscaling")
            aas.register_scalable_target(MinCapacity=2, MaxCapacity=2 * tasks, **RESOURCE)
            aas.put_scaling_policy(
                PolicyName="cpu",
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration={
                    "TargetValue": 50.0,
                    "PredefinedMetricSpecification": {
                        "PredefinedMetricType": "ECSServiceAverageCPUUtilization"
                    },
                },
                **RESOURCE,
            )
        for n in range(alarms):
            lab.client("cloudwatch").put_metric_alarm(
                AlarmName=f"alarm-{n}",
                Namespace="AWS/ECS",
                MetricName="CPUUtilization",
                Dimensions=[{"Name": k, "Value": v} for k, v in WHERE.items()],
                Statistic="Average",
                Period=60,
                EvaluationPeriods=3,
                Threshold=50 + n,
                ComparisonOperator="GreaterThanThreshold",
            )
        if publishing:
            publish(plane, service, tasks)
        began = process_time()
        lab.advance("24h")
        took = process_time() - began
        return took, len(lab.timeline.where(kind="scaled")), len(looks)


idle, _, _ = day(100, tracking=False, publishing=False)
print(f"100 tasks, an idle day:                 {idle:.3f} s")
plain, _, _ = day(100, tracking=False)
print(f"100 tasks, a metric nobody watches:     {plain:.3f} s")
for tasks in (25, 50, 100, 200):
    took, scaled, looks = day(tasks)
    print(
        f"{tasks:>3} tasks, target tracking:             {took:.3f} s, scaled {scaled} times, "
        f"{looks} looks"
    )
    if tasks == 100:
        print(f"      against the promise of {PROMISE} s: {took / PROMISE:.2f}")
for count in (10, 100):
    took, _, looks = day(100, tracking=False, alarms=count)
    print(
        f"100 tasks, {count:>3} alarms on the metric:    {took:.3f} s, "
        f"{(took - plain) / looks * 1e6:.0f} µs a look"
    )
