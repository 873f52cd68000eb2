"""The design's rules that a machine can check: the direction of imports, and what only one file may use."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ecslab"
MODULES = sorted(
    set(PACKAGE.rglob("*.py")) - set(PACKAGE.glob("jupyter/**/*.py"))
)  # those are settings, read by Jupyter

# A module imports only from what lies before it (ARCHITECTURE.md, "The river").
ORDER = [
    "errors",
    "clock",
    "chance",
    "timeline",
    "world",
    "ecs",
    "codedeploy",
    "aws",
    "arguments",
    "lab",
    "sweep",
    "view",
    "grade",
    "course",
    "pytest_plugin",
    "cli",
]
ENTRANCES = {
    "__init__",
    "__main__",
}  # the lazy front door, and the launcher that runs before anything is installed

# Who may import what from outside; everything else is for everybody.
ONLY_IN = {
    "moto": {"aws"},
    "botocore": {"aws", "lab"},
    "boto3": {"aws", "lab"},
    "plotly": {"view"},
    "yaml": {"codedeploy"},
    "IPython": {"view", "grade"},
}
ONLY_FILES = {
    "random": {"chance.py", "aws/virtual_chance.py"},
    "uuid": {"chance.py", "aws/virtual_chance.py"},
    "time": {"aws/server.py", "aws/standstill.py", "aws/virtual_time.py", "aws/waiters.py"},
}


def part(path: Path) -> str:
    """The top-level part a file belongs to: errors, clock, …, ecs, aws."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, *, at_top: bool = False) -> set[str]:
    """The dotted names a file imports (the type checker's own imports left out)."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if at_top else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    """errors, clock, chance, timeline, world, ecs, aws, lab, sweep, view, grade, course, cli: never backwards."""
    here = part(path)
    if here in ENTRANCES:
        return
    assert here in ORDER, f"{here} has no place in the order"
    for name in imports(path):
        if name.startswith("ecslab."):
            there = name.split(".")[1]
            assert ORDER.index(there) <= ORDER.index(here), f"{path.name} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_right_parts_know_the_outside(path):
    """Only aws/ knows moto; ecs/ imports no AWS library; randomness and wall clocks live in the files that own them."""
    for name in imports(path):
        top = name.split(".")[0]
        assert part(path) in ONLY_IN.get(top, {part(path)}), f"{path.name} imports {name}"
        where = str(path.relative_to(PACKAGE))
        if part(path) not in ENTRANCES:
            assert where in ONLY_FILES.get(top, {where}), f"{where} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nobody_asks_the_wall_what_time_it_is(path):
    """No datetime.now, utcnow or today in the package: time is the lab's."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            named = node.value.id if isinstance(node.value, ast.Name) else ""
            assert named not in {"datetime", "date"}, f"{path.name} line {node.lineno}"


def test_every_module_says_what_it_is_for():
    """A newcomer finds the file from its first line."""
    silent = [
        str(p.relative_to(PACKAGE))
        for p in MODULES
        if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8"))) and p.stat().st_size
    ]
    assert silent == []


def test_the_clock_fits_on_one_screen():
    """Lesson 1 prints it."""
    lines = (PACKAGE / "clock.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 110


def test_importing_ecslab_loads_nothing_heavy():
    """`import ecslab` loads neither boto3 nor moto nor plotly nor a notebook library."""
    heavy = ("boto3", "botocore", "moto", "plotly", "IPython", "ipywidgets", "nbformat")
    code = f"import ecslab, sys; print([m for m in {heavy!r} if m in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert told.stdout.strip() == "[]"


def test_a_text_that_is_read_with_care_may_nest_too_deeply():
    """Whoever expects a malformed JSON or YAML from outside expects lists in lists without end too: Python's own error for them."""
    careless = []
    for path in sorted(
        {*PACKAGE.rglob("*.py")} - {PACKAGE / "__main__.py"}
    ):  # which reads what it has written itself
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Try):
                continue
            calls = {
                ast.unparse(c.func) for part in node.body for c in ast.walk(part) if isinstance(c, ast.Call)
            }
            caught = " ".join(ast.unparse(h.type) for h in node.handlers if h.type)
            cares = "ValueError" in caught or "YAMLError" in caught
            if calls & {"json.loads", "yaml.safe_load"} and cares and "RecursionError" not in caught:
                careless.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert careless == []


def test_no_two_modules_of_the_tests_have_one_name():
    """Their folders are no packages, so pytest and the tests' own imports know each by its name alone."""
    here = Path(__file__).parent
    apart = {path.parent for path in here.rglob("__init__.py")} | {here / "grade" / "routes"}
    modules = [p for p in here.rglob("*.py") if apart.isdisjoint(p.parents)]
    twice = Counter(path.name for path in modules if path.name != "conftest.py")
    assert [name for name, count in twice.items() if count > 1] == []
