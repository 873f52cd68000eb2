"""What a question is: the cases it is tried in, its points, its hints and its known mistakes.

A question never looks at the notebook. It calls the learner's function in fresh labs,
one for each case, and judges the account, the timeline and what the function
returned; whatever route led there is right.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecslab.grade.account import CaseAccount
from ecslab.grade.promises import Past
from ecslab.grade.results import Gap, LessonSection
from ecslab.ground.chance import Chance
from ecslab.lab import Lab


@dataclass(frozen=True, slots=True)
class Case:
    """One situation that the learner's function meets.

    `arrange` prepares a fresh account and returns the arguments that follow `lab`; `meanwhile` is
    what happens to the account after the call (a fault, for example), and `then` the time that
    passes after that; `facts` are what the judges know and the function is not told.
    """

    arrange: Callable[[CaseAccount], Mapping[str, Any]]
    then: str = "0s"
    about: str = ""  # points that are about something else do not look at this case
    facts: Mapping[str, Any] = field(default_factory=dict)
    meanwhile: Callable[[CaseAccount], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Run:
    """One case after the call, with its lab still open: what the judges look at."""

    scene: CaseAccount
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

    @property
    def past(self) -> Past:
        """What happened from the call to the end, for promises."""
        return Past(self.lab.timeline, self.began_ms, self.ended_ms)


@dataclass(frozen=True, slots=True)
class Point:
    """One promise of a question: a sentence, what it is worth, and who
    judges it from what was observed (None means it was kept).
    """

    says: str
    judge: Callable[[Any], Gap | None]
    about: str = ""
    worth: int = 1
    look: LessonSection | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake that learners are known to make: how to recognise it, and what to tell them."""

    id: str
    says: str
    seen: Callable[[Any], bool] | None = None  # from what was observed
    raises: tuple[str, ...] = ()  # and: parts of errors, one of which the learner's code raised
    # Or what the account says of it, whatever became of the call.
    cites: Callable[[Run], str] | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """What a question says besides its points; `number` is its place in the exercise."""

    number: int
    hints: tuple[str, ...]
    notice: str  # what to see when everything was right
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One question of an exercise.

    `observe` asks the account and the timeline once, after the call; its points and what recognises
    its mistakes are pure functions of what it answers. Without one they get the run itself.
    """

    id: str
    function: str
    title: str
    cases: Callable[[Chance], Iterable[Case]]
    points: tuple[Point, ...]
    look: LessonSection
    texts: Texts
    observe: Callable[[Run], Any] = lambda run: run

    @property
    def worth(self) -> int:
        """The most that it can earn."""
        return sum(point.worth for point in self.points)
