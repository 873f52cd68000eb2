"""When a service is looked at again although nothing happens to it: worked out
in every round, from its state alone.

So nothing has to be remembered between two rounds, and no event can make anybody
forget it: an earlier round works it out anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ecslab.ecs import timing
from ecslab.ecs.model.services import Service, grace_ends_ms
from ecslab.ecs.model.tasks import Stage, Task, is_checked, is_unhealthy
from ecslab.ground.clock import Clock
from ecslab.ground.text import Text

_THROTTLED = Text("starts no task before its throttle ends")
_BAKES = Text("bakes under the eyes of its alarms")
_ASKS_FOR_SPOT = Text("asks for Fargate Spot capacity again")


@dataclass(frozen=True, slots=True)
class DueLook:
    """A look that the state calls for: when (lab milliseconds), and why."""

    at_ms: int
    why: Text
    polls: bool = False  # nothing comes of it until somebody outside changes something


def ahead(clock: Clock, service: Service) -> Iterator[DueLook]:
    """Every look at an ACTIVE service that is still to come, in no order;
    the strategy's own are in its `Move`.
    """
    now_ms = clock.now_ms
    for task in service.tasks.values():
        if look := _at_task(service, task, now_ms):
            yield look
    for deployment in service.deployments:
        if deployment.next_start_ms > now_ms and deployment.rollout != "FAILED":
            start_ms = deployment.next_start_ms
            yield DueLook(start_ms, _THROTTLED, polls=service.steady)  # which lacks none
    work = service.service_deployment
    if work and work.ongoing and work.bake_until_ms is not None and work.bake_until_ms > now_ms:
        yield DueLook(work.bake_until_ms, _BAKES)
    if service.spot_again_ms > now_ms:
        yield DueLook(service.spot_again_ms, _ASKS_FOR_SPOT, polls=True)


def _at_task(service: Service, task: Task, now_ms: int) -> DueLook | None:
    """When time alone changes what the scheduler makes of a task, unless it has already."""
    if task.desired != "RUNNING" or task.stage != Stage.RUNNING:
        return None
    if is_unhealthy(task):
        at_ms = grace_ends_ms(service, task)
        if at_ms > now_ms:
            return DueLook(
                at_ms, Text("lets {task} be ill until its grace period ends", task=task.label)
            )
    elif not is_checked(task):
        counts_ms = (task.started_ms or 0) + timing.COUNTS_AS_HEALTHY_MS
        at_ms = _next_round_ms(service, counts_ms)
        if at_ms > now_ms:
            return DueLook(at_ms, Text("waits until {task} counts as healthy", task=task.label))
    return None


def _next_round_ms(service: Service, after_ms: int) -> int:
    """The first round after a time, as the scheduler counts them from the service's creation."""
    return (
        after_ms
        + timing.SCHEDULER_ROUND_MS
        - (after_ms - service.created_ms) % timing.SCHEDULER_ROUND_MS
    )
