"""The form in which a notebook is committed: the same notebook is always the same bytes.

Cell ids are stable (nbgrader's cells are called after their grade_id, cells without an id after
their text), a cell with an output counts as if all were run once from the top (nbval wants a
count there), what a stream wrote in a row is one output, no widget state and no traces of a front
end stay, keys are sorted, lines end with LF.

python -m ecslab.course.publish.notebooks lessons solutions           #
rewrites what is not in this form
    python -m ecslab.course.publish.notebooks --check lessons solutions   # names it, and fails
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# What somebody wrote on purpose.
_CELL_METADATA = {"deletable", "editable", "nbgrader", "tags", "i18n", "slideshow"}
_WIDGET = "application/vnd.jupyter.widget-view+json"  # useless without the widget state
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def normal(text: str, *, outputs: bool = True) -> str:
    """A notebook's text in its committed form; without its outputs when they are not
    wanted. Doing it twice changes nothing.
    """
    notebook = json.loads(text)
    taken: set[str] = set()
    cells = [_cell(cell, taken, outputs=outputs) for cell in notebook["cells"]]
    for count, cell in enumerate((cell for cell in cells if cell["cell_type"] == "code"), start=1):
        _count(cell, count)
    metadata: Json = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    # nbformat's own layout, so that what nbgrader and Jupyter write differs in content only.
    return (
        json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))
        + "\n"
    )


def _cell(cell: Json, taken: set[str], *, outputs: bool) -> Json:
    source = _joined(cell["source"]).replace("\r\n", "\n").rstrip("\n")
    metadata = {
        key: value for key, value in cell.get("metadata", {}).items() if key in _CELL_METADATA
    }
    found: Json = {
        "cell_type": cell["cell_type"],
        "metadata": metadata,
        "source": source.splitlines(keepends=True),
    }
    found["id"] = _id(cell, source, taken)
    taken.add(found["id"])
    if cell.get("attachments"):
        found["attachments"] = cell["attachments"]
    if cell["cell_type"] == "code":
        found["execution_count"] = None
        found["outputs"] = _whole_streams(map(_output, cell.get("outputs", []))) if outputs else []
    return found


def _whole_streams(outputs: Iterable[Json]) -> list[Json]:
    """What one stream wrote in a row as one output: where the kernel cut it is chance."""
    found: list[Json] = []
    for output in outputs:
        last = found[-1] if found else {}
        if (
            output["output_type"] == "stream" == last.get("output_type")
            and output["name"] == last["name"]
        ):
            last["text"] = _joined(last["text"] + output["text"]).splitlines(keepends=True)
        else:
            found.append(output)
    return found


def _count(cell: Json, count: int) -> None:
    if cell["outputs"]:
        cell["execution_count"] = count
    for output in cell["outputs"]:
        if output["output_type"] == "execute_result":
            output["execution_count"] = count


def _id(cell: Json, source: str, taken: set[str]) -> str:
    """What it is called: its grade_id, else the id it has, else a name made of its text."""
    wanted = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") or cell.get("id") or ""
    if _ID.fullmatch(wanted) and wanted not in taken:
        return str(wanted)
    made = hashlib.sha256(f"{cell['cell_type']}\n{source}".encode()).hexdigest()[:8]
    number = 0
    while (name := f"{made}-{number}" if number else made) in taken:
        number += 1
    return name


def _output(output: Json) -> Json:
    found = {
        key: value for key, value in output.items() if key not in {"execution_count", "metadata"}
    }
    if output["output_type"] == "execute_result":
        found["execution_count"] = None
    if output["output_type"] in {"execute_result", "display_data"}:
        found["metadata"] = output.get("metadata", {})
        found["data"] = {
            mime: _split(mime, value) for mime, value in output["data"].items() if mime != _WIDGET
        }
    if "text" in found:
        found["text"] = _joined(found["text"]).splitlines(keepends=True)
    return found


def _split(mime: str, value: Any) -> Any:
    """Text as a list of lines, as nbformat keeps it; JSON as it is."""
    is_json = mime == "application/json" or mime.endswith("+json")
    return value if is_json else _joined(value).splitlines(keepends=True)


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def notebooks(places: Iterable[Path]) -> list[Path]:
    """The notebooks among these files and below these folders, in order."""
    found: set[Path] = set()
    for place in places:
        found.update([place] if place.is_file() else place.rglob("*.ipynb"))
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def main(arguments: list[str] | None = None) -> int:
    """Bring notebooks into their committed form, or say which are not."""
    parser = argparse.ArgumentParser(
        prog="python -m ecslab.course.publish.notebooks", description=main.__doc__
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail when something would change"
    )
    parser.add_argument("places", nargs="+", type=Path, metavar="file-or-folder")
    options = parser.parse_args(arguments)
    wrong = 0
    for path in notebooks(options.places):
        before = path.read_bytes()
        after = normal(before.decode(), outputs="tests" in path.resolve().parts).encode()
        if before == after:
            continue
        wrong += 1
        if not options.check:
            path.write_bytes(after)
        sys.stderr.write(
            f"{path}: {'not in its committed form' if options.check else 'rewritten'}\n"
        )
    return 1 if options.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
