"""Answers to every exercise: the solution, other right routes, and the known mistakes.

A new exercise is covered as soon as the catalogue knows it; its other right routes are the files of
`routes/<its package>/`, each with functions called as the questions ask.
"""

import ast
import inspect
import json
import linecache
import tomllib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ecslab.course.catalogue import exercises

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


def exercise(name, questions):
    """What the catalogue and the folders know of an assignment."""
    (source,) = (ROOT / "solutions" / name).glob("*.ipynb")
    routes = {"solution": cells(source)}
    folder = folder_of(name)
    for path in sorted((Path(__file__).parent / "routes" / folder).glob("*.py")):
        module = import_module(f"routes.{folder}.{path.stem}")
        routes[path.stem] = {
            q.function: inspect.getsource(getattr(module, q.function))
            for q in questions
            if hasattr(module, q.function)
        }
    return Exercise(name, questions, source, ROOT / "exercises" / name / source.name, routes)


def folder_of(name):
    """Where an assignment's questions lie: 01-first-service in ex01_first_service."""
    return "ex" + name.replace("-", "_")


ALL = [exercise(name, questions) for name, questions in exercises().items()]
QUESTIONS = [question for each in ALL for question in each.questions]
EXERCISE = {question.id: each for each in ALL for question in each.questions}
RIGHT = [
    (question, route)
    for question in QUESTIONS
    for route, answers in EXERCISE[question.id].routes.items()
    if question.function in answers
]


def answer(question, route="solution"):
    """A right answer to a question."""
    return function(EXERCISE[question.id].routes[route][question.function], question.function)


def bare(source):
    """The one form of an answer that edits have to fit: without remarks, each statement on a
    line.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) and len(node.body) > 1:
            del node.body[0]
    return ast.unparse(tree)


def edited(question, entry):
    """What a learner wrote who made a mistake: a right answer with the entry's edits, each of which
    fits in exactly one place; or an example of its own.
    """
    if "example" in entry:
        return entry["example"]
    source = EXERCISE[question.id].routes[entry.get("of", "solution")][question.function]
    text = bare(source)
    for old, new in [*entry.get("change", []), *((gone, "") for gone in entry.get("drop", []))]:
        times = text.count(old)
        assert times == 1, (
            f"{question.id}, {entry['id']}: {old!r} is there {times} times in\n{text}"
        )
        text = text.replace(old, new)
    return text + "\n"


def texts_by_question():
    """The text file of each question: it lies beside the module of its name."""
    for each in ALL:
        folder = folder_of(each.name)
        for file in (ROOT / "ecslab" / "course" / folder).glob("*.toml"):
            yield import_module(f"ecslab.course.{folder}.{file.stem}").QUESTION.id, file


TEXTS = dict(texts_by_question())


def examples():
    """(question, mistake, what the learner wrote, the points that it earns or None), in order."""
    for question in QUESTIONS:
        file = TEXTS[question.id]
        known = {mistake.id: mistake for mistake in question.texts.mistakes}
        for entry in tomllib.loads(file.read_text("utf-8"))["mistakes"]:
            yield question, known[entry["id"]], edited(question, entry), entry.get("earns")


EXAMPLES = list(examples())
EXAMPLE = {(question.id, mistake.id): text for question, mistake, text, _ in EXAMPLES}
MISTAKES = [(question, mistake, text) for question, mistake, text, _ in EXAMPLES]
