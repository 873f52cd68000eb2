"""Every pattern that a request is measured against has a source: AWS's
documentation lists alphabets that nobody enforces.

`tests/patterns.toml` says of each pattern in the package what it is for: `refuses`, with the
capture, the report or the model that shows AWS refusing; or `reads`: a notation that the code must
understand, where what does not fit says nothing to it.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.loaders import Loader

ROOT = Path(__file__).parent.parent
TABLE = tomllib.loads((ROOT / "tests" / "patterns.toml").read_text("utf-8"))["pattern"]
# Whatever can stand between a request and its answer.
SEARCHED = (
    "ground/numerals.py",
    "cloudwatch",
    "ecs",
    "autoscaling",
    "codedeploy",
    "traffic",
    "billing",
    "aws",
)
OF_RE = {"compile", "fullmatch", "match", "search", "split", "findall", "finditer", "sub"}
OF_TEXT = {
    "isdigit",
    "isdecimal",
    "isnumeric",
    "isalnum",
    "isalpha",
    "isascii",
    "isprintable",
    "isidentifier",
}
SOURCES = ("capture: ", "report: ", "model: ", "guide: ")


def patterns() -> Iterator[tuple[str, str]]:
    """Each file with a pattern in it, and the pattern as it is written there."""
    for path in sorted(
        p
        for p in (ROOT / "ecslab").rglob("*.py")
        if p.relative_to(ROOT / "ecslab").as_posix().startswith(SEARCHED)
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner, name = ast.unparse(node.func.value), node.func.attr
                if owner == "re" and name in OF_RE:
                    first = node.args[0]
                    text = first.value if isinstance(first, ast.Constant) else ast.unparse(first)
                    text = text.decode() if isinstance(text, bytes) else text
                    yield str(path.relative_to(ROOT / "ecslab")), str(text)
                elif name in OF_TEXT:
                    yield str(path.relative_to(ROOT / "ecslab")), f"{owner}.{name}()"


def test_every_pattern_is_in_the_table_and_no_other():
    """A new pattern says who saw AWS refuse what it refuses, or that it only reads."""
    assert sorted({(row["file"], row["is"]) for row in TABLE}) == sorted(set(patterns()))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['file']}: {row['is'][:40]}")
def test_a_pattern_reads_or_has_a_source(row):
    """BC's texts alone are none: they list letters that the service does not
    look at (facts, section 31, startedBy).
    """
    assert row.keys() in ({"file", "is", "reads"}, {"file", "is", "refuses", "source"})
    assert row.get("source", SOURCES[0] + "x").startswith(SOURCES)


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.get("source", "").startswith("model: ")]
)
def test_a_pattern_of_the_model_stands_there(row):
    """The model's own pattern, or an error that the model declares for it."""
    service, shape = row["source"].removeprefix("model: ").split(" ")[:2]
    shapes = Loader().load_service_model(service, "service-2")["shapes"]
    assert shape in shapes
    assert shapes[shape].get("exception") or row["is"] in shapes[shape]["pattern"]
