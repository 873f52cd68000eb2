"""The design's rules that a machine can check: the direction of
imports, and what only one file may use.
"""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ecslab"
# Those are settings, read by Jupyter.
MODULES = sorted(set(PACKAGE.rglob("*.py")) - set(PACKAGE.glob("jupyter/**/*.py")))

# A module imports only from its own room and from rooms above it
# (ARCHITECTURE.md); the import of a type counts too.
ROOMS = [
    "ground",
    "timeline",
    "world",
    "cloudwatch",
    "ecs.timing",
    "ecs.ports",
    "ecs.model",
    "ecs.rounds",
    "ecs.composer",
    "ecs.api",
    "ecs.placement",
    "ecs.definitions",
    "ecs.targets",
    "ecs.tasks",
    "ecs.capacity",
    "ecs.clusters",
    "ecs.launch",
    "ecs.connect",
    "ecs.deployments",
    "ecs.services",
    "ecs.eventbridge",
    "ecs.insights",
    "ecs.under_way",
    "ecs.plane",
    "autoscaling",
    "codedeploy",
    "traffic",
    "billing",
    "region",
    "aws.changes",
    "aws.environment",
    "aws.garbage",
    "aws.opener",
    "aws.failures",
    "aws.apis",
    "aws.ports",
    "aws.account",
    "aws.standstill",
    "aws.moto_patches",
    "aws.gate",
    "aws.image_pusher",
    "aws.process",
    "aws.server",
    "arguments",
    "lab",
    "sweep",
    "view",
    "grade",
    "course",
    "pytest_plugin",
    "cli",
]
# The lazy front door, and the launcher that runs before anything is installed.
ENTRANCES = {"__init__", "__main__"}

# Composes, or is what a learner holds of a region.
COMPOSING = {"region.py", "aws/account.py", "lab.py"}

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
    "random": {"ground/chance.py", "aws/moto_patches/virtual_chance.py"},
    "uuid": {"ground/chance.py", "aws/moto_patches/virtual_chance.py"},
    "time": {
        "aws/server/server.py",
        "aws/standstill.py",
        "aws/moto_patches/virtual_time.py",
        "aws/gate/waiters.py",
    },
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


def room(name: str) -> str:
    """The room that a module belongs to, by its dotted name without "ecslab."."""
    return next((r for r in ROOMS if name == r or name.startswith(r + ".")), "")


def arrows() -> Iterator[tuple[str, str, str]]:
    """Each import of a module of ours by another: the file, its own dotted name,
    and the other's (without "ecslab.").
    """
    known = {
        ".".join(p.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): p
        for p in MODULES
    }
    for here, path in known.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ecslab."):
                module = node.module.removeprefix("ecslab.")
                for alias in node.names:
                    within = f"{module}.{alias.name}"
                    yield (
                        str(path.relative_to(PACKAGE)),
                        here,
                        within if within in known else module,
                    )


def test_imports_point_one_way():
    """A room imports from rooms above it only."""
    backwards = set()
    for file, here, there in arrows():
        if here.split(".")[0] in ENTRANCES or here in {"ecs", "aws"}:
            continue
        assert room(here), f"{file} has no place among the rooms"
        if not room(there) and there in {"ecs", "aws"}:
            continue  # an empty package
        if ROOMS.index(room(there)) > ROOMS.index(room(here)):
            backwards.add(f"{file} imports {there}")
    assert sorted(backwards) == []


def test_nobody_reaches_through_the_control_plane():
    """A class is given what it uses: whoever took the plane could reach everything."""
    takers = {file for file, _, there in arrows() if there == "ecs.plane"}
    assert takers - COMPOSING == set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.arg):
                assert node.arg != "plane", f"{path.relative_to(PACKAGE)}:{node.lineno}"


def test_no_modules_import_each_other_in_a_circle():
    """But for one object graph: clusters, services, tasks and instances know each other."""
    graph = {}
    for _, *ends in arrows():
        here, there = ("ecs.model" if end.startswith("ecs.model.") else end for end in ends)
        if here != there:
            graph.setdefault(here, set()).add(there)
    TopologicalSorter(graph).prepare()  # a circle is a CycleError that names its modules


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_right_parts_know_the_outside(path):
    """Only aws/ knows moto; ecs/ imports no AWS library; randomness and wall
    clocks live in the files that own them.
    """
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
    lines = (PACKAGE / "ground" / "clock.py").read_text(encoding="utf-8").splitlines()
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
    """Whoever expects a malformed JSON or YAML from outside expects lists in lists
    without end too: Python's own error for them.
    """
    careless = []
    for path in sorted(
        {*PACKAGE.rglob("*.py")} - {PACKAGE / "__main__.py"}
    ):  # which reads what it has written itself
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Try):
                continue
            calls = {
                ast.unparse(c.func)
                for part in node.body
                for c in ast.walk(part)
                if isinstance(c, ast.Call)
            }
            caught = " ".join(ast.unparse(h.type) for h in node.handlers if h.type)
            cares = "ValueError" in caught or "YAMLError" in caught
            if (
                calls & {"json.loads", "yaml.safe_load"}
                and cares
                and "RecursionError" not in caught
            ):
                careless.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert careless == []


def test_no_two_modules_of_the_tests_have_one_name():
    """Their folders are no packages, so pytest and the tests' own
    imports know each by its name alone.
    """
    here = Path(__file__).parent
    apart = {path.parent for path in here.rglob("__init__.py")} | {here / "grade" / "routes"}
    modules = [p for p in here.rglob("*.py") if apart.isdisjoint(p.parents)]
    twice = Counter(path.name for path in modules if path.name != "conftest.py")
    assert [name for name, count in twice.items() if count > 1] == []


def test_a_room_is_not_crowded():
    """At most 22 files in a folder, but for the pictures, whose layout is still to come."""
    crowded = {
        str(folder.relative_to(PACKAGE)): len(list(folder.glob("*.py")))
        for folder in {path.parent for path in MODULES}
    }
    assert {name: n for name, n in crowded.items() if n > 22 and name != "view"} == {}


def test_the_page_on_the_architecture_is_true():
    """The order of rooms is the one that is enforced, and every file it names is there."""
    page = (PACKAGE / "ARCHITECTURE.md").read_text(encoding="utf-8")
    lists = re.findall(r"(?:^> .*\n)+", page, flags=re.MULTILINE)
    told = [name.strip() for block in lists for name in block.replace("> ", "").split(",")]
    tops = list(dict.fromkeys(room.split(".")[0] for room in ROOMS))
    inner = [room.removeprefix("ecs.") for room in ROOMS if room.startswith("ecs.")]
    beside = [room.removeprefix("aws.") for room in ROOMS if room.startswith("aws.")]
    assert told == tops + inner + beside
    named = re.findall(r"`((?:[\w]+/)*[\w]+\.(?:py|toml|csv)|(?:\w+/)+)`", page)
    gone = [
        name
        for name in named
        if not any((top / name).exists() for top in (PACKAGE, PACKAGE.parent))
        and not list(PACKAGE.rglob(name if "/" not in name else "/".join(name.split("/"))))
    ]
    assert gone == []
