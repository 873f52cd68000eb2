"""Answers to the exercise: the solution, other right routes, and the known mistakes, each by the id of its answer cell."""

import inspect
import json
import linecache
from pathlib import Path

from routes import careful, roundabout, terse

from ecslab.course.catalogue import questions

SOLUTION = Path(__file__).parents[2] / "solutions" / "01-first-service" / "first-service.ipynb"
RELEASED = SOLUTION.parents[2] / "exercises" / "01-first-service" / "first-service.ipynb"
QUESTIONS = list(questions().values())
MISTAKES = [(question, mistake) for question in QUESTIONS for mistake in question.texts.mistakes]


def function(source, name):
    """What a notebook cell with this source would define, its lines at hand for whoever shows one."""
    file = f"<cell {len(linecache.cache)} of {name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), space)  # the example itself
    return space[name]


def cells(path=SOLUTION):
    """The sources of a notebook's answer cells, by the name of the function that each defines."""
    found = {}
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            source = "".join(cell["source"])
            found[source.partition("def ")[2].partition("(")[0]] = source
    return found


def sources(route):
    """The sources of a route's answers, by name."""
    return {question.function: inspect.getsource(getattr(route, question.function)) for question in QUESTIONS}


ROUTES = {
    "solution": cells(),
    **{route.__name__.rpartition(".")[2]: sources(route) for route in (careful, roundabout, terse)},
}
