"""The only place for what a question is: the cases it is tried in, its points, its hints and its known mistakes.

A question never looks at the notebook. It calls the learner's function in fresh labs, one for each case, and judges
the account, the timeline and what the function returned; whatever route led there is right.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ecslab.chance import Chance
from ecslab.errors import LabError
from ecslab.grade.outcomes import Gap, Judged, Outcome, Place, Raised, Result
from ecslab.grade.running import Answer, call, quiet
from ecslab.grade.scene import Scene
from ecslab.lab import Lab

ACCOUNT = "210987654321"  # so that a feedback text does not depend on how many labs the learner has open
_LONGEST = 60  # characters of one argument in a feedback


@dataclass(frozen=True, slots=True)
class Case:
    """One situation that the learner's function meets.

    `arrange` prepares a fresh account and returns the arguments that follow `lab`; `then` is the time that passes after
    the call; `facts` are what the judges know and the function is not told.
    """

    arrange: Callable[[Scene], Mapping[str, Any]]
    then: str = "0s"
    about: str = ""  # points that are about something else do not look at this case
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One case after the call, with its lab still open: what the judges look at."""

    scene: Scene
    given: Mapping[str, Any]
    facts: Mapping[str, Any]
    returned: Any
    idle: bool  # the function made nothing happen in this lab
    began_ms: int
    answered_ms: int
    ended_ms: int

    @property
    def lab(self) -> Lab:
        """The lab that the function was given."""
        return self.scene.lab


@dataclass(frozen=True, slots=True)
class Point:
    """One promise of a question: a sentence, what it is worth, and who judges it (None means it was kept)."""

    says: str
    judge: Callable[[Run], Gap | None]
    about: str = ""
    worth: int = 1
    look: Place | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake that learners are known to make: an example of it, how to recognise it, and what to tell them."""

    id: str
    example: str
    says: str
    seen: Callable[[Run], bool] | None = None
    raises: str = ""  # or: recognised by a part of the error that the learner's code raised


@dataclass(frozen=True, slots=True)
class Texts:
    """What a question says besides its points."""

    hints: tuple[str, ...]
    notice: str  # what to see when everything was right
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question of an exercise."""

    id: str
    function: str
    title: str
    cases: Callable[[Chance], Iterable[Case]]
    points: tuple[Point, ...]
    look: Place
    texts: Texts

    @property
    def worth(self) -> int:
        """The most that it can earn."""
        return sum(point.worth for point in self.points)


@dataclass
class _Sheet:
    """What is known so far, while the cases go by."""

    question: Question
    gaps: dict[Point, tuple[Gap, str]] = field(default_factory=dict)
    raised: Raised | None = None
    call: str = ""
    printed: str = ""
    mistake: Mistake | None = None


def ask(question: Question, function: Callable[..., Any], seed: int | str) -> Result:
    """Try the learner's function in every case; the same seed draws the same cases."""
    sheet = _Sheet(question)
    for number, case in enumerate(question.cases(Chance(f"{seed}/{question.id}"))):
        with quiet(), Lab(seed=f"{seed}/{question.id}/{number}", account=ACCOUNT) as lab:
            if not _try(sheet, case, function, Scene(lab)):
                return _not_started(question)
    return _marked(sheet)


def _try(sheet: _Sheet, case: Case, function: Callable[..., Any], scene: Scene) -> bool:
    """One case, judged point by point; False when the function is still the stub."""
    lab, given = scene.lab, dict(case.arrange(scene))
    began_ms, lines = lab.clock.now_ms, len(lab.timeline)
    answer = call(function, [lab, *given.values()])
    if not answer.started:
        return False
    written = _call(sheet.question.function, given)
    answered_ms, idle = lab.clock.now_ms, len(lab.timeline) == lines
    try:
        lab.advance(case.then)
    except LabError as closed:
        answer = Answer(raised=answer.raised or Raised("LabError", f"the function closed the lab that it was given: {closed}"))
    run = Run(scene, given, case.facts, answer.returned, idle, began_ms, answered_ms, lab.clock.now_ms)
    wrong = list(_gaps(sheet.question, case, run, answer))
    if wrong:
        for point, gap in wrong:
            sheet.gaps.setdefault(point, (gap, written))
        _remember(sheet, answer, written)
        sheet.mistake = sheet.mistake or _recognised(sheet.question, run, answer)
    return True


def _gaps(question: Question, case: Case, run: Run, answer: Answer) -> Iterator[tuple[Point, Gap]]:
    for point in question.points:
        if point.about and point.about != case.about:
            continue
        if answer.raised:
            yield point, Gap("the function ends without an error", f"it raised {answer.raised.kind}")
        elif gap := _gap(point, run):
            yield point, gap


def _gap(point: Point, run: Run) -> Gap | None:
    try:
        return point.judge(run)
    except Exception as refused:  # noqa: BLE001 - an account that was taken apart earns no point, and ends no check
        return Gap("an account in which this can be looked up", f"{type(refused).__name__}: {refused}")


def _remember(sheet: _Sheet, answer: Answer, written: str) -> None:
    if answer.raised and not sheet.raised:
        sheet.raised, sheet.call, sheet.printed = answer.raised, written, answer.printed
    elif not sheet.printed:
        sheet.printed = answer.printed


def _recognised(question: Question, run: Run, answer: Answer) -> Mistake | None:
    """The first known mistake that fits; the order of a question's mistakes is the order of telling."""
    for mistake in question.texts.mistakes:
        if answer.raised:
            if mistake.raises and mistake.raises in str(answer.raised):
                return mistake
        elif mistake.seen and _sees(mistake.seen, run):
            return mistake
    return None


def _sees(seen: Callable[[Run], bool], run: Run) -> bool:
    try:
        return seen(run)
    except Exception:  # noqa: BLE001 - as in _gap
        return False


def _marked(sheet: _Sheet) -> Result:
    question = sheet.question
    judged = []
    for point in question.points:
        gap, written = sheet.gaps.get(point, (None, ""))
        judged.append(Judged(point.says, point.worth, gap, written, point.look or question.look))
    outcome = Outcome.RAISED if sheet.raised else Outcome.NOT_YET if sheet.gaps else Outcome.PASSED
    result = Result(question.id, question.function, outcome, tuple(judged), raised=sheet.raised, call=sheet.call)
    if sheet.mistake:
        result = replace(result, cause=sheet.mistake.says, mistake=sheet.mistake.id)
    return replace(result, printed=sheet.printed, notice=question.texts.notice if outcome is Outcome.PASSED else "")


def _not_started(question: Question) -> Result:
    gap = Gap(f"a body for {question.function}", "the stub")
    judged = tuple(Judged(point.says, point.worth, gap) for point in question.points)
    return Result(question.id, question.function, Outcome.NOT_STARTED, judged)


def _call(function: str, given: Mapping[str, Any]) -> str:
    """The call as the learner would write it."""
    return f"{function}({', '.join(['lab', *map(_written, given.values())])})"


def _written(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
