"""`python3 -m ecslab <command>` from a fresh clone: makes `.venv`,
fills it once, runs the command in it.

The only file that installs anything. It runs before anything is installed, and
perhaps on a Python that the course does not support: it needs the standard library
alone, and keeps to syntax that Python 3.9 reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import deque
from importlib import metadata, util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "ecslab.json"
PIP_CACHE = ROOT / ".pip-cache"
LOCK = ROOT / "requirements.lock"
OLDEST, NEWEST = (3, 11), (3, 13)

# Extras that come with another: whoever runs the tests can start the course.
WITHIN = {"test": ("lab",)}

# Two seconds at the start of every Jupyter process, for a check that
# none makes: see pyproject.toml.
UNWANTED = ("rfc3987-syntax", "lark")


def main() -> int:
    """Read the command line, find or make the environment that it needs, and become the command."""
    refuse_an_unsupported_python(sys.version_info[:2])
    from ecslab import cli  # noqa: PLC0415 - an unsupported Python need not be able to read it

    arguments = sys.argv[1:]
    options = cli.read(arguments)
    try:
        python = environment_for(options.extra, options.needs)
    except KeyboardInterrupt:
        raise SystemExit(
            "\necslab: stopped; the same command will start the installation again"
        ) from None
    return cli.become([python, "-m", "ecslab.cli", *arguments])


def refuse_an_unsupported_python(version: tuple[int, ...]) -> None:
    """Stop with one clear sentence, before pip stops with a hundred."""
    if OLDEST <= version <= NEWEST:
        return
    supported = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    found = next(filter(shutil.which, supported), None)
    advice = (
        f"Run: {found} -m ecslab {' '.join(sys.argv[1:])}" if found else f"Install {supported[1]}."
    )
    this = ".".join(map(str, version))
    raise SystemExit(
        f"ecslab: the course needs Python 3.11, 3.12 or 3.13, and this is {this}. {advice}"
    )


def environment_for(extra: str, needs: tuple[str, ...]) -> str:
    """Return the Python that has what a command needs.

    The one that runs, when ecslab and every package named in `needs` are installed in it
    (Binder, a container, your own environment), and where there is no clone around the
    package: the command itself says what is missing then. Otherwise that of the clone's
    `.venv`, which is made or brought up to date first.
    """
    managed = Path(sys.prefix) == VENV and STAMP.exists()
    if not LOCK.exists() or (not managed and is_filled(needs)):
        return sys.executable
    stamp = read_stamp()
    if not is_usable(stamp) or stamp["extras"].get(extra) != fingerprint(extra):
        install(extra)
    return str(PYTHON)


def is_filled(needs: tuple[str, ...]) -> bool:
    """Whether this Python has ecslab installed, and every package in `needs`."""
    try:
        metadata.version("ecslab")
    except metadata.PackageNotFoundError:
        return False
    return all(util.find_spec(name) for name in needs)


def read_stamp() -> dict[str, Any]:
    """What `.venv` holds: where and for which Python it was made, and
    which extras, from which files.
    """
    try:
        stamp: dict[str, Any] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def is_usable(stamp: dict[str, Any]) -> bool:
    """Whether `.venv` was made here, for this Python, by an installation that ended."""
    return stamp.get("home") == home() and "extras" in stamp and PYTHON.exists()


def home() -> str:
    """A moved clone or another Python needs a new `.venv`: its scripts
    and packages belong to the old one.
    """
    return f"{ROOT} {sys.version_info[0]}.{sys.version_info[1]}"


def fingerprint(extra: str) -> str:
    """Changes when an installation would: with the lock, the
    requirements and the settings it copies.
    """
    settings = sorted(
        file for file in (ROOT / "ecslab" / "jupyter").rglob("*.*") if file.suffix != ".pyc"
    )
    files = [ROOT / "pyproject.toml", LOCK, *settings]
    return hashlib.sha256(
        b"\0".join([extra.encode(), *(file.read_bytes() for file in files)])
    ).hexdigest()


def install(extra: str) -> None:
    """Bring `.venv` to what the lock says; the stamp says so only after all of it has worked."""
    stamp = read_stamp()
    if not is_usable(stamp):
        make_venv(clear=bool(stamp))
        stamp = {"extras": {}}
    extras = stamp["extras"]
    STAMP.write_text(json.dumps({"home": home(), "installing": extra}))
    say(f"installing what `{extra}` needs into {VENV}: once, a minute or two")
    pip("install", "--editable", f".[{extra}]", "--constraint", str(LOCK), "--progress-bar", "off")
    pip("uninstall", "--yes", *UNWANTED)
    extras.update({name: fingerprint(name) for name in (extra, *WITHIN.get(extra, ()))})
    STAMP.write_text(json.dumps({"home": home(), "extras": extras}))
    shutil.rmtree(PIP_CACHE, ignore_errors=True)
    say("installed")


def make_venv(*, clear: bool) -> None:
    """Make `.venv`; what another tool left there is completed, what an
    interrupted run left is cleared.
    """
    if not (util.find_spec("venv") and util.find_spec("ensurepip")):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise SystemExit(
            "ecslab: this Python cannot make a virtual environment, because its venv package is "
            "missing.\n"
            f"On Debian or Ubuntu: sudo apt install {package}"
        )
    say(f"making {VENV}")
    command = [sys.executable, "-m", "venv", *(["--clear"] if clear else []), str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if made.returncode:
        raise SystemExit(
            f"{made.stdout}{made.stderr}\necslab: could not make {VENV}; the reason stands above"
        )


def pip(*arguments: str) -> None:
    """Run `.venv`'s pip, one short line per package; on failure, say what pip said last."""
    variables = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    variables.setdefault("PIP_CACHE_DIR", str(PIP_CACHE))
    command = [str(PYTHON), "-m", "pip", *arguments]
    last: deque[str] = deque(maxlen=30)
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        for line in running.stdout or ():
            last.append(line)
            show_progress(line)
    if running.returncode:
        said = "".join(last)
        raise SystemExit(
            f"{said}\necslab: the installation failed, for the reason above; the same command "
            "tries again"
        )


def show_progress(line: str) -> None:
    """Show the steps of pip that take time; on a terminal, all on one line."""
    words = line.split()
    if line.startswith("Collecting "):
        text = f"fetching {re.split('[^A-Za-z0-9_.-]', words[1])[0]}"
    elif line.startswith("Installing collected packages"):
        text = f"unpacking {len(words) - 3} packages, the longest step"
    else:
        return
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + f"ecslab: {text}"[:width].ljust(width), end="", flush=True)
    else:
        say(text)


def say(text: str) -> None:
    """Print one line about the installation, over any line of progress."""
    clear = "\r\033[K" if sys.stdout.isatty() and os.name != "nt" else ""
    print(f"{clear}ecslab: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
