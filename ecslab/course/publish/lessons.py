"""What the lessons show: runs each from its first cell and keeps its outputs beside the tests.

    python -m ecslab.course.publish.lessons             # all of them
    python -m ecslab.course.publish.lessons 02 03       # those whose names begin so

`lessons/` itself holds no outputs, or the answer to every prediction would stand below it. The
tests run the copies in `tests/lessons/` again with nbval and compare.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from ecslab.course.publish.notebooks import normal

ROOT = Path(__file__).resolve().parents[3]
LESSONS, SHOWN = ROOT / "lessons", ROOT / "tests" / "lessons"


def run(path: Path) -> str:
    """A lesson's committed form with its outputs; raises nbclient's
    CellExecutionError when a cell fails.
    """
    import nbformat  # noqa: PLC0415 - a second of importing that --help does not need
    from nbclient import NotebookClient  # noqa: PLC0415 - as above

    notebook: Any = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, resources=resources, store_widget_state=False).execute()
    return normal(nbformat.writes(notebook))


def main(arguments: list[str] | None = None) -> int:
    """Run lessons and keep what they show."""
    parser = argparse.ArgumentParser(
        prog="python -m ecslab.course.publish.lessons", description=main.__doc__
    )
    parser.add_argument(
        "names", nargs="*", metavar="beginning", help="how their names begin; all without it"
    )
    names = tuple(parser.parse_args(arguments).names)
    SHOWN.mkdir(exist_ok=True)
    for path in sorted(LESSONS.glob("*.ipynb")):
        if path.name.startswith(names or ("",)):
            sys.stderr.write(f"running {path.name}\n")
            (SHOWN / path.name).write_text(run(path), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
