"""The only place that fills the lessons' outputs: runs each from its first cell and keeps what it showed.

    python -m ecslab.course.lessons             # all of them
    python -m ecslab.course.lessons 02 03       # those whose names begin so

The tests run them again with nbval and compare.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from ecslab.course.notebooks import normal

LESSONS = Path(__file__).resolve().parents[2] / "lessons"


def run(path: Path) -> str:
    """A lesson's committed form with fresh outputs; raises nbclient's CellExecutionError when a cell fails."""
    import nbformat  # noqa: PLC0415 - a second of importing that --help does not need
    from nbclient import NotebookClient  # noqa: PLC0415 - as above

    notebook: Any = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, resources=resources, store_widget_state=False).execute()
    return normal(nbformat.writes(notebook))


def main(arguments: list[str] | None = None) -> int:
    """Run lessons and write their outputs."""
    parser = argparse.ArgumentParser(prog="python -m ecslab.course.lessons", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="beginning", help="how their names begin; all without it")
    names = tuple(parser.parse_args(arguments).names)
    for path in sorted(LESSONS.glob("*.ipynb")):
        if path.name.startswith(names or ("",)):
            sys.stderr.write(f"running {path.name}\n")
            path.write_text(run(path), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
