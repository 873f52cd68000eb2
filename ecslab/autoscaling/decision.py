"""What a scaling policy looks at and what it answers, and how the
minimum and the maximum bound the answer.
"""

from dataclasses import dataclass

from ecslab.cloudwatch.alarms import MetricQuery
from ecslab.ground.text import Text

# botocore, NotScaledReason$Code.
AT_MAXIMUM, AT_MINIMUM, AS_DESIRED = (
    "AlreadyAtMaxCapacity",
    "AlreadyAtMinCapacity",
    "AlreadyAtDesiredCapacity",
)


@dataclass(frozen=True, slots=True)
class ServiceSituation:
    """A service when one of the policy's alarms was looked at.

    `running` is what a calculation begins with (facts, section 9.1): the tasks
    that run, or, while a scale-out's cooldown lasts, those that ran before it, so
    that what was added then counts as done.
    """

    running: int
    desired: int
    minimum: int
    maximum: int
    value: float  # of the metric
    threshold: float  # of the alarm
    above: bool = True  # the alarm watches for a value that is too high


@dataclass(frozen=True, slots=True)
class Decision:
    """How many tasks a policy wants, in which direction that is,
    and why; None: it wants nothing.
    """

    wanted: int | None
    out: bool
    why: str
    unanimous: bool = False  # scale in only when every policy that tracks a target agrees


@dataclass(frozen=True, slots=True)
class Bounded:
    """What becomes of a decision: the count to set, or why there is
    none, in words and as AWS's code.
    """

    to: int | None
    why: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """An alarm that Application Auto Scaling makes for a policy; `role` is the word in its name."""

    role: str  # High or Low
    queries: tuple[MetricQuery, ...]
    watched: str
    comparison: str
    threshold: float
    periods: int


def bounded(decision: Decision, now: ServiceSituation) -> Bounded:
    """A decision inside the minimum and the maximum (facts, section
    9.1, "below min / above max").
    """
    if decision.wanted is None:
        return Bounded(None, decision.why)
    if decision.out:
        return _out(decision, decision.wanted, now)
    return _in(decision, decision.wanted, now)


def _out(decision: Decision, wanted: int, now: ServiceSituation) -> Bounded:
    if now.desired < now.minimum:
        return Bounded(
            now.minimum,
            Text(
                "{desired} wanted is below the minimum of {minimum}: first to it",
                desired=now.desired,
                minimum=now.minimum,
            ),
        )
    if now.desired >= now.maximum:
        return Bounded(
            None,
            Text("{why}, but the maximum is {maximum}", why=decision.why, maximum=now.maximum),
            AT_MAXIMUM,
        )
    to = min(wanted, now.maximum)
    if to <= now.desired:
        return Bounded(
            None,
            Text("{why}, and {desired} are wanted already", why=decision.why, desired=now.desired),
            AS_DESIRED,
        )
    return Bounded(
        to, _capped(decision.why, "{why}, at most {bound}", now.maximum, capped=to < wanted)
    )


def _in(decision: Decision, wanted: int, now: ServiceSituation) -> Bounded:
    if now.desired > now.maximum:
        return Bounded(
            now.maximum,
            Text(
                "{desired} wanted is above the maximum of {maximum}: first to it",
                desired=now.desired,
                maximum=now.maximum,
            ),
        )
    if now.desired <= now.minimum:
        return Bounded(
            None,
            Text("{why}, but the minimum is {minimum}", why=decision.why, minimum=now.minimum),
            AT_MINIMUM,
        )
    to = max(wanted, now.minimum)
    if to >= now.desired:
        return Bounded(
            None,
            Text("{why}, and {desired} are wanted already", why=decision.why, desired=now.desired),
            AS_DESIRED,
        )
    return Bounded(
        to, _capped(decision.why, "{why}, at least {bound}", now.minimum, capped=to > wanted)
    )


def _capped(why: str, sentence: str, bound: int, *, capped: bool) -> str:
    return Text(sentence, why=why, bound=bound) if capped else why
