"""The grammar of the cluster query language; the only place that imports
pyparsing, and loaded by the first expression.

AWS's answer to a bad expression was not found: the texts are ours, and show the place.
"""

from typing import Any

import pyparsing as pp

from ecslab.ecs.placement.operators import OPERATORS, Condition, condition
from ecslab.ground.errors import AwsError, invalid_parameter


def parse(text: str) -> Condition:
    """Raises InvalidParameterException with the place of the mistake."""
    try:
        found: Condition = _GRAMMAR.parse_string(text, parse_all=True)[0]
    except pp.ParseBaseException as error:
        raise _refused(text, error.loc, error.msg) from None
    except RecursionError:
        raise invalid_parameter("The expression is nested too deeply.") from None
    return found


def _refused(text: str, at: int, what: str) -> AwsError:
    while at < len(text) and text[at].isspace():
        at += 1
    what = what.replace("Expected end of text", "Expected and, or, or the end")
    here = (
        f"at the end of: {text}"
        if at >= len(text)
        else f"at character {at + 1}: {text[:at]}>>>{text[at:]}"
    )
    return invalid_parameter(f"Invalid cluster query expression. {what} {here}")


def _comparison(text: str, at: int, tokens: Any) -> Condition:
    subject, operator, *rest = tokens
    value = (
        rest[0].as_list()
        if rest and isinstance(rest[0], pp.ParseResults)
        else rest[0]
        if rest
        else ""
    )
    try:
        return condition(subject, operator, value)
    except ValueError as mistake:
        raise pp.ParseFatalException(text, at, str(mistake)) from None


def _not(tokens: Any) -> Condition:
    inner: Condition = tokens[0]
    return lambda instance, groups: not inner(instance, groups)


def _all(tokens: Any) -> Condition:
    parts: tuple[Condition, ...] = tuple(tokens)
    return parts[0] if len(parts) == 1 else lambda i, groups: all(part(i, groups) for part in parts)


def _any(tokens: Any) -> Condition:
    parts: tuple[Condition, ...] = tuple(tokens)
    return parts[0] if len(parts) == 1 else lambda i, groups: any(part(i, groups) for part in parts)


def _quoted() -> pp.ParserElement:
    return pp.Regex(r"'[^'()]*'|\"[^\"()]*\"").set_parse_action(lambda t: t[0][1:-1])


def _grammar() -> pp.ParserElement:
    """Built by hand and not with `infix_notation`, which takes
    exponential time on nested parentheses.
    """
    subject = pp.Regex(
        r"attribute:[A-Za-z0-9_./\\-]{1,128}|task:group\b|(?:agentConnected|agentVersion|ec2InstanceId|registeredAt|runningTasksCount)\b"
    )
    bare = pp.Regex(r"(?:(?!&&|\|\|)[^\s()'\"])+")
    scalar = (_quoted() | bare).set_name("a value without parentheses")
    listed = (_quoted() | pp.Regex(r"[^\s()'\",\[\]]+")).set_name("a value in the list")
    values = pp.Group(
        pp.Suppress(pp.Literal("[").set_name("a list such as [a, b]"))
        - listed
        - pp.ZeroOrMore(pp.Suppress(",") - listed)
        - pp.Suppress(pp.Literal("]").set_name("]"))
    )
    operator = {
        takes: pp.Regex("|".join(o.spelled for o in OPERATORS if o.takes == takes)).set_name(
            "an operator"
        )
        for takes in ("nothing", "list", "value")
    }
    operation = (
        operator["nothing"] | operator["list"] - values | operator["value"] - scalar
    ).set_name("an operator such as ==, !=, =~, in or exists")
    comparison = (subject - operation).set_parse_action(_comparison)
    expression = pp.Forward()
    factor = pp.Forward()
    negated = (pp.Suppress(pp.Regex(r"not\b|!")) - factor).set_parse_action(_not)
    nested = pp.Suppress("(") - expression - pp.Suppress(pp.Literal(")").set_name(")"))
    factor <<= (negated | nested | comparison).set_name(
        "a subject such as attribute:stack, task:group or runningTasksCount"
    )
    term = (factor + pp.ZeroOrMore(pp.Suppress(pp.Regex(r"and\b|&&")) - factor)).set_parse_action(
        _all
    )
    expression <<= (
        term + pp.ZeroOrMore(pp.Suppress(pp.Regex(r"or\b|\|\|")) - term)
    ).set_parse_action(_any)
    return expression


_GRAMMAR = _grammar()
