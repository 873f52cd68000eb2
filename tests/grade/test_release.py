from pathlib import Path

from ecslab.course.publish import exercises as release
from ecslab.course.publish.notebooks import normal, notebooks

ROOT = Path(__file__).parents[2]


def test_exercises_are_what_solutions_give():
    """exercises/ is generated, never edited: `python -m
    ecslab.course.publish.exercises` makes it.
    """
    made = release.generate(ROOT / "solutions")
    there = {
        path.relative_to(ROOT / "exercises").as_posix(): path.read_bytes().decode()
        for path in notebooks([ROOT / "exercises"])
    }
    assert made == there


def test_every_notebook_is_in_its_committed_form():
    """`python -m ecslab.course.publish.notebooks lessons solutions` brings one into it."""
    found = notebooks([ROOT / "lessons", ROOT / "solutions", ROOT / "exercises"])
    assert found
    for path in found:
        text = path.read_bytes().decode()
        assert normal(text, outputs="lessons" in path.parts) == text, path


def test_a_release_holds_no_solution():
    """What stands between the marks in a source is nowhere in what learners get."""
    for path in notebooks([ROOT / "exercises"]):
        text = path.read_text("utf-8")
        assert "SOLUTION" not in text
        assert text.count("raise NotImplementedError") == text.count('"solution": true')


def test_the_command_finds_and_mends_what_differs(tmp_path, monkeypatch, capsys):
    """`--check` names it and fails; without it, it is regenerated, and what
    has no source any more is removed.
    """
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(
        release, "generate", lambda _: {"a/a.ipynb": "new\n", "b/b.ipynb": "same\n"}
    )
    for name, text in {"b/b.ipynb": "same\n", "c/c.ipynb": "orphan\n"}.items():
        path = tmp_path / "exercises" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    assert release.main(["--check"]) == 1
    assert "a/a.ipynb" in (told := capsys.readouterr().err)
    assert "c/c.ipynb" in told
    assert "b/b.ipynb" not in told
    assert release.main([]) == 0
    assert release.main(["--check"]) == 0
    assert {path.name for path in (tmp_path / "exercises").rglob("*.ipynb")} == {
        "a.ipynb",
        "b.ipynb",
    }
