"""What the rooms of one region tell their story to: it says when and where, and
passes each event on to who listens.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from ecslab.ground.clock import Clock
from ecslab.timeline.event import Event, stamp
from ecslab.timeline.refs import AlarmRef, ClusterRef, DefinitionRef, ProviderRef, ServiceRef
from ecslab.timeline.timeline import Timeline

E = TypeVar("E", bound=Event)


class Teller:
    """Puts events of one region on the timeline, at the lab's time, and calls
    those who listen, in order of asking.
    """

    def __init__(self, timeline: Timeline, clock: Clock, region: str) -> None:
        self.timeline, self.region, self._clock = timeline, region, clock
        self._listeners: dict[type[Event], list[Callable[[Any], None]]] = {}
        self._telling = False

    def say(self, event: Event) -> None:
        """Stamp an event, print it unless it is only for listeners, and let those hear it at once.

        A listener tells no event itself: the order of lines would depend on who listens.
        """
        assert not self._telling, "a listener tells nothing back"
        stamp(event, self._clock.now_ms, self.region)
        if event.printed:
            self.timeline.append(event)
        self._telling = True
        try:
            for heard in self._listeners.get(type(event), ()):
                heard(event)
        finally:
            self._telling = False

    def listen(self, kind: type[E], heard: Callable[[E], None]) -> None:
        """Hear every event of a class from now on."""
        self._listeners.setdefault(kind, []).append(heard)

    # Labels, given at birth

    def label(self, noun: str) -> str:
        """The next label of a kind, in order of birth: task/1, task/2 and so on."""
        return self.timeline.label(noun)

    def cluster(self, name: str) -> ClusterRef:
        """Whom lines about a cluster are about."""
        label = self.timeline.named(f"cluster/{name}", f"cluster/{self.region}/{name}")
        return ClusterRef(label=label, name=name, region=self.region)

    def service(self, cluster: ClusterRef, name: str) -> ServiceRef:
        """Whom lines about a service are about: the first of a name in an account is
        service/NAME, another says its cluster.
        """
        place = f"{cluster.name}/{name}"
        label = self.timeline.named(
            f"service/{name}", f"service/{place}", f"service/{cluster.region}/{place}"
        )
        return ServiceRef(label=label, name=name, cluster=cluster)

    def definition(self, name: str) -> DefinitionRef:
        """Whom lines about a revision, family:revision, are about."""
        return DefinitionRef(
            label=self._regional("task-definition", name), name=name, region=self.region
        )

    def provider(self, name: str) -> ProviderRef:
        """Whom lines about a capacity provider are about."""
        return ProviderRef(
            label=self._regional("capacity-provider", name), name=name, region=self.region
        )

    def alarm(self, name: str, short: str) -> AlarmRef:
        """Whom lines about an alarm are about, whose label is shorter than its name."""
        return AlarmRef(label=self._regional("alarm", short), name=name, region=self.region)

    def _regional(self, noun: str, name: str) -> str:
        return self.timeline.named(f"{noun}/{name}", f"{noun}/{self.region}/{name}")
