"""Metric math, the part of it that alarms and target tracking on ECS use: arithmetic,
comparisons, IF, FILL, and MIN, MAX, SUM, AVG.

Datapoints of the same period are combined; one that is missing makes the result missing, except
in FILL and in the functions over a list, which leave it out. Everything else of metric math
(SEARCH, RATE, anomaly bands, SELECT …) is refused.
"""

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping

from ecslab.ground.errors import AwsError, not_simulated

Point = float | None
Formula = Callable[[Mapping[str, Point]], Point]

_ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type, Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OVER_LISTS: dict[str, Callable[[list[float]], float]] = {
    "MIN": min,
    "MAX": max,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
}


def formulas(expressions: Mapping[str, str], metrics: Collection[str]) -> list[tuple[str, Formula]]:
    """What computes each expression, those first that others use; raises what
    `formula` raises, and for a circle.
    """
    names, done = {*metrics, *expressions}, set(metrics)
    left = dict(expressions)
    result: list[tuple[str, Formula]] = []
    while left:
        ready = [name for name, text in left.items() if _used(text, names) <= done]
        if not ready:
            raise _invalid(next(iter(left.values())))
        result += [(name, formula(left.pop(name), names)) for name in ready]
        done.update(ready)
    return result


def _used(expression: str, names: Collection[str]) -> set[str]:
    return {word for word in re.findall(r"[a-z]\w*", expression) if word in names}


def formula(expression: str, names: Collection[str]) -> Formula:
    """What computes an expression from one datapoint of each named metric.

    Raises AwsError: ValidationError for text that is no expression or names nothing known, the
    not-simulated kind for the rest of metric math.
    """
    try:
        tree = ast.parse(expression.replace("^", "**").strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise _invalid(expression) from None
    return _compile(tree, expression, names)


def _compile(node: ast.expr, text: str, names: Collection[str]) -> Formula:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        number = float(node.value)
        return lambda _: number
    if isinstance(node, ast.Name):
        name = node.id
        if name not in names:
            raise _invalid(text)
        return lambda at: at[name]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _compile(node.operand, text, names)
        return lambda at: None if (value := inner(at)) is None else -value
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        sides = _compile(node.left, text, names), _compile(node.right, text, names)
        return _both(_ARITHMETIC[type(node.op)], *sides)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
        compare = _COMPARISONS[type(node.ops[0])]
        sides = _compile(node.left, text, names), _compile(node.comparators[0], text, names)
        return _both(lambda a, b: float(compare(a, b)), *sides)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node.func.id, node.args, text, names)
    raise not_simulated(f"The metric math expression {text!r}")


def _both(act: Callable[[float, float], float], left: Formula, right: Formula) -> Formula:
    def value(at: Mapping[str, Point]) -> Point:
        a, b = left(at), right(at)
        if a is None or b is None:
            return None
        try:
            return act(a, b)
        except ZeroDivisionError:
            return None  # CloudWatch has no datapoint there

    return value


def _call(function: str, args: list[ast.expr], text: str, names: Collection[str]) -> Formula:
    if function == "IF" and len(args) == 3:  # noqa: PLR2004 - condition, then, else
        test, then, otherwise = (_compile(a, text, names) for a in args)
        return lambda at: (
            None if (truth := test(at)) is None else then(at) if truth else otherwise(at)
        )
    if function == "FILL" and len(args) == 2:  # noqa: PLR2004 - a metric and what stands in for it
        metric, stand_in = (_compile(a, text, names) for a in args)
        return lambda at: stand_in(at) if (value := metric(at)) is None else value
    if function in _OVER_LISTS and len(args) == 1 and isinstance(args[0], ast.List):
        members, over = [_compile(a, text, names) for a in args[0].elts], _OVER_LISTS[function]

        def value(at: Mapping[str, Point]) -> Point:
            there = [v for member in members if (v := member(at)) is not None]
            return over(there) if there else None

        return value
    raise not_simulated(f"The metric math expression {text!r}")


def _invalid(expression: str) -> AwsError:
    # The wording is ours.
    return AwsError("ValidationError", f"Error in expression '{expression}'.")
