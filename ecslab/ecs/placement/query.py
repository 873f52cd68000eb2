"""The cluster query language: which container instances an expression selects (facts,
section 4; DG23:cluster-query-language).

    attribute:ecs.instance-type =~ t3.* and not (task:group == database)

Read as `not` before `and` before `or`; the words are lower-case. A value is bare or
in quotes; one with a space, a comma or a bracket in a list needs quotes. No value
holds a parenthesis: the guide rules that out.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.placement.operators import Condition
from ecslab.ground.errors import invalid_parameter

LONGEST_EXPRESSION = 2000  # facts, section 4


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled expression: call it with an instance."""

    text: str
    condition: Condition

    def __call__(self, instance: ContainerInstance, groups: Collection[str] = ()) -> bool:
        """Whether the instance is selected; `groups` are those of
        tasks about to be placed there.
        """
        return self.condition(instance, groups)


@lru_cache(maxsize=256)
def compile_query(text: str) -> Query:
    """Raises InvalidParameterException for what is no expression."""
    if len(text) > LONGEST_EXPRESSION:
        raise invalid_parameter(
            f"The expression has {len(text)} characters; at most {LONGEST_EXPRESSION} are allowed."
        )
    from ecslab.ecs.placement.grammar import parse  # noqa: PLC0415 - most accounts never meet an expression

    return Query(text, parse(text))
