"""Places identical tasks one after another on container instances: filter,
constrain, rank, choose (facts, section 4).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from ecslab.ecs.model import Json
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Needs
from ecslab.ecs.placement.constraints import Constraints
from ecslab.ecs.placement.fit import FitVerdict, Room, closest, placement_event, standing
from ecslab.ecs.placement.ledger import Candidate, Ledger
from ecslab.ecs.placement.ranking import Ranking
from ecslab.ecs.placement.strategies import steps
from ecslab.ground.text import Text

NO_INSTANCES = "NO ACTIVE INSTANCES"  # facts, section 4, failure reasons
# Checks whose losers are not instances that placement considers at all.
NEVER = {"launch type", "status"}

Loser = tuple[ContainerInstance, FitVerdict]


@dataclass(frozen=True, slots=True)
class Placed:
    """The instance chosen, and why; why every other one lost is worked out when asked."""

    instance: ContainerInstance
    why: str
    _replay: Callable[[], list[Loser]] = field(repr=False, compare=False)

    def verdicts(self) -> list[Loser]:
        """Every other instance with its verdict, in order of registration."""
        return self._replay()

    def losers(self) -> Mapping[str, str]:
        """Every other instance's label with the sentence why it lost."""
        return {instance.label: verdict.sentence for instance, verdict in self._replay()}


@dataclass(frozen=True)
class PlacementRefused:
    """No instance can take the task: AWS's reason of the closest one, or NO
    ACTIVE INSTANCES when none could ever.
    """

    code: str
    why: str
    closest: ContainerInstance | None
    event: str  # the service event, without "(service <name>) " (facts, section 5.3)
    _losers: tuple[Loser, ...] = field(repr=False, compare=False)

    def verdicts(self) -> list[Loser]:
        """Every instance with its verdict, in order of registration."""
        return list(self._losers)

    def losers(self) -> Mapping[str, str]:
        """Every instance's label with the sentence why it lost."""
        return {instance.label: verdict.sentence for instance, verdict in self._losers}

    def failures(self) -> list[tuple[str, str]]:
        """The ARN and AWS's reason for each instance: RunTask's `failures`."""
        return [(instance.arn, verdict.code) for instance, verdict in self._losers]


class Batch:
    """Plans copies of one task in a row, and remembers what the earlier ones
    take; the caller reserves it for real.

    It reads the instances once, when it is made: what others change on them later is not seen.
    Filtering costs O(instances) once; a placement O(different values spread over + log instances).
    """

    def __init__(
        self,
        needs: Needs,
        instances: Sequence[ContainerInstance],
        *,
        zones: Collection[str] | None = None,
        external: bool = False,
        constraints: Sequence[Json] = (),
        strategies: Sequence[Json] = (),
        counts: Callable[[ContainerInstance], int] = lambda _instance: 0,
        draw: Callable[[int], int] = lambda _choices: 0,
        group: str | None = None,
        kept: Mapping[str, Sequence[Needs]] | None = None,
    ) -> None:
        """`zones`: of the subnets given, for awsvpc. `constraints`,
        `strategies`: AWS's shapes, already checked.

        `counts`: tasks of the same service, or of the same group for standalone tasks,
        that an instance has. `group`: the tasks' own, for constraints on `task:group`
        that look at copies placed a moment ago. `kept`: by instance id, what tasks that
        come first are still going to take there.
        """
        taken = steps(strategies)
        spread_over = [s.attribute for s in taken if s.attribute]
        rules = Constraints.of(constraints)
        groups = [group] if group else []

        def candidate(instance: ContainerInstance) -> Candidate:
            tasks = counts(instance)
            return Candidate(
                instance,
                Room.on(instance, needs, (kept or {}).get(instance.id, ())),
                tasks,
                tuple(instance.attributes.get(name) for name in spread_over),
                standing(instance, needs, zones=zones, external=external),
                rules.verdict(instance, tasks),
                rules.verdict(instance, tasks + 1, groups),
            )

        self._draw = draw
        self._ledger = Ledger([candidate(i) for i in instances], needs, taken)
        self._chosen: list[int] = []

    def place(self) -> Placed | PlacementRefused:
        """Where the next copy goes; once refused, always refused."""
        ledger = self._ledger
        only = self._ranking.size == 1
        index = self._ranking.take(self._draw)
        if index is None:
            return self._refused
        why = Text("the only instance that can take it") if only else ledger.won(index)
        ledger.add(index)
        if ledger.placed[index] < self._most[index]:
            self._ranking.put(index, ledger.own(index))
        turn = len(self._chosen)
        self._chosen.append(index)
        return Placed(ledger.candidates[index].instance, why, lambda: self._verdicts(turn))

    def _verdicts(self, turn: int) -> list[Loser]:
        """Play the placements before this one again, and ask each other instance."""
        then, winner = self._ledger.after(islice(self._chosen, turn)), self._chosen[turn]
        return [
            (c.instance, c.verdict(then.needs, then.placed[index]) or then.outranked(index, winner))
            for index, c in enumerate(then.candidates)
            if index != winner
        ]

    @cached_property
    def _most(self) -> list[int]:
        return [c.most(self._ledger.needs) for c in self._ledger.candidates]

    @cached_property
    def _ranking(self) -> Ranking:
        ledger = self._ledger
        homes = [c.home for c in ledger.candidates]
        ranking = Ranking(ledger.layout, homes, ledger.totals)
        for index, room in enumerate(self._most):
            if room:
                ranking.put(index, ledger.own(index))
        return ranking

    @cached_property
    def _refused(self) -> PlacementRefused:
        ledger = self._ledger
        losers = [
            (c.instance, verdict)
            for c, placed in zip(ledger.candidates, ledger.placed, strict=True)
            if (verdict := c.verdict(ledger.needs, placed))
        ]
        assert len(losers) == len(ledger.candidates), "a task is refused when nobody can take it"
        near = closest(pair for pair in losers if pair[1].check not in NEVER)
        if near is None:
            return PlacementRefused(
                NO_INSTANCES,
                Text("no active container instances"),
                None,
                placement_event(None),
                tuple(losers),
            )
        instance, verdict = near
        why = Text(
            "the closest is {label}: {sentence}", label=instance.label, sentence=verdict.sentence
        )
        return PlacementRefused(verdict.code, why, instance, placement_event(near), tuple(losers))
