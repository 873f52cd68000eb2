"""What the questions of this exercise use: a service that takes traffic, the traffic
after the call, and what it met and cost.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ecslab.course.lookups import usd_an_hour
from ecslab.grade.account import CaseAccount
from ecslab.grade.moments import moments
from ecslab.grade.questions import Run
from ecslab.grade.results import LessonSection
from ecslab.traffic.flows import Flow
from ecslab.traffic.log import LogRow
from ecslab.world.images import Behaviour
from ecslab.world.load import serve
from ecslab.world.traffic import Curve

_LESSON = "lessons/12-service-auto-scaling.ipynb"
TARGET = LessonSection(12, "A thermostat", _LESSON)
STEPS = LessonSection(12, "Steps", _LESSON)
CLOCK = LessonSection(12, "By the clock", _LESSON)
COST = LessonSection(12, "One day, three ways", _LESSON)

Json = dict[str, Any]
VCPU, GB = Fraction(1, 2), Fraction(1)  # of each task
PROGRAM = Behaviour(request_cpu_ms=50, answers_in=0.1)


def serving(scene: CaseAccount, cluster: str, service: str, desired: int) -> None:
    """A Fargate service that runs already; each of its tasks has half a CPU,
    and a request takes 50 ms of CPU time.
    """
    scene.ecs.create_cluster(clusterName=cluster)
    image = scene.images.push(
        f"{service}:1", request_cpu_ms=PROGRAM.request_cpu_ms, answers_in=PROGRAM.answers_in
    )
    scene.ecs.register_task_definition(
        family=service,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu=str(int(1024 * VCPU)),
        memory=str(int(1024 * GB)),
        executionRoleArn=scene.execution_role,
        containerDefinitions=[{"name": "app", "image": image}],
    )
    scene.ecs.create_service(
        cluster=cluster,
        serviceName=service,
        taskDefinition=service,
        desiredCount=desired,
        launchType="FARGATE",
        networkConfiguration=scene.network(),
    )
    scene.lab.settle()


@dataclass(frozen=True)
class Day:
    """The traffic that came after the call: when, what became of it, and
    what the tasks have cost meanwhile.
    """

    begins_ms: int
    ends_ms: int
    rows: tuple[LogRow, ...]
    usd: Fraction
    flow: Flow

    def between(self, from_ms: int, until_ms: int) -> Iterator[LogRow]:
        """The rows of a part of it, in milliseconds from its beginning."""
        return (
            row
            for row in self.rows
            if row.at_ms >= self.begins_ms + from_ms and row.until_ms <= self.begins_ms + until_ms
        )


def day(run: Run, curve: Curve, minutes: int) -> Day:
    """Let the traffic come once, after the learner's function has returned;
    every point looks at the same day.

    Only then, because what is asked for is a service that scales itself:
    not a function that sits beside it.
    """
    found = run.facts.get("day")
    if isinstance(found, Day):
        return found
    lab, begins_ms, paid = run.lab, run.lab.clock.now_ms, run.lab.cost().total
    flow: Flow = lab.traffic(
        f"{run.given['cluster']}/{run.given['service']}", curve, lasting=f"{minutes}m"
    )
    lab.advance(f"{minutes}m")
    made = Day(
        begins_ms,
        lab.clock.now_ms,
        tuple(flow.log),
        Fraction(lab.cost().total) - Fraction(paid),
        flow,
    )
    assert isinstance(run.facts, dict), "the case keeps a place for its day"
    run.facts["day"] = made
    return made


def target(run: Run) -> Json | None:
    """The service's scalable target, or None."""
    found = run.scene.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[_resource(run)]
    )["ScalableTargets"]
    return found[0] if found else None


def policies(run: Run) -> list[Json]:
    """The service's scaling policies."""
    found: list[Json] = run.scene.client("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="ecs", ResourceId=_resource(run)
    )["ScalingPolicies"]
    return found


def untouched(run: Run) -> bool:
    """Nothing about scaling is there, and nothing has happened either."""
    return run.idle and target(run) is None


def _resource(run: Run) -> str:
    return f"service/{run.given['cluster']}/{run.given['service']}"


def most_running(run: Run, from_ms: int, until_ms: int) -> tuple[int, int]:
    """The most tasks of the service that ran at a time, and when first."""
    counts = [
        (now.running(run.given["service"], run.given["cluster"]), -now.at_ms)
        for now in moments(run.lab.timeline)
        if from_ms <= now.at_ms <= until_ms
    ]
    most, at_ms = max(counts, default=(running_at(run, from_ms), -from_ms))
    return most, -at_ms


def running_at(run: Run, at_ms: int) -> int:
    """How many tasks of the service run at a time."""
    count = 0
    for now in moments(run.lab.timeline):
        if now.at_ms > at_ms:
            break
        count = now.running(run.given["service"], run.given["cluster"])
    return count


def late(rows: Iterator[LogRow], limit_ms: float) -> tuple[int, int]:
    """How many requests failed or were answered too late, a row's mean
    counting for all of it; and how many came.
    """
    bad = asked = 0
    for row in rows:
        asked += row.requests
        bad += row.requests if row.latency_ms > limit_ms else row.errors
    return bad, asked


def needed(rate: float, limit_ms: float) -> int:
    """The fewest tasks that answer so many requests a second within the limit."""
    tasks = max(1, math.floor(rate * PROGRAM.request_cpu_ms / 1000 / float(VCPU)))
    while True:
        served = serve(PROGRAM, float(VCPU), rate / tasks)
        if not served.saturated and served.latency_s * 1000 <= limit_ms:
            return tasks
        tasks += 1


def foreseen_usd(curve: Curve, minutes: int, limit_ms: float, region: str) -> Fraction:
    """What the tasks would cost if somebody knew the traffic beforehand: in
    every minute as few as keep the promise.
    """
    task_minutes = sum(needed(curve.rate(60 * minute), limit_ms) for minute in range(minutes))
    return task_minutes * usd_an_hour(region, VCPU, GB) / 60
