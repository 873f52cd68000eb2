"""Answers to every exercise: the solution, other right routes, and the known mistakes.

A new exercise is covered as soon as the catalogue knows it; its other right routes are the files of
`routes/<its package>/`, each with functions called as the questions ask.
"""

import inspect
import json
import linecache
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ecslab.course.catalogue import EXERCISES

ROOT = Path(__file__).parents[2]


def function(source, name):
    """What a notebook cell with this source would define, its
    lines at hand for whoever shows one.
    """
    file = f"<cell {len(linecache.cache)} of {name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), space)  # the example itself
    return space[name]


def cells(path):
    """The sources of a notebook's answer cells, by the name of the function that each defines."""
    found = {}
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            source = "".join(cell["source"])
            found[source.partition("def ")[2].partition("(")[0]] = source
    return found


@dataclass(frozen=True)
class Exercise:
    """One assignment: its questions, its two notebooks, and
    right answers by route and by function.
    """

    name: str
    questions: tuple
    source: Path
    released: Path
    routes: dict

    @property
    def worth(self):
        """The most that the exercise can earn."""
        return sum(question.worth for question in self.questions)


def exercise(name, package):
    """What the catalogue and the folders know of an assignment."""
    questions = import_module(package).QUESTIONS
    (source,) = (ROOT / "solutions" / name).glob("*.ipynb")
    routes = {"solution": cells(source)}
    folder = package.rpartition(".")[2]
    for path in sorted((Path(__file__).parent / "routes" / folder).glob("*.py")):
        module = import_module(f"routes.{folder}.{path.stem}")
        routes[path.stem] = {
            q.function: inspect.getsource(getattr(module, q.function))
            for q in questions
            if hasattr(module, q.function)
        }
    return Exercise(name, questions, source, ROOT / "exercises" / name / source.name, routes)


ALL = [exercise(name, package) for name, package in EXERCISES.items()]
QUESTIONS = [question for each in ALL for question in each.questions]
EXERCISE = {question.id: each for each in ALL for question in each.questions}
MISTAKES = [(question, mistake) for question in QUESTIONS for mistake in question.texts.mistakes]
RIGHT = [
    (question, route)
    for question in QUESTIONS
    for route, answers in EXERCISE[question.id].routes.items()
    if question.function in answers
]


def answer(question, route="solution"):
    """A right answer to a question."""
    return function(EXERCISE[question.id].routes[route][question.function], question.function)
