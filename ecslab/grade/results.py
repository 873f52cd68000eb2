"""What a check can say: four outcomes, the points earned, and why each other one was not. How that
reads is `grade/feedback.py`'s.
"""

from dataclasses import dataclass
from enum import Enum

from ecslab.ground.text import Text, as_it_stands


class Outcome(Enum):
    """How far an answer has come."""

    NOT_STARTED = Text("Not started")
    NOT_YET = Text("Not yet")
    PASSED = Text("Passed")
    RAISED = Text("Your code raised")


@dataclass(frozen=True, slots=True)
class LessonSection:
    """Where to read about it: a section of a lesson, as a path from the course's top folder."""

    lesson: int
    section: str
    path: str

    @property
    def says(self) -> Text:
        """Where that is, in words."""
        return Text(
            "lesson {lesson}, “{section}” ({path})",
            lesson=self.lesson,
            section=as_it_stands(self.section),
            path=self.path,
        )

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True, slots=True)
class Gap:
    """The distance between what was promised and what happened, and
    the timeline lines that show it. What AWS or the learner wrote is no Text.
    """

    expected: str
    got: str
    lines: tuple[str, ...] = ()
    reached: bool = True  # False: the learner's code had ended before it could be looked at


@dataclass(frozen=True, slots=True)
class Judged:
    """One point of a question after the check: `gap` is None when it was earned;
    `call` is how the answer was called.
    """

    says: str
    worth: int
    gap: Gap | None = None
    call: str = ""
    look: LessonSection | None = None

    @property
    def earned(self) -> int:
        """All its points or none."""
        return 0 if self.gap else self.worth


def shown(value: object, longest: int = 80) -> str:
    """A value as a learner would write it, in so many characters at the most."""
    text = repr(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


@dataclass(frozen=True, slots=True)
class Raised:
    """What the learner's own code raised, and the line of theirs that did it."""

    kind: str
    text: str
    line: str = ""
    line_number: int = 0
    function: str = ""

    @property
    def says(self) -> str:
        """Its kind, and what it says."""
        if not self.text:
            return self.kind
        return Text("{kind}: {text}", kind=self.kind, text=self.text)

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a check of an answer found; what was earned never exceeds what there is."""

    question: str
    function: str
    outcome: Outcome
    judged: tuple[Judged, ...]
    cause: str = ""  # the known mistake that was recognised, in words
    mistake: str = ""  # … and its id
    cited: str = ""  # … and what the account itself says of it
    raised: Raised | None = None
    call: str = ""  # the call that raised
    notice: str = ""  # what to see, when everything was right
    printed: str = ""  # what the learner's code wrote during the call that went wrong

    @property
    def points(self) -> int:
        """The points earned."""
        return sum(point.earned for point in self.judged)

    @property
    def worth(self) -> int:
        """The points there are."""
        return sum(point.worth for point in self.judged)
