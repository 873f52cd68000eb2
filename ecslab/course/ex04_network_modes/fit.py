"""04-fit: how many copies of a task one machine takes in each network
mode, and what stops the next one.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from ecslab.course.ex04_network_modes import setting as scenery
from ecslab.course.texts import texts
from ecslab.grade.account import CaseAccount
from ecslab.grade.questions import Case, Point, Question, Run
from ecslab.grade.results import Gap, shown
from ecslab.ground.chance import Chance, Stream
from ecslab.lab import Lab

Json = dict[str, Any]
Answer = tuple[int, str]
_AWSVPC, _BRIDGE, _HOST, _NONE = "awsvpc", "bridge", "host", "none"
_LARGE, _HUGE = "m5.large", "m5.4xlarge"
_PAIR = 2  # a number and a reason
_SMALL = (64, 128)  # CPU units and MiB that never run out first


def _cases(chance: Chance) -> Iterator[Case]:
    inputs = list(_inputs(chance.stream("fit")))
    answers = _really(json.dumps([[request, kind] for _, _, request, kind in inputs]))
    for (about, ports, request, kind), (copies, reason) in zip(inputs, answers, strict=True):
        given = {"request": request, "machine": scenery.machine(kind)}
        facts = {"copies": copies, "reason": reason, "ports": ports}
        yield Case(lambda _, given=given: given, about=about, facts=facts)  # type: ignore[misc]


def _inputs(draw: Stream) -> Iterator[tuple[str, str, Json, str]]:
    """Of each input: the mode it is about, what its ports are like,
    the request, the instance type.
    """
    one = partial(_one, draw)
    port = [{"containerPort": draw.randint(3000, 3999)}]
    fixed = [port[0] | {"hostPort": draw.randint(8000, 8999)}]
    yield _AWSVPC, "own", one("web", "awsvpc", "", port), _LARGE
    yield _AWSVPC, "own", one("model", "awsvpc", "cpu", port, kind=_HUGE), _HUGE
    yield _BRIDGE, "dynamic", one("api", "bridge", "memory", port), _LARGE
    yield _BRIDGE, "fixed", one("proxy", "bridge", "cpu", fixed), _LARGE
    yield _BRIDGE, "zero", one("blog", "bridge", "cpu", [port[0] | {"hostPort": 0}]), _LARGE
    yield _BRIDGE, "omitted", one("search", None, "cpu", port), _LARGE
    yield _HOST, "host", one("metrics", "host", "memory", port), _LARGE
    yield _HOST, "nothing", one("crawler", "host", "cpu"), _LARGE
    yield _NONE, "nothing", _two(draw, "sums"), _LARGE


def _one(
    draw: Stream,
    family: str,
    mode: str | None,
    scarce: str,
    ports: Sequence[Json] = (),
    *,
    kind: str = _LARGE,
) -> Json:
    """A task of one container, of which the scarce resource holds a few."""
    copies = draw.randint(5, 9) if kind == _LARGE else draw.randint(3, 5)
    whole, (cpu, memory) = scenery.machine(kind), _SMALL
    if scarce == "cpu":
        cpu = whole["cpu"] // copies
    if scarce == "memory":
        memory = whole["memory"] // copies
    return scenery.definition(family, mode, scenery.container(cpu, memory, ports))


def _two(draw: Stream, family: str) -> Json:
    """A task of two containers, which need the machine's memory together."""
    memory = scenery.machine(_LARGE)["memory"] // draw.randint(4, 6)
    first = memory // 3
    containers = (
        scenery.container(*pair, name=name)
        for name, pair in (("app", (64, first)), ("side", (64, memory - first)))
    )
    return scenery.definition(family, "none", *containers)


@lru_cache(maxsize=16)
def _really(written: str) -> tuple[Answer, ...]:
    """What ECS does with each request on an empty machine of its own:
    run in a lab that nobody else sees.
    """
    found = []
    with Lab() as lab:
        scene = CaseAccount(lab)
        for request, kind in json.loads(written):
            scene.ecs.create_cluster(clusterName=request["family"])
            scene.instances(request["family"], kind=kind)
            found.append(scenery.fill(scene, request["family"], request))
    return tuple(found)


def _said(run: Run) -> Answer | None:
    """What was answered, when it is a number and a reason."""
    answer = run.returned
    if type(answer) not in {tuple, list} or len(answer) != _PAIR:
        return None
    copies, reason = answer
    return (copies, reason) if type(copies) is int and type(reason) is str else None


def _right(run: Run) -> Gap | None:
    wanted = (run.facts["copies"], run.facts["reason"])
    return None if _said(run) == wanted else Gap(shown(wanted), shown(run.returned))


def _copies(run: Run) -> int:
    """How many were predicted; −1 when that cannot be read."""
    said = _said(run)
    return said[0] if said else -1


def _fits(run: Run, *, containers: int = 99, memory: bool = True) -> int:
    """How many fit by CPU and memory alone, as somebody counts who looks at some of it."""
    whole, seen = run.given["machine"], run.given["request"]["containerDefinitions"][:containers]
    by_cpu = whole["cpu"] // sum(c["cpu"] for c in seen)
    return min(by_cpu, whole["memory"] // sum(c["memory"] for c in seen)) if memory else int(by_cpu)


def _with(ports: str, wrong: Callable[[Run], bool]) -> Callable[[Run], bool]:
    """Whether the input's ports are like this, and the answer is wrong like that."""
    return lambda run: run.facts["ports"] == ports and wrong(run)


def _one_copy(run: Run) -> bool:
    return _copies(run) == 1


def _by_size(run: Run) -> bool:
    return _copies(run) == _fits(run)


_TEXTS = texts(
    Path(__file__).with_suffix(".toml"),
    seen={
        "no-pair": lambda run: _said(run) is None,
        "own-interface-forgotten": _with(
            "own",
            lambda run: (
                _copies(run) == run.given["machine"]["interfaces"]
                and run.facts["reason"] == "RESOURCE:ENI"
            ),
        ),
        "interfaces-forgotten": _with(
            "own", lambda run: _by_size(run) and run.facts["reason"] == "RESOURCE:ENI"
        ),
        "dynamic-ports-collide": _with("dynamic", _one_copy),
        "fixed-port-shared": _with("fixed", _by_size),
        "zero-is-a-port": _with("zero", _one_copy),
        "default-is-awsvpc": _with(
            "omitted", lambda run: _copies(run) == run.given["machine"]["interfaces"] - 1
        ),
        "host-ports-shared": _with("host", _by_size),
        "host-is-always-one": _with("nothing", _one_copy),
        "one-container": lambda run: (
            len(run.given["request"]["containerDefinitions"]) > 1
            and _copies(run) == _fits(run, containers=1)
        ),
        "memory-forgotten": lambda run: _copies(run) == _fits(run, memory=False) != _fits(run),
        "right-number": lambda run: _copies(run) == run.facts["copies"],
    },
)

QUESTION = Question(
    id="04-fit",
    function="fits",
    title="How many fit, and what stops the next one",
    look=scenery.WHICH,
    cases=_cases,
    points=(
        Point(
            "`awsvpc`: right for every machine and size.",
            _right,
            about=_AWSVPC,
            look=scenery.AWSVPC,
        ),
        Point(
            "`bridge`: right with fixed, free and no host ports.",
            _right,
            about=_BRIDGE,
            look=scenery.BRIDGE,
        ),
        Point("`host`: right with ports and without.", _right, about=_HOST, look=scenery.HOST),
        Point(
            "`none`: right for a task of two containers.", _right, about=_NONE, look=scenery.NONE
        ),
    ),
    texts=_TEXTS,
)
