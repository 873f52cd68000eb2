"""When each service is looked at next: whoever knows that something
about it has changed says so here.
"""

from collections.abc import Callable

from ecslab.ecs import timing
from ecslab.ecs.model.services import Service
from ecslab.ground.clock import Clock


class Rounds:
    """The rounds of services, ten seconds apart, counted from each
    one's creation (facts, section 5.7).
    """

    on_round: Callable[[Service], None]  # the scheduler's

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def wake(self, service: Service) -> None:
        """Something has happened: have the service looked at in its next round."""
        service.asked = True
        self.ring(service, self._clock.now_ms)

    def ring(self, service: Service, due_ms: int) -> None:
        """Have a round no later than that, if there can be one."""
        now, round_ms = self._clock.now_ms, timing.SCHEDULER_ROUND_MS
        next_round_ms = (
            now + round_ms - (now - service.created_ms) % round_ms if service.looked_at else now
        )
        due_ms = max(next_round_ms, due_ms)
        if service.wake is None or service.wake[0] > due_ms:
            self._clock.cancel(service.wake)
            service.wake = self._clock.after(
                due_ms - now, lambda: self.on_round(service), priority=1
            )
