"""How long a task's targets may drain before it is told to stop, for each cause of its end."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecslab.ecs.timing import SPOT_WARNING_MS


@dataclass(frozen=True, slots=True)
class Leaving:
    """How a task that runs leaves its load balancers, and by when all of it is over.

    `drains`: its containers get SIGTERM when the deregistration delays of its target groups are
    over; otherwise its targets are deregistered and its containers told to stop together, whatever
    the delays are. `within_ms`: so long after the cause whatever still runs is killed, because what
    it runs on is gone; None when only its containers' stopTimeouts count.
    """

    drains: bool
    within_ms: int | None = None


AT_ONCE = Leaving(drains=False)
WAYS: Mapping[str, Leaving] = {  # by stopCode: all of AWS's
    # A deployment, scaling in, an unhealthy task, a draining instance (facts 2, section 31, row
    # 29).
    "ServiceSchedulerInitiated": Leaving(drains=True),
    # Contradictory: the lifecycle page deregisters first, StopTask's own says "docker stop" at
    # once, reports of 2019 to 2025 saw SIGTERM first. Deregistration and SIGTERM together,
    # without a wait (facts 2, section 31, row 16).
    "UserInitiated": AT_ONCE,
    "EssentialContainerExited": AT_ONCE,  # nobody is left to answer
    "TaskFailedToStart": AT_ONCE,
    # Deregistered first, then SIGTERM; two minutes after the notice its host is
    # gone (facts 2, section 31, row 6).
    "SpotInterruption": Leaving(drains=False, within_ms=SPOT_WARNING_MS),
    "InfrastructureHealth": Leaving(
        drains=False, within_ms=0
    ),  # a host that failed (facts 2, section 28); not simulated
    # Its instance has ended: nobody to tell.
    "TerminationNotice": Leaving(drains=False, within_ms=0),
}


def leaving(stop_code: str) -> Leaving:
    """The way a task goes for this cause."""
    return WAYS[stop_code]
