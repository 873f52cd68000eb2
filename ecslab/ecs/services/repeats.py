"""Tells of a service what it has not been told lately (facts, section 5.3)."""

from ecslab.ecs.model.services import Service
from ecslab.ground.clock import Clock
from ecslab.timeline.services import AboutService
from ecslab.timeline.teller import Teller


class Repeats:
    """Holds back what was told of a service within six hours, and is so still."""

    def __init__(self, *, clock: Clock, story: Teller) -> None:
        self._clock, self._story = clock, story

    def say(self, service: Service, event: AboutService) -> None:
        """Say an event, if it is news of the service."""
        if service.is_news(event, self._clock.now_ms):
            self._story.say(event)
