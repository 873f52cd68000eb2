"""What the command of a container health check really asks.

Most commands ask the program in the container, and its image says how it answers. Some ask
nobody: `exit 0` passes whatever the program does, and a URL with a port on which nobody
listens never does. What a shell, curl and wget would do is read here only as far as it can be
said for certain; everything else asks the program.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from urllib.parse import urlsplit

from ecslab.world.images import Behaviour


class Asks(Enum):
    """Whom a command asks."""

    PROGRAM = "it asks the program"
    PASSES = "it always passes"
    FAILS = "it always fails"


_PORTS = {"http": 80, "https": 443}
_HERE = re.compile(r"localhost|127(?:\.\d+){3}|0\.0\.0\.0|::1")
_SHELLS, _FETCHERS = {"sh", "bash", "ash", "dash"}, {"curl", "wget"}
_EXIT_CODES = 256  # eight bits, on Linux


def seen_by(command: Sequence[str], behaviour: Behaviour) -> Behaviour:
    """The behaviour of a container as far as a health check with this command can see it."""
    match asks(command, behaviour.listens_on):
        case Asks.PASSES:
            return replace(behaviour, healthy_after=0, unhealthy_after=None)
        case Asks.FAILS:
            return replace(behaviour, healthy_after=None, unhealthy_after=None)
        case _:
            return behaviour


def asks(command: Sequence[str], listens_on: int | None) -> Asks:
    """Whom it asks, in a container whose program listens on this port (None: on every port)."""
    how, *words = command or [""]
    if how == "CMD-SHELL":
        return _line(" ".join(words), listens_on)
    return _program(words, listens_on) if how == "CMD" and words else Asks.PROGRAM


def _program(words: Sequence[str], port: int | None) -> Asks:
    """A program started without a shell: its name is the whole first word."""
    name = words[0].rpartition("/")[2]
    if re.search(r"\s", words[0]) or name == "exit":  # no program has such a name
        return Asks.FAILS
    if name in _SHELLS and words[1:2] == ["-c"]:
        return _line(" ".join(words[2:3]), port)
    # Without a shell, further things to fetch.
    if name in _FETCHERS and {"||", "&&", ";", "|"} & set(words):
        return Asks.FAILS
    return _command(words, port)


def _line(text: str, port: int | None) -> Asks:
    """A line for a shell: commands joined by `;`, `&&` and `||`; the last one that runs decides."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:  # an open quote
        return Asks.PROGRAM
    while words and words[-1] == ";":
        words.pop()
    answer, joined, command = Asks.PROGRAM, ";", list[str]()
    for word in [*words, ";"]:
        if word not in {";", "&&", "||"}:
            command.append(word)
            continue
        answer = _joined(answer, joined, _piped(command, port))
        joined, command = word, []
    return answer


def _joined(left: Asks, how: str, right: Asks) -> Asks:
    """What two commands of a line come to."""
    ends, goes_on = (Asks.PASSES, Asks.FAILS) if how == "||" else (Asks.FAILS, Asks.PASSES)
    if how == ";" or left is goes_on:
        return right
    return ends if ends in (left, right) else Asks.PROGRAM


def _piped(words: Sequence[str], port: int | None) -> Asks:
    """Commands joined by `|`: what the first ones answer is thrown away
    when the last one always passes.
    """
    last = words[len(words) - words[::-1].index("|") :] if "|" in words else words
    if last is not words and _command(last, port) is Asks.PASSES:
        return Asks.PASSES
    return _command(words, port)


def _command(words: Sequence[str], port: int | None) -> Asks:
    """One command, without what joins it to others."""
    name = words[0].rpartition("/")[2] if words else ""
    if "|" in words or "&" in words:
        return Asks.PROGRAM
    if name in {"true", ":"}:
        return Asks.PASSES
    if name == "false":
        return Asks.FAILS
    if name == "exit" and len(words) > 1 and words[1].isdecimal():
        return Asks.FAILS if int(words[1]) % _EXIT_CODES else Asks.PASSES
    if name in _FETCHERS and port is not None:
        asked = {found for word in words[1:] if (found := _port(word)) is not None}
        return Asks.FAILS if asked and port not in asked else Asks.PROGRAM
    return Asks.PROGRAM


def _port(word: str) -> int | None:
    """The port of this container that a URL asks; None for what is no URL of this container."""
    scheme, there, _ = word.partition("://")
    try:
        url = urlsplit(word if there else f"http://{word}")
        asked = url.port
    except ValueError:  # not a number, such as a variable
        return None
    known = (scheme if there else "http") in _PORTS and _HERE.fullmatch(url.hostname or "")
    return (asked or _PORTS[url.scheme]) if known else None
