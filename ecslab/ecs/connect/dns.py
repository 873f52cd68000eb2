"""What a name of service discovery is answered with, and what a client
remembers of it (facts, section 10.2).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ecslab.ecs.ports.discovery import Instance, Name

MOST_ANSWERS = 8  # MULTIVALUE: at most eight addresses an answer


def answer(name: Name, draw: Callable[[int], int]) -> tuple[Instance, ...]:
    """The instances that one query is answered with.

    MULTIVALUE: up to eight healthy ones, or up to eight unhealthy ones when none is healthy.
    WEIGHTED: one of them, by chance. `draw(n)` is a number below n.
    """
    usable = [i for i in name.instances if i.healthy] or list(name.instances)
    most = 1 if name.routing == "WEIGHTED" else MOST_ANSWERS
    if len(usable) <= most:
        return tuple(usable)
    return tuple(usable.pop(draw(len(usable))) for _ in range(most))


@dataclass(slots=True)
class _Kept:
    instances: tuple[Instance, ...]
    since_ms: int
    until_ms: int
    turn: int = -1


@dataclass(slots=True)
class Cache:
    """What a client's resolver keeps: an answer until its time to live is
    over; its addresses are called in turn.
    """

    _kept: dict[str, _Kept] = field(default_factory=dict)

    def next(self, name: str, now_ms: int, ask: Callable[[], Name]) -> tuple[Instance | None, int]:
        """The instance to call now (None when the answer was empty),
        and how old the answer is, in ms.

        `ask` is what DNS says now: the instances that a query is
        answered with, and their time to live.
        """
        kept = self._kept.get(name)
        if kept is None or now_ms >= kept.until_ms:
            said = ask()
            kept = self._kept[name] = _Kept(said.instances, now_ms, now_ms + said.ttl_s * 1000)
        kept.turn += 1
        chosen = kept.instances[kept.turn % len(kept.instances)] if kept.instances else None
        return chosen, now_ms - kept.since_ms
