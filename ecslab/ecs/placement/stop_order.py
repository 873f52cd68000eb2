"""Which of a service's tasks on container instances go first when it has too many
(facts, sections 4 and 5.1, stop order).
"""

from collections import Counter
from collections.abc import Callable, Sequence

from ecslab.ecs.model import Json
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Task
from ecslab.ecs.placement.ranking import Home, Own, Ranking
from ecslab.ecs.placement.strategies import steps
from ecslab.ecs.placement.strategy import Seat, Strategy


def stop_order(
    candidates: Sequence[Task],
    tasks: Sequence[Task],
    strategies: Sequence[Json] = (),
    *,
    draw: Callable[[int], int] = lambda _choices: 0,
) -> list[Task]:
    """All candidates, in the order in which they should stop; whoever needs
    to stop three takes the first three.

    `candidates`: those that may stop. `tasks`: all live ones of the service, which are counted;
    both have an instance. Strategies are applied in list order, each one backwards: binpack stops
    on the instance that has the most left afterwards, spread where the most tasks are, and every
    stop counts for the next one. A tie goes to the instance with the most tasks of the service,
    then to chance, which also decides between equal tasks on one instance.
    """
    backwards = _Backwards(candidates, tasks, steps(strategies))
    order = []
    while (task := backwards.next(draw)) is not None:
        order.append(task)
    return order


class _Backwards:
    def __init__(
        self, candidates: Sequence[Task], tasks: Sequence[Task], chosen: Sequence[Strategy]
    ) -> None:
        self._steps = [step for step in chosen if not step.chance]
        # After a random step there is nothing left to tell apart.
        self._tie = len(self._steps) == len(chosen)
        self._instances = list({t.instance.id: t.instance for t in tasks if t.instance}.values())
        self._at = {instance.id: index for index, instance in enumerate(self._instances)}
        self._counts = Counter(self._where(t) for t in tasks)
        self._left = [
            Seat(i.cpu - i.cpu_taken, i.memory - i.memory_taken, 0) for i in self._instances
        ]
        self._waiting: dict[int, list[Task]] = {}
        for task in candidates:
            self._waiting.setdefault(self._where(task), []).append(task)
        homes = [self._home(i) for i in self._instances]
        layout = [bool(s.attribute) for s in self._steps]
        self._ranking = Ranking(layout, homes, self._totals(homes))
        for index in self._waiting:
            self._ranking.put(index, self._own(index))

    def next(self, draw: Callable[[int], int]) -> Task | None:
        """The next to stop; it no longer counts then, and what it held is free."""
        index = self._ranking.take(draw)
        if index is None:
            return None
        here = self._waiting[index]
        best = self._own(index)
        equals = [place for place, task in enumerate(here) if self._key(index, task) == best]
        task = here.pop(equals[draw(len(equals)) if len(equals) > 1 else 0])
        self._counts[index] -= 1
        self._left[index] = self._freed(index, task)
        if here:
            self._ranking.put(index, self._own(index))
        return task

    def _where(self, task: Task) -> int:
        assert task.instance is not None, "the stop order is of tasks on container instances"
        return self._at[task.instance.id]

    def _home(self, instance: ContainerInstance) -> Home:
        return tuple(instance.attributes.get(s.attribute) for s in self._steps if s.attribute)

    def _totals(self, homes: Sequence[Home]) -> Counter[Home]:
        """The most first, so counts are negative; taking one makes them one less so."""
        totals: Counter[Home] = Counter()
        for index, home in enumerate(homes):
            for depth in range(1, len(home) + 1):
                totals[home[:depth]] -= self._counts[index]
        return totals

    def _own(self, index: int) -> Own:
        """The best of its candidates' keys."""
        return min(self._key(index, task) for task in self._waiting[index])

    def _key(self, index: int, task: Task) -> Own:
        """The most first: of what would be left after the stop, or of tasks."""
        then = self._freed(index, task)
        keys = tuple(-step.key(then) for step in self._steps if step.key)
        return (*keys, -then.tasks) if self._tie else keys

    def _freed(self, index: int, task: Task) -> Seat:
        left = self._left[index]
        cpu, memory = (task.needs.cpu, task.needs.memory) if task.needs else (0, 0)
        return Seat(left.cpu + cpu, left.memory + memory, self._counts[index])
