"""Every "facts, section N" in the code can be followed: the section lies in
`tests/facts/`, and so does the row.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
FACTS = [ROOT / "tests" / "facts" / name for name in ("ecs-facts.md", "ecs-facts-2.md")]
NUMBER = r"\d+(?:\.\d+)?"
REFERENCE = re.compile(
    rf"\bfacts(?: 2)?,\s+sections?\s+(?P<sections>{NUMBER}(?:(?:,| and|, and| to)\s+{NUMBER})*)"
    rf"(?:,\s+rows?\s+(?P<rows>\d+(?:(?:,| and|, and)\s+\d+)*))?",
    re.IGNORECASE,
)
OWN_WORDS = re.compile(r"\b(ecslab|the lab|MEAS|audit|simulat\w+)\b", re.IGNORECASE)


def sections() -> set[str]:
    """The numbers of all headings of both parts."""
    text = "\n".join(path.read_text("utf-8") for path in FACTS)
    return set(re.findall(rf"^#+ ({NUMBER})\.? ", text, re.MULTILINE))


def rows_of_corrections() -> set[str]:
    """The numbers of section 31's rows."""
    after = FACTS[1].read_text("utf-8").partition("## 31. ")[2]
    return set(re.findall(r"^\| (\d+) \|", after, re.MULTILINE))


def references() -> list[tuple[str, str, list[str], list[str]]]:
    """Each reference: where it stands, its words, its sections, its rows."""
    found = []
    for path in sorted(p for folder in ("ecslab", "tests") for p in (ROOT / folder).rglob("*.py")):
        for match in REFERENCE.finditer(path.read_text("utf-8")):
            numbers = re.findall(NUMBER, match["sections"])
            found.append(
                (
                    str(path.relative_to(ROOT)),
                    match[0],
                    numbers,
                    re.findall(r"\d+", match["rows"] or ""),
                )
            )
    return found


def test_every_reference_leads_to_a_section():
    """A section that nobody can look up proves nothing."""
    known, told = sections(), references()
    assert len(told) > 800
    assert [
        (where, words) for where, words, numbers, _ in told if not known.issuperset(numbers)
    ] == []


def test_every_row_that_is_named_is_there():
    """Only section 31 has numbered rows."""
    known = rows_of_corrections()
    told = [(w, words, n, rows) for w, words, n, rows in references() if rows]
    assert len(told) > 40
    assert [
        (w, words) for w, words, n, rows in told if n != ["31"] or not known.issuperset(rows)
    ] == []


def test_the_facts_speak_of_aws_alone():
    """What was measured on the simulator is no fact about ECS."""
    for path in FACTS:
        assert OWN_WORDS.findall(path.read_text("utf-8")) == []
