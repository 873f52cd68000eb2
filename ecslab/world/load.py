"""What requests do to a program: how much CPU and memory they take, how long they last, when it is
too much.

A deliberately small model, the same for every image, with the image's numbers (`world/images.py`):

- utilisation is arrival rate × CPU time of one request ÷ CPUs (the utilisation law);
- waiting for the CPU follows Sakasegawa's approximation for several servers, s · ρ^(√(2(c+1))−1)
÷ (c · (1−ρ)) (Annals of the Institute of Statistical Mathematics 29, 1977; in Hopp and Spearman,
*Factory Physics*); less than one CPU is one
  slower server, as the CPU quota of a container makes it;
- requests in flight are rate × latency (Little's law), at most
`concurrency`; what would be more is refused.

Left out on purpose: garbage collection, caches that warm up, neighbours on the same machine.
"""

import math
from dataclasses import dataclass

from ecslab.world.images import Behaviour

SHORTEST_S = 0.001  # pedagogical: no program answers faster


@dataclass(frozen=True, slots=True)
class Served:
    """What one copy makes of its requests."""

    share: float  # of the requests, how many it takes; the rest is refused
    latency_s: float  # of those it takes
    vcpus: float  # in use
    memory_mib: float  # in use

    @property
    def saturated(self) -> bool:
        """Whether it refuses requests."""
        return self.share < 1


def serve(behaviour: Behaviour, vcpus: float, rate: float) -> Served:
    """One copy with so many CPUs meets so many requests per second."""
    cpu_s = behaviour.request_cpu_ms / 1000
    alone = alone_s(behaviour, vcpus)
    most = min(vcpus / cpu_s if cpu_s else math.inf, behaviour.concurrency / alone)
    taken = min(rate, most)
    longest_s = behaviour.concurrency / most  # with everything that it can have under way
    latency_s = min(alone + _waiting(cpu_s, vcpus, taken), longest_s)
    return Served(
        share=taken / rate if rate else 1.0,
        latency_s=latency_s,
        vcpus=min(vcpus, behaviour.idle_cpu_ms / 1000 + taken * cpu_s),
        memory_mib=behaviour.idle_memory_mib + taken * latency_s * behaviour.request_memory_mib,
    )


def alone_s(behaviour: Behaviour, vcpus: float) -> float:
    """How long one request takes when nobody else asks; a thousandth of a second at least."""
    return max(behaviour.answers_in, behaviour.request_cpu_ms / 1000 / min(1.0, vcpus), SHORTEST_S)


def _waiting(cpu_s: float, vcpus: float, rate: float) -> float:
    """How long a request waits for the CPU; infinity at and above full use."""
    busy = rate * cpu_s / vcpus
    if busy >= 1:
        return math.inf
    servers, one_s = max(1.0, vcpus), cpu_s / min(1.0, vcpus)
    return one_s * math.pow(busy, math.sqrt(2 * (servers + 1)) - 1) / (servers * (1 - busy))
