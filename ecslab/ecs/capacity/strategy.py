"""Which capacity provider of a strategy gets the next task, and which one gives
a task up first (facts, section 8.1).

Base first, the rest in the ratio of the weights. AWS does not say how shares that do not divide
evenly are rounded; here each further task goes where (2n + 1) / weight is smallest, n being the
tasks that the provider has beyond its base, and the provider named first wins a tie (Sainte-Laguë's
rule, which parliaments use). So the shares are exact whenever they can be, as near as they can be
otherwise, and one task more or less never moves another one.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecslab.ground.text import Listed, Text

Strategy = Sequence[Mapping[str, Any]]

FARGATE, FARGATE_SPOT = "FARGATE", "FARGATE_SPOT"
PREDEFINED = (FARGATE, FARGATE_SPOT)  # those every account has


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """The provider of one task, and why."""

    provider: str
    why: str


def plan(strategy: Strategy, there: Mapping[str, int], count: int) -> list[ProviderChoice]:
    """Where the next `count` tasks go; `there` says how many each provider has already."""
    shares, counts = _Shares(strategy), Counter(there)
    choices = []
    for _ in range(count):
        choice = shares.next(counts)
        counts[choice.provider] += 1
        choices.append(choice)
    return choices


def leaving(
    strategy: Strategy,
    there: Mapping[str | None, int],
    may_go: Mapping[str | None, int],
    count: int,
) -> Counter[str | None]:
    """How many of `count` tasks leave each provider, so that the rest
    keeps the ratio: `plan` backwards.

    `there` counts all tasks, `may_go` those that may leave. Tasks of a provider
    that is not in the strategy go first.
    """
    shares, counts, left = _Shares(strategy), Counter(there), Counter(may_go)
    going: Counter[str | None] = Counter()
    for _ in range(min(count, left.total())):
        provider = max((p for p in left if left[p] > 0), key=lambda p: shares.surplus(p, counts[p]))
        going[provider] += 1
        counts[provider] -= 1
        left[provider] -= 1
    return going


def on_fargate(strategy: Strategy) -> bool:
    """Whether the strategy's providers are Fargate's; a strategy never
    mixes them with Auto Scaling groups.
    """
    return any(item["capacityProvider"] in PREDEFINED for item in strategy)


def launch_type(settings: Mapping[str, Any]) -> str:
    """The launch type of what has these settings (of a service or a deployment):
    its own, else that of its providers.
    """
    return str(
        settings.get("launchType")
        or ("FARGATE" if on_fargate(settings["capacityProviderStrategy"]) else "EC2")
    )


class _Shares:
    """What each provider is due; a provider on its own has a weight, even when none was given."""

    def __init__(self, strategy: Strategy) -> None:
        self._order = {item["capacityProvider"]: place for place, item in enumerate(strategy)}
        self._base: dict[str, int] = {
            item["capacityProvider"]: item.get("base", 0) for item in strategy
        }
        self._weight: dict[str, int] = {
            item["capacityProvider"]: item.get("weight", 0) for item in strategy
        }
        if len(self._weight) == 1:
            self._weight = {name: weight or 1 for name, weight in self._weight.items()}
        # Keeps the quotients whole.
        self._scale = math.lcm(*(w for w in self._weight.values() if w))

    def next(self, counts: Mapping[str, int]) -> ProviderChoice:
        for name, base in self._base.items():
            if counts.get(name, 0) < base:
                return ProviderChoice(
                    name,
                    Text(
                        "{name} has {count} of its base of {base}",
                        name=name,
                        count=counts.get(name, 0),
                        base=base,
                    ),
                )
        weighted = [name for name, weight in self._weight.items() if weight]
        assert weighted, "a strategy whose weights are all 0 is refused"
        if len(weighted) == 1:
            return ProviderChoice(
                weighted[0], Text("the only provider with a weight is {name}", name=weighted[0])
            )
        chosen = min(weighted, key=lambda n: self._due(n, counts.get(n, 0) + 1))
        shares = Listed(
            ", ",
            [
                Text(
                    "{name} {beyond} at weight {weight}",
                    name=n,
                    beyond=self._beyond(n, counts.get(n, 0)),
                    weight=self._weight[n],
                )
                for n in weighted
            ],
        )
        return ProviderChoice(
            chosen, Text("{chosen} is furthest behind ({shares})", chosen=chosen, shares=shares)
        )

    def surplus(self, name: str | None, count: int) -> tuple[int, int, int]:
        """The larger, the sooner one of its tasks goes."""
        if name is None or name not in self._order:
            return (3, 0, 0)
        if count <= self._base[name]:
            return (0, 0, self._order[name])
        if not self._weight[name]:
            return (2, 0, self._order[name])
        return (1, self._due(name, count), self._order[name])

    def _due(self, name: str, count: int) -> int:
        """When the provider is due its count-th task: the smaller, the sooner."""
        return (2 * self._beyond(name, count) - 1) * (self._scale // self._weight[name])

    def _beyond(self, name: str, count: int) -> int:
        return max(0, count - self._base[name])
