"""Write binder/requirements.txt, the part of requirements.lock that Binder's image does not bring.

    python3 binder/pin.py

Binder's image has JupyterLab and ipywidgets, at versions that fit each other: they
stay as they are. What remains is pinned as everywhere else. Standard library only, so
that it runs before anything is installed.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "binder" / "requirements.txt"
PICTURES = ("anywidget", "plotly")
IN_THE_IMAGE = ("ipywidgets",)
HEADER = "# Written by `python3 binder/pin.py` from requirements.lock.\n"


def pins() -> str:
    """The file's text: what the course imports, and what that imports, in the lock's own words."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [re.split(r"[^\w.-]", requirement)[0] for requirement in project["dependencies"]]
    lines, required_by = read_lock((ROOT / "requirements.lock").read_text())
    chosen: set[str] = set()
    queue = [*wanted, *PICTURES]
    while queue:
        name = queue.pop()
        if name not in chosen and name not in IN_THE_IMAGE:
            chosen.add(name)
            queue += [other for other, parents in required_by.items() if name in parents]
    return HEADER + "".join(line + "\n" for name in sorted(chosen) for line in lines[name])


def read_lock(text: str) -> tuple[dict[str, list[str]], dict[str, set[str]]]:
    """Each package's pins (one per Python, where they differ) and, from
    the `via` remarks, who asks for it.
    """
    lines: dict[str, list[str]] = {}
    required_by: dict[str, set[str]] = {}
    name = ""
    for line in text.splitlines():
        if pin := re.match(r"([\w.-]+)==", line):
            name = pin[1]
            lines.setdefault(name, []).append(line)
            required_by.setdefault(name, set())
        elif name and (via := re.match(r"    # (?:via|  )\s*([\w.-]+)", line)):
            required_by[name].add(via[1])
    return lines, required_by


if __name__ == "__main__":
    PINS.write_text(pins())
