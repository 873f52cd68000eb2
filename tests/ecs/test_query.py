import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from placement_fleet import host, instance

from ecslab.ecs.model.tasks import Stage
from ecslab.ecs.placement.query import LONGEST_EXPRESSION, compile_query
from ecslab.ground.errors import AwsError


def machine(**attributes):
    """An instance that hosts a running web task and a pending database task."""
    found = instance(
        3,
        attributes={
            "ecs.instance-type": "t3.large",
            "stack": "prod",
            "size": "10",
            "flag": None,
            **attributes,
        },
        registered_ms=86_400_000,  # 2026-01-06T09:00Z
        agent_version="1.105.1",
        connected=True,
    )
    host(found, 1)
    host(found, 2, group="database").stage = Stage.PENDING
    return found


SELECTED = [
    "attribute:stack == prod",
    "attribute:stack equals prod",
    "attribute:stack==prod",
    "attribute:stack == 'prod'",
    'attribute:stack == "prod"',
    "attribute:stack != test",
    "attribute:stack not_equals test",
    "attribute:size > 9",  # as numbers
    "attribute:size >= 10",
    "attribute:size < 11",
    "attribute:size <= 10",
    "attribute:size greater_than 9",
    "attribute:size greater_than_equal 10",
    "attribute:size less_than 11",
    "attribute:size less_than_equal 10",
    "attribute:stack > alpha",  # as text
    "attribute:stack exists",
    "attribute:flag exists",  # without a value
    "attribute:flag != x",
    "attribute:colour !exists",
    "attribute:colour not_exists",
    "attribute:stack in [test, prod]",
    "attribute:stack in ['test', \"prod\"]",
    "attribute:stack in [prod]",
    "attribute:stack !in [test]",
    "attribute:stack not_in [test]",
    "attribute:ecs.instance-type =~ t3.*",
    "attribute:ecs.instance-type matches t[23].*",
    "attribute:ecs.instance-type =~ t2.*|t3.*",
    "attribute:ecs.instance-type !~ t3",  # the whole value must match
    "attribute:ecs.instance-type not_matches m5.*",
    "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
    "agentConnected == true",
    "agentConnected != false",
    "agentConnected in [true]",
    "agentVersion >= 1.14.5",  # 105 is more than 14
    "agentVersion == 1.105.1",
    "agentVersion < 1.105.2",
    f"ec2InstanceId == i-{3:017x}",
    f"ec2InstanceId in ['i-1', 'i-{3:017x}']",
    "ec2InstanceId =~ i-0+3",
    "registeredAt > 2026-01-06",
    "registeredAt == 2026-01-06T09:00:00",
    "registeredAt == 2026-01-06T09:00:00Z",
    "registeredAt == 2026-01-06T10:00:00+01:00",
    "registeredAt < 2026-01-07",
    "runningTasksCount == 1",  # the pending one does not count
    "runningTasksCount < 2",
    "task:group == service:web",
    "task:group == database",
    "task:group in [cache, database]",
    "task:group =~ service:.*",
    "task:group != cache",
    "task:group exists",
    "not(task:group == cache)",
    "!(task:group == cache)",
    "not attribute:stack == test",
    "!attribute:stack == test",
    "attribute:stack == prod and attribute:size == 10",
    "attribute:stack == prod && attribute:size == 10",
    "attribute:stack == prod&&attribute:size == 10",
    "attribute:stack == test or attribute:size == 10",
    "attribute:stack == test || attribute:size == 10",
    "attribute:stack == test||attribute:size == 10",
    # And before or.
    "attribute:stack == prod or attribute:stack == prod and attribute:stack == test",
    "not attribute:stack == test and attribute:stack == prod",  # not before and
    "(attribute:stack == test or attribute:stack == prod) and attribute:size == 10",
    "not (not (attribute:stack == prod))",
    "\tattribute:stack   ==\nprod ",
]
LEFT_OUT = [
    "attribute:stack == test",
    "attribute:stack == PROD",
    "attribute:stack != prod",
    "attribute:size > 10",
    "attribute:size < 9",
    "attribute:stack !exists",
    "attribute:flag !exists",
    "attribute:flag == x",
    "attribute:stack in [test]",
    "attribute:stack !in [prod, test]",
    "attribute:ecs.instance-type =~ t3",
    "attribute:ecs.instance-type =~ 3.*",
    "attribute:ecs.instance-type =~ t3..",
    "agentConnected == false",
    "agentVersion < 1.14.5",
    "registeredAt < 2018-02-13",
    "runningTasksCount > 1",
    "task:group == cache",
    "task:group != database",
    "not(task:group == database)",
    "(attribute:stack == prod or attribute:stack == prod) and attribute:stack == test",
    # An attribute the instance does not have: not selected, whatever the comparison.
    "attribute:colour == red",
    "attribute:colour != red",
    "attribute:colour > 1",
    "attribute:colour in [red]",
    "attribute:colour !in [red]",
    "attribute:colour =~ .*",
    "attribute:colour !~ red",
    "attribute:colour exists",
]


@pytest.mark.parametrize("expression", SELECTED)
def test_an_expression_selects_the_instance(expression):
    """Facts, section 4, query subjects and operators: each operator under both of its names."""
    assert compile_query(expression)(machine())


@pytest.mark.parametrize("expression", LEFT_OUT)
def test_an_expression_leaves_the_instance_out(expression):
    """Facts, section 4: an unknown attribute is not matched; `!=` means
    "has it, with another value" (DG23).
    """
    assert not compile_query(expression)(machine())


# fmt: off
BAD = [
    ("", "Expected a subject such as attribute:stack, task:group or runningTasksCount at the end of: "),
    ("stack == prod", "Expected a subject such as attribute:stack, task:group or runningTasksCount at character 1: >>>stack == prod"),
    ("attribute:stack = prod", "Expected an operator such as ==, !=, =~, in or exists at character 17: attribute:stack >>>= prod"),
    ("attribute:stack", "Expected an operator such as ==, !=, =~, in or exists at the end of: attribute:stack"),
    ("attribute:stack ==", "Expected a value without parentheses at the end of: attribute:stack =="),
    ("attribute:stack == a b", "Expected and, or, or the end at character 22: attribute:stack == a >>>b"),
    ("attribute:stack == a and", "Expected a subject such as attribute:stack, task:group or runningTasksCount at the end of: attribute:stack == a and"),
    ("attribute:stack == 'a", "Expected a value without parentheses at character 20: attribute:stack == >>>'a"),
    ("attribute:stack == f(x)", "Expected and, or, or the end at character 21: attribute:stack == f>>>(x)"),
    ("attribute:stack == 'f(x)'", "Expected a value without parentheses at character 20: attribute:stack == >>>'f(x)'"),
    ("attribute:stack in prod", "Expected a list such as [a, b] at character 20: attribute:stack in >>>prod"),
    ("attribute:stack in []", "Expected a value in the list at character 21: attribute:stack in [>>>]"),
    ("attribute:stack in [a", "Expected ] at the end of: attribute:stack in [a"),
    ("attribute:stack in [a b]", "Expected ] at character 23: attribute:stack in [a >>>b]"),
    ("(attribute:stack == a", "Expected ) at the end of: (attribute:stack == a"),
    ("attribute:stack == a)", "Expected and, or, or the end at character 21: attribute:stack == a>>>)"),
    ("not", "Expected a subject such as attribute:stack, task:group or runningTasksCount at the end of: not"),
    ("agentVersion in [1.2]", "agentVersion does not know the operator in at character 1: >>>agentVersion in [1.2]"),
    ("runningTasksCount exists", "runningTasksCount does not know the operator exists at character 1: >>>runningTasksCount exists"),
    ("agentConnected > true", "agentConnected does not know the operator > at character 1: >>>agentConnected > true"),
    ("agentVersion < new", "new is not a version such as 1.14.5 at character 1: >>>agentVersion < new"),
    ("registeredAt < 2018-13-01", "2018-13-01 is not a date such as 2018-06-18 or 2018-06-18T22:28:28Z at character 1: >>>registeredAt < 2018-13-01"),
    ("runningTasksCount == few", "few is not a whole number at character 1: >>>runningTasksCount == few"),
]
# fmt: on


@pytest.mark.parametrize(("expression", "message"), BAD)
def test_a_bad_expression_is_refused_where_it_goes_wrong(expression, message):
    """Facts, section 4, query: InvalidParameterException; AWS's wording
    was not found, ours shows the place.
    """
    with pytest.raises(AwsError) as refused:
        compile_query(expression)
    assert refused.value.code == "InvalidParameterException"
    assert refused.value.message == f"Invalid cluster query expression. {message}"


@pytest.mark.parametrize(
    ("pattern", "code", "message"),
    [
        ("a**", "InvalidParameterException", "The regular expression a** is not valid at: *"),
        ("*a", "InvalidParameterException", "The regular expression *a is not valid at: *a"),
        ("[a", "InvalidParameterException", "The regular expression [a is not valid at: [a"),
        (
            "[z-a]",
            "InvalidParameterException",
            "The regular expression [z-a] is not valid at: [z-a]",
        ),
        (
            "a{3,2}",
            "InvalidParameterException",
            "The regular expression a{3,2} is not valid at: {3,2}",
        ),
        (
            "\\p{L}",
            "UnsupportedFeatureException",
            "\\p in the regular expression \\p{L} is not simulated by ecslab.",
        ),
        (
            "a\\b",
            "UnsupportedFeatureException",
            "\\b in the regular expression a\\b is not simulated by ecslab.",
        ),
    ],
)
def test_a_bad_regular_expression_is_refused(pattern, code, message):
    """Facts, section 4: Java's regular expressions; what is not simulated
    of them is refused, never misread.
    """
    with pytest.raises(AwsError) as refused:
        compile_query(f"attribute:x =~ {pattern}")
    assert (refused.value.code, refused.value.message) == (code, message)


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        ("a{2}", "aa", "aaa"),
        ("a{2,}", "aaaa", "a"),
        ("a{1,2}b?", "aab", "aaab"),
        ("\\d+\\.\\d+", "12.5", "12x5"),
        ("[^ab]+", "xyz", "xay"),
        ("[a\\]]+", "a]a", "b"),
        ("^abc$", "abc", "abcd"),
        ("a*?b", "aab", "aa"),
        ("x\\|y", "x|y", "x"),
        ("[|]", "|", ""),
        (".*a.*b.*c", "1a2b3c", "1a2c3b"),
    ],
)
def test_a_regular_expression_matches_the_whole_value(pattern, fits, fails):
    """Facts, section 4: matches, Java's syntax without groups."""
    query = compile_query(f"attribute:x =~ {pattern}")
    assert query(instance(attributes={"x": fits}))
    assert not query(instance(attributes={"x": fails}))


@given(st.from_regex(r"([ab.]|\[ab\]|\[\^a\])([*+?]|\{1,2\})?", fullmatch=True).flatmap(
    lambda one: st.tuples(st.just(one), st.lists(st.sampled_from(["a*", "b+", ".", "a?", "[ab]{1,3}", "|"]), max_size=5))
), st.text("abc", max_size=8))  # fmt: skip
def test_regular_expressions_agree_with_python_where_both_are_the_same(parts, value):
    """Characters, classes, repetitions and alternatives mean the same in Java and in Python."""
    import re

    pattern = parts[0] + "".join(parts[1])
    if "||" in pattern:  # the operator
        return
    expected = re.fullmatch(pattern, value) is not None
    assert compile_query(f"attribute:x =~ {pattern}")(instance(attributes={"x": value})) is expected


def test_no_expression_takes_for_ever():
    """A pattern and a nesting that would keep a backtracking matcher and
    a careless parser busy for years.
    """
    slow = compile_query("attribute:x =~ " + ".*" * 30 + "x")
    assert not slow(instance(attributes={"x": "a" * 128}))
    assert compile_query("(" * 40 + "attribute:x exists" + ")" * 40)(
        instance(attributes={"x": None})
    )
    # It takes milliseconds; the other kind would not end.


@pytest.mark.parametrize(
    "expression", ["(" * 900 + "attribute:x exists" + ")" * 900, "!" * 1900 + "agentVersion == 1"]
)
def test_an_expression_nested_beyond_measure_is_refused(expression):
    """A learner's mistake is answered, not crashed on."""
    with pytest.raises(AwsError, match="nested too deeply"):
        compile_query(expression)


def test_an_expression_has_at_most_2000_characters():
    """Facts, section 4: constraints, cluster query ≤ 2000 characters."""
    longest = "attribute:x == ".ljust(LONGEST_EXPRESSION, "y")
    compile_query(longest)
    with pytest.raises(AwsError, match="2001 characters; at most 2000 are allowed") as refused:
        compile_query(longest + "y")
    assert refused.value.code == "InvalidParameterException"


def test_the_parser_is_loaded_by_the_first_expression():
    """Opening a lab does not wait for a parser that most labs never need."""
    code = "import sys, ecslab.ecs.placement.batch; print('pyparsing' in sys.modules)"
    here = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=here
    )
    assert told.stdout.strip() == "False"
