"""How a container image behaves, and how that travels as OCI annotations."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ecslab.ground.errors import LabError
from ecslab.ground.text import Text

PREFIX = "ecslab."  # annotation "ecslab.starts-in": "8"
LONGEST_S = 1e9  # some thirty years: what a clock that counts in milliseconds takes easily
_EXIT_CODES = range(256)  # eight bits, on Linux
WHOLE: dict[str, range] = {  # what a field that is a whole number can be
    "exit_code": _EXIT_CODES,
    "sigterm_exit_code": _EXIT_CODES,
    "listens_on": range(1, 65536),  # sixteen bits, in TCP
    "answers": range(200, 600),  # what a final HTTP answer can be
    "concurrency": range(1, 1_000_001),
}
MOST: dict[str, float] = {"error_rate": 1}  # of a number; any other: LONGEST_S

_PRIVATE_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<rest>.+)"
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How every container of an image behaves; lengths of time in seconds, None means never.

    The defaults are pedagogical: a small web server that starts quickly and runs for ever.
    """

    pulls_in: float = 6  # download and unpack, without a cache (Fargate keeps none)
    starts_in: float = 2  # from created to RUNNING
    exits_after: float | None = None  # after RUNNING, by itself, with exit_code
    exit_code: int = 0
    healthy_after: float | None = 0  # after RUNNING, health checks pass from here on
    unhealthy_after: float | None = None  # … and fail again from here on
    listens_on: int | None = None  # the port of a health check that can pass; None means any
    answers: int = 200  # the HTTP status it answers with; while it is not healthy: 503
    answers_after: float = 0  # after RUNNING, until then nobody listens and connections are refused
    # How long one answer takes; longer than a health check waits is a timeout.
    answers_in: float = 0.02
    # Load balancers find health there only, and 404 anywhere else; empty: anywhere.
    health_path: str = ""
    ignores_sigterm: bool = False  # then only SIGKILL ends it (exit code 137)
    stops_in: float = 1  # from SIGTERM to exit, when it listens
    sigterm_exit_code: int = 143  # 128 + SIGTERM(15): facts, section 1.2
    # After RUNNING, somebody's cryptocurrency miner begins to work.
    mines_after: float | None = None
    # The share of its requests that ends in a 500: a bug that no health check finds.
    error_rate: float = 0
    request_cpu_ms: float = 10  # CPU time of one request (world/load.py says what these five do)
    request_memory_mib: float = 1  # while it is under way
    concurrency: int = 100  # requests under way at the same time, no more
    idle_cpu_ms: float = 2  # CPU time a second, without any request
    idle_memory_mib: float = 64
    prints: str = ""  # lines for the log as soon as it runs


def annotations(behaviour: Behaviour) -> dict[str, str]:
    """The OCI annotations that carry a behaviour; defaults are left out."""
    plain = Behaviour()
    names = [
        f.name for f in fields(Behaviour) if getattr(behaviour, f.name) != getattr(plain, f.name)
    ]
    return {PREFIX + name.replace("_", "-"): _written(getattr(behaviour, name)) for name in names}


def behaviour(labels: Mapping[str, str]) -> Behaviour:
    """Read a behaviour from OCI annotations or image labels; raises
    LabError for one that cannot be read.
    """
    known = {PREFIX + f.name.replace("_", "-"): f for f in fields(Behaviour)}
    values: dict[str, Any] = {}
    for label, text in labels.items():
        if not label.startswith(PREFIX):
            continue
        if label not in known:
            raise LabError(
                Text(
                    "unknown image annotation {label!r}; known are {known}.",
                    label=label,
                    known=", ".join(sorted(known)),
                )
            )
        values[known[label].name] = _read(known[label].name, label, text, known[label].type)
    return Behaviour(**values)


def private_repository(image: str) -> tuple[str, str, str, str] | None:
    """Split a private ECR image into (account, region, repository, tag or
    digest); None for any other registry.
    """
    found = _PRIVATE_ECR.fullmatch(image)
    if not found:
        return None
    repository, _, reference = found["rest"].partition("@")
    if not reference:
        repository, _, reference = found["rest"].partition(":")
    return found["account"], found["region"], repository, reference or "latest"


def _written(value: object) -> str:
    if value is None:
        return "never"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(name: str, label: str, text: str, annotation: object) -> object:
    kind = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    if kind == "str":
        return text
    if text == "never" and kind.endswith("None"):
        return None
    if kind == "bool" and text in {"true", "false"}:
        return text == "true"
    try:
        if name in WHOLE and int(text) in WHOLE[name]:
            return int(text)
        if kind.startswith("float") and 0 <= float(text) <= MOST.get(name, LONGEST_S):
            return float(text)
    except ValueError:
        pass
    raise LabError(
        Text(
            "image annotation {label!r} has the value {text!r}, which is not a {kind}.",
            label=label,
            text=text,
            kind=kind.split(" ")[0],
        ),
        wrong=f'"{label}": "{text}"',
        right=f'"{label}": "' + ("true" if kind == "bool" else "8") + '"',
    )
