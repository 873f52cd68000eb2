"""What one comparison of the cluster query language means: subject, operator,
argument (DG23:cluster-query-language).

A subject has values: an attribute one (or none), `task:group` those of all tasks on the instance. A
comparison holds when one of them fits; a negated one (!=, !in, !~) when there are some and none
fits. So an instance without the attribute `stack` is not selected by `attribute:stack != prod`, as
the guide says of that example; that `task:group` works the same way is our assumption, and the
guide's way to ask for "no task of this group" is `not (task:group == database)`.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import ge, gt, le, lt

from ecslab.ecs.model.instances import ContainerInstance
from ecslab.ecs.model.tasks import Stage
from ecslab.ecs.placement.pattern import compile_pattern
from ecslab.ground.clock import START

Condition = Callable[[ContainerInstance, Collection[str]], bool]
Reading = Callable[[ContainerInstance, Collection[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Operator:
    """One comparison operator: its sign, its long name, and what follows
    it (nothing, a value or a list).
    """

    sign: str
    word: str
    takes: str = "value"

    @property
    def spelled(self) -> str:
        """A regular expression for both spellings."""
        return (
            re.escape(self.sign) + (r"\b" if self.sign[-1].isalpha() else "") + rf"|{self.word}\b"
        )


OPERATORS = (
    *(Operator("==", "equals"), Operator("!=", "not_equals")),
    *(Operator(">=", "greater_than_equal"), Operator("<=", "less_than_equal")),
    *(Operator(">", "greater_than"), Operator("<", "less_than")),
    *(Operator("=~", "matches"), Operator("!~", "not_matches")),
    *(Operator("!in", "not_in", "list"), Operator("in", "in", "list")),
    *(Operator("!exists", "not_exists", "nothing"), Operator("exists", "exists", "nothing")),
)
_SIGNS = {o.word: o.sign for o in OPERATORS} | {o.sign: o.sign for o in OPERATORS}
_NEGATED = {"!=": "==", "!in": "in", "!~": "=~", "!exists": "exists"}
_ORDERED = {">": gt, ">=": ge, "<": lt, "<=": le}

_NAMES = {"==", "!=", "in", "!in", "=~", "!~"}
_AMOUNTS = {"==", "!=", *_ORDERED}
# How it is read, and the operators the guide lists for it.
_SUBJECTS: dict[str, tuple[Reading, set[str]]] = {
    "agentConnected": (lambda i, _: [str(i.connected).lower()], _NAMES),
    "ec2InstanceId": (lambda i, _: [i.ec2_id], _NAMES),
    "agentVersion": (lambda i, _: [i.agent_version], _AMOUNTS),
    "registeredAt": (lambda i, _: [str(i.registered_ms)], _AMOUNTS),
    "runningTasksCount": (lambda i, _: [str(_running(i))], _AMOUNTS),
    "task:group": (
        lambda i, more: [*{t.group: None for t in i.tasks.values()}, *more],
        set(_SIGNS.values()),
    ),
}
# As in the guide; without a zone: UTC.
_DATES = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")
_START_MS = round(START.timestamp() * 1000)


def condition(subject: str, operator: str, value: str | list[str]) -> Condition:
    """Compile one comparison; raises ValueError with a sentence when it cannot be made."""
    sign = _SIGNS[operator]
    read, allowed = _SUBJECTS.get(subject) or (_attribute(subject), set(_SIGNS.values()))
    if sign not in allowed:
        raise ValueError(f"{subject} does not know the operator {operator}")
    positive = _NEGATED.get(sign, sign)
    if positive == "exists":
        present = sign == "exists"
        return lambda instance, groups: bool(read(instance, groups)) is present
    fits = _fits(subject, positive, value)
    if positive == sign:
        return lambda instance, groups: any(fits(v) for v in read(instance, groups))
    return lambda instance, groups: (
        bool(values := read(instance, groups)) and not any(map(fits, values))
    )


def _fits(subject: str, sign: str, value: str | list[str]) -> Callable[[str], bool]:
    if isinstance(value, list):
        return frozenset(value).__contains__
    if sign == "=~":
        return compile_pattern(value)
    if subject in {"agentVersion", "registeredAt", "runningTasksCount"}:
        amount = {"agentVersion": _version, "registeredAt": _date_ms, "runningTasksCount": _count}[
            subject
        ](value)
        stored = _version if subject == "agentVersion" else _count
        compare = _ORDERED.get(sign)
        return lambda v: compare(stored(v), amount) if compare else stored(v) == amount
    if sign == "==":
        return value.__eq__
    return lambda v: _ORDERED[sign](*_comparable(v, value))


def _attribute(subject: str) -> Reading:
    name = subject.removeprefix("attribute:")
    return lambda i, _: [i.attributes[name] or ""] if name in i.attributes else []


def _running(instance: ContainerInstance) -> int:
    return sum(t.stage is Stage.RUNNING for t in instance.tasks.values())


def _comparable(one: str, other: str) -> tuple[float, float] | tuple[str, str]:
    """Two attribute values as numbers when both are, else as text: the
    guide only says "greater than".
    """
    try:
        return float(one), float(other)
    except ValueError:
        return one, other


def _version(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+(\.\d+)*", text):
        raise ValueError(f"{text} is not a version such as 1.14.5")
    numbers = [int(part) for part in text.split(".")]
    while numbers and not numbers[-1]:  # 1.14 is 1.14.0
        numbers.pop()
    return tuple(numbers)


def _count(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,18}", text):
        raise ValueError(f"{text} is not a whole number")
    return (int(text),)


def _date_ms(text: str) -> tuple[int, ...]:
    """The lab time of a date in one of the guide's four forms."""
    for form in _DATES:
        try:
            when = datetime.strptime(text, form)  # noqa: DTZ007 - a date without a zone is in UTC
        except ValueError:
            continue
        return (round(when.replace(tzinfo=when.tzinfo or UTC).timestamp() * 1000) - _START_MS,)
    raise ValueError(f"{text} is not a date such as 2018-06-18 or 2018-06-18T22:28:28Z")
