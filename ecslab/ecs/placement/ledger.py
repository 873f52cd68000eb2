"""What a batch knows of each instance: as it was when the batch began,
and after so many of its placements.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Needs
from ecslab.ecs.placement.fit import FitVerdict, Room, lacking
from ecslab.ecs.placement.ranking import Home, Own
from ecslab.ecs.placement.strategy import Seat, Strategy
from ecslab.ground.text import Listed, Text

OUTRANKED = "OUTRANKED"  # no reason of AWS's: the instance fits, another was preferred
ENDLESS = 1 << 60  # copies of a task that needs nothing
MOST_NAMED = 6  # zones, or other values, that a sentence still lists


@dataclass(frozen=True, slots=True)
class Candidate:
    """One instance as it was when the batch began; the caller may change the
    instance while the batch goes on.
    """

    instance: ContainerInstance
    room: Room
    tasks: int  # of the same service or group
    home: Home  # its values of the attributes that are spread over
    standing: FitVerdict | None  # what is wrong with it, however empty it is
    first: FitVerdict | None  # what the constraints say to a first task of this batch here
    later: FitVerdict | None  # and to a further one

    def verdict(self, needs: Needs, placed: int) -> FitVerdict | None:
        """Why it cannot take one more after `placed`, or None."""
        short = self.standing or lacking(self.room.after(needs, placed), needs, self.instance)
        return short or (self.later if placed else self.first)

    def most(self, needs: Needs) -> int:
        """How many copies it can take: the same answer as `verdict`, once for all."""
        if self.verdict(needs, 0):
            return 0
        return min(
            self.room.cpu // needs.cpu if needs.cpu else ENDLESS,
            self.room.memory // needs.memory if needs.memory else ENDLESS,
            self.room.interfaces if needs.interface else ENDLESS,
            self.room.gpus // needs.gpus if needs.gpus else ENDLESS,
            1 if needs.ports or self.later else ENDLESS,
        )

    def seat(self, needs: Needs, placed: int) -> Seat:
        """As a strategy sees it after `placed` copies."""
        return Seat(
            self.room.cpu - placed * needs.cpu,
            self.room.memory - placed * needs.memory,
            self.tasks + placed,
        )


class Ledger:
    """How many copies each candidate has been given so far, and what
    the strategies' keys are then.
    """

    def __init__(
        self, candidates: Sequence[Candidate], needs: Needs, steps: Sequence[Strategy]
    ) -> None:
        self.candidates, self.needs, self.steps = candidates, needs, steps
        self.placed = [0] * len(candidates)
        self.totals: Counter[Home] = Counter()
        self._values: dict[Home, dict[str | None, None]] = {}  # the values below a home's beginning
        self._sorted: dict[Home, list[Home]] = {}
        # Which keys are shared.
        self.layout = [bool(step.attribute) for step in steps if not step.chance]
        self._keys = [step.key for step in steps if step.key]
        self._settled = any(step.chance for step in steps)
        for candidate in candidates:
            for depth, value in enumerate(candidate.home, start=1):
                self.totals[candidate.home[:depth]] += candidate.tasks
                self._values.setdefault(candidate.home[: depth - 1], {})[value] = None

    def after(self, chosen: Iterable[int]) -> "Ledger":
        """A ledger of the same beginning after these placements, in any order."""
        ledger = Ledger(self.candidates, self.needs, self.steps)
        for index, count in Counter(chosen).items():
            ledger.add(index, count)
        return ledger

    def add(self, index: int, count: int = 1) -> None:
        """Give a candidate copies."""
        self.placed[index] += count
        home = self.candidates[index].home
        for depth in range(1, len(home) + 1):
            self.totals[home[:depth]] += count

    def own(self, index: int) -> Own:
        """The keys of the instance alone; without a random strategy also what settles a tie.

        AWS does not say what happens to a tie that all strategies leave. Here: the instance with
        the fewest tasks of the service or group, which is how the documented default of services
        ends, then the one that registered first.
        """
        seat = self.candidates[index].seat(self.needs, self.placed[index])
        keys = tuple(key(seat) for key in self._keys)
        return keys if self._settled else (*keys, seat.tasks, index)

    def won(self, index: int) -> str:
        """Why the strategies prefer this candidate as things stand."""
        own = iter(self.own(index))
        home = self.candidates[index].home
        depth, parts = 0, []
        for step in self.steps:
            if step.attribute:
                depth += 1
                parts.append(self._fewest(home[:depth], step.attribute))
            elif step.key:
                parts.append(Text(step.best, best=next(own)))
            else:
                parts.append(Text("chance among equals"))
        told = [part for part in parts if part]
        if len(told) == 1:
            return told[0]
        return Listed(", then ", told) or Text(
            "the fewest tasks of its kind, {count:,}", count=next(own)
        )

    def outranked(self, index: int, winner: int) -> FitVerdict:
        """Of a candidate that could have taken the task, had the winner not been preferred."""
        return FitVerdict(OUTRANKED, self._behind(index, winner), "strategies")

    def _behind(self, index: int, winner: int) -> str:
        """The first step at which it falls behind the winner."""
        mine, best = self.own(index), self.own(winner)
        home, chosen = self.candidates[index].home, self.candidates[winner].home
        depth = at = 0
        for step in self.steps:
            if step.attribute:
                depth += 1
                here, there = self.totals[home[:depth]], self.totals[chosen[:depth]]
                if here != there:
                    name = step.attribute
                    return Text(
                        "tasks in {mine}: {here:,}, in {chosen}: {there:,}",
                        mine=_value(home, depth, name),
                        here=here,
                        chosen=_value(chosen, depth, name),
                        there=there,
                    )
            elif step.key:
                if mine[at] != best[at]:
                    return Text(step.worse, mine=mine[at], best=best[at])
                at += 1
            else:
                return Text("as good, and chance chose another")
        if mine[at] != best[at]:
            return Text(
                "as good, but tasks here: {mine:,}, on the chosen one: {best:,}",
                mine=mine[at],
                best=best[at],
            )
        return Text("as good, but it registered later")

    def _places(self, parent: Home) -> list[Home]:
        """The homes below a home's beginning, in order of their values."""
        if parent not in self._sorted:
            self._sorted[parent] = [(*parent, v) for v in sorted(self._values[parent], key=str)]
        return self._sorted[parent]

    def _fewest(self, home: Home, name: str) -> str:
        depth, parent = len(home), home[:-1]
        values = self._values[parent]
        if len(values) == 1:
            return ""
        chosen = _value(home, depth, name)
        if len(values) > MOST_NAMED:
            return Text(
                "{chosen} has the fewest tasks of those with room, {count:,}",
                chosen=chosen,
                count=self.totals[home],
            )
        places = [
            (_value(place, depth, name), self.totals[place]) for place in self._places(parent)
        ]
        if None in values:  # elsewhere they are names, the same in every language
            each = [Text("{value} {count:,}", value=value, count=count) for value, count in places]
            counts: str = Listed(", ", each)
        else:
            counts = ", ".join([f"{value} {count:,}" for value, count in places])
        return Text(
            "{chosen} has the fewest tasks of those with room ({counts})",
            chosen=chosen,
            counts=counts,
        )


def _value(home: Home, depth: int, name: str) -> str:
    return home[depth - 1] or Text("instances without {name}", name=name)
