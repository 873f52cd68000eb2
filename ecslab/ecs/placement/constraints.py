"""Placement constraints: distinctInstance and memberOf; unlike strategies
they are binding (facts, section 4).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ecslab.ecs.model import Json
from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.placement.fit import DISTINCT, MEMBER_OF, FitVerdict
from ecslab.ecs.placement.query import Query, compile_query
from ecslab.ground.text import Text


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the constraints of a request and of its task definition demand of an instance."""

    distinct: bool
    members: tuple[Query, ...]

    @classmethod
    def of(cls, constraints: Sequence[Json]) -> "Constraints":
        """From AWS's shape."""
        members = tuple(
            compile_query(c["expression"]) for c in constraints if c["type"] == "memberOf"
        )
        return cls(any(c["type"] == "distinctInstance" for c in constraints), members)

    def verdict(
        self, instance: ContainerInstance, siblings: int, groups: Collection[str] = ()
    ) -> FitVerdict | None:
        """Why the instance may not have the task.

        `siblings`: tasks of the same service or group that it has. `groups`:
        of tasks about to be placed there.
        """
        if self.distinct and siblings:
            return _crowded(siblings)
        return next((_outside(q) for q in self.members if not q(instance, groups)), None)


def _crowded(siblings: int) -> FitVerdict:
    tasks = "a task" if siblings == 1 else f"{siblings} tasks"
    return FitVerdict(
        DISTINCT,
        Text("it has {tasks} of this kind already (distinctInstance)", tasks=tasks),
        "distinctInstance",
    )


def _outside(query: Query) -> FitVerdict:
    return FitVerdict(MEMBER_OF, Text("it is not a member of: {text}", text=query.text), "memberOf")
