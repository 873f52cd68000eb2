"""Tries an answer: every case of a question in a fresh lab, judged point by point, added up to a
result.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ecslab.grade.account import CaseAccount
from ecslab.grade.feedback import Result
from ecslab.grade.questions import Case, Mistake, Point, Question, Run
from ecslab.grade.results import Gap, Judged, Outcome, Raised, shown
from ecslab.grade.sandbox import Attempt, call, quiet
from ecslab.ground.chance import Chance
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text, as_it_stands
from ecslab.lab import Lab, closing_leftovers

# So that a feedback text does not depend on how many labs the learner has open.
ACCOUNT = "210987654321"
# Characters of one argument in a feedback; a request is what has to be looked at.
_LONGEST, _LONGEST_REQUEST = 60, 900


@dataclass
class _Sheet:
    """What is known so far, while the cases go by."""

    question: Question
    gaps: dict[Point, tuple[Gap, str]] = field(default_factory=dict)
    raised: Raised | None = None
    call: str = ""
    printed: str = ""
    mistake: Mistake | None = None
    cited: str = ""


def ask(question: Question, function: Callable[..., Any], seed: int | str) -> Result:
    """Try the learner's function in every case; the same seed draws the same cases."""
    sheet = _Sheet(question)
    for number, case in enumerate(question.cases(Chance(f"{seed}/{question.id}"))):
        with (
            quiet(),
            closing_leftovers(),
            Lab(seed=f"{seed}/{question.id}/{number}", account=ACCOUNT) as lab,
        ):
            if not _try(sheet, case, function, CaseAccount(lab)):
                return _not_started(question)
    return _marked(sheet)


def _handed(lab: Lab) -> Lab:
    """The same lab as another object: what is set on the one that a function is
    given changes nothing for the judges.
    """
    handed = object.__new__(Lab)
    vars(handed).update(vars(lab))
    return handed


def _try(sheet: _Sheet, case: Case, function: Callable[..., Any], scene: CaseAccount) -> bool:
    """One case, judged point by point; False when the function is still the stub."""
    lab, given = scene.lab, dict(case.arrange(scene))
    began_ms, lines = lab.clock.now_ms, len(lab.timeline)
    # Theirs to change: a copy of the arguments, and a handle of their own on the same account.
    answer = call(function, [_handed(lab), *deepcopy(list(given.values()))])
    if not answer.started:
        return False
    written = _call(sheet.question.function, given)
    answered_ms, idle = lab.clock.now_ms, len(lab.timeline) == lines
    try:
        case.meanwhile(scene)
        lab.advance(case.then)
    except LabError as closed:
        answer = Attempt(
            raised=answer.raised
            or Raised(
                "LabError",
                Text("the function closed the lab that it was given: {error}", error=closed.text),
            )
        )
    run = Run(
        scene, given, case.facts, answer.returned, idle, began_ms, answered_ms, lab.clock.now_ms
    )
    observed = _Observed(sheet.question, run)
    wrong = list(_gaps(sheet.question, case, observed, answer))
    if wrong:
        for point, gap in wrong:
            sheet.gaps.setdefault(point, (gap, written))
        # The first error is the one that is shown, so its cause is told or none.
        if not sheet.raised and (answer.raised or not sheet.mistake):
            sheet.mistake, sheet.cited = _recognised(sheet.question, run, observed, answer)
        _remember(sheet, answer, written)
    return True


def _gaps(
    question: Question, case: Case, observed: "_Observed", answer: Attempt
) -> Iterator[tuple[Point, Gap]]:
    for point in question.points:
        if point.about and point.about != case.about:
            continue
        if answer.raised:
            told = Text("it raised {kind}", kind=answer.raised.kind)
            ends = Text("the function ends without an error")
            yield point, Gap(ends, told, reached=False)
        elif gap := _gap(point, observed):
            yield point, gap


class _Observed:
    """What a question observed of a run: asked once, and when the first point needs it."""

    def __init__(self, question: Question, run: Run) -> None:
        self._question, self._run = question, run

    @cached_property
    def value(self) -> Any:
        return self._question.observe(self._run)


def _gap(point: Point, observed: _Observed) -> Gap | None:
    try:
        return point.judge(observed.value)
    except Exception as refused:  # noqa: BLE001 - an account that was taken apart earns no point, and ends no check
        return Gap(
            Text("an account in which this can be looked up"),
            f"{type(refused).__name__}: {refused}",
        )


def _remember(sheet: _Sheet, answer: Attempt, written: str) -> None:
    if answer.raised and not sheet.raised:
        sheet.raised, sheet.call, sheet.printed = answer.raised, written, answer.printed
    elif not sheet.printed:
        sheet.printed = answer.printed


def _recognised(
    question: Question, run: Run, observed: _Observed, answer: Attempt
) -> tuple[Mistake | None, str]:
    """The first known mistake that fits, and what the account says of it; the order of a
    question's mistakes is that of telling.
    """
    if answer.raised:
        run = replace(run, ended_ms=run.answered_ms)  # what came after an error is not its cause
    for mistake in question.texts.mistakes:
        if mistake.cites and (cited := _cited(mistake.cites, run)):
            return mistake, cited
        if answer.raised:
            if any(part in str(answer.raised) for part in mistake.raises):
                return mistake, ""
        elif mistake.seen and _looked(mistake.seen, observed):
            return mistake, ""
    return None, ""


def _looked(seen: Callable[[Any], bool], observed: _Observed) -> bool:
    try:
        return seen(observed.value)
    except Exception:  # noqa: BLE001 - as in _gap
        return False


def _cited(cites: Callable[[Run], str], run: Run) -> str:
    try:
        return cites(run)
    except Exception:  # noqa: BLE001 - as in _gap
        return ""


def _marked(sheet: _Sheet) -> Result:
    question = sheet.question
    judged = []
    for point in question.points:
        gap, written = sheet.gaps.get(point, (None, ""))
        judged.append(
            Judged(as_it_stands(point.says), point.worth, gap, written, point.look or question.look)
        )
    outcome = Outcome.RAISED if sheet.raised else Outcome.NOT_YET if sheet.gaps else Outcome.PASSED
    result = Result(
        question.id, question.function, outcome, tuple(judged), raised=sheet.raised, call=sheet.call
    )
    if sheet.mistake:
        result = replace(
            result, cause=sheet.mistake.says, mistake=sheet.mistake.id, cited=sheet.cited
        )
    return replace(
        result,
        printed=sheet.printed,
        notice=question.texts.notice if outcome is Outcome.PASSED else "",
    )


def _not_started(question: Question) -> Result:
    gap = Gap(Text("a body for {function}", function=question.function), Text("the stub"))
    judged = tuple(Judged(as_it_stands(point.says), point.worth, gap) for point in question.points)
    return Result(question.id, question.function, Outcome.NOT_STARTED, judged)


def _call(function: str, given: Mapping[str, Any]) -> str:
    """The call as the learner would write it."""
    written = [shown(value, _longest(value)) for value in given.values()]
    return f"{function}({', '.join(['lab', *written])})"


def _longest(value: object) -> int:
    """How much of an argument is shown: what is looked at member by member is shown whole."""
    looked_at = isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(v, dict) for v in value)
    )
    return _LONGEST_REQUEST if looked_at else _LONGEST
