"""What the names of the package promise: one meaning for a class name, events found by
their class, and no word that says nothing.
"""

import ast
from collections import defaultdict

import pytest
from test_architecture import MODULES, PACKAGE

from ecslab.timeline.event_types import kinds

# AWS's own nouns, which two of its services use for different things.
SHARED = {
    "Deployment": "a service's deployments[] in ECS, and a deployment of CodeDeploy's",
}
# Words of a picture that hide what a thing is, and words that say nothing.
VAGUE = {"utils", "helpers", "manager", "misc", "common", "base", "core", "stuff"}
PICTURESQUE = {"hall", "guest", "town", "house", "luggage", "scenery", "desk", "fates", "books"}


def public_classes():
    """Each public class of the package with the modules that define one of the name."""
    found = defaultdict(list)
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(PACKAGE)))
    return found


def test_a_public_class_name_means_one_thing():
    """Whoever reads `Machine` need not ask of which room."""
    twice = {name: where for name, where in public_classes().items() if len(where) > 1}
    assert {name: where for name, where in twice.items() if name not in SHARED} == {}
    assert SHARED.keys() - twice.keys() == set(), "these mean one thing by now"
    assert len(SHARED) <= 5


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_readers_match_on_classes_of_events_not_on_words(path):
    """A picture or a check that compares words depends on a sentence in another room."""
    where = path.relative_to(PACKAGE).parts[0]
    if where in {"timeline", "course"}:
        return
    words = kinds()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(s, ast.Attribute) and s.attr == "kind" for s in sides):
                said = {c.value for s in sides for c in ast.walk(s) if isinstance(c, ast.Constant)}
                assert not said & words, f"line {node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = node.func.attr == "where" and any(k.arg == "kind" for k in node.keywords)
            assert not asked, f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_is_called_after_its_subject(path):
    """Neither a word that fits everything nor a picture of what it is like."""
    words = set(path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", "_").split("_"))
    assert not words & (VAGUE | PICTURESQUE)


def test_classes_of_a_question_are_its_own():
    """A question's classes are private: what several questions share has a module of its own."""
    public = [
        f"{path.relative_to(PACKAGE)}: {node.name}"
        for path in MODULES
        if path.with_suffix(".toml").exists() and path.relative_to(PACKAGE).parts[0] == "course"
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert public == []
