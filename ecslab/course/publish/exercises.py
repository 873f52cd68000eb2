"""Makes `exercises/` from `solutions/`: nbgrader's own generate_assignment, in the committed form.

    python -m ecslab.course.publish.exercises           # regenerates exercises/
    python -m ecslab.course.publish.exercises --check   # says what differs, and fails

Works on a copy in a temporary folder, so that a gradebook in the clone is never touched.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ecslab.course.publish.notebooks import normal
from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

ROOT = Path(__file__).resolve().parents[3]
CONFIGURATION = ROOT / "ecslab" / "jupyter" / "nbgrader_config.py"


def generate(solutions: Path) -> dict[str, str]:
    """The released notebooks as {path below exercises/: text}; raises
    LabError when nbgrader refuses a source.
    """
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder).resolve()
        shutil.copytree(
            solutions, course / "solutions", ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
        for name in ("lessons", "exercises"):
            (course / name).mkdir()
        with _inside(course):
            _assign(sorted(path.name for path in (course / "solutions").iterdir() if path.is_dir()))
        released = course / "exercises"
        found = sorted(released.rglob("*.ipynb"))
        return {
            path.relative_to(released).as_posix(): normal(path.read_text("utf-8"), outputs=False)
            for path in found
        }


def _assign(assignments: list[str]) -> None:
    from nbgrader.apps import NbGraderAPI  # noqa: PLC0415 - takes a second, and --help needs none of it

    api = NbGraderAPI(config=_settings())
    for assignment in assignments:
        answer = api.generate_assignment(assignment)
        if not answer["success"]:
            raise LabError(
                Text(
                    "nbgrader could not release {assignment}:\n{said}",
                    assignment=assignment,
                    said=answer.get("log") or answer.get("error"),
                )
            )


def _settings() -> Any:
    """The course's nbgrader settings, read in the folder that they are about."""
    from traitlets.config.loader import PyFileConfigLoader  # noqa: PLC0415 - as above

    return PyFileConfigLoader(str(CONFIGURATION)).load_config()


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def main(arguments: list[str] | None = None) -> int:
    """Regenerate exercises/, or say how it differs from what solutions/ would give."""
    parser = argparse.ArgumentParser(
        prog="python -m ecslab.course.publish.exercises", description=main.__doc__
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail when something would change"
    )
    check = parser.parse_args(arguments).check
    exercises = ROOT / "exercises"
    wanted = generate(ROOT / "solutions")
    there = {path.relative_to(exercises).as_posix(): path for path in exercises.rglob("*.ipynb")}
    wrong = [
        name
        for name in sorted(wanted.keys() | there.keys())
        if not _same(there.get(name), wanted.get(name))
    ]
    for name in wrong:
        sys.stderr.write(
            f"exercises/{name}: "
            f"{'differs from what solutions/ gives' if check else 'regenerated'}\n"
        )
        if not check:
            _put(exercises / name, wanted.get(name))
    return 1 if check and wrong else 0


def _same(path: Path | None, text: str | None) -> bool:
    return path is not None and text is not None and path.read_bytes() == text.encode()


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


if __name__ == "__main__":
    sys.exit(main())
