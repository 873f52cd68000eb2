"""Every row of the reference is simulated by a test that names it, or refused:
`tests/facts/` says which (its README, how).
"""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
AREAS = sorted((ROOT / "tests" / "facts").glob("*.toml"))
MEMBERS = {"fact", "tests", "says", "refused", "outside"}


@cache
def functions(file: str) -> dict[str, str]:
    """The test functions of a file, and what their docstrings say."""
    found = [
        n for n in _tree(file).body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")
    ]
    return {n.name: ast.get_docstring(n) or "" for n in found}


@cache
def texts(file: str) -> str:
    """Every string of a file, adjacent literals joined."""
    strings = (n.value for n in ast.walk(_tree(file)) if isinstance(n, ast.Constant))
    return "\n".join(s for s in strings if isinstance(s, str))


@cache
def texts_of_the_package() -> str:
    """Every string of ecslab, and what its table of what is simulated calls what it refuses."""
    package = ROOT / "ecslab"
    table = (package / "ecs" / "api" / "simulated.toml").read_text(encoding="utf-8")
    return "\n".join(
        [*(texts(str(p.relative_to(ROOT))) for p in sorted(package.rglob("*.py"))), table]
    )


def _tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def names_section(docstring: str, section: str) -> bool:
    """Whether a docstring says that it is about a section: "Facts,
    sections 8.3 and 8.4: …" is about both.
    """
    return (
        re.search(rf"[Ff]acts\b[^:;]*?(?<![\d.]){re.escape(section)}(?!\.?\d)", docstring)
        is not None
    )


def problems(section: str, row: dict) -> list[str]:
    """What is wrong with a row of a table."""
    named, refused = row.get("tests", []), row.get("refused")
    found = [f"{unknown} is no member of a row" for unknown in row.keys() - MEMBERS]
    if not row.get("fact") or bool(named) == bool(row.get("outside")):
        found.append(
            "a row has a fact, and either tests or a reason why there is nothing to simulate"
        )
    for test in named:
        file, _, name = test.partition("::")
        if not (ROOT / file).is_file() or not (
            name in functions(file) or name in texts(file).split("\n")
        ):
            return [*found, f"there is no {test}"]
        docstring = functions(file).get(name)
        if not (
            names_section(docstring, section) if docstring else name.startswith(f"{section}, ")
        ):
            found.append(f"{test} does not say that it is about section {section}")
    said = "\n".join(texts(test.partition("::")[0]) for test in named)
    found += [
        f"none of the tests' files says {text!r}"
        for text in row.get("says", [])
        if text not in said
    ]
    if refused and refused not in texts_of_the_package():
        found.append(f"nothing in ecslab refuses {refused!r}")
    if refused and not ("UnsupportedFeatureException" in said or refused in said):
        found.append("none of the tests' files speaks of the refusal")
    return found


@cache
def area(path: Path) -> dict:
    """One table."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", AREAS, ids=lambda p: p.stem)
def test_every_row_is_tied_to_tests_that_name_it(path):
    """Tests that exist and say so, refusals that the package has, AWS's words to the letter."""
    wrong = [
        f"{section}: {row.get('fact')}: {problem}"
        for section, rows in area(path).items()
        if section != "rows"
        for row in rows
        for problem in problems(section, row)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", AREAS, ids=lambda p: p.stem)
def test_no_row_of_a_section_is_missing(path):
    """The table says how many rows the reference has, section by section; each is there once."""
    tables = area(path)
    counts = {
        name: len({row["fact"] for row in rows}) for name, rows in tables.items() if name != "rows"
    }
    assert counts == tables["rows"]


def test_no_section_has_two_tables():
    """One file is where to look for a section's rows."""
    sections = [section for path in AREAS for section in area(path)["rows"]]
    assert len(set(sections)) == len(sections)


GOOD = {
    "fact": "no fallback",
    "tests": [
        "tests/ecs/test_capacity_spot.py::test_without_capacity_a_service_asks_again_and_never_falls_back"
    ],
}


@pytest.mark.parametrize(
    ("section", "change", "problem"),
    [
        ("8.2", {}, None),
        ("8.4", {}, "does not say that it is about section 8.4"),
        (
            "8.2",
            {"tests": ["tests/ecs/test_capacity_spot.py::test_what_nobody_wrote"]},
            "there is no",
        ),
        ("8.2", {"tests": ["tests/ecs/test_nothing.py::test_what_nobody_wrote"]}, "there is no"),
        ("3", {"tests": ["tests/ecs/rule_cases.py::3, two protocols"]}, None),
        (
            "4",
            {"tests": ["tests/ecs/rule_cases.py::3, two protocols"]},
            "does not say that it is about section 4",
        ),
        ("3", {"tests": ["tests/ecs/rule_cases.py::3, nobody's case"]}, "there is no"),
        ("8.2", {"tests": []}, "either tests or a reason"),
        ("8.2", {"outside": "also this"}, "either tests or a reason"),
        ("8.2", {"test": "misspelt"}, "test is no member"),
        ("8.2", {"says": ["words that nobody wrote" + "."]}, "says 'words that nobody wrote.'"),
        ("8.2", {"refused": "What nobody" + " refuses"}, "nothing in ecslab refuses"),
    ],
)
def test_a_table_that_is_wrong_is_found_out(section, change, problem):
    """A check that never fails would prove nothing."""
    found = problems(section, GOOD | change)
    assert problem in "; ".join(found) if problem else found == []


def test_a_section_is_named_as_a_whole():
    """8 is neither 8.1 nor 18, and 3 is not 13."""
    assert names_section("Facts, sections 1.2, 3 and 8.3: so it is.", "3")
    assert not names_section("Facts, sections 1.3 and 13: so it is.", "3")
    assert not names_section("Facts, section 8.2: within 3 seconds.", "3")
    assert not names_section("Section 3 of something else.", "3")
