"""How many instances a capacity provider needs, and whether its group grows
or shrinks now (facts, section 8.3).

Everything is arithmetic: no clock, no group, no tasks but their needs.
`decide` is asked once a minute.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ecslab.ecs.model.tasks import Needs
from ecslab.ground.text import Text

FROM_ZERO = 2  # instances that are launched first when none runs
LOW_DATAPOINTS = 15  # one-minute datapoints below the target before a group shrinks
AFTER_OUT_MS = 15 * 60_000  # no shrinking for so long after it grew
LARGEST_CUT = 0.5  # of the group, a minute; at least one instance


@dataclass(frozen=True, slots=True)
class InstanceSize:
    """What an instance of one type has for tasks when it is empty."""

    cpu: int
    memory: int
    interfaces: int
    gpus: int = 0

    def holds(self, needs: Needs) -> int:
        """How many tasks of these needs fit on it; two tasks never share a static host port."""
        most = [self.cpu // needs.cpu] if needs.cpu else []
        most += [self.memory // needs.memory] if needs.memory else []
        most += [self.interfaces] if needs.interface else []
        most += [1] if needs.ports else []
        most += [self.gpus // needs.gpus] if needs.gpus else []
        fits = self.cpu >= needs.cpu and self.memory >= needs.memory
        return min(most, default=1) if fits else 0


@dataclass(frozen=True, slots=True)
class Rules:
    """The provider's managedScaling, and its group's limits."""

    target: int = 100  # targetCapacity, percent
    minimum_step: int = 1
    maximum_step: int = 10_000
    warmup_ms: int = 300_000
    smallest: int = 0  # the group's MinSize
    largest: int = 10_000  # … and MaxSize


@dataclass(frozen=True, slots=True)
class ProviderSituation:
    """A provider at one minute."""

    waiting: Sequence[Needs]  # of its tasks in PROVISIONING
    sizes: Sequence[InstanceSize]  # of its group's instance types
    running: int  # N
    empty: int  # of those: without tasks, daemons apart
    since_out_ms: int | None = None  # since ECS last made the group larger
    low_for: int = 0  # datapoints below the target in a row, before this one


@dataclass(frozen=True, slots=True)
class SizeDecision:
    """The metric's value, the size the group should have, and why; None leaves it as it is."""

    reservation: float
    needed: int  # M
    desired: int | None = None
    why: str = ""


def decide(now: ProviderSituation, rules: Rules) -> SizeDecision:
    """One minute's datapoint, and what the two alarms make of it."""
    waits, n = bool(now.waiting), now.running
    computed = extra_instances(now.waiting, now.sizes)
    if waits and not computed:
        why = Text(
            "{count} tasks wait that fit on no instance of the group's smallest type",
            count=len(now.waiting),
        )
        return SizeDecision(float(rules.target), n, None, why)
    extra = max(rules.minimum_step, min(rules.maximum_step, computed)) if computed else 0
    m = n + extra if waits else n - now.empty
    value = reservation(m, n)
    if value > rules.target and m:
        return _out(now, rules, m, value)
    if value < rules.target:
        return _in(now, rules, m, value)
    return SizeDecision(value, m)


def extra_instances(waiting: Sequence[Needs], sizes: Sequence[InstanceSize]) -> int:
    """How many more instances the waiting tasks need: group by
    identical needs, pack each group, add up.

    The largest value of each resource over the group's types packs; the smallest ones
    check, and leave out whoever would not fit. How AWS combines the groups is not
    documented in numbers: adding up is our reading.
    """
    if not sizes:
        return 0
    largest, smallest = _each(max, sizes), _each(min, sizes)
    groups = Counter(waiting)
    return sum(
        math.ceil(n / largest.holds(needs)) for needs, n in groups.items() if smallest.holds(needs)
    )


def _each(best: Callable[[Iterable[int]], int], sizes: Sequence[InstanceSize]) -> InstanceSize:
    """The best value of each resource."""
    return InstanceSize(
        best(s.cpu for s in sizes),
        best(s.memory for s in sizes),
        best(s.interfaces for s in sizes),
        best(s.gpus for s in sizes),
    )


def reservation(m: int, n: int) -> float:
    """CapacityProviderReservation in percent: M / N, 100 when neither is, 200 when
    something is needed and nothing runs.
    """
    if n == 0:
        return 200.0 if m else 100.0
    return m / n * 100


def _out(now: ProviderSituation, rules: Rules, m: int, value: float) -> SizeDecision:
    """One datapoint above the target is enough (facts, section 8.3: 1 of 1)."""
    n = now.running
    if n >= rules.largest:
        return SizeDecision(
            value,
            m,
            None,
            Text(
                "needs {m} instances, and the group's maximum is {largest}",
                m=m,
                largest=rules.largest,
            ),
        )
    if now.since_out_ms is not None and now.since_out_ms < rules.warmup_ms:
        return SizeDecision(
            value, m, None, Text("needs {m} instances, and the last ones are still warming up", m=m)
        )
    wanted = FROM_ZERO if n == 0 else min(n + rules.maximum_step, _at_target(m, rules))
    desired = min(rules.largest, wanted)
    if n == 0:
        why = Text("no instance runs: {desired} first", desired=desired)
    else:
        why = Text(
            "M {m} of N {n} is {value:g} %, target {target} %",
            m=m,
            n=n,
            value=value,
            target=rules.target,
        )
    return SizeDecision(value, m, desired, why)


def _in(now: ProviderSituation, rules: Rules, m: int, value: float) -> SizeDecision:
    n = now.running
    recently_out = now.since_out_ms is not None and now.since_out_ms < AFTER_OUT_MS
    wanted = max(rules.smallest, _at_target(m, rules))
    if now.low_for + 1 < LOW_DATAPOINTS or recently_out or wanted >= n:
        return SizeDecision(value, m)
    desired = max(wanted, n - max(1, math.floor(n * LARGEST_CUT)))
    return SizeDecision(
        value,
        m,
        desired,
        Text(
            "M {m} of N {n} is {value:g} %, target {target} %",
            m=m,
            n=n,
            value=value,
            target=rules.target,
        ),
    )


def _at_target(m: int, rules: Rules) -> int:
    """The size at which M is the target's share of it, rounded up so
    that it does not swing to and fro.
    """
    return -(-m * 100 // rules.target)
