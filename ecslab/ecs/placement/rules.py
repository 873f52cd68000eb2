"""What a request may ask of placement: how many strategies and constraints, and of
which form (facts, sections 4 and 17).
"""

from collections.abc import Callable, Sequence

from ecslab.ecs.model import Json
from ecslab.ecs.placement.query import compile_query
from ecslab.ecs.placement.strategies import step
from ecslab.ground.errors import AwsError, client_exception, invalid_parameter

MOST_STRATEGIES = 5  # facts, sections 15 and 17
MOST_CONSTRAINTS = 10  # those of the task definition included (facts, section 4)


def check_strategies(strategies: Sequence[Json]) -> None:
    """Refuse what CreateService, UpdateService and RunTask refuse: InvalidParameterException."""
    if len(strategies) > MOST_STRATEGIES:
        raise invalid_parameter(f"Maximum number of strategies is {MOST_STRATEGIES}")
    for strategy in strategies:
        step(strategy)


def check_constraints(constraints: Sequence[Json], *, in_task_definition: bool = False) -> None:
    """Refuse what AWS refuses; a task definition's error is a ClientException, a
    request's an InvalidParameterException.

    Two texts were observed: "distinctInstance expression should not be specified."
    (hashicorp/terraform#11471, 2017) and "constraint.type 'distinctInstance' is not
    supported." (aws-samples/aws-cdk-examples#628, 2022); the others are ours. Constraints
    that contradict each other are accepted, as every expression is judged on its own: no
    instance satisfies them, and placement says so.
    """
    refuse = client_exception if in_task_definition else invalid_parameter
    if len(constraints) > MOST_CONSTRAINTS:
        raise refuse(f"Maximum number of placement constraints is {MOST_CONSTRAINTS}")
    for constraint in constraints:
        kind, expression = constraint.get("type", ""), constraint.get("expression")
        if kind == "distinctInstance" and not in_task_definition:
            if expression is not None:
                raise refuse("distinctInstance expression should not be specified.")
        elif kind != "memberOf":
            raise refuse(f"constraint.type '{kind}' is not supported.")
        elif not expression:
            raise refuse("memberOf expression should be specified.")
        else:
            _check(expression, refuse)


def _check(expression: str, refuse: Callable[[str], AwsError]) -> None:
    try:
        compile_query(expression)
    except AwsError as error:
        if error.code == "UnsupportedFeatureException":
            raise
        raise refuse(error.message) from None
