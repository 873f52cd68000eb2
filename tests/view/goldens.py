"""Pictures kept in files: a change of a picture is a change that somebody looked at."""

from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def assert_same_as_golden(name, text):
    """Compare with the kept file; delete the file to have the next run write it anew, then look at the difference."""
    kept = FOLDER / name
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
        raise AssertionError(f"{kept} was written: look at it, then run again")
    assert text == kept.read_text(encoding="utf-8")
