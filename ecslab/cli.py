"""The commands of `ecslab`, and the only place that knows what each runs.

At import it needs the standard library alone: `python3 -m ecslab` reads the command line before
anything is installed. It installs nothing itself; `ecslab/__main__.py` does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import util
from pathlib import Path
from typing import Any

from ecslab import __version__

ROOT = Path(__file__).resolve().parent.parent
COURSE_MAP = "lessons/README.md"
# Of JupyterLab: a folder for everybody, one for learners.
SETTINGS = Path(__file__).with_name("jupyter")
# Commands for which the package alone is enough, and the extra that each needs.
EXTRAS = {"serve": "serve"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command in the environment that this Python belongs to."""
    options = read(sys.argv[1:] if arguments is None else arguments)
    missing = [name for name in options.needs if not util.find_spec(name)]
    if missing:
        print(f"ecslab: {_how_to_get(options.command, missing)}", file=sys.stderr)
        return 1
    with _a_reader_that_may_leave():
        code: int = options.run(options)
    return code


def _how_to_get(command: str, missing: list[str]) -> str:
    """What lacks and what brings it: an extra of the package where that is
    enough, or a clone of the course.
    """
    ways = [f'`pip install "ecslab[{EXTRAS[command]}]"`'] if command in EXTRAS else []
    ways.append(f"`python3 -m ecslab {command}` in a clone of the course")
    return f"not installed here: {', '.join(missing)}. Run {' or '.join(ways)}."


@contextmanager
def _a_reader_that_may_leave() -> Iterator[None]:
    """End quietly when whoever reads our output wants no more of it
    (`ecslab simulated RunTask | head`).
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Python writes the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def read(arguments: list[str]) -> argparse.Namespace:
    """Read a command line; `rest` holds what belongs to JupyterLab or pytest."""
    parser = _parser()
    with _a_reader_that_may_leave():
        options, rest = parser.parse_known_args(arguments)
    options.rest = rest
    if options.rest and not options.passes_on:
        parser.error(f"{options.command} does not know {' '.join(options.rest)}")
    if any(word.split("=")[0] in ("--ip", "--ServerApp.ip") for word in options.rest):
        parser.error("the course listens on this machine only; from another one, use an SSH tunnel")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ecslab", description="A course on Amazon ECS, in Jupyter."
    )
    parser.add_argument("--version", action="version", version=f"ecslab {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)

    start = commands.add_parser(
        "start",
        help="open the course in JupyterLab; further options go to JupyterLab (--no-browser, "
        "--port)",
    )
    start.add_argument("--instructor", action="store_true", help="show all of nbgrader's menus")
    start.set_defaults(run=_start, passes_on=True, extra="lab")
    start.set_defaults(needs=("moto", "jupyterlab", "ipywidgets", "anywidget", "plotly"))

    test = commands.add_parser("test", help="run the tests; further options go to pytest")
    test.set_defaults(run=_test, passes_on=True, extra="test")
    test.set_defaults(
        needs=("moto", "flask", "nbgrader", "pytest", "xdist", "hypothesis", "nbval", "nbclient")
    )

    serve = commands.add_parser(
        "serve", help="open an account for the AWS CLI and other tools, until Ctrl-C"
    )
    serve.add_argument(
        "--port", type=_number, default=0, help="on this machine; 0 (the default) takes a free one"
    )
    serve.add_argument(
        "--clock",
        choices=("manual", "settle", "paced"),
        default="settle",
        help="time stands still, runs to rest after every change (the default), or runs --speed "
        "times faster",
    )
    serve.add_argument(
        "--speed", type=_number, default=60, help="virtual seconds per second when paced"
    )
    serve.add_argument(
        "--reach",
        choices=("aws", "open"),
        default="aws",
        help="tasks need a way to their images, as on AWS (the default), or reach everything",
    )
    serve.set_defaults(
        run=_serve, passes_on=False, extra="lab", needs=("moto", "flask", "flask_cors", "waitress")
    )

    simulated = commands.add_parser(
        "simulated",
        help="say what becomes of every member of a request: acted on, kept, or refused",
    )
    simulated.add_argument(
        "operation", nargs="?", help="such as CreateService; without one, all are listed"
    )
    simulated.set_defaults(run=_simulated, passes_on=False, extra="lab", needs=("moto",))
    return parser


def _start(options: argparse.Namespace) -> int:
    """Open JupyterLab on the course map, with its settings, data and history inside the clone."""
    os.environ.update(_jupyter_folders())
    who = ("everybody",) if options.instructor else ("learner", "everybody")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(str(SETTINGS / folder) for folder in who)
    os.chdir(ROOT)
    command = [sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1"]
    command += [f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url=/lab/tree/{COURSE_MAP}"]
    command += ["--LabApp.extension_manager=readonly"]  # the other kind asks the network
    # Language servers are looked for with npm, which writes to the home folder.
    command += ["--LanguageServerManager.autodetect=False"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container; the server listens on loopback and asks for its token.
        command.append("--allow-root")
    return become([*command, *options.rest])


def _test(options: argparse.Namespace) -> int:
    """Run pytest; with no further options, all tests, on every core."""
    os.environ.update(_jupyter_folders())
    os.chdir(ROOT)
    return become([sys.executable, "-m", "pytest", *(options.rest or ["-n", "auto"])])


def _serve(options: argparse.Namespace) -> int:
    """Open an account on a loopback port and say how to reach it."""
    from ecslab import Lab, LabError  # noqa: PLC0415 - reading the command line must not need it

    with Lab(reach=options.reach) as lab:
        try:
            server = lab.serve(port=options.port, clock=options.clock, speed=options.speed)
        except LabError as refused:
            what = str(refused).splitlines()[0]
            print(
                f"ecslab serve: {what} Right: python3 -m ecslab serve --port 0 --speed 60",
                file=sys.stderr,
            )
            return 2
        print(f"An account answers at {server.url} until Ctrl-C. In another terminal:\n")
        print(f"    export AWS_ENDPOINT_URL={server.url} AWS_DEFAULT_REGION={lab.region}")
        print("    export AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=lab")
        print("    aws ecs list-clusters\n", flush=True)
        _wait_for_ctrl_c()
        server.close()
    return 0


def _number(text: str) -> Any:
    """A number when it is one; what it may be, `lab.serve` says, in one place for both doors."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def _simulated(options: argparse.Namespace) -> int:
    """Print what becomes of an operation's members, or the operations that are simulated."""
    from ecslab.aws.apis import members  # noqa: PLC0415 - reading the command line must not need it

    if options.operation is None:
        print(members.operations())
        return 0
    text = members.operation(options.operation)
    if text is None:
        print(
            f"ecslab: {options.operation} is not simulated. What is: python3 -m ecslab simulated",
            file=sys.stderr,
        )
        return 1
    print(text)
    return 0


def _wait_for_ctrl_c() -> None:
    never = threading.Event()
    try:
        while not never.wait(1):  # an endless wait would ignore Ctrl-C on Windows
            pass
    except KeyboardInterrupt:
        print()


def _jupyter_folders() -> dict[str, str]:
    """Where Jupyter and IPython keep what they write: in the clone,
    whatever the user's own settings say.
    """
    kept = ROOT / ".jupyter"
    kept.mkdir(exist_ok=True)  # IPython looks for a place of its own elsewhere when there is none
    return {
        "JUPYTER_CONFIG_DIR": str(kept / "config"),
        "JUPYTER_DATA_DIR": str(kept / "data"),
        "JUPYTER_RUNTIME_DIR": str(kept / "runtime"),
        "IPYTHONDIR": str(kept / "ipython"),
    }


def become(command: list[str]) -> int:  # noqa: RET503 - exec does not return
    """Run a command in the place of this one: its signals, its
    terminal and its exit code are ours.
    """
    if os.name == "nt":  # there, exec leaves the terminal to the shell
        return subprocess.call(command)  # noqa: S603 - our own command
    os.execv(command[0], command)  # noqa: S606 - our own command


if __name__ == "__main__":
    sys.exit(main())
