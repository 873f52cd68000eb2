import pytest
from placement_fleet import CPU, DISTINCT, INSTANCE, RANDOM, ZONE, member

from ecslab.ecs.placement.rules import check_constraints, check_strategies
from ecslab.ground.errors import AwsError

BAD_QUERY = (
    "Invalid cluster query expression. Expected an operator such as ==, !=, =~, in or "
    "exists at character 13: attribute:x >>>= y"
)

# fmt: off
STRATEGIES = [
    ("17, > 5 strategies", [ZONE] * 6, "Maximum number of strategies is 5"),
    ("17, binpack field", [{"type": "binpack", "field": "disk"}], "binpack field 'disk' is invalid"),
    ("17, binpack field", [{"type": "binpack"}], "binpack field '' is invalid"),
    ("17, binpack field", [ZONE, {"type": "binpack", "field": "instanceId"}], "binpack field 'instanceId' is invalid"),
    ("17, binpack field, after a random one", [RANDOM, {"type": "binpack", "field": "x"}], "binpack field 'x' is invalid"),
    ("4, strategies, spread", [{"type": "spread", "field": "cpu"}], "spread field 'cpu' is invalid"),
    ("4, strategies, spread", [{"type": "spread"}], "spread field '' is invalid"),
    ("4, strategies, spread", [{"type": "spread", "field": "attribute:"}], "spread field 'attribute:' is invalid"),
    ("BC:PlacementStrategyType", [{"type": "pack"}], "strategy type 'pack' is invalid"),
]
CONSTRAINTS = [
    ("4, constraints, ≤ 10", [DISTINCT] * 11, "Maximum number of placement constraints is 10"),
    ("4, distinctInstance", [DISTINCT | {"expression": "agentConnected == true"}], "distinctInstance expression should not be specified."),
    ("4, distinctInstance", [DISTINCT | {"expression": ""}], "distinctInstance expression should not be specified."),
    ("4, memberOf", [{"type": "memberOf"}], "memberOf expression should be specified."),
    ("4, memberOf", [member("")], "memberOf expression should be specified."),
    ("4, query", [DISTINCT, member("attribute:x = y")], BAD_QUERY),
    ("BC:PlacementConstraintType", [{"type": "near"}], "constraint.type 'near' is not supported."),
]
# fmt: on


@pytest.mark.parametrize(("source", "strategies", "message"), STRATEGIES)
def test_strategies_that_aws_refuses_are_refused(source, strategies, message):  # noqa: ARG001
    """Facts, sections 4 and 17: an InvalidParameterException each."""
    with pytest.raises(AwsError) as refused:
        check_strategies(strategies)
    assert (refused.value.code, refused.value.message) == ("InvalidParameterException", message)


@pytest.mark.parametrize(("source", "constraints", "message"), CONSTRAINTS)
def test_constraints_that_aws_refuses_are_refused(source, constraints, message):  # noqa: ARG001
    """Facts, section 4, constraints: an InvalidParameterException each."""
    with pytest.raises(AwsError) as refused:
        check_constraints(constraints)
    assert (refused.value.code, refused.value.message) == ("InvalidParameterException", message)


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ([DISTINCT], "constraint.type 'distinctInstance' is not supported."),
        ([member("attribute:x = y")], BAD_QUERY),
        ([member("attribute:x exists")] * 11, "Maximum number of placement constraints is 10"),
    ],
)
def test_a_task_definition_only_knows_member_of(constraints, message):
    """Facts, section 4: distinctInstance is not allowed in task definitions;
    their errors are ClientExceptions.
    """
    with pytest.raises(AwsError) as refused:
        check_constraints(constraints, in_task_definition=True)
    assert (refused.value.code, refused.value.message) == ("ClientException", message)


def test_what_is_allowed_is_accepted():
    """Facts, section 4: every strategy and field, five of them; both constraints, ten of them."""
    check_strategies([])
    check_strategies([ZONE, INSTANCE, {"type": "spread", "field": "host"}, CPU, RANDOM])
    check_strategies(
        [
            {"type": "binpack", "field": "memory"},
            {"type": "spread", "field": "attribute:my/rack_1.b-c"},
        ]
    )
    check_strategies([RANDOM | {"field": "cpu"}])  # the field is not used
    check_constraints([])
    check_constraints([DISTINCT, *[member("attribute:x exists")] * 9])
    check_constraints(
        [member("attribute:x == a"), member("attribute:x == b")]
    )  # nobody satisfies both; placement says so
    check_constraints([member("task:group == database")] * 10, in_task_definition=True)
