"""Every question of the course, and what learners call to be judged and helped."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from ecslab import course
from ecslab.grade.feedback import Result, prose
from ecslab.grade.questions import Question
from ecslab.grade.results import shown
from ecslab.grade.trial import ask
from ecslab.ground.errors import LabError
from ecslab.ground.folders import modules_in
from ecslab.ground.text import Listed, Text

SEED = "ECSLAB_GRADING_SEED"  # may be set by whoever grades a class, and kept from it
# Nbgrader says in it what it runs a notebook for: autograde or validate.
_STEP = "NBGRADER_EXECUTION"

_given: dict[str, int] = {}  # how many hints of a question this process has given


def check(question: str, answer: Any = None) -> Result:
    """Try a function in fresh labs and say how far it has come: `check("01-deploy", deploy)`.

    Raises LabError for a question that does not exist, and for anything that is not a function.
    """
    asked = find(question)
    if not callable(answer):
        got = "" if answer is None else f", {shown(answer, 60)}"
        raise LabError(
            Text(
                "check needs the function {function} itself, to call it in labs of its own.",
                function=asked.function,
            ),
            wrong=f'check("{question}"{got})',
            right=f'check("{question}", {asked.function})',
        )
    return ask(asked, answer, _seed())


def _seed() -> str:
    """What draws the hidden cases: a class is graded with others
    than a learner's own checks meet.
    """
    return os.environ.get(SEED) or ("class" if os.environ.get(_STEP) == "autograde" else "practice")


@dataclass(frozen=True, slots=True)
class Hint:
    """One of a question's hints, and how to get to the others."""

    question: str
    number: int
    of: int
    text: str

    @property
    def next(self) -> Text:
        """What to call for another one."""
        ways: list[Text] = []
        if self.number < self.of:
            ways.append(Text('hint("{question}") gives the next one.', question=self.question))
        if self.number > 1:
            earlier = self.number - 1
            ways.append(
                Text(
                    'hint("{question}", {number}) goes back.',
                    question=self.question,
                    number=earlier,
                )
            )
        return Listed(" ", ways)

    @property
    def says(self) -> Text:
        """All of it."""
        return Text(
            "Hint {number} of {of} for {question}: {text}\n{next}",
            number=self.number,
            of=self.of,
            question=self.question,
            text=self.text,
            next=self.next,
        )

    def __str__(self) -> str:
        return self.says

    __repr__ = __str__

    def _repr_html_(self) -> str:
        quiet = "color:var(--jp-ui-font-color2, #616161)"
        return (
            '<div class="ecslab-hint" style="border-left:4px solid var(--jp-info-color1, #0277bd);'
            'padding:4px 0 4px 12px;margin:4px 0;max-width:60em;line-height:1.45">'
            f"<b>Hint {self.number} of {self.of}</b> {prose(self.text)}"
            f'<div style="{quiet}">{escape(self.next)}</div></div>'
        )


def hint(question: str, number: Any = None) -> Hint:
    """The next hint of a question, or the one with a number:
    `hint("01-deploy")`, `hint("01-deploy", 1)`.

    Raises LabError for a question that does not exist, and for a number that no hint has.
    """
    texts = find(question, by="hint").texts.hints
    if number is None:
        number = min(_given.get(question, 0) + 1, len(texts))
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(texts):
        raise LabError(
            Text("{question} has the hints 1 to {count}.", question=question, count=len(texts)),
            wrong=f'hint("{question}", {number!r})',
            right=f'hint("{question}", 1)',
        )
    _given[question] = number
    return Hint(question, number, len(texts), texts[number - 1])


def find(question: Any, by: str = "check") -> Question:
    """A question by its id, for `check` or `hint`; raises LabError,
    naming those that look alike.
    """
    known = questions()
    if isinstance(question, str) and question in known:
        return known[question]
    near = get_close_matches(question, known, n=3, cutoff=0.5) if isinstance(question, str) else []
    names = ", ".join(near or known)
    right = known[(near or list(known))[0]]
    asked = f'"{question}"' if isinstance(question, str) else repr(question)
    raise LabError(
        Text("there is no question {asked!r}. Close to it: {names}.", asked=question, names=names)
        if near
        else Text(
            "there is no question {asked!r}. The questions are {names}.",
            asked=question,
            names=names,
        ),
        wrong=f"{by}({asked}{', …' if by == 'check' else ''})",
        right=f'{by}("{right.id}"{", " + right.function if by == "check" else ""})',
    )


@cache
def questions() -> dict[str, Question]:
    """Every question of every exercise, by id, in the order of the course."""
    found: dict[str, Question] = {}
    for asked in exercises().values():
        for question in asked:
            assert question.id not in found, "every question has an id of its own"
            found[question.id] = question
    return found


@cache
def exercises() -> dict[str, tuple[Question, ...]]:
    """The questions of each assignment: `QUESTION` of every module of the exercise's
    folder that lies beside a text file of its name.
    """
    return {
        _assignment(folder): tuple(sorted(_asked_in(folder), key=lambda q: q.texts.number))
        for folder in modules_in(tuple(course.__path__))
        if folder.startswith("ex")
    }


def _assignment(folder: str) -> str:
    """ex01_first_service is what nbgrader calls 01-first-service."""
    return folder.removeprefix("ex").replace("_", "-")


def _asked_in(folder: str) -> Iterator[Question]:
    package = import_module(f"{course.__name__}.{folder}")
    for name in modules_in(tuple(package.__path__)):
        if any(Path(path, f"{name}.toml").exists() for path in package.__path__):
            yield import_module(f"{package.__name__}.{name}").QUESTION
